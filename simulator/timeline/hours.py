"""The hours of local days and periods, each with its UTC start and its time of use.

Inside, time is whole seconds of the Unix epoch in UTC and intervals are half open; local dates and
hour endings are for people. The local day has 23 hours in March and 25 in November, and hour
endings number the hours that really pass: 1 to 23, 24 or 25 (rulebook 1.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from simulator.domain import Period, Tou
from simulator.domain.settings import CalendarSettings
from simulator.timeline.holidays import SUNDAY, nerc_holidays

HOUR_SECONDS = 3600
YEARS = range(2000, 2101)  # that a scenario may lie in
DEFAULT_CALENDAR = CalendarSettings()


@dataclass(frozen=True)
class Hour:
    """One hour of the market: `start` is in epoch seconds, `day` and `hour_ending` are local."""

    day: date
    hour_ending: int
    start: int
    tou: Tou

    @property
    def end(self) -> int:
        """The first second after this hour."""
        return self.start + HOUR_SECONDS


@dataclass(frozen=True)
class Bounds:
    """A half-open stretch of time in epoch seconds."""

    start: int
    end: int

    @property
    def last_second(self) -> int:
        """The inclusive end, as the web services write it."""
        return self.end - 1


def has_whole_hours(timezone: str) -> bool:
    """Whether the zone's offsets are whole hours, as the market's hours are; KeyError without it.

    Asked of both halves of the years that a scenario may lie in.
    """
    zone = ZoneInfo(timezone)
    moments = (datetime(year, month, 1, tzinfo=zone) for year in YEARS for month in (1, 7))
    return not any((moment.utcoffset() or timedelta()).seconds % HOUR_SECONDS for moment in moments)


def epoch(day: date, clock: time, timezone: str = DEFAULT_CALENDAR.timezone) -> int:
    """Epoch seconds of a local date and time of day.

    A time that the clock shows twice is the first of the two; one that it skips is read with the
    offset before the change.
    """
    return int(datetime.combine(day, clock, ZoneInfo(timezone)).timestamp())


def local(at: int, timezone: str = DEFAULT_CALENDAR.timezone) -> datetime:
    """The local date and time of epoch second `at`, with its offset."""
    return datetime.fromtimestamp(at, ZoneInfo(timezone))


def iso_utc(at: int) -> str:
    """Epoch second `at` as the web services write it: `2024-09-01T07:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tou_of(day: date, hour_ending: int, calendar: CalendarSettings = DEFAULT_CALENDAR) -> Tou:
    """ON in the on-peak hours of Monday to Saturday but NERC holidays, else OFF (rulebook 1.4)."""
    on_peak_hours = range(calendar.on_peak_first_hour_ending, calendar.on_peak_last_hour_ending + 1)
    on_peak_day = day.weekday() != SUNDAY and day not in nerc_holidays(day.year)
    return Tou.ON if on_peak_day and hour_ending in on_peak_hours else Tou.OFF


def day_bounds(day: date, calendar: CalendarSettings = DEFAULT_CALENDAR) -> Bounds:
    """From local midnight to local midnight: 23, 24 or 25 hours."""
    return _bounds(day, day + timedelta(days=1), calendar.timezone)


def period_bounds(period: Period, calendar: CalendarSettings = DEFAULT_CALENDAR) -> Bounds:
    """From local midnight of the first day to local midnight after the last (C16)."""
    return _bounds(period.start, period.end, calendar.timezone)


def hours_of_day(day: date, calendar: CalendarSettings = DEFAULT_CALENDAR) -> tuple[Hour, ...]:
    """The 23, 24 or 25 hours of a local day, in order."""
    return _hours_of_day(day, calendar)


def hours_of_period(
    period: Period, tou: Tou | None = None, calendar: CalendarSettings = DEFAULT_CALENDAR
) -> tuple[Hour, ...]:
    """The hours of a period in order: all of them, or those of one time of use."""
    return tuple(
        hour
        for day in days_of(period)
        for hour in _hours_of_day(day, calendar)
        if tou is None or hour.tou == tou
    )


def days_of(period: Period) -> Iterator[date]:
    """The local dates of a period, in order."""
    for offset in range((period.end - period.start).days):
        yield period.start + timedelta(days=offset)


@cache
def _hours_of_day(day: date, calendar: CalendarSettings) -> tuple[Hour, ...]:
    bounds = day_bounds(day, calendar)
    starts = range(bounds.start, bounds.end, HOUR_SECONDS)
    return tuple(
        Hour(day, hour_ending, start, tou_of(day, hour_ending, calendar))
        for hour_ending, start in enumerate(starts, start=1)
    )


def _bounds(first: date, after: date, timezone: str) -> Bounds:
    return Bounds(epoch(first, time.min, timezone), epoch(after, time.min, timezone))
