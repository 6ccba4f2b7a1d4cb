"""`calendar.toml` of a settlement case folder: the month, and when its statements come out."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo

from simulator.domain import Finding, Period, Refused
from simulator.domain.settings import CalendarSettings, SettlementSettings
from simulator.settlement.case import SettlementCalendar
from simulator.timeline.document import Document, Table

KEYS = ("month", "timezone", "holidays", "statement_offset_business_days")
LONGEST_OFFSET_BUSINESS_DAYS = 260  # a year of business days
_MONTH = re.compile(r"(\d{4})(?:-|_M)(0[1-9]|1[0-2])")

# A list without holidays is not a list that was left out, which means the federal ones.
NO_HOLIDAYS = ("none",)


def read_calendar(
    text: str | None, file_name: str
) -> tuple[SettlementCalendar | None, list[Finding]]:
    """The calendar in `text`, or None and what is wrong; None of nothing is not a finding here.

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
        calendar = CalendarSettings(timezone=_timezone(table), bank_holidays=_holidays(table))
        default = SettlementSettings.statement_offset_business_days
        offset = table.integer(
            "statement_offset_business_days", 0, LONGEST_OFFSET_BUSINESS_DAYS, default
        )
        document.refuse_if_faulty()
    except Refused as refused:
        return None, list(refused.findings)
    return SettlementCalendar(month, calendar, offset), []


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
