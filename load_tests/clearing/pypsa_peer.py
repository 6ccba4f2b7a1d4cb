"""The same auction in PyPSA's security-constrained optimisation; run by its own interpreter.

    python pypsa_peer.py CASE.json

A bid is a link from its sink to its source that costs minus its price. PyPSA is no dependency of
this project: `bench_clearing.py --pypsa INTERPRETER` names one that has it.
"""

import json
import resource
import sys
import time
from pathlib import Path

import pypsa

VOLTAGE_KV = 1.0  # one kV and MVA: ohms are per unit of 1 MVA


def network(case: dict) -> pypsa.Network:
    """Buses, lines (from, to, MW per rad, limit in MW) and bids (source, sink, MW, price)."""
    n = pypsa.Network()
    n.add("Bus", [str(bus) for bus in case["buses"]], v_nom=VOLTAGE_KV)
    start, end, susceptance, limit = zip(*case["lines"], strict=True)
    names = [f"L{k}" for k in range(len(start))]
    n.add(
        "Line",
        names,
        bus0=[str(bus) for bus in start],
        bus1=[str(bus) for bus in end],
        x=[1.0 / b for b in susceptance],
        r=0.0,
        s_nom=list(limit),
    )
    source, sink, mw, price = zip(*case["bids"], strict=True)
    n.add(
        "Link",
        [f"B{k}" for k in range(len(source))],
        bus0=[str(bus) for bus in sink],
        bus1=[str(bus) for bus in source],
        p_nom=list(mw),
        marginal_cost=[-value for value in price],
    )
    return n


def main() -> None:
    case = json.loads(Path(sys.argv[1]).read_text())
    started = time.process_time()
    n = network(case)
    lost = [f"L{k}" for k in case["outages"]]
    status = n.optimize.optimize_security_constrained(
        branch_outages=lost, solver_name="highs", log_to_console=False, threads=1
    )
    answer = {
        "status": list(status),
        "seconds": round(time.process_time() - started, 2),
        "objective": -float(n.objective),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
