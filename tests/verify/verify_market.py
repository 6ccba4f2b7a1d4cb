"""A small market with everything in it, cleared by the real core: what bugs are planted into."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from verify_folders import BIDS, FIXED, NOMINATIONS, raw, reseal

from simulator.clearing.clear import clear
from simulator.clearing.folder import read_case_folder
from simulator.clearing.write import write_result

LINES = [
    (1, 2, 90), (1, 3, 70), (2, 3, 60), (2, 4, 80), (3, 5, 80), (4, 5, 40), (4, 6, 70), (5, 6, 60),
    (6, 7, 50),
]  # fmt: skip
LOCATIONS = """SourceSink,Type,Biddable,Bus,Factor,TOU
G1,GEN,Yes,1,1,
G2,GEN,Yes,2,1,
G4,GEN,Yes,4,1,
HUB,TH,Yes,1,0.5,ON
HUB,TH,Yes,2,0.3,ON
HUB,TH,Yes,4,0.2,ON
HUB,TH,Yes,1,0.2,OFF
HUB,TH,Yes,4,0.8,OFF
L3,LAP,Yes,3,1,
L5,LAP,Yes,5,1,
L6,LAP,Yes,6,0.7,
L6,LAP,Yes,5,0.3,
P7,PNODE,No,7,1,
"""
CONTINGENCIES = """Contingency,FromBus,ToBus,Circuit
OUT 1-2,1,2,1
OUT 2-4 AND 4-5,2,4,1
OUT 2-4 AND 4-5,4,5,1
OUT 3-5,3,5,1
SPLIT 6-7,6,7,1
"""
MACHINES = [(1, "1", 200), (2, "A", 120), (2, "B", 60), (4, "1", 90), (7, "1", 40)]
GENERATOR_CONTINGENCIES = """Contingency,Bus,ID
PLANT 2,2,
UNIT 1 AND 1-3,1,1
"""
WITH_THEM = "UNIT 1 AND 1-3,1,3,1\n"
INTERFACES = """Interface,FromBus,ToBus,Circuit,Weight,ForwardLimitMW,ReverseLimitMW
EAST,4,6,1,1,15,40
EAST,6,5,1,-1,15,40
"""
FIXED_CRRS = [
    "F1,HOLDER,G1,L3,OBL,ON,2024_M04,30",
    "F2,HOLDER,G2,L6,OPT,ON,2024_M04,10.5",
    "F3,HOLDER,G1,L3,OBL,OFF,2024_M04,90",  # more than an outage leaves: a limit is relaxed
    "F4,HOLDER,G4,L5,OBL,OFF,2024_M04,12.25",
]


def write_case(
    folder: Path,
    kind: str = "auction",
    curve: str = "linear",
    seed: int = 7,
    machines: bool = False,
) -> None:
    """The case folder of an auction or a least-squares allocation; `machines` can be lost too."""
    folder.mkdir(parents=True)
    objective = "bid_value" if kind == "auction" else "weighted_least_squares"
    files = {
        "market.toml": f'name = "RICH"\nkind = "{kind}"\nobjective = "{objective}"\n'
        f'limit_scale = 0.9\nbase_rating = "A"\ncontingency_rating = "B"\n'
        f'infeasible_base = "relax"\ncurve = "{curve}"\n',
        "network.raw": raw(
            dict.fromkeys(range(1, 8), 1) | {1: 3}, LINES, MACHINES if machines else ()
        ),
        "locations.csv": LOCATIONS,
        "contingencies.csv": CONTINGENCIES + WITH_THEM * machines,
        "interfaces.csv": INTERFACES,
        "fixed_crrs.csv": "\n".join([FIXED, *FIXED_CRRS, ""]),
    }
    if machines:
        files["generator_contingencies.csv"] = GENERATOR_CONTINGENCIES
    if kind == "auction":
        files["bids.csv"] = "\n".join([BIDS, *bids(seed), ""])
    else:
        files["nominations.csv"] = "\n".join([NOMINATIONS, *nominations(seed), ""])
    for name, text in files.items():
        (folder / name).write_text(text)


def bids(seed: int) -> list[str]:
    """Forty bids of both kinds of hedge, two offers, one counter-flow bid; curves of 2-4 points."""
    chance = random.Random(seed)
    rows = []

    def add(bid: str, kind: str, hedge: str, path: str, tou: str, crr: str, curve: str) -> None:
        source, sink = path.split()
        for point, text in enumerate(curve.split(), 1):
            mw, price = text.split("@")
            rows.append(
                f"{bid},{'HOLDER' if crr else 'P' + bid[-1]},{kind},{hedge},{source},{sink},"
                f"{tou},2024_M04,{crr},{point},{mw},{price}"
            )

    for number in range(40):
        source = chance.choice(["G1", "G2", "G4", "HUB"])
        sink = chance.choice(["L3", "L5", "L6"])
        mw, price = 0, chance.randint(50, 900)
        curve = f"0@{price}"
        for _ in range(chance.randint(1, 3)):
            mw += chance.randint(1000, 30000)
            price -= chance.randint(0, 90)
            curve += f" {mw / 1000}@{price}"
        hedge = "OPT" if number % 9 == 4 else "OBL"
        tou = "OFF" if number % 3 else "ON"
        add(f"B{number:02d}", "BUY", hedge, f"{source} {sink}", tou, "", curve)
    add("C01", "BUY", "OBL", "L6 G1", "ON", "", "0@-20 40@-60")
    add("S01", "SELL", "OBL", "G1 L3", "ON", "F1", "0@10 30@600")
    add("S02", "SELL", "OPT", "G2 L6", "ON", "F2", "0@100 10.5@100")
    return rows


def nominations(seed: int) -> list[str]:
    """Twenty-four nominations."""
    chance = random.Random(seed)
    return [
        f"N{number:02d},L{number % 4},{chance.choice(['G1', 'G2', 'G4', 'HUB'])},"
        f"{chance.choice(['L3', 'L5', 'L6'])},{'ON' if number % 2 else 'OFF'},2024_M04,"
        f"{chance.randint(1, 60000) / 1000}"
        for number in range(24)
    ]


def clear_into(case: Path, folder: Path) -> None:
    """Clears a case folder; the answer goes to `folder`."""
    write_result(clear(read_case_folder(case)), folder)


def publish(
    folder: Path,
    kind: str = "auction",
    curve: str = "linear",
    seed: int = 7,
    machines: bool = False,
) -> Path:
    """A cleared market as it is published."""
    write_case(folder / "case", kind, curve, seed, machines)
    clear_into(folder / "case", folder)
    reseal(folder)
    return folder


def cleared_wrongly(folder: Path, spoil: Callable[[Path], None]) -> None:
    """Replaces the answer by that of a spoilt copy of the case: a bug in the clearing."""
    wrong = folder.parent / f"{folder.name}-wrong"
    shutil.copytree(folder / "case", wrong)
    spoil(wrong)
    clear_into(wrong, folder)


def edit(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    """Rewrites a CSV file after `change` has worked on its rows."""
    with path.open(newline="") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), reader.fieldnames
    change(rows)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns or [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit_summary(folder: Path, key: str, change: Callable[[float], float]) -> None:
    """Changes one figure of the first problem in summary.json."""
    summary = json.loads((folder / "summary.json").read_text())
    summary["problems"][0][key] = change(summary["problems"][0][key])
    (folder / "summary.json").write_text(json.dumps(summary))
