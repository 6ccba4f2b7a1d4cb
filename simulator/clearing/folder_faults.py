"""What can still be said of a case folder where a part of it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path

from simulator.clearing.case import ClearingCase
from simulator.clearing.write import NOT_IN_EVERY_CASE, RANGES
from simulator.domain import Finding, Refused, refuse_if_any
from simulator.domain.table import Column, TableRow, any_text, read_table
from simulator.network.dc import dc_network
from simulator.network.folder import CASE_FILES
from simulator.network.locations import read_locations
from simulator.network.read import read_case

CURVE_CODES = ("CLR0110", "CLR0112", "CLR0113", "CLR0114", "CLR0115", "CLR0211")
"""Faults of a curve as a whole, which nobody knows while points of it cannot be read."""


TABLES = ("contingencies.csv", "interfaces.csv", "outages.csv", "fixed_crrs.csv")
"""Tables of every case that is written; `NOT_IN_EVERY_CASE` are the others."""
ANSWER_FILES = (
    "awards.csv", "clearing_prices.csv", "binding_constraints.csv", "relaxed_constraints.csv",
    RANGES, "summary.json",
)  # fmt: skip
"""What an answer has besides its certificate."""


def unknown_tables(path: Path) -> Iterable[str]:
    """Tables that are none of a case's: a wrong name would leave its rules out unseen."""
    known = {*TABLES, *NOT_IN_EVERY_CASE}
    for name in sorted(item.name for item in path.glob("*.csv")):
        if name not in known:
            yield f"{name}: not a table of a case, and not read"


def bare_case(path: Path, content: str | None, listed: bool) -> ClearingCase | None:
    """Network and locations alone, to look names up; None where they cannot be read."""
    files = [path / file for file in CASE_FILES if (path / file).exists()]
    try:
        network = dc_network(read_case(files[0])) if files else None
    except Refused:
        return None
    if network is None or (listed and content is None):
        return None
    if content is None:
        return ClearingCase("", "", "", network)
    locations, _, faults = read_locations(content, "locations.csv", network)
    return None if faults else ClearingCase("", "", "", network, locations)


def without_curves(findings: Iterable[Finding], places: Iterable[str]) -> list[Finding]:
    """The findings but those on curves of bids at `places`, whose points are not all read."""
    unread = set(places)
    return [f for f in findings if f.code not in CURVE_CODES or f.where not in unread]


def ids_of_unread_rows(
    content: str, file: str, columns: Sequence[Column], faults: Iterable[Finding], key: str
) -> set[str]:
    """The ids (column `key`) of rows that `faults` say cannot be read."""
    rows, _ = read_table(content, file, [Column(column.name, any_text) for column in columns])
    places = [fault.where for fault in faults]
    return {
        row[key]
        for row in rows
        if any(place == row.where() or place.startswith(f"{row.where()} ") for place in places)
    }


SAME = ("Participant", "TransactionType", "HedgeType", "Source", "Sink", "TOU", "Period", "CRRID")
_same = itemgetter(*SAME)


def mixed(first: TableRow, own: list[TableRow]) -> Iterable[Finding]:
    """Rows of one bid that do not say the same about it."""
    same = _same(first.values)
    for row in own[1:]:
        if _same(row.values) == same:
            continue
        for column in SAME:
            if row[column] != first[column]:
                yield Finding(
                    "CLR0210", f"the rows of bid {first['BidID']} differ in {column}",
                    row.where(column), row[column], first[column],
                    "give all points of a bid the same keys, or another BidID",
                )  # fmt: skip


def numbering(own: list[TableRow]) -> Iterable[Finding]:
    """Points of one bid that are not numbered from 1."""
    for number, row in enumerate(own, 1):
        if row["Point"] != number:
            yield Finding(
                "CLR0211", f"points of bid {row['BidID']} are numbered 1, 2, 3, ...",
                row.where("Point"), str(row["Point"]), str(number), "number the points from 1",
            )  # fmt: skip
            return


def refuse_strangers(case: Path, out: Path) -> None:
    """Refuses a place for an answer that holds what no clearing left: it would be written over.

    An answer is known by its certificate; a case that was kept may be cleared where it lies.
    """
    if out.exists() and not out.is_dir():
        found = ["a file"]
    elif not out.exists() or (out / "certificate.json").exists():
        return
    else:
        there = sorted(path.name for path in out.iterdir())
        own = case.resolve() == (out / "case").resolve()
        found = [name for name in there if name in ANSWER_FILES or (name == "case" and not own)]
    if case.resolve() == out.resolve():
        found = ["the case itself"]
    refuse_if_any(
        Finding("CLR0214", "the answer would be written over what no clearing left", str(out),
                ", ".join(found), "a new or empty folder, or one with an earlier answer",
                "choose another --out, or move away what is there")
        for _ in found[:1]
    )  # fmt: skip
