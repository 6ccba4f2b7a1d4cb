"""Hourly load of every load-serving entity, made from a compact curve and its own stream.

load = peak x level of the month x shape of the hour x weather of the day, in whole kW
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.domain import Finding, refuse_if_any
from simulator.participants.layer import MarketLayer
from simulator.participants.people import Person
from simulator.participants.stream import stream

LEVEL_COLUMNS = ("Area", "Month", "Level")
SHAPE_COLUMNS = ("Area", "Season", "DayType", "HourEnding", "Factor")
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
    findings: list[Finding] = []
    level_rows = _rows("levels.csv", levels, LEVEL_COLUMNS, findings)
    shape_rows = _rows("shapes.csv", shapes, SHAPE_COLUMNS, findings)
    areas = sorted({row["Area"] for row in level_rows} | {row["Area"] for row in shape_rows})
    level = {area: np.full(12, np.nan) for area in areas}
    shape = {area: np.full((4, len(DAY_TYPES), HOURS), np.nan) for area in areas}
    for nth, row in enumerate([*level_rows, *shape_rows], start=1):
        try:
            _fill_level(level, row) if "Level" in row else _fill_shape(shape, row)
        except ValueError:
            name, first = ("shapes.csv", len(level_rows)) if "Factor" in row else ("levels.csv", 0)
            where, found = f"{name}, row {nth - first + 1}", ",".join(row.values())
            findings.append(_finding("a row cannot be read", where, found))
    for area in areas:
        if not (np.all(level[area] > 0) and np.all(shape[area] > 0)):
            findings.append(_finding("an area lacks positive factors", f"area {area}", area))
    refuse_if_any(findings)
    return LoadCurve(level, shape)


def hourly_load_kw(
    person: Person, layer: MarketLayer, curve: LoadCurve, hours: Sequence[LocalHour], seed: int
) -> NDArray[np.int64]:
    """What the person's customers take in each hour, in kW; (hours,).

    Any slice of hours gives the same loads, because weather is drawn by the year.
    """
    return _load_kw(person, layer, curve, hours, _weather(person, hours, seed, "load"))


def forecast_load_kw(
    person: Person, layer: MarketLayer, curve: LoadCurve, hours: Sequence[LocalHour], seed: int
) -> NDArray[np.int64]:
    """What the person expects for each hour, in kW: the usual day with a small error; (hours,)."""
    error = _weather(person, hours, seed, "forecast") * FORECAST_DEVIATION / WEATHER_DEVIATION
    return _load_kw(person, layer, curve, hours, error)


def reference_load_kw(
    person: Person, layer: MarketLayer, curve: LoadCurve, hours: Sequence[LocalHour]
) -> NDArray[np.int64]:
    """The usual day without error, in kW: what forecasts are validated against; (hours,)."""
    return _load_kw(person, layer, curve, hours, np.zeros(len(hours)))


def _load_kw(
    person: Person,
    layer: MarketLayer,
    curve: LoadCurve,
    hours: Sequence[LocalHour],
    deviation: NDArray[np.float64],
) -> NDArray[np.int64]:
    place = layer.places.get(person.participant.sink)
    area = place.dlap if place and place.dlap in curve.level else OUTSIDE
    peak_kw = float(person.peak_load_mw) * KW_PER_MW
    load_kw = peak_kw * curve.shares(area, hours) * (1.0 + deviation)
    return np.rint(load_kw).astype(np.int64)


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


def _fill_level(level: Mapping[str, NDArray[np.float64]], row: Mapping[str, str]) -> None:
    level[row["Area"]][_place(row["Month"], 12)] = float(row["Level"])


def _fill_shape(shape: Mapping[str, NDArray[np.float64]], row: Mapping[str, str]) -> None:
    season = _place(row["Season"].removeprefix("S"), 4)
    hour = _place(row["HourEnding"], HOURS)
    shape[row["Area"]][season, DAY_TYPES.index(row["DayType"]), hour] = float(row["Factor"])


def _place(text: str, count: int) -> int:
    number = int(text)
    if not 1 <= number <= count:
        raise ValueError(text)
    return number - 1


def _rows(
    name: str, text: str, columns: tuple[str, ...], findings: list[Finding]
) -> list[dict[str, str]]:
    header, *rows = csv.reader(io.StringIO(text)) if text else ([],)
    if tuple(header) != columns or any(len(row) != len(columns) for row in rows):
        findings.append(_finding("not every row has these columns", name, ",".join(header)))
        return []
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _finding(message: str, where: str, found: str) -> Finding:
    allowed = f"{','.join(LEVEL_COLUMNS)}; {','.join(SHAPE_COLUMNS)}"
    return Finding("load-curve", message, where, found, allowed, "correct or rebuild the file")
