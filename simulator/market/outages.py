"""What the operator knows of outages, and when (rulebook 3.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from simulator.domain import MarketTerm, Period
from simulator.domain.settings import ClearingSettings
from simulator.domain.table import (
    Column,
    TableRow,
    any_text,
    choice,
    integer,
    iso_date,
    optional_number,
    text,
)
from simulator.network.branch import BranchKey

ANNUAL_DEADLINE = (7, 1)  # month and day of the year before (rulebook 3.5)


class Exemption(StrEnum):
    """Why an outage may be reported late and still count (rulebook 3.5)."""

    NONE = ""
    SHORT = "UNDER_24H"
    MOVED = "MOVED"  # approved before, moved inside the same month
    RESTRICTED = "RESTRICTED"  # allowed maintenance in restricted operations


@dataclass(frozen=True)
class PlannedOutage:
    """A branch out of service, or limited to `limit_mw`, from `start` up to, not including, `end`.

    `limit_mw` None: out of service; else what rating A comes down to, the others in proportion.
    `model` says who has it out: "CRR" the auction model only, "DAM" the day-ahead model only,
    "BOTH". `reported` and `cancelled` are the days on which the operator learnt of it and of its
    cancellation; None: always known, never cancelled.
    """

    branch: BranchKey
    start: date
    end: date
    model: str
    reason: str
    reported: date | None = None
    cancelled: date | None = None
    exemption: Exemption = Exemption.NONE
    limit_mw: float | None = None

    def covers(self, day: date) -> bool:
        """Whether the branch is out, or limited, on that day."""
        return self.start <= day < self.end

    def days_within(self, period: Period) -> int:
        """How many days of the period it covers."""
        return max(0, (min(self.end, period.end) - max(self.start, period.start)).days)


def report_deadline(period: Period, term: MarketTerm, settings: ClearingSettings) -> date:
    """Last day on which an outage is reported in time for the model of a period."""
    if term == MarketTerm.ANNUAL:
        return date(period.start.year - 1, *ANNUAL_DEADLINE)
    return period.start - timedelta(days=settings.outage_report_days)


def is_known(
    outage: PlannedOutage, period: Period, term: MarketTerm, as_of: date, settings: ClearingSettings
) -> bool:
    """Whether a CRR model made from what is known on `as_of` counts the outage.

    It was reported by then, and in time or with an exemption, and is not cancelled yet; an outage
    that only the day-ahead model has was forced.
    """
    if outage.model == "DAM" or not outage.days_within(period):
        return False
    if outage.cancelled is not None and outage.cancelled <= as_of:
        return False
    if outage.reported is None:
        return True
    in_time = outage.reported <= report_deadline(period, term, settings)
    return outage.reported <= as_of and (in_time or outage.exemption != Exemption.NONE)


def _optional_date(cell: str) -> date | None:
    return iso_date(cell) if cell else None


def _limit(cell: str) -> float | None:
    value = optional_number(cell)
    if value is not None and value <= 0:
        raise ValueError("above 0, or blank for out of service")
    return value


OUTAGE_COLUMNS = (
    Column("FromBus", integer),
    Column("ToBus", integer),
    Column("Circuit", text),
    Column("Start", iso_date),
    Column("End", iso_date),
    Column("Model", choice(("BOTH", "CRR", "DAM"))),
    Column("Reason", any_text),
    Column("Reported", _optional_date, optional=True),
    Column("Cancelled", _optional_date, optional=True),
    Column("Exemption", choice([item.value for item in Exemption]), optional=True),
    Column("LimitMW", _limit, optional=True),
)


def planned_outage(row: TableRow) -> PlannedOutage:
    """One row of `planned_outages.csv`."""
    return PlannedOutage(
        BranchKey(row["FromBus"], row["ToBus"], row["Circuit"]),
        row["Start"],
        row["End"],
        row["Model"],
        row["Reason"],
        row.get("Reported"),
        row.get("Cancelled"),
        Exemption(row.get("Exemption", "")),
        row.get("LimitMW"),
    )
