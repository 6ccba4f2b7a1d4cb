"""How long clearing takes, from files to certified answer, and how that grows.

    python load_tests/clearing/bench_clearing.py [--pypsa INTERPRETER] [--quick]

Every measurement is a process of its own, on one core: CPU seconds (other work on the machine is
not felt) and peak memory. The network is the California Test System where it is at hand. Written:
`results/clearing.json`, `results/clearing.png`, and a table. Peers answer the same question in the
same run at the same objective: HiGHS alone on the final rows, Pyomo with HiGHS on the whole
formulation, and PyPSA's security-constrained optimisation with an interpreter that has it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from clearing_market import (
    LIMIT_SCALE,
    MADE_LIMIT_SCALE,
    PERIOD,
    largest_network,
    made_network,
    market,
)
from highs_peer import METHODS, solve_rows

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.folder import clear_folder
from simulator.clearing.problem import build_problem
from simulator.clearing.reference import solve_reference
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.search import optimum
from simulator.clearing.write import write_case_folder
from simulator.domain import Tou
from simulator.network.dc import dc_network

RESULTS = Path(__file__).parent / "results"
HIGHS_LIMIT_S = 120.0
EQUAL = 1e-6
"""Relative difference at which objectives count as equal."""
PEER_OUTAGES = 20

Json = dict[str, Any]

TARGETS = (  # bids, outages (None: all), slope, CPU seconds, MB
    (33_000, 1_000, 0.0, 6.0, 2_000),
    (33_000, 1_000, 0.3, 12.0, 2_000),
    (100_000, 1_000, 0.0, 25.0, 2_000),
    (33_000, None, 0.0, 15.0, 2_000),
)
GROWTH = {
    "bids": [{"bids": n, "outages": 1_000} for n in (4_000, 16_000, 33_000, 66_000, 100_000)],
    "outages": [{"bids": 33_000, "outages": n} for n in (100, 500, 2_000, 4_000, None)],
    "buses": [{"buses": n, "bids": 2 * n, "outages": n} for n in (500, 1_000, 2_000, 4_000)],
}
FINAL_ROWS_OUTAGES = (1_000, None)
PYOMO_BUSES = (10, 20, 40, 60)
PYPSA_BUSES = (50, 200, 800, 2_000)
QUICK = 2
"""How many sizes of each list `--quick` takes."""


def case_of(size: Json) -> ClearingCase:
    """The market of a size: bids, outages, slope; on a made network when it says buses."""
    if "buses" in size:
        network, scale = dc_network(made_network(size["buses"])), MADE_LIMIT_SCALE
    else:
        network, scale = largest_network()[1], LIMIT_SCALE
    return market(network, size["bids"], size["outages"], size.get("slope", 0.0), scale)


def from_files(size: Json) -> Json:
    """Files to certified answer."""
    case, file = case_of(size), largest_network()[0]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        write_case_folder(case, here / "case", file.read_bytes(), "network.raw")
        outage_count = len(case.contingencies)
        del case
        started = time.process_time()
        result = clear_folder(here / "case", here / "out", clock=time.process_time)
        return _figures(result.problems[0].as_json(), outage_count, time.process_time() - started)


def in_memory(size: Json) -> Json:
    """Clearing alone."""
    case = case_of(size)
    started = time.process_time()
    result = clear(case, clock=time.process_time)
    spent = time.process_time() - started
    return _figures(result.problems[0].as_json(), len(case.contingencies), spent)


def _figures(problem: Json, outage_count: int, seconds: float) -> Json:
    kept = ("objective", "relative_gap", "max_violation_mw", "constraints_screened",
            "constraints_in_final_problem", "binding", "rounds")  # fmt: skip
    parts: Json = {name: round(value, 2) for name, value in problem["seconds"].items()}
    figures = {key: problem[key] for key in kept}
    return {
        "seconds": round(seconds, 2), "parts": parts, "outages_counted": outage_count, **figures
    }  # fmt: skip


def final_rows(size: Json) -> Json:
    """HiGHS alone on the rows of the final problem, and ours to find them and solve."""
    case = case_of(size)
    problem = build_problem(case, PERIOD, Tou.ON)
    started = time.process_time()
    view = SecurityScreen(case).view(problem)
    rows, solution, _ = optimum(problem, view)
    ours = {"seconds": round(time.process_time() - started, 2), "rows": len(rows),
            "objective": problem.value(solution.piece_mw)}  # fmt: skip
    peers = [solve_rows(problem, rows, method, HIGHS_LIMIT_S) for method in METHODS]
    return {**ours, "peers": peers}


def pyomo(size: Json) -> Json:
    """The whole formulation in Pyomo, solved by HiGHS, building the model included."""
    case = case_of(size)
    started = time.process_time()
    answer = solve_reference(case, PERIOD, Tou.ON)
    return {"seconds": round(time.process_time() - started, 2), "objective": answer.objective}


def pypsa_case(size: Json) -> Json:
    """The market as `pypsa_peer.py` reads it."""
    case = case_of(size)
    network = case.network
    position = {key: k for k, key in enumerate(network.key)}
    return {
        "buses": network.bus.tolist(),
        "lines": [
            (key.from_bus, key.to_bus, float(b), float(rating) * case.limit_scale)
            for key, b, rating in zip(
                network.key, network.susceptance_mw_per_rad, network.rating_mw[:, 0], strict=True
            )
        ],
        "bids": [
            (b.source, b.sink, float(b.mw), float(b.curve[0].price_usd_per_mw)) for b in case.bids
        ],
        "outages": [position[item.branches[0]] for item in case.contingencies],
    }


WORK = {"files": from_files, "memory": in_memory, "rows": final_rows, "pyomo": pyomo}


def measured(work: str, size: Json) -> Json:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--one", work, json.dumps(size)]
    return {**size, **json.loads(subprocess.run(command, check=True, capture_output=True).stdout)}


def by_pypsa(interpreter: str, size: Json) -> Json:
    """PyPSA's own time and memory."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(pypsa_case(size), file)
        file.flush()
        peer = Path(__file__).with_name("pypsa_peer.py")
        done = subprocess.run([interpreter, peer, file.name], check=True, capture_output=True)
    return json.loads(done.stdout.splitlines()[-1])


