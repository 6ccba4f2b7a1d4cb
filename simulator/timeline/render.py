"""A scenario as the slide's table: a row a week, a column a weekday, the slide's own words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from simulator.timeline.event import WEEKDAYS, WORKING_DAYS, Event
from simulator.timeline.hours import local
from simulator.timeline.scenario import Scenario

DAY_NAMES = dict(
    zip(
        WEEKDAYS,
        ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"),
        strict=True,
    )
)


@dataclass(frozen=True)
class Entry:
    """One thing in a cell: its words and the events, by time, that they tell.

    `times` are local, in order; `from_slide` is False where the words are our own.
    """

    words: str
    times: tuple[str, ...]
    events: tuple[Event, ...]
    from_slide: bool


@dataclass(frozen=True)
class Cell:
    """One day of the slide; `entries` are by time of day."""

    day: str
    date: date
    entries: tuple[Entry, ...]

    @property
    def words(self) -> str:
        """The cell as the slide has it: its words in the order of the file."""
        told = [entry for entry in self.entries if entry.from_slide]
        in_file = sorted(told, key=lambda entry: min(event.line for event in entry.events))
        return " ".join(entry.words for entry in in_file)


@dataclass(frozen=True)
class Week:
    """One row of the slide."""

    number: int
    cells: tuple[Cell, ...]


def slide(scenario: Scenario) -> tuple[Week, ...]:
    """Every week, Monday to Friday; weekends only where something happens on one."""
    days = [
        day
        for day in WEEKDAYS
        if day in WORKING_DAYS or any(event.day == day for event in scenario.events)
    ]
    last = max(event.week for event in scenario.events)
    return tuple(
        Week(number, tuple(_cell(scenario, number, day) for day in days))
        for number in range(1, last + 1)
    )


def as_text(scenario: Scenario, width: int = 150) -> str:
    """The slide as a table of plain text, at most `width` characters wide (no less than 50)."""
    weeks = slide(scenario)
    columns = len(weeks[0].cells)
    column = max(8, (max(width, 50) - 1) // columns - 3)
    rule = "+" + ("-" * (column + 2) + "+") * columns
    names = [DAY_NAMES[cell.day] for cell in weeks[0].cells]
    lines = [f"{scenario.title} ({scenario.first_monday:%B %Y})", rule, _row(names, column), rule]
    for week in weeks:
        blocks = [_cell_lines(cell, column) for cell in week.cells]
        lines += [_row(texts, column) for texts in zip_longest(*blocks, fillvalue="")]
        lines.append(rule)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell(scenario: Scenario, week: int, day: str) -> Cell:
    offset = 7 * (week - 1) + WEEKDAYS.index(day)
    told: dict[tuple[bool, str], list[Event]] = {}
    for event in sorted(scenario.events, key=lambda event: (event.at, event.line)):
        if (event.week, event.day) == (week, day):
            told.setdefault((bool(event.says), event.text), []).append(event)
    timezone = scenario.settings.calendar.timezone
    here = scenario.first_monday + timedelta(days=offset)
    entries = tuple(
        Entry(words, tuple(_time(event, here, timezone) for event in events), tuple(events), slide)
        for (slide, words), events in told.items()
    )
    return Cell(day, here, entries)


def _time(event: Event, here: date, timezone: str) -> str:
    """The time of day, with the date where holidays moved the event out of its cell."""
    at = local(event.at, timezone)
    return f"{at:%H:%M}" if at.date() == here else f"{at:%Y-%m-%d %H:%M}"


def _cell_lines(cell: Cell, column: int) -> list[str]:
    lines = [f"{cell.date:%b %d}"]
    for entry in cell.entries:
        words = entry.words if entry.from_slide else f"({entry.words})"
        lines += textwrap.wrap(f"{'-'.join(entry.times)} {words}", column, subsequent_indent="  ")
    return lines


def _row(texts: list[str] | tuple[str, ...], column: int) -> str:
    return "|" + "".join(f" {text:<{column}} |" for text in texts)
