"""A month's settlement case as its published files tell it: rights, prices, factors, schedules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from simulator.verify.table import Row, read_rows, unreadable

HOUR_SECONDS = 3600
SUNDAY, FIRST_ON_PEAK, LAST_ON_PEAK = 6, 7, 22  # hour endings 7 to 22 (rulebook 1.4)
RIGHT = ("CRRID", "Owner", "HedgeType", "Source", "Sink", "TOU", "MW", "StartDate", "EndDate")
SCHEDULE = ("Hour", "Holder", "Source", "Sink", "MW")
Key = tuple[int, str]  # start of the hour in epoch seconds, constraint


@dataclass(frozen=True)
class Right:
    """One row of `crrs.csv`; `last` is its last day."""

    owner: str
    option: bool
    source: str
    sink: str
    tou: str
    mw: Decimal
    first: date
    last: date


class Clock:
    """Local days and times of use, from `calendar.toml`."""

    def __init__(self, path: Path) -> None:
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
            self.zone = ZoneInfo(str(said["timezone"]))
            year, month = map(int, str(said["month"]).split("-"))
            first = date(year, month, 1)
            stated = said.get("true_up_day")
            self.true_up = date.fromisoformat(str(stated)) if stated else _last_day(first)
        except (OSError, ValueError, KeyError) as error:
            raise unreadable(str(path), str(error), "month, timezone, true_up_day") from error
        self.on_peak = range(
            int(said.get("on_peak_first_hour_ending", FIRST_ON_PEAK)),
            int(said.get("on_peak_last_hour_ending", LAST_ON_PEAK)) + 1,
        )

    def day_and_tou(self, start: int) -> tuple[date, str]:
        """Hour endings number the hours that really pass since local midnight."""
        now = datetime.fromtimestamp(start, self.zone)
        midnight = datetime(now.year, now.month, now.day, tzinfo=self.zone).timestamp()
        ending = (start - int(midnight)) // HOUR_SECONDS + 1
        day = now.date()
        peak_day = day.weekday() != SUNDAY and day not in off_peak_holidays(day.year)
        return day, "ON" if peak_day and ending in self.on_peak else "OFF"


class SettledMonth:
    """The files of one month; `Refused` when one is missing or unreadable."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(folder / "calendar.toml")
        self.rights = [_right(row) for row in read_rows(folder / "crrs.csv", RIGHT)]
        self.prices = _by_key(folder / "shadow_prices.csv", "ShadowPrice")
        self.revenue = _by_key(folder / "congestion_revenue.csv", "RevenueUSD")
        self._always: dict[str, dict[str, Decimal]] = {}
        self._hourly: dict[Key, dict[str, Decimal]] = {}
        columns = ("Hour", "Constraint", "SourceSink", "ShiftFactor")
        for row in read_rows(folder / "shift_factors.csv", columns):
            constraint, factor = row.text("Constraint"), row.decimal("ShiftFactor")
            if row.text("Hour"):
                factors = self._hourly.setdefault((_start(row), constraint), {})
            else:
                factors = self._always.setdefault(constraint, {})
            factors[row.text("SourceSink")] = factor
        self.schedules: dict[int, list[Row]] = {}
        for row in read_rows(folder / "right_schedules.csv", SCHEDULE, optional=True):
            self.schedules.setdefault(_start(row), []).append(row)

    def hours(self) -> Iterator[tuple[int, list[str]]]:
        """Each hour with its constraints, in order."""
        found: dict[int, list[str]] = {}
        for start, constraint in sorted({*self.prices, *self.revenue}):
            found.setdefault(start, []).append(constraint)
        yield from found.items()

    def factors(self, start: int, constraint: str) -> Mapping[str, Decimal]:
        """Shift factors by location; one that is not named has 0 (contract section 5)."""
        own = self._hourly.get((start, constraint))
        always = self._always.get(constraint, {})
        return always if own is None else {**always, **own}


def off_peak_holidays(year: int) -> set[date]:
    """The six additional off-peak days of the year (rulebook 1.4)."""
    fixed = (date(year, 1, 1), date(year, 7, 4), date(year, 12, 25))
    memorial = max(day for day in _days(year, 5) if day.weekday() == 0)
    labor = next(day for day in _days(year, 9) if day.weekday() == 0)
    thanksgiving = [day for day in _days(year, 11) if day.weekday() == 3][3]
    moved = {day + timedelta(days=day.weekday() == SUNDAY) for day in fixed}
    return moved | {memorial, labor, thanksgiving}


def _days(year: int, month: int) -> Iterator[date]:
    day = date(year, month, 1)
    while day.month == month:
        yield day
        day += timedelta(days=1)


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _right(row: Row) -> Right:
    first, last = (_day(row, column) for column in ("StartDate", "EndDate"))
    option = row.text("HedgeType") == "OPT"
    ends = row.text("Source"), row.text("Sink")
    return Right(row.text("Owner"), option, *ends, row.text("TOU"), row.decimal("MW"), first, last)


def _day(row: Row, column: str) -> date:
    try:
        return date.fromisoformat(row.text(column))
    except ValueError as error:
        raise unreadable(f"{row.where}, column {column}", row.text(column), "a date") from error


def _by_key(path: Path, column: str) -> dict[Key, Decimal]:
    rows = read_rows(path, ("Hour", "Constraint", column))
    return {(_start(row), row.text("Constraint")): row.decimal(column) for row in rows}


def _start(row: Row) -> int:
    try:
        return int(datetime.fromisoformat(row.text("Hour")).timestamp())
    except ValueError as error:
        where = f"{row.where}, column Hour"
        raise unreadable(where, row.text("Hour"), "an hour with its offset") from error
