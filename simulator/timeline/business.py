"""Business days: Monday to Friday, bank holidays excepted; the B of T+3B (rulebook 6.6)."""

from __future__ import annotations

from datetime import date, timedelta

from simulator.domain.settings import CalendarSettings
from simulator.timeline.holidays import bank_holidays

SATURDAY = 5
DEFAULT_CALENDAR = CalendarSettings()


def is_business_day(day: date, calendar: CalendarSettings = DEFAULT_CALENDAR) -> bool:
    """Whether banks are open on the local date `day`.

    The setting's listed dates are the only holidays when there are any, else the federal ones.
    """
    if day.weekday() >= SATURDAY:
        return False
    if calendar.bank_holidays:
        return day.isoformat() not in calendar.bank_holidays
    return day not in bank_holidays(day.year)


def add_business_days(day: date, count: int, calendar: CalendarSettings = DEFAULT_CALENDAR) -> date:
    """The `count`-th business day after `day`, which itself may be any day.

    `count` = 0 gives `day` back; ValueError when it is negative.
    """
    if count < 0:
        raise ValueError(f"{count} business days after a day is not a day after it")
    for _ in range(count):
        day += timedelta(days=1)
        while not is_business_day(day, calendar):
            day += timedelta(days=1)
    return day
