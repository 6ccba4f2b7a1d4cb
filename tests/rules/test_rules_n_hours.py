"""N-hours: the hour at which the load metric of a default LAP stands (rulebook 7.1, 2.2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import Period, Tou
from simulator.domain.settings import EligibilitySettings
from simulator.rules.eligibility import load_metric
from simulator.rules.n_hours import n_hour, n_hour_seasons
from simulator.timeline.hours import hours_of_period

WINTER = Period.season(2023, 1)
SHARE = EligibilitySettings().exceedance_share


def test_it_is_the_hour_of_the_load_metric():
    """Rulebook 2.2: 1,216 hours, so six hours are above the seventh."""
    hours = hours_of_period(WINTER, Tou.ON)
    load = [Decimal(number) for number in range(1, len(hours) + 1)]
    found = n_hour("DLAP", 1, Tou.ON, hours, load)
    seventh = hours[len(hours) - 7]
    assert (found.day, found.hour_ending) == (seventh.day, seventh.hour_ending)
    assert found.load_mw == load_metric(load, SHARE).value == len(hours) - 6


def test_hour_25_of_the_long_day_can_be_it_and_no_hour_24_of_the_short_one_is():
    hours = hours_of_period(Period.season(2023, 4), Tou.OFF)
    long_hour = next(at for at, hour in enumerate(hours) if hour.hour_ending == 25)
    load = [Decimal(1)] * len(hours)
    for place in range(4):
        load[place] = Decimal(100)
    load[long_hour] = Decimal(50)
    found = n_hour("DLAP", 4, Tou.OFF, hours, load)
    assert (found.day, found.hour_ending) == (date(2023, 11, 5), 25)
    spring = hours_of_period(WINTER, Tou.OFF)
    short = [hour.hour_ending for hour in spring if hour.day == date(2023, 3, 12)]
    assert max(short) == 23


@given(st.lists(st.integers(0, 5), min_size=1, max_size=400))
def test_of_equal_hours_it_is_the_first(levels):
    hours = hours_of_period(WINTER, Tou.ON)[: len(levels)]
    load = [Decimal(level) for level in levels]
    found = n_hour("DLAP", 1, Tou.ON, hours, load)
    assert found.load_mw == load_metric(load, SHARE).value
    first = hours[load.index(found.load_mw)]
    assert (found.day, found.hour_ending) == (first.day, first.hour_ending)


@pytest.mark.parametrize("effective", [date(2024, 1, 1), date(2024, 2, 29), date(2024, 12, 31)])
def test_the_seasons_are_those_of_the_year_that_is_over(effective):
    seasons = n_hour_seasons(effective)
    assert [season.name for season in seasons] == [f"2023_S0{number}" for number in range(1, 5)]
    assert all(season.end <= effective for season in seasons)
