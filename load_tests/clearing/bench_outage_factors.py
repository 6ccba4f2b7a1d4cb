"""How long all single-outage factors take, and how that grows with the network.

    python load_tests/clearing/bench_outage_factors.py [CASE.raw ...] [--json]

Without a case it takes the shipped network, the California Test System where it is at hand, and
grids of four sizes made here. "factors" is factorisation, bridges, chains and the solve between
chains; "stream" forms every (outage, branch) factor in blocks and reads each once, as screening
does. The target is 8 s and 1.5 GB for 8,870 buses on one core.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from simulator.network.case import Bus, Case, Line
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.outage_factors import OutageFactors
from simulator.network.read import read_case

REPOSITORY = Path(__file__).resolve().parents[2]
CATS = REPOSITORY / "../shared/data/cats/cats.v30.raw"
GRID_SIDES = (10, 20, 40, 80)


def grid(side: int) -> Case:
    """A square grid of `side` x `side` buses with every second tie missing and radial ends."""
    random = np.random.default_rng(side)
    number = np.arange(1, side * side + 1).reshape(side, side)
    pairs = [(a, b) for row in number for a, b in pairwise(row)]
    pairs += [
        (a, b)
        for upper, lower in pairwise(number)
        for a, b in zip(upper, lower, strict=True)
        if random.random() < 0.5
    ]
    buses = tuple(Bus(int(n), type=3 if n == 1 else 1) for n in number.ravel())
    lines = tuple(
        Line(int(a), int(b), x_pu=float(random.uniform(0.005, 0.2)), rate_a_mva=100.0)
        for a, b in pairs
    )
    return Case(100.0, buses, lines=lines)


def measure(name: str, network: DcNetwork, read_s: float) -> dict[str, object]:
    """Times of one network; the flows after each outage are compared to catch a skipped block."""
    started = time.perf_counter()
    factors = Factors(network)
    outages = OutageFactors(factors)
    ready = time.perf_counter()
    base = factors.flows(np.random.default_rng(0).normal(size=network.bus_count))
    largest, count = 0.0, 0
    for block, flow in outages.post_outage_flows(base):
        largest = max(largest, float(np.abs(flow).max()))
        count += block.stop - block.start
    done = time.perf_counter()
    assert count == len(outages.candidates)
    assert np.isfinite(largest)
    return {
        "network": name,
        "buses": network.bus_count,
        "branches": network.branch_count,
        "outages": count,
        "seconds": {
            "read": round(read_s, 3),
            "factors": round(ready - started, 3),
            "stream": round(done - ready, 3),
        },
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(arguments: list[str]) -> None:
    as_json = "--json" in arguments
    named = [Path(item) for item in arguments if item != "--json"]
    files = named or [
        path for path in (REPOSITORY / "fixtures/california/network.raw", CATS) if path.exists()
    ]
    results = []
    if not named:
        results = [measure(f"grid {side}x{side}", dc_network(grid(side)), 0) for side in GRID_SIDES]
    for path in files:
        started = time.perf_counter()
        network = dc_network(read_case(path))
        results.append(measure(path.name, network, time.perf_counter() - started))
    if as_json:
        print(json.dumps(results, indent=1))
        return
    for item in results:
        seconds = item["seconds"]
        print(f"{item['network']:>16}: {item['buses']} buses, {item['outages']} outages, {seconds},"
              f" peak {item['peak_mb']} MB")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
