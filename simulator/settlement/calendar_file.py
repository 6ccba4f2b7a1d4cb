"""`calendar.toml` of a settlement case folder: the month, and when its statements come out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.domain import Finding, Period, Refused
from simulator.domain.settings import CalendarSettings, SettlementSettings
from simulator.settlement.case import SettlementCalendar
from simulator.timeline.document import Document, Table
from simulator.timeline.hours import has_whole_hours

KEYS = (
    "month",
    "timezone",
    "holidays",
    "statement_offset_business_days",
    "true_up_day",
    "missing_factors",
    "virtual_clawback_threshold",
    "intertie_clawback_threshold",
    "on_peak_first_hour_ending",
    "on_peak_last_hour_ending",
)
THRESHOLDS = ("virtual_clawback_threshold", "intertie_clawback_threshold")
ON_PEAK = ("on_peak_first_hour_ending", "on_peak_last_hour_ending")
HOURS_A_DAY = 24
ZERO, REFUSE = "zero", "refuse"  # what a location without a shift factor is
LONGEST_OFFSET_BUSINESS_DAYS = 260  # a year of business days
_MONTH = re.compile(r"(\d{4})(?:-|_M)(0[1-9]|1[0-2])")

# A list without holidays is not a list that was left out, which means the federal ones.
NO_HOLIDAYS = ("none",)


@dataclass(frozen=True)
class CalendarFile:
    """What the file says."""

    calendar: SettlementCalendar
    settings: SettlementSettings
    refuses_missing_factors: bool


def read_calendar(text: str | None, file_name: str) -> tuple[CalendarFile | None, list[Finding]]:
    """What `text` says, or None and what is wrong; None of nothing is not a finding here.

    `holidays` are the bank holidays that no business day falls on; without the key they are the
    federal ones. Times of use follow the NERC holidays, by rule (rulebook 1.4 and 6.6).
    """
    if text is None:
        return None, []
    try:
        document = Document(text, file_name)
        table = document.top()
        table.only(KEYS)
        month = _month(table)
        first, last = _on_peak(table)
        calendar = CalendarSettings(_timezone(table), _holidays(table), first, last)
        default = SettlementSettings.statement_offset_business_days
        offset = table.integer(
            "statement_offset_business_days", 0, LONGEST_OFFSET_BUSINESS_DAYS, default
        )
        true_up_day = _true_up_day(table, month)
        policy = table.choice("missing_factors", (ZERO, REFUSE), ZERO)
        settings = replace(SettlementSettings(), **_thresholds(table))
        document.refuse_if_faulty()
    except Refused as refused:
        return None, list(refused.findings)
    months = SettlementCalendar(month, calendar, offset, true_up_day)
    return CalendarFile(months, settings, policy == REFUSE), []


def _true_up_day(table: Table, month: Period) -> date | None:
    if "true_up_day" not in table.values:
        return None
    try:
        day = _day(table.values["true_up_day"])
    except ValueError:
        day = None
    if day is None or not month.covers(day):
        allowed = f"a day from {month.start} to {month.end - timedelta(days=1)}"
        table.fault("SETTLE_TRUE_UP_DAY", "true_up_day", "this is no day of the month", allowed)
    return day


def _on_peak(table: Table) -> tuple[int, int]:
    first, last = (
        table.integer(key, 1, HOURS_A_DAY, getattr(CalendarSettings, key)) for key in ON_PEAK
    )
    if first > last:
        message = "the first on-peak hour comes after the last"
        table.fault("SCN_RANGE", ON_PEAK[0], message, f"at most {last}")
    return first, last


def _thresholds(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in THRESHOLDS:
        value = table.values.get(key, getattr(SettlementSettings, key))
        if type(value) in (int, float) and 0 <= value <= 1:
            found[key] = float(value)
        else:
            table.fault("SETTLE_THRESHOLD", key, f"{key} is no share", "a number from 0 to 1")
    return found


def _month(table: Table) -> Period:
    match = _MONTH.fullmatch(table.text("month"))
    if match is not None and 1 <= int(match[1]) < date.max.year:
        return Period.month(int(match[1]), int(match[2]))
    if isinstance(table.values.get("month"), str):
        table.fault("SETTLE_MONTH", "month", "month cannot be read", '"2024-06"', "correct it")
    return Period.month(2000, 1)  # never used: the fault is noted


def _timezone(table: Table) -> str:
    name = table.text("timezone", CalendarSettings.timezone)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        table.fault("SETTLE_TIMEZONE", "timezone", f"{name!r} is no time zone", "an IANA name")
        return name
    if not has_whole_hours(name):
        message = f"{name} is not a whole number of hours from UTC"
        allowed = "a zone whose hours start with those of UTC"
        table.fault("SETTLE_TIMEZONE", "timezone", message, allowed)
    return name


def _holidays(table: Table) -> tuple[str, ...]:
    listed = table.values.get("holidays")
    if listed is None:
        return ()
    try:
        days = sorted(str(_day(item)) for item in listed)
    except (TypeError, ValueError):
        table.fault(
            "SETTLE_HOLIDAYS",
            "holidays",
            "holidays is not a list of dates",
            'dates such as "2024-06-19", in brackets',
            "correct the list",
        )
        return ()
    return tuple(days) or NO_HOLIDAYS


def _day(item: object) -> date:
    return item if type(item) is date else date.fromisoformat(str(item))
