"""Hourly loads: whole kW, the same for every slice of hours, forecasts near their reference."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator.domain import Period, Refused
from simulator.participants import (
    LoadCurve,
    MarketLayer,
    Person,
    forecast_load_kw,
    hourly_load_kw,
    load_curve,
    reference_load_kw,
)
from simulator.timeline.hours import hours_of_day, hours_of_period

SEED = 7


def serving(people: tuple[Person, ...]) -> list[Person]:
    return [person for person in people if person.participant.role.serves_load]


def test_loads_are_whole_kw_below_the_peak_with_some_weather(
    layer: MarketLayer, people: tuple[Person, ...], curve: LoadCurve
) -> None:
    hours = hours_of_period(Period.month(2024, 7))
    for person in serving(people):
        load_kw = hourly_load_kw(person, layer, curve, hours, SEED)
        peak_kw = float(person.peak_load_mw) * 1000
        assert load_kw.dtype == np.int64
        assert load_kw.shape == (len(hours),)
        assert 0.3 * peak_kw < load_kw.min()
        assert load_kw.max() < 1.13 * peak_kw


def test_a_slice_of_hours_has_the_loads_of_the_whole(
    layer: MarketLayer, people: tuple[Person, ...], curve: LoadCurve
) -> None:
    hours = hours_of_period(Period.season(2024, 1))
    whole = hourly_load_kw(people[0], layer, curve, hours, SEED)
    part = hourly_load_kw(people[0], layer, curve, hours[500:700], SEED)
    assert part.tolist() == whole[500:700].tolist()


@pytest.mark.parametrize(("day", "count"), [(date(2024, 3, 10), 23), (date(2024, 11, 3), 25)])
def test_days_on_which_the_clock_changes_have_a_load_in_every_hour(
    layer: MarketLayer, people: tuple[Person, ...], curve: LoadCurve, day: date, count: int
) -> None:
    load_kw = hourly_load_kw(people[0], layer, curve, hours_of_day(day), SEED)
    assert load_kw.shape == (count,)
    assert load_kw.min() > 0


def test_forecasts_are_within_5_percent_of_the_reference(
    layer: MarketLayer, people: tuple[Person, ...], curve: LoadCurve
) -> None:
    hours = hours_of_period(Period.month(2024, 4))
    for person in serving(people):
        forecast = forecast_load_kw(person, layer, curve, hours, SEED)
        reference = reference_load_kw(person, layer, curve, hours)
        assert (forecast * 100 <= reference * 105).all()
        assert (forecast != reference).any()


def test_weekends_are_lower_and_evenings_higher(
    layer: MarketLayer, people: tuple[Person, ...], curve: LoadCurve
) -> None:
    monday = reference_load_kw(people[0], layer, curve, hours_of_day(date(2024, 4, 8)))
    sunday = reference_load_kw(people[0], layer, curve, hours_of_day(date(2024, 4, 7)))
    assert (sunday < monday).all()
    assert monday.argmax() + 1 in (19, 20, 21)


def test_faulty_curves_are_refused_with_every_place(load_texts: tuple[str, str]) -> None:
    levels, shapes = load_texts
    levels = levels.replace("DLAP_SCE-APND,7,0.97", "DLAP_SCE-APND,13,0.97")
    shapes = shapes.replace("S01,SUNDAY,24,", "S01,HOLIDAY,24,", 1)
    with pytest.raises(Refused) as refusal:
        load_curve(levels, shapes)
    places = [finding.where for finding in refusal.value.findings]
    assert places == ["levels.csv row 20 column Month", "shapes.csv row 73 column DayType"]


def test_a_curve_with_gaps_is_refused(load_texts: tuple[str, str]) -> None:
    levels, shapes = load_texts
    with pytest.raises(Refused, match="OUTSIDE"):
        load_curve("".join(levels.splitlines(keepends=True)[:-1]), shapes)
