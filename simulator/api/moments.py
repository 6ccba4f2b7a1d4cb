"""Moments on the wire: UTC to the second for programs, days of the market's own time inside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from simulator.domain.settings import CalendarSettings
from simulator.market.world import World
from simulator.timeline.hours import day_bounds, local
from simulator.timeline.process import ProcessSpec

SECOND = timedelta(seconds=1)


def moment(at: int) -> datetime:
    """Epoch second `at` as the types have it."""
    return datetime.fromtimestamp(at, UTC)


def first_second(day: date, calendar: CalendarSettings) -> datetime:
    """The local midnight at which a day begins."""
    return moment(day_bounds(day, calendar).start)


def last_second(end: date, calendar: CalendarSettings) -> datetime:
    """The last second before day `end`, as the contract writes inclusive ends."""
    return first_second(end, calendar) - SECOND


def local_day(at: datetime, calendar: CalendarSettings) -> date:
    """The local date of a moment."""
    return local(int(at.timestamp()), calendar.timezone).date()


def first_day(at: datetime, calendar: CalendarSettings) -> date | None:
    """The day that begins at a moment; None when none does."""
    day = local_day(at, calendar)
    return day if first_second(day, calendar) == at else None


def day_after(at: datetime, calendar: CalendarSettings) -> date | None:
    """The day after what ends at `at`: the last second of a day, or midnight (both are in use)."""
    return first_day(at, calendar) or first_day(at + SECOND, calendar)


def scheduled(world: World, spec: ProcessSpec, status: str) -> datetime:
    """When the calendar leads a process to a state; its last moment where it never does."""
    return moment(
        next(
            (
                event.at
                for event in world.scenario.events
                if event.process == spec.name and event.status == status
            ),
            max(event.at for event in world.scenario.events),
        )
    )
