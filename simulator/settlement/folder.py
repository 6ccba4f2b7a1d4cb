"""A settlement case folder (contract section 5), read with every fault found at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.domain import Crr, CrrType, Finding, Hedge, Tou, TransactionType, refuse_if_any
from simulator.domain.table import TableRow, read_table
from simulator.settlement.calendar_file import read_calendar
from simulator.settlement.case import (
    AuctionAward,
    IntertieReduction,
    MeasuredDemand,
    RealTime,
    RightSchedule,
    SettlementCase,
    VirtualAward,
)
from simulator.settlement.congestion import congestion_hours, month_hours, outside_month, repeated
from simulator.settlement.findings import crr_findings
from simulator.settlement.folder_tables import OPTIONAL, TABLES
from simulator.settlement.remap import Replacement, remapped, retired_findings
from simulator.settlement.settle import later_findings
from simulator.settlement.warnings import case_warnings
from simulator.timeline.hours import Hour

CALENDAR_FILE = "calendar.toml"
HOURLY = ("virtual_awards.csv", "intertie_reductions.csv", "real_time.csv", "right_schedules.csv")
KEYS = {  # what may stand in a file only once
    "virtual_awards.csv": ("Hour", "Owner", "SourceSink"),
    "intertie_reductions.csv": ("Hour", "Owner", "SourceSink"),
    "real_time.csv": ("Hour", "Constraint"),
    "measured_demand.csv": ("Coordinator",),
    "right_schedules.csv": ("Hour", "RightID"),
    "replacements.csv": ("Location",),
}

Tables = Mapping[str, tuple[TableRow, ...]]


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
    unreadable = set(faults)
    for name, columns in TABLES.items():
        tables[name], table_faults = (
            read_table(files[name], name, columns) if name in files else ((), [])
        )
        faults += table_faults
        unreadable.update(table_faults)
    crrs = [_crr(row) for row in tables["crrs.csv"]]

    def row_of(crr: int) -> str:
        return tables["crrs.csv"][crr].where()

    faults += crr_findings(crrs, row_of)
    hours, hour_faults = congestion_hours(
        tables["shadow_prices.csv"],
        tables["shift_factors.csv"],
        tables["congestion_revenue.csv"],
        None if calendar is None else calendar.calendar,
    )
    moves = [_replacement(row) for row in tables["replacements.csv"]]
    retired = list(retired_findings(crrs, moves, row_of))
    faults += retired
    for name, key in KEYS.items():
        faults += repeated(tables[name], *key)
    hours_of_month = {} if calendar is None else month_hours(calendar.calendar)
    if calendar is not None:
        for name in HOURLY:
            faults += outside_month(tables[name], hours_of_month, calendar.calendar)
    faults += hour_faults
    if calendar is None:
        refuse_if_any(faults)
        raise AssertionError("without a calendar there are faults")
    case = SettlementCase(
        calendar.calendar,
        tuple(crrs) if retired else remapped(crrs, moves),
        hours,
        tuple(_award(row) for row in tables["auction_awards.csv"]),
        settings=calendar.settings,
        **_optional(tables, hours_of_month),
    )
    if not unreadable:  # what else is wrong hides none of these, but rows that nobody can read do
        faults += later_findings(case)
        faults += case_warnings(case) if calendar.refuses_missing_factors and not retired else ()
    refuse_if_any(faults)
    return case


def _optional(tables: Tables, hours: Mapping[int, Hour]) -> dict[str, Any]:
    """What is there only when a case has it: clawback's, existing rights' and demand's rows.

    Rows of hours outside the month are left out: they are a finding.
    """
    rows = {name: tuple(row for row in tables[name] if row["Hour"] in hours) for name in HOURLY}
    return {
        "virtual_awards": tuple(
            VirtualAward(row["Owner"], hours[row["Hour"]], row["SourceSink"], row["MW"])
            for row in rows["virtual_awards.csv"]
        ),
        "intertie_reductions": tuple(
            IntertieReduction(
                row["Owner"],
                hours[row["Hour"]],
                row["SourceSink"],
                row["CapacityMW"],
                row["DayAheadMW"],
                row["RealTimeMW"],
                row["Rebid"] == "YES",
            )
            for row in rows["intertie_reductions.csv"]
        ),
        "real_time": tuple(
            RealTime(hours[row["Hour"]], row["Constraint"], row["LimitMW"], row["ShadowPrice"])
            for row in rows["real_time.csv"]
        ),
        "right_schedules": tuple(
            RightSchedule(
                row["Holder"],
                hours[row["Hour"]],
                row["RightID"],
                row["Source"],
                row["Sink"],
                row["MW"],
            )
            for row in rows["right_schedules.csv"]
        ),
        "measured_demand": tuple(
            MeasuredDemand(row["Coordinator"], row["DemandMWh"], row.get("ExcludedMWh", Decimal(0)))
            for row in tables["measured_demand.csv"]
        ),
    }


def _missing(path: Path, name: str) -> Finding:
    return Finding(
        "SETTLE_FILE_MISSING",
        f"{name} is missing",
        str(path / name),
        "no such file",
        ", ".join((CALENDAR_FILE, *(name for name in TABLES if name not in OPTIONAL))),
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
        row.get("TradingDay"),
    )


def _replacement(row: TableRow) -> Replacement:
    return Replacement(row["Location"], row["FirstDay"], row["ReplacedBy"].strip())
