"""A settlement case folder (contract section 5), read with every fault found at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from simulator.domain import (
    Crr,
    CrrType,
    Finding,
    Hedge,
    Tou,
    TransactionType,
    refuse_if_any,
)
from simulator.domain.table import (
    Column,
    Parser,
    TableRow,
    choice,
    decimal,
    iso_date,
    number,
    read_table,
    text,
)
from simulator.settlement.calendar_file import read_calendar
from simulator.settlement.case import (
    AuctionAward,
    SettlementCase,
)
from simulator.settlement.congestion import congestion_hours
from simulator.settlement.findings import crr_findings
from simulator.timeline.hours import HOUR_SECONDS

CALENDAR_FILE = "calendar.toml"


@cache  # a month has few hours and its files many rows
def hour_start(cell: str) -> int:
    """The start of a whole hour, ISO 8601 with offset, as epoch seconds."""
    allowed = "the start of an hour with its offset, such as 2024-06-13T07:00:00-07:00"
    try:
        start = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(allowed) from None
    if start.tzinfo is None or start.timestamp() % HOUR_SECONDS:
        raise ValueError(allowed)
    return int(start.timestamp())


def hour_or_all(cell: str) -> int | None:
    """The start of an hour, or nothing for all hours."""
    return hour_start(cell) if cell else None


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

PRICE = within(decimal(12), LARGEST_PRICE)
AMOUNT = within(decimal(12), LARGEST_AMOUNT_USD)
FACTOR = within(number, LARGEST_FACTOR)

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
    ),
}
OPTIONAL = ("auction_awards.csv",)


def read_settlement_folder(path: Path) -> SettlementCase:
    """The case in the folder `path`; Refused with every finding when anything is wrong."""
    findings: list[Finding] = []
    files: dict[str, str] = {}
    for name in (CALENDAR_FILE, *TABLES):
        try:
            files[name] = (path / name).read_text(encoding="utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            if name not in OPTIONAL:
                findings.append(_missing(path, name))
        except (OSError, UnicodeDecodeError) as error:
            findings.append(
                Finding(
                    "SETTLE_FILE_UNREADABLE",
                    f"{name} cannot be read",
                    str(path / name),
                    str(error),
                    "a readable UTF-8 text file",
                    "save the file as UTF-8, or correct its permissions",
                )
            )
    return read_settlement_case(files, findings)


def read_settlement_case(
    files: Mapping[str, str], findings: Iterable[Finding] = ()
) -> SettlementCase:
    """The case in `files`, file texts by name; `findings` are what is known to be wrong already."""
    faults = list(findings)
    calendar, calendar_faults = read_calendar(files.get(CALENDAR_FILE), CALENDAR_FILE)
    faults += calendar_faults
    tables: dict[str, tuple[TableRow, ...]] = {}
    for name, columns in TABLES.items():
        tables[name], table_faults = (
            read_table(files[name], name, columns) if name in files else ((), [])
        )
        faults += table_faults
    crrs = [(row.where(), _crr(row)) for row in tables["crrs.csv"]]
    faults += crr_findings(crrs)
    hours, hour_faults = congestion_hours(
        tables["shadow_prices.csv"],
        tables["shift_factors.csv"],
        tables["congestion_revenue.csv"],
        calendar,
    )
    refuse_if_any([*faults, *hour_faults])
    assert calendar is not None, "a calendar without faults is there"
    return SettlementCase(
        calendar,
        tuple(crr for _, crr in crrs),
        hours,
        tuple(_award(row) for row in tables["auction_awards.csv"]),
    )


def _missing(path: Path, name: str) -> Finding:
    return Finding(
        "SETTLE_FILE_MISSING",
        f"{name} is missing",
        str(path / name),
        "no such file",
        ", ".join((CALENDAR_FILE, *TABLES)),
        "add the file",
    )


def _crr(row: TableRow) -> Crr:
    """The right; settlement never asks where a right came from, so any type will do."""
    return Crr(
        crr_id=row["CRRID"],
        owner=row["Owner"],
        crr_type=CrrType.AUC,
        hedge=Hedge(row["HedgeType"]),
        source=row["Source"],
        sink=row["Sink"],
        tou=Tou(row["TOU"]),
        start=row["StartDate"],
        end=row["EndDate"],
        mw=row["MW"],
        market="",
    )


def _award(row: TableRow) -> AuctionAward:
    return AuctionAward(
        row["CRRID"],
        row["Owner"],
        TransactionType(row["TransactionType"]),
        row["MW"],
        row["ClearingPrice"],
    )