def beside(name: str, ours: Json, peer: Json) -> Json:
    """Ours and a peer's figures, at equal objective or not at all."""
    off = abs(ours["objective"] - peer["objective"]) / max(1.0, abs(peer["objective"]))
    assert off <= EQUAL, (name, ours["objective"], peer["objective"])
    return {"ours": ours, name: peer}


def run(arguments: list[str]) -> Json:
    """All measurements."""
    count = QUICK if "--quick" in arguments else None
    peer_sizes = [{"buses": n, "bids": 2 * n, "outages": PEER_OUTAGES} for n in PYOMO_BUSES]
    results: Json = {
        "network": largest_network()[0].name,
        "targets": [
            {**measured("files", {"bids": b, "outages": o, "slope": s}),
             "target_seconds": t, "target_mb": mb}
            for b, o, s, t, mb in TARGETS[:count]
        ],
        "final_rows": [
            measured("rows", {"bids": 33_000, "outages": n}) for n in FINAL_ROWS_OUTAGES[:count]
        ],
        "growth": {
            name: [measured("memory", size) for size in sizes[:count]]
            for name, sizes in GROWTH.items()
        },
        "pyomo": [
            beside("pyomo", measured("memory", size), measured("pyomo", size))
            for size in peer_sizes[:count]
        ],
    }  # fmt: skip
    if "--pypsa" in arguments:
        interpreter = arguments[arguments.index("--pypsa") + 1]
        sizes = [{"buses": n, "bids": n, "outages": PEER_OUTAGES} for n in PYPSA_BUSES]
        results["pypsa"] = [
            beside("pypsa", measured("memory", size), by_pypsa(interpreter, size))
            for size in sizes[:count]
        ]
    return results


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        answer = WORK[arguments[1]](json.loads(arguments[2]))
        answer["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        sys.stdout.write(json.dumps(answer))
        return
    from clearing_picture import draw, table

    results = run(arguments)
    RESULTS.mkdir(exist_ok=True)
    if "--quick" not in arguments:
        (RESULTS / "clearing.json").write_text(json.dumps(results, indent=1) + "\n")
        draw(results, RESULTS / "clearing.png")
    sys.stdout.write(table(results))


if __name__ == "__main__":
    main(sys.argv[1:])
