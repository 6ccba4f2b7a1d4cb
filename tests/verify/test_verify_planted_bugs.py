"""Bugs planted into answers: verify has to catch every one, also when the digests were forged.

Each bug changes a published answer, or publishes the answer of a clearing that had the bug; then
the certificate is made to fit the files again. What is left to catch it is physics and arithmetic.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import verify_market as market
from verify_folders import reseal

from simulator.verify import verify_folder

Bug = Callable[[Path], None]
Rows = list[dict[str, str]]


def in_table(file: str, change: Callable[[Rows], None]) -> Bug:
    return lambda folder: market.edit(folder / file, change)


def in_figure(key: str, change: Callable[[float], float]) -> Bug:
    return lambda folder: market.edit_summary(folder, key, change)


def in_summary(key: str, value: object) -> Bug:
    def change(folder: Path) -> None:
        content = json.loads((folder / "summary.json").read_text())
        (folder / "summary.json").write_text(json.dumps(content | {key: value}))

    return change


def in_clearing(file: str, pattern: str, replacement: str) -> Bug:
    """The answer of a clearing that read `pattern` in an input file as `replacement`."""

    def spoil(case: Path) -> None:
        text = (case / file).read_text()
        changed = re.sub(pattern, replacement, text, flags=re.MULTILINE)
        assert changed != text, "the bug has to change something"
        (case / file).write_text(changed)

    return lambda folder: market.cleared_wrongly(folder, spoil)


def without(file: str) -> Bug:
    """The answer of a clearing that overlooked an input file."""
    return lambda folder: market.cleared_wrongly(folder, lambda case: (case / file).unlink())


def add(rows: Rows, key: str, column: str, change: float, id_column: str = "BidID") -> None:
    row = next(row for row in rows if row[id_column] == key)
    row[column] = f"{float(row[column]) + change:.6f}"


def first(rows: Rows, column: str, change: Callable[[float], float]) -> None:
    rows[0][column] = f"{change(float(rows[0][column])):.6f}"


def swap(rows: Rows, column: str) -> None:
    """Exchanges two different figures of one time of use."""
    one = next(row for row in rows if float(row[column]) > 0)
    other = next(
        row for row in rows if row["TOU"] == one["TOU"] and float(row[column]) != float(one[column])
    )
    one[column], other[column] = other[column], one[column]


def round_up(rows: Rows) -> None:
    for row in rows:
        if 0 < float(row["AwardedMW"]) < float(row["BidMW"]):
            row["AwardedMW"] = f"{float(row['AwardedMW']) + 0.005:.3f}"


def sign(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"


def flip(rows: Rows, column: str) -> None:
    for row in rows:
        row[column] = sign(row[column])


def turn(rows: Rows) -> None:
    for row in rows:
        row["Direction"] = "TO_FROM" if row["Direction"] == "FROM_TO" else "FROM_TO"


BUGS: dict[str, Bug] = {
    # figures altered by hand
    "an award rounded up": in_table("awards.csv", round_up),
    "an award of one more MW": in_table("awards.csv", lambda r: add(r, "B27", "AwardedMW", -1)),
    "half a step awarded": in_table("awards.csv", lambda r: add(r, "C01", "AwardedMW", -0.0005)),
    "two awards exchanged": in_table("awards.csv", lambda r: swap(r, "AwardedMW")),
    "an award row missing": in_table("awards.csv", lambda r: r.pop()),
    "an award row twice": in_table("awards.csv", lambda r: r.append(dict(r[0]))),
    "an award to somebody else": in_table("awards.csv", lambda r: r[0].update(Participant="X")),
    "more sold than is held": in_table("awards.csv", lambda r: add(r, "S01", "AwardedMW", 30)),
    "a path price of yesterday": in_table(
        "awards.csv", lambda r: add(r, "B27", "ClearingPrice", 0.01)
    ),
    "buyers and sellers exchanged": in_table("awards.csv", lambda r: flip(r, "ClearingPrice")),
    "one stale nodal price": in_table(
        "clearing_prices.csv", lambda r: first(r, "ClearingPrice", lambda p: p + 0.0001)
    ),
    "settlement's sign in nodal prices": in_table(
        "clearing_prices.csv", lambda r: flip(r, "ClearingPrice")
    ),
    "all nodal prices lifted": in_table(
        "clearing_prices.csv",
        lambda r: [x.update(ClearingPrice=f"{float(x['ClearingPrice']) + 5}") for x in r] and None,
    ),
    "two nodal prices exchanged": in_table(
        "clearing_prices.csv", lambda r: swap(r, "ClearingPrice")
    ),
    "a location without a price": in_table("clearing_prices.csv", lambda r: r.pop()),
    "a shadow price changed": in_table(
        "binding_constraints.csv", lambda r: first(r, "ShadowPrice", lambda p: 1.001 * p)
    ),
    "a negative shadow price": in_table(
        "binding_constraints.csv", lambda r: first(r, "ShadowPrice", lambda p: -p)
    ),
    "a binding constraint left out": in_table("binding_constraints.csv", lambda r: r.pop(0)),
    "binding in the other direction": in_table("binding_constraints.csv", turn),
    "a flow that is not there": in_table(
        "binding_constraints.csv", lambda r: first(r, "FlowMW", lambda mw: mw - 0.01)
    ),
    "an altered limit": in_table(
        "binding_constraints.csv", lambda r: first(r, "LimitMW", lambda mw: mw + 1)
    ),
    "the wrong outage named": in_table(
        "binding_constraints.csv",
        lambda r: [x.update(ContingencyName="SPLIT 6-7") for x in r] and None,
    ),
    "a relaxed limit left out": in_table("relaxed_constraints.csv", lambda r: r.pop()),
    "a limit relaxed too far": in_table(
        "relaxed_constraints.csv", lambda r: first(r, "LimitMW", lambda mw: mw + 0.5)
    ),
    "another original limit": in_table(
        "relaxed_constraints.csv", lambda r: first(r, "OriginalLimitMW", lambda mw: mw * 0.9)
    ),
    "an objective too good": in_figure("objective", lambda v: 1.001 * v),
    "another dual objective": in_figure("dual_objective", lambda v: v + 1),
    "a gap that is not there": in_figure("relative_gap", lambda v: 1e-3),
    "a violation kept quiet": in_figure("max_violation_mw", lambda v: v + 0.01),
    "bids miscounted": in_figure("bids", lambda v: v - 1),
    "binding miscounted": in_figure("binding", lambda v: v + 1),
    "constraints screened overstated": in_figure("constraints_screened", lambda v: v + 2),
    "awarded value overstated": in_figure("awarded_value", lambda v: v + 0.01),
    # what else an answer says
    "a range too narrow": in_table(
        "shadow_price_ranges.csv", lambda r: first(r, "LeastShadowPrice", lambda p: p + 0.01)
    ),
    "a range too wide": in_table(
        "shadow_price_ranges.csv",
        lambda r: first(r, "GreatestShadowPrice", lambda p: p + 0.01)
        if r[0]["GreatestShadowPrice"]
        else first(r, "LeastShadowPrice", lambda p: p - 0.01),
    ),
    "a range left out": in_table("shadow_price_ranges.csv", lambda r: r.pop()),
    "no ranges at all": lambda folder: (folder / "shadow_price_ranges.csv").unlink(),
    "prices called unique": in_figure("unique_prices", lambda v: not v),
    "another status": in_summary("status", "unsolved"),
    "another kind": in_summary("kind", "allocation"),
    "no solver": in_summary("solver", ""),
    "a version that is none": in_summary("versions", {"numpy": 2}),
    "no round of screening": in_figure("rounds", lambda v: 0),
    "more limits than there are": in_figure("constraints_in_final_problem", lambda v: v + 9999),
    "a file more": lambda folder: (folder / "notes.txt").write_text("x") and None,
    "an input more": lambda folder: (folder / "case" / "limits.csv").write_text("x") and None,
    # the whole answer computed with a bug
    "an outage dropped": in_clearing("contingencies.csv", "^OUT 3-5.*\n", ""),
    "half of a double outage": in_clearing("contingencies.csv", "^OUT 2-4.*,4,5,1\n", ""),
    "all outages dropped": without("contingencies.csv"),
    "interfaces overlooked": without("interfaces.csv"),
    "fixed CRRs half counted": in_clearing("fixed_crrs.csv", "2024_M04,30$", "2024_M04,32"),
    "normal rating after an outage": in_clearing("market.toml", 'g = "B"', 'g = "A"'),
    "emergency rating without outage": in_clearing(
        "market.toml", 'base_rating = "A"', 'base_rating = "C"'
    ),
    "limits not scaled": in_clearing("market.toml", "limit_scale = 0.9", "limit_scale = 1.0"),
    "curves read as steps": in_clearing("market.toml", 'curve = "linear"', 'curve = "step"'),
    "options taken for obligations": in_clearing("bids.csv", "^(B.*),OPT,", r"\1,OBL,"),
    "an off-by-one in a curve": in_clearing("bids.csv", r"^(B39,.*,1,0),\d+$", r"\1,999"),
    "counter-flow ignored": in_clearing(
        "bids.csv", "^C01.*,40,", "C01,P1,BUY,OBL,L6,G1,ON,2024_M04,,2,0.001,"
    ),
    "another participation factor": in_clearing(
        "locations.csv", "^HUB,TH,Yes,1,0.5,ON", "HUB,TH,Yes,1,0.9,ON"
    ),
    "a weight's sign": in_clearing("interfaces.csv", "^EAST,6,5,1,-1", "EAST,6,5,1,1"),
    "a reactance doubled": in_clearing("network.raw", r"^2,4,'1',0.0,0.1", "2,4,'1',0.0,0.2"),
    "a line's rating of last year": in_clearing("network.raw", r"0.1,0.0,40,44", "0.1,0.0,38,41.8"),
}  # fmt: skip


MACHINE_BUGS: dict[str, Bug] = {
    "a generator contingency dropped": in_clearing("generator_contingencies.csv", "^UNIT.*\n", ""),
    "another machine lost": in_clearing(
        "generator_contingencies.csv", "^UNIT(.*),1,1", r"UNIT\1,4,1"
    ),
    "all lost machines overlooked": without("generator_contingencies.csv"),
    "a machine that helps left out": in_clearing(
        "network.raw", r"^(2,'B',.*),1,100,60,0$", r"\1,0,100,60,0"
    ),
    "the branch that opens with it left out": in_clearing("contingencies.csv", "^UNIT.*\n", ""),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return market.publish(tmp_path_factory.mktemp("verify") / "market")


def test_the_market_without_a_bug_passes(published: Path) -> None:
    verification = verify_folder(published)
    assert verification.ok, [str(check) for check in verification.failed]


@pytest.fixture(scope="module")
def with_machines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return market.publish(tmp_path_factory.mktemp("machines") / "market", machines=True)


def test_every_planted_bug_is_caught_although_its_digests_fit(
    published: Path, with_machines: Path, tmp_path: Path
) -> None:
    """`pytest -s` shows which check caught which bug, and how many of how many."""
    assert verify_folder(with_machines).ok
    assert "UNIT 1 AND 1-3" in (with_machines / "binding_constraints.csv").read_text()
    markets = [(published, BUGS), (with_machines, MACHINE_BUGS)]
    caught = {
        bug: caught_by(folder, tmp_path / bug, plant)
        for folder, bugs in markets
        for bug, plant in bugs.items()
    }
    for bug, checks in caught.items():
        print(f"{bug}: {', '.join(checks) or 'NOT CAUGHT'}")  # noqa: T201
    count = sum(bool(checks) for checks in caught.values())
    print(f"verify caught {count} of {len(caught)} planted bugs")  # noqa: T201
    assert [bug for bug, checks in caught.items() if not checks] == []
    assert count == len(BUGS) + len(MACHINE_BUGS) >= 25


def caught_by(market_folder: Path, place: Path, plant: Bug) -> list[str]:
    """The checks that fail with a bug planted; a digest that does not fit is no catch."""
    folder = place / "market"
    shutil.copytree(market_folder, folder)
    plant(folder)
    reseal(folder)
    failed = [check.name for check in verify_folder(folder).failed]
    assert not [name for name in failed if "digest" in name], "the digests were to fit"
    shutil.rmtree(place)
    return failed


FILES = ("awards.csv", "clearing_prices.csv", "binding_constraints.csv", "relaxed_constraints.csv")


@pytest.mark.parametrize("file", [*FILES, "case/bids.csv", "case/network.raw", "case/market.toml"])
def test_any_changed_digit_of_any_file_is_caught_by_its_digest(
    published: Path, tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "market"
    shutil.copytree(published, folder)
    text = (folder / file).read_text()
    place = max(match.start() for match in re.finditer(r"\d", text))
    digit = str((int(text[place]) + 1) % 10)
    (folder / file).write_text(text[:place] + digit + text[place + 1 :])
    assert not verify_folder(folder).ok


@pytest.mark.parametrize("file", ["summary.json", "certificate.json"])
def test_any_changed_figure_of_summary_and_certificate_is_caught(
    published: Path, tmp_path: Path, file: str
) -> None:
    figures = json.loads((published / file).read_text())["problems"][1]
    for key, value in figures.items():
        if isinstance(value, str | dict):
            continue
        folder = tmp_path / f"market-{key}"
        shutil.copytree(published, folder)
        content = json.loads((folder / file).read_text())
        content["problems"][1][key] = value + 1
        (folder / file).write_text(json.dumps(content))
        assert not verify_folder(folder).ok, f"{key} changed unnoticed"
        shutil.rmtree(folder)
