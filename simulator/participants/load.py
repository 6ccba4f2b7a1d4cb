"""Hourly load of every load-serving entity, made from a compact curve and its own stream.

load = peak x level of the month x shape of the hour x weather of the day, in whole kW
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.domain import Finding, refuse_if_any
from simulator.domain.table import Column, choice, number, read_table, text
from simulator.participants.layer import MarketLayer
from simulator.participants.people import Person
from simulator.participants.stream import stream

DAY_TYPES = ("WEEKDAY", "SATURDAY", "SUNDAY")
OUTSIDE = "OUTSIDE"  # the area of loads outside the balancing area
HOURS = 24

# Standard deviation of a day's weather, as a share of load; that of the error of a forecast of it.
# Loads vary by at most four deviations, so forecasts stay within 5 % of the reference (2.5).
WEATHER_DEVIATION = 0.03
FORECAST_DEVIATION = 0.01
DEVIATIONS_MAX = 4.0
KW_PER_MW = 1000


class LocalHour(Protocol):
    """An hour by its local date and its number in that date (1 to 23, 24 or 25)."""

    @property
    def day(self) -> date: ...  # noqa: D102

    @property
    def hour_ending(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class LoadCurve:
    """`level[area]` is (12,) by month; `shape[area]` is (4, 3, 24) by season, day type and hour."""

    level: Mapping[str, NDArray[np.float64]]
    shape: Mapping[str, NDArray[np.float64]]

    def shares(self, area: str, hours: Sequence[LocalHour]) -> NDArray[np.float64]:
        """Load in each hour as a share of the yearly peak, without weather.

        An hour that the clock repeats in the fall is like the one before; hour 25 is like 24.
        """
        months = np.array([hour.day.month - 1 for hour in hours], dtype=np.int64)
        day_types = [max(hour.day.weekday() - 4, 0) for hour in hours]
        endings = [min(hour.hour_ending, HOURS) - 1 for hour in hours]
        shares = self.level[area][months] * self.shape[area][months // 3, day_types, endings]
        return np.asarray(shares, dtype=np.float64)


def load_curve(levels: str, shapes: str) -> LoadCurve:
    """The curve from the texts of `levels.csv` and `shapes.csv`; Refused unless complete."""
    level_rows, findings = read_table(levels, "levels.csv", _LEVELS)
    shape_rows, faults = read_table(shapes, "shapes.csv", _SHAPES)
    findings += faults
    areas = sorted({row["Area"] for row in (*level_rows, *shape_rows)})
    level = {area: np.full(12, np.nan) for area in areas}
    shape = {area: np.full((4, len(DAY_TYPES), HOURS), np.nan) for area in areas}
    for row in level_rows:
        level[row["Area"]][row["Month"]] = row["Level"]
    for row in shape_rows:
        shape[row["Area"]][row["Season"], row["DayType"], row["HourEnding"]] = row["Factor"]
    if not findings:
        findings += _gaps({"levels.csv": level, "shapes.csv": shape})
    refuse_if_any(findings)
    return LoadCurve(level, shape)


def hourly_load_kw(
    person: Person,
    layer: MarketLayer,
    curve: LoadCurve,
    hours: Sequence[LocalHour],
    seed: int,
    sink: str = "",
) -> NDArray[np.int64]:
    """What the person's customers take in each hour at a sink, or at all of them, in kW; (hours,).

    Any slice of hours gives the same loads, because weather is drawn by the year.
    """
    return _load_kw(person, layer, curve, hours, _weather(person, hours, seed, "load"), sink)


def forecast_load_kw(
    person: Person,
    layer: MarketLayer,
    curve: LoadCurve,
    hours: Sequence[LocalHour],
    seed: int,
    sink: str = "",
) -> NDArray[np.int64]:
    """What the person expects for each hour, in kW: the usual day with a small error; (hours,)."""
    error = _weather(person, hours, seed, "forecast") * FORECAST_DEVIATION / WEATHER_DEVIATION
    return _load_kw(person, layer, curve, hours, error, sink)


def reference_load_kw(
    person: Person,
    layer: MarketLayer,
    curve: LoadCurve,
    hours: Sequence[LocalHour],
    sink: str = "",
) -> NDArray[np.int64]:
    """The usual day without error, in kW: what forecasts are validated against; (hours,)."""
    return _load_kw(person, layer, curve, hours, np.zeros(len(hours)), sink)


def _load_kw(
    person: Person,
    layer: MarketLayer,
    curve: LoadCurve,
    hours: Sequence[LocalHour],
    deviation: NDArray[np.float64],
    sink: str,
) -> NDArray[np.int64]:
    total_kw = np.zeros(len(hours), np.int64)
    for load in person.loads:
        if sink in (load.name, ""):
            place = layer.places.get(load.name)
            area = place.dlap if place and place.dlap in curve.level else OUTSIDE
            peak_kw = float(load.mw) * KW_PER_MW
            load_kw = peak_kw * curve.shares(area, hours) * (1.0 + deviation)
            total_kw += np.rint(load_kw).astype(np.int64)
    return total_kw


def _weather(
    person: Person, hours: Sequence[LocalHour], seed: int, occasion: str
) -> NDArray[np.float64]:
    """The deviation of each hour's day, the same for all hours of a day; (hours,)."""
    by_year = {
        year: stream(seed, person.participant_id, f"{occasion} {year}").standard_normal(366)
        for year in sorted({hour.day.year for hour in hours})
    }
    days = [by_year[hour.day.year][hour.day.timetuple().tm_yday - 1] for hour in hours]
    bounded = np.clip(np.array(days), -DEVIATIONS_MAX, DEVIATIONS_MAX)
    return np.asarray(bounded * WEATHER_DEVIATION, dtype=np.float64)


def _gaps(factors: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> list[Finding]:
    areas = {OUTSIDE, *(area for by_area in factors.values() for area in by_area)}
    return [
        Finding(
            "LOD0001",
            "the area lacks rows",
            file,
            area,
            "a row for every month, or for every season, day type and hour",
            "add the rows",
        )
        for file, by_area in factors.items()
        for area in sorted(areas)
        if area not in by_area or np.isnan(by_area[area]).any()
    ]


def _position(options: Sequence[str]) -> Callable[[str], int]:
    """A parser that gives the place of a cell among `options`."""
    known = choice(options)
    return lambda cell: options.index(known(cell))


def _factor(cell: str) -> float:
    value = number(cell)
    if value <= 0:
        raise ValueError("a number above 0")
    return value


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(nth) for nth in range(1, count + 1))


_LEVELS = (
    Column("Area", text),
    Column("Month", _position(_numbers(12))),
    Column("Level", _factor),
)
_SHAPES = (
    Column("Area", text),
    Column("Season", _position(("S01", "S02", "S03", "S04"))),
    Column("DayType", _position(DAY_TYPES)),
    Column("HourEnding", _position(_numbers(HOURS))),
    Column("Factor", _factor),
)
