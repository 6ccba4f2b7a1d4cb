"""Hand-made market folders: worked examples with answers that were found without any program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

RING_BUSES = {1: 3, 2: 1, 3: 1}
BIDS = "BidID,Participant,TransactionType,HedgeType,Source,Sink,TOU,Period,CRRID,Point,MW,Price"
NOMINATIONS = "NominationID,Participant,Source,Sink,TOU,Period,MW"
FIXED = "CRRID,Owner,Source,Sink,HedgeType,TOU,Period,MW"
PLACE = "ConstraintName,DeviceType,FromBus,ToBus,Circuit,ContingencyName,Direction,TOU,Period"


def raw(
    buses: Mapping[int, int],
    lines: Iterable[tuple[int, int, float]],
    machines: Iterable[tuple[int, str, float]] = (),
) -> str:
    """A RAW v30 file: buses with their type, lines (from, to, rating A) of reactance 0.1.

    Ratings B and C are 10 % and 20 % more. Machines are (bus, identifier, PMax).
    """
    text = ["0, 100.0, 30 / hand made", "a test network", ""]
    text += [f"{n},'BUS{n}',230.0,{kind},0,0,1,1,1.0,0.0,1" for n, kind in buses.items()]
    text += ["0 / END OF BUS", "0 / END OF LOAD"]
    text += [f"{n},'{id}',0,0,0,0,1,0,100,0,1,0,0,1,1,100,{mw},0" for n, id, mw in machines]
    text += ["0 / END OF GENERATOR"]
    text += [
        f"{i},{j},'1',0.0,0.1,0.0,{mw},{1.1 * mw:g},{1.2 * mw:g},0,0,0,0,1" for i, j, mw in lines
    ]
    return "\n".join([*text, *["0"] * 13, ""])


def write_market(
    folder: Path,
    case: Mapping[str, str],
    answer: Mapping[str, str],
    problems: list[dict[str, object]],
) -> Path:
    """A folder as `marketsim clear` leaves it."""
    (folder / "case").mkdir(parents=True)
    for name, text in case.items():
        (folder / "case" / name).write_text(text)
    figures = "ShadowPrice,LeastShadowPrice,GreatestShadowPrice"
    ranges = {"shadow_price_ranges.csv": f"{PLACE},{figures}\n"}
    for name, text in (ranges | dict(answer)).items():
        (folder / name).write_text(text)
    summary = {
        "name": "HAND",
        "kind": "auction" if "bids.csv" in case else "allocation",
        "status": "cleared",
        "problems": problems,
        "solver": "by hand",
        "versions": {},
        "warnings": [],
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    reseal(folder)
    return folder


def reseal(folder: Path) -> None:
    """Makes the certificate fit the files again: what a forger would do."""
    summary = json.loads((folder / "summary.json").read_text())
    digests = {
        name: {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(place.iterdir())
            if path.is_file() and path.name not in ("summary.json", "certificate.json")
        }
        for name, place in (("inputs", folder / "case"), ("outputs", folder))
    }
    problems = [{k: v for k, v in p.items() if k != "seconds"} for p in summary["problems"]]
    certificate = {**summary, **digests, "problems": problems}
    (folder / "certificate.json").write_text(json.dumps(certificate))


def c3(folder: Path) -> Path:
    """Worked example C3: an auction with counter-flow on a ring of three equal lines."""
    prices = {1: 4.5, 2: 0.0, 3: -4.5}
    curves = {"A": ("1", "3", 600, 9), "B": ("2", "3", 900, 5), "C": ("3", "2", 100, -2)}
    got = {"A": ("500.000", 9.0), "B": ("900.000", 4.5), "C": ("100.000", -4.5)}
    bids = [BIDS]
    awards = ["BidID,Participant,TransactionType,Source,Sink,TOU,Period,AwardedMW,ClearingPrice"]
    for name, (source, sink, mw, price) in curves.items():
        for point, at in ((1, 0), (2, mw)):
            bids.append(f"{name},P{name},BUY,OBL,{source},{sink},ON,2024_M04,,{point},{at},{price}")
        awards.append(
            f"{name},P{name},BUY,{source},{sink},ON,2024_M04,{got[name][0]},{got[name][1]:.6f}"
        )
    case = {
        "market.toml": 'name = "HAND"\nkind = "auction"\nobjective = "bid_value"\n',
        "network.raw": raw(RING_BUSES, [(1, 2, 0), (1, 3, 600), (2, 3, 0)]),
        "bids.csv": "\n".join(bids) + "\n",
    }
    answer = {
        "awards.csv": "\n".join(awards) + "\n",
        "clearing_prices.csv": "SourceSink,TOU,Period,ClearingPrice\n"
        + "".join(f"{bus},ON,2024_M04,{price:.6f}\n" for bus, price in prices.items()),
        "binding_constraints.csv": f"{PLACE},FlowMW,LimitMW,ShadowPrice\n"
        "1-3-1,BRANCH,1,3,1,Base Case,FROM_TO,ON,2024_M04,600.000000,600.000000,13.500000\n",
        "relaxed_constraints.csv": f"{PLACE},OriginalLimitMW,LimitMW,FixedFlowMW\n",
    }
    return write_market(folder, case, answer, [_problem(8800.0, 3, 1, 1500.0, full=2, partly=1)])


def c5a(folder: Path) -> Path:
    """Worked example C5 (a): least squares on one limit of 60 MW, factors 0.6 and 0.2.

    On a ring of five equal lines 1 -> 3 puts 3/5 on line 1-2, and 1 -> 5 the long way round 1/5.
    """
    nominations = [NOMINATIONS, "N1,L1,1,3,ON,2024_M04,100", "N2,L2,1,5,ON,2024_M04,100"]
    awards = [
        "NominationID,Participant,Source,Sink,TOU,Period,NominatedMW,AwardedMW",
        "N1,L1,1,3,ON,2024_M04,100.000,70.000",
        "N2,L2,1,5,ON,2024_M04,100.000,90.000",
    ]
    ring = [(1, 2, 60), (2, 3, 0), (3, 4, 0), (4, 5, 0), (5, 1, 0)]
    buses = {1: 3, 2: 1, 3: 1, 4: 1, 5: 1}
    case = {
        "market.toml": 'name = "HAND"\nkind = "allocation"\n',
        "network.raw": raw(buses, ring),
        "nominations.csv": "\n".join(nominations) + "\n",
    }
    answer = {
        "awards.csv": "\n".join(awards) + "\n",
        "clearing_prices.csv": "SourceSink,TOU,Period,ClearingPrice\n",
        "binding_constraints.csv": f"{PLACE},FlowMW,LimitMW,ShadowPrice\n"
        "1-2-1,BRANCH,1,2,1,Base Case,FROM_TO,ON,2024_M04,60.000000,60.000000,1.000000000\n",
        "relaxed_constraints.csv": f"{PLACE},OriginalLimitMW,LimitMW,FixedFlowMW\n",
    }
    return write_market(folder, case, answer, [_problem(10.0, 2, 1, 160.0, full=0, partly=2)])


def _problem(
    objective: float, bids: int, binding: int, mw: float, *, full: int, partly: int
) -> dict[str, object]:
    return {
        "period": "2024_M04",
        "tou": "ON",
        "bids": bids,
        "objective": objective,
        "dual_objective": objective,
        "relative_gap": 0.0,
        "max_violation_mw": 0.0,
        "constraints_screened": 2,
        "constraints_in_final_problem": 1,
        "binding": binding,
        "rounds": 2,
        "awarded_value": objective,
        "awarded_mw": mw,
        "fully_awarded": full,
        "partly_awarded": partly,
        "not_awarded": bids - full - partly,
        "unique_prices": True,
        "ranges_not_sought": 0,
        "complementary_slackness": 0.0,
    }
