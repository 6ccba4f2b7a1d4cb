"""The files of a settlement case folder: their columns, and what a cell may hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from simulator.domain import Hedge, Tou, TransactionType
from simulator.domain.table import Column, Parser, choice, decimal, iso_date, number, text
from simulator.timeline.hours import HOUR_SECONDS


@cache  # a month has few hours and its files many rows
def hour_start(cell: str) -> int:
    """The start of a whole hour, ISO 8601 with offset, as epoch seconds."""
    allowed = "the start of an hour with its offset, such as 2024-06-13T07:00:00-07:00"
    try:
        start = datetime.fromisoformat(cell)
        if start.tzinfo is None:
            raise ValueError(allowed)
        at = int(start.astimezone(UTC).timestamp())  # its year may lie outside what there is
    except (ValueError, OverflowError):
        raise ValueError(allowed) from None
    if at % HOUR_SECONDS or start.microsecond:
        raise ValueError(allowed)
    return at


def hour_or_all(cell: str) -> int | None:
    """The start of an hour, or nothing for all hours."""
    return hour_start(cell) if cell else None


def day_or_none(cell: str) -> date | None:
    """A date, or nothing."""
    return iso_date(cell) if cell else None


def day_after(cell: str) -> date:
    """The day after the last day that `cell` names; files name last days, we keep half open."""
    last = iso_date(cell)
    if last == date.max:
        raise ValueError(f"a date before {date.max}")
    return last + timedelta(days=1)


def mw(cell: str) -> Decimal:
    """MW above zero in steps of 0.001."""
    value: Decimal = decimal(3)(cell)
    if not 0 < value <= LARGEST_MW:
        raise ValueError(f"MW from 0.001 to {LARGEST_MW:,}")
    return value


def demand_mwh(cell: str) -> Decimal:
    """MWh of a month, not below zero."""
    value: Decimal = decimal(6)(cell)
    if not 0 <= value <= LARGEST_DEMAND_MWH:
        raise ValueError(f"MWh from 0 to {LARGEST_DEMAND_MWH:,}")
    return value


def within(parse: Parser, largest: float) -> Parser:
    """What `parse` reads, from -`largest` to `largest`."""

    def parse_within(cell: str) -> Any:
        value = parse(cell)
        if abs(value) > largest:
            raise ValueError(f"a number from {-largest:,} to {largest:,}")
        return value

    return parse_within


# Far beyond what any market has seen; within them no sum loses its cents.
LARGEST_MW = 1_000_000
LARGEST_PRICE = 1_000_000  # USD/MWh, USD per MW of a product
LARGEST_AMOUNT_USD = 1_000_000_000_000
LARGEST_FACTOR = 1_000  # MW/MW
LARGEST_DEMAND_MWH = 1_000_000_000

PRICE = within(decimal(12), LARGEST_PRICE)
AMOUNT = within(decimal(12), LARGEST_AMOUNT_USD)
FACTOR = within(number, LARGEST_FACTOR)
SIGNED_MW = within(decimal(3), LARGEST_MW)
DEMAND = demand_mwh
YES_NO = ("YES", "NO")

TABLES = {
    "crrs.csv": (
        Column("CRRID", text),
        Column("Owner", text),
        Column("HedgeType", choice([hedge.value for hedge in Hedge])),
        Column("Source", text),
        Column("Sink", text),
        Column("TOU", choice([tou.value for tou in Tou])),
        Column("MW", mw),
        Column("StartDate", iso_date),
        Column("EndDate", day_after),
    ),
    "shadow_prices.csv": (
        Column("Hour", hour_start),
        Column("Constraint", text),
        Column("ShadowPrice", PRICE),
    ),
    "shift_factors.csv": (
        Column("Hour", hour_or_all),
        Column("Constraint", text),
        Column("SourceSink", text),
        Column("ShiftFactor", FACTOR),
    ),
    "congestion_revenue.csv": (
        Column("Hour", hour_start),
        Column("Constraint", text),
        Column("RevenueUSD", AMOUNT),
    ),
    "auction_awards.csv": (
        Column("CRRID", text),
        Column("Owner", text),
        Column("TransactionType", choice([side.value for side in TransactionType])),
        Column("MW", mw),
        Column("ClearingPrice", PRICE),
        Column("TradingDay", day_or_none, optional=True),
    ),
    "virtual_awards.csv": (
        Column("Hour", hour_start),
        Column("Owner", text),
        Column("SourceSink", text),
        Column("MW", SIGNED_MW),
    ),
    "intertie_reductions.csv": (
        Column("Hour", hour_start),
        Column("Owner", text),
        Column("SourceSink", text),
        Column("CapacityMW", mw),
        Column("DayAheadMW", SIGNED_MW),
        Column("RealTimeMW", SIGNED_MW),
        Column("Rebid", choice(YES_NO)),
    ),
    "real_time.csv": (
        Column("Hour", hour_start),
        Column("Constraint", text),
        Column("LimitMW", mw),
        Column("ShadowPrice", PRICE),
    ),
    "measured_demand.csv": (
        Column("Coordinator", text),
        Column("DemandMWh", DEMAND),
        Column("ExcludedMWh", DEMAND, optional=True),
    ),
    "right_schedules.csv": (
        Column("Hour", hour_start),
        Column("RightID", text),
        Column("Holder", text),
        Column("Source", text),
        Column("Sink", text),
        Column("MW", mw),
    ),
    "replacements.csv": (
        Column("Location", text),
        Column("FirstDay", iso_date),
        Column("ReplacedBy", str),
    ),
}
OPTIONAL = (
    "auction_awards.csv",
    "virtual_awards.csv",
    "intertie_reductions.csv",
    "real_time.csv",
    "measured_demand.csv",
    "right_schedules.csv",
    "replacements.csv",
)
