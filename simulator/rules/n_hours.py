"""The N-hours: which hour of a season's load customer rates are measured in (rulebook 7.1).

What an N-hour is stands in no public text. Here it is the hour that the load metric of the default
LAP stands at (rulebook 2.2): at most the exceedance share of the season's hours are above it. Its
year is the last one that is over before the load-migration market takes effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.domain import Period, Tou
from simulator.domain.settings import EligibilitySettings
from simulator.rules.eligibility import metric_place
from simulator.timeline.hours import Hour

DEFAULTS = EligibilitySettings()


@dataclass(frozen=True, order=True)
class NHour:
    """The hour of one default LAP, season (1 to 4) and time of use; `load_mw` is its load."""

    dlap: str
    season: int
    tou: Tou
    day: date
    hour_ending: int
    load_mw: Decimal


def n_hour_seasons(effective: date) -> tuple[Period, ...]:
    """The four seasons whose hours a market that takes effect on that day publishes."""
    return tuple(Period.season(effective.year - 1, number) for number in range(1, 5))


def n_hour(
    dlap: str,
    season: int,
    tou: Tou,
    hours: Sequence[Hour],
    load_mw: Sequence[Decimal],
    settings: EligibilitySettings = DEFAULTS,
) -> NHour:
    """The one among the season's hours of a time of use; the first of equals.

    `load_mw` is the load of the default LAP in each of `hours`. ValueError when there are none.
    """
    place = metric_place(len(hours), settings.exceedance_share)
    ranked = sorted(range(len(hours)), key=lambda at: (-load_mw[at], hours[at].start))
    level_mw = load_mw[ranked[place]]
    first = min((at for at in ranked if load_mw[at] == level_mw), key=lambda at: hours[at].start)
    return NHour(dlap, season, tou, hours[first].day, hours[first].hour_ending, level_mw)
