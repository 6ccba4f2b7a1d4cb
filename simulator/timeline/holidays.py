"""Holidays by rule, never by list: NERC's off-peak days and the days on which US banks close."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

MONDAY, THURSDAY, SUNDAY = 0, 3, 6
JUNETEENTH_SINCE = 2021  # first observed as a federal holiday in that year


@cache
def nerc_holidays(year: int) -> tuple[date, ...]:
    """The six additional off-peak days of `year`, in order (rulebook 1.4)."""
    return tuple(
        sorted(
            (
                _sunday_moves_to_monday(date(year, 1, 1)),  # New Year's Day
                _last_weekday(year, 5, MONDAY),  # Memorial Day
                _sunday_moves_to_monday(date(year, 7, 4)),  # Independence Day
                _nth_weekday(year, 9, MONDAY, 1),  # Labor Day
                _nth_weekday(year, 11, THURSDAY, 4),  # Thanksgiving Day
                _sunday_moves_to_monday(date(year, 12, 25)),  # Christmas Day
            )
        )
    )


@cache
def bank_holidays(year: int) -> tuple[date, ...]:
    """The days of `year` on which the Federal Reserve Banks close, in order (rulebook 6.6).

    A holiday on a Sunday closes banks on the Monday; one on a Saturday closes no other day.
    """
    others = [
        _nth_weekday(year, 1, MONDAY, 3),  # Martin Luther King Jr. Day
        _nth_weekday(year, 2, MONDAY, 3),  # Washington's Birthday
        _nth_weekday(year, 10, MONDAY, 2),  # Columbus Day
        _sunday_moves_to_monday(date(year, 11, 11)),  # Veterans Day
    ]
    if year >= JUNETEENTH_SINCE:
        others.append(_sunday_moves_to_monday(date(year, 6, 19)))
    return tuple(sorted((*nerc_holidays(year), *others)))


def _sunday_moves_to_monday(day: date) -> date:
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_weekday(year: int, month: int, weekday: int) -> date:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
