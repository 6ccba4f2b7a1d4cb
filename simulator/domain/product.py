"""What is sold: a period (month or season) and a time of use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_NAME = re.compile(r"(?P<year>\d{4})_(?:M(?P<month>\d{2})|S(?P<season>\d{2}))")


class Tou(StrEnum):
    """Time of use (rulebook 1.4); which hours belong to which is the timeline's business."""

    ON = "ON"
    OFF = "OFF"


@dataclass(frozen=True, order=True)
class Period:
    """Local dates, half open: `start` is the first day, `end` the first day after."""

    start: date
    end: date
    name: str

    @staticmethod
    def parse(name: str) -> Period:
        """`2024_M09` is September 2024, `2024_S02` April to June 2024; ValueError otherwise."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is not a period such as 2024_M09 or 2024_S02")
        year = int(match["year"])
        if match["month"]:
            return Period.month(year, int(match["month"]))
        return Period.season(year, int(match["season"]))

    @staticmethod
    def month(year: int, month: int) -> Period:
        """One calendar month, 1 to 12."""
        return Period(date(year, month, 1), _months_later(year, month, 1), f"{year}_M{month:02d}")

    @staticmethod
    def season(year: int, season: int) -> Period:
        """One season, 1 to 4: S1 is January to March (rulebook 1.3)."""
        if not 1 <= season <= 4:
            raise ValueError(f"season {season} is not one of 1, 2, 3, 4")
        month = 3 * season - 2
        return Period(date(year, month, 1), _months_later(year, month, 3), f"{year}_S{season:02d}")

    def in_year(self, year: int) -> Period:
        """The same month or season of another year."""
        return Period.parse(f"{year:04d}_{self.name.split('_')[1]}")

    def covers(self, day: date) -> bool:
        """Whether the local date `day` falls into this period."""
        return self.start <= day < self.end

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, order=True)
class Product:
    """One (period, time of use): its own clearing problem."""

    period: Period
    tou: Tou

    def __str__(self) -> str:
        return f"{self.period.name} {self.tou}"


def _months_later(year: int, month: int, count: int) -> date:
    months = year * 12 + month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
