"""What participants asked for and what is already held, read a second time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from simulator.verify.table import read_rows


class Problem(NamedTuple):
    """One (period, time of use), cleared on its own."""

    period: str
    tou: str

    def __str__(self) -> str:
        return f"{self.period} {self.tou}"


@dataclass(frozen=True)
class Submission:
    """A bid, an offer or a nomination; a nomination has the single point (MW, 0)."""

    submission_id: str
    participant: str
    problem: Problem
    source: str
    sink: str
    points: tuple[tuple[Decimal, Decimal], ...]
    sells: bool = False
    option: bool = False
    crr_id: str = ""

    @property
    def mw(self) -> Decimal:
        """The most it can get."""
        return self.points[-1][0]


@dataclass(frozen=True)
class Holding:
    """A fixed CRR."""

    crr_id: str
    owner: str
    problem: Problem
    source: str
    sink: str
    option: bool
    mw: Decimal


def read_holdings(path: Path) -> tuple[Holding, ...]:
    """The fixed CRRs in `path`, none when it is missing."""
    columns = ("CRRID", "Owner", "Source", "Sink", "HedgeType", "TOU", "Period", "MW")
    return tuple(
        Holding(
            row.text("CRRID"),
            row.text("Owner"),
            Problem(row.text("Period"), row.text("TOU")),
            row.text("Source"),
            row.text("Sink"),
            row.text("HedgeType") == "OPT",
            row.decimal("MW"),
        )
        for row in read_rows(path, columns, optional=True)
    )


def read_submissions(folders: Iterable[Path], auction: bool) -> tuple[Submission, ...]:
    """Bids or nominations of all `folders`, by id; one that lies in two of them is one."""
    name, parse = ("bids.csv", _bids) if auction else ("nominations.csv", _nominations)
    found = {
        submission.submission_id: submission
        for folder in folders
        if (folder / name).exists()
        for submission in parse(folder / name)
    }
    return tuple(found[key] for key in sorted(found))


def _bids(path: Path) -> list[Submission]:
    columns = ("BidID", "TransactionType", "HedgeType", "Source", "Sink", "TOU", "Period")
    rows = read_rows(path, (*columns, "Participant", "CRRID", "Point", "MW", "Price"))
    ordered = sorted(rows, key=lambda row: (row.text("BidID"), row.whole("Point")))
    found = []
    for bid_id, group in groupby(ordered, key=lambda row: row.text("BidID")):
        points = list(group)
        first = points[0]
        found.append(
            Submission(
                bid_id,
                first.text("Participant"),
                Problem(first.text("Period"), first.text("TOU")),
                first.text("Source"),
                first.text("Sink"),
                tuple((row.decimal("MW"), row.decimal("Price")) for row in points),
                first.text("TransactionType") == "SELL",
                first.text("HedgeType") == "OPT",
                first.text("CRRID"),
            )
        )
    return found


def _nominations(path: Path) -> list[Submission]:
    columns = ("NominationID", "Participant", "Source", "Sink", "TOU", "Period", "MW")
    return [
        Submission(
            row.text("NominationID"),
            row.text("Participant"),
            Problem(row.text("Period"), row.text("TOU")),
            row.text("Source"),
            row.text("Sink"),
            ((row.decimal("MW"), Decimal(0)),),
        )
        for row in read_rows(path, columns)
    ]
