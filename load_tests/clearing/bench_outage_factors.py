"""How long all single-outage factors take beside a plain peer, and how that grows with the network.

    python load_tests/clearing/bench_outage_factors.py [--without-peer] [--write]

Networks: grids of four sizes made here, the shipped network, and the California Test System where
it is at hand; each in a process of its own, on one core. "factors" is factorisation, bridges,
chains and the solve between chains; "stream" forms every (outage, branch) flow in blocks and reads
each once, as screening does. The peer does the same with a plain SuperLU of the susceptance matrix
and many right-hand sides; both must find the same largest flow. Targets for 8,870 buses: read in
2 s and 500 MB, the rest in 8 s and 1.5 GB. `--write` puts the figures and a plot in results/.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import resource
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import splu

from simulator.network.case import Bus, Case, Line
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.outage_factors import OutageFactors
from simulator.network.read import read_case

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
FILES = {
    "California": REPOSITORY / "fixtures/california/network.raw",
    "CATS": REPOSITORY / "../shared/data/cats/cats.v30.raw",
}
GRID_SIDES = (10, 20, 40, 80)
PEER_COLUMNS = 64
SAME_MW = 1e-6  # by which the two may differ, per MW of the largest flow


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


def network_of(name: str) -> DcNetwork:
    return dc_network(read_case(FILES[name]) if name in FILES else grid(int(name.split("x")[1])))


def peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def plain_peer(network: DcNetwork, base_mw: np.ndarray, outages: np.ndarray) -> float:
    """The largest flow after any of the outages, the plain way."""
    live = np.flatnonzero(network.in_service)
    ends = np.concatenate([network.from_index[live], network.to_index[live]])
    signs = np.repeat([1.0, -1.0], len(live))
    shape = (network.branch_count, network.bus_count)
    incidence = csr_array((signs, (np.tile(live, 2), ends)), shape=shape)
    kept = np.setdiff1d(np.arange(network.bus_count), network.reference)
    incidence = csr_array(incidence[:, kept])
    per_angle = csr_array(incidence.multiply(network.susceptance_mw_per_rad[:, None]))
    solver = splu(csc_array(incidence.T @ per_angle))
    largest = 0.0
    for start in range(0, len(outages), PEER_COLUMNS):
        opened = outages[start : start + PEER_COLUMNS]
        transfer = per_angle @ solver.solve(incidence[opened].toarray().T)
        factor = transfer / (1 - transfer[opened, np.arange(len(opened))])
        factor[opened, np.arange(len(opened))] = -1.0
        largest = max(largest, float(np.abs(base_mw[:, None] + factor * base_mw[opened]).max()))
    return largest


def measure(name: str, with_peer: bool) -> dict[str, object]:
    """Times and peaks of one network, in this process."""
    before_mb, begun = peak_mb(), time.perf_counter()
    network = network_of(name)
    read, read_mb = time.perf_counter(), peak_mb()
    factors = Factors(network)
    outages = OutageFactors(factors)
    ready = time.perf_counter()
    base = factors.flows(np.random.default_rng(0).normal(size=network.bus_count))
    largest, count = 0.0, 0
    for block, flow in outages.post_outage_flows(base):
        largest = max(largest, float(np.abs(flow, out=flow).max()))
        count += block.stop - block.start
    done = time.perf_counter()
    result: dict[str, object] = {
        "network": name, "buses": network.bus_count, "branches": network.branch_count,
        "outages": count, "read_s": round(read - begun, 3), "factors_s": round(ready - read, 3),
        "stream_s": round(done - ready, 3), "read_peak_mb": read_mb, "peak_mb": peak_mb(),
        "start_mb": before_mb,
    }  # fmt: skip
    assert count == len(outages.candidates)
    if with_peer:
        again = plain_peer(network, base, outages.candidates)
        result["peer_s"] = round(time.perf_counter() - done, 3)
        assert abs(again - largest) <= SAME_MW * largest, (again, largest)
    return result


def plot(results: list[dict[str, object]], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "outage factors"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    size = [item["branches"] for item in results]
    own = [item["factors_s"] + item["stream_s"] for item in results]  # type: ignore[operator]
    axes.loglog(size, own, "o-", label="outage factors, streamed")
    if all("peer_s" in item for item in results):
        axes.loglog(size, [item["peer_s"] for item in results], "s--", label="plain SuperLU")
    axes.set(xlabel="branches", ylabel="seconds on one core", title="All single-outage flows")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", help="one network, in this process, as JSON")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.only, not options.without_peer)))
        return
    names = [f"grid {side}x{side}" for side in GRID_SIDES]
    names += [name for name, path in FILES.items() if path.exists()]
    results = []
    for name in names:
        command = [sys.executable, __file__, "--only", name]
        command += ["--without-peer"] if options.without_peer else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        results.append(json.loads(done.stdout))
        print(done.stdout, end="", flush=True)
    results.sort(key=lambda item: item["branches"])
    if options.write:
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(results, indent=1) + "\n"
        (RESULTS / "outage_factors.json").write_text(text, encoding="utf-8")
        plot(results, RESULTS / "outage_factors.svg")


if __name__ == "__main__":
    main()
