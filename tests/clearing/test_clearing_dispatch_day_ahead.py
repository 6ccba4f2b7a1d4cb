"""The day-ahead market on the shipped network: what is published agrees with itself and physics."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest

from simulator.clearing.case import BASE_CASE
from simulator.clearing.day_ahead import (
    DayAheadMarket,
    DaySpec,
    day_ahead_days,
    day_ahead_hours,
)
from simulator.clearing.day_ahead_hour import DayAheadHour
from simulator.clearing.day_ahead_inputs import DayType, read_day_ahead_folder
from simulator.clearing.dispatch import Dispatcher
from simulator.domain import Direction, Refused
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors
from simulator.network.folder import read_network_folder
from simulator.timeline.hours import hours_of_day

CALIFORNIA = Path(__file__).resolve().parents[2] / "fixtures" / "california"
MONDAY, WEDNESDAY, SATURDAY = date(2024, 4, 8), date(2024, 4, 10), date(2024, 4, 13)
OUT = (BranchKey(2201, 2301, "1"), BranchKey(3803, 3901, "1"))


@pytest.fixture(scope="module")
def market() -> DayAheadMarket:
    model = read_network_folder(CALIFORNIA)
    return DayAheadMarket(model, read_day_ahead_folder(CALIFORNIA, model), rating_scale=0.97)


def spec(market: DayAheadMarket, day: date, outages: tuple[BranchKey, ...] = ()) -> DaySpec:
    kind = {5: DayType.SATURDAY, 6: DayType.SUNDAY}.get(day.weekday(), DayType.WEEKDAY)
    hours = hours_of_day(day)
    draw = np.random.default_rng(day.toordinal())
    deviation = draw.normal(0.0, 0.03, (len(hours), len(market.inputs.areas)))
    return DaySpec(day, kind, hours, outages, deviation)


@pytest.fixture(scope="module")
def days(market: DayAheadMarket) -> dict[date, tuple[DayAheadHour, ...]]:
    """Monday and Saturday with all lines in, Wednesday with two out."""
    specs = [spec(market, MONDAY), spec(market, WEDNESDAY, OUT), spec(market, SATURDAY)]
    return {s.day: hours for s, hours in zip(specs, day_ahead_days(market, specs), strict=True)}


def test_many_constraints_bind_and_none_absurdly(days):
    every = [c for hours in days.values() for hour in hours for c in hour.constraints]
    assert len({c.constraint for c in every}) >= 10
    assert max(c.shadow_price_usd_per_mwh for c in every) < 2000
    assert all(hour.shed_mw == hour.spill_mw == 0 for hours in days.values() for hour in hours)


def test_congestion_runs_north_and_south_within_a_day(market):
    """Sun in the south pushes north at midday; the evening pulls south."""
    hours = day_ahead_hours(market, spec(market, MONDAY, OUT[1:]))
    spread = [
        hour.mcc_usd_per_mwh["TH_SP15_GEN-APND"] - hour.mcc_usd_per_mwh["TH_NP15_GEN-APND"]
        for hour in hours
    ]
    assert min(spread) < -3
    assert max(spread) > 0


def test_mcc_is_minus_the_sum_of_published_price_times_published_factor(days):
    for hours in days.values():
        for hour in hours:
            for location, mcc in hour.mcc_usd_per_mwh.items():
                exact = -sum(
                    c.shadow_price_usd_per_mwh * Decimal(str(c.shift_factors.get(location, 0)))
                    for c in hour.constraints
                )
                assert mcc == Decimal(exact).quantize(Decimal("0.00001"), ROUND_HALF_UP)


def test_revenue_is_price_times_flow_in_cents(days):
    for hours in days.values():
        for hour in hours:
            for c in hour.constraints:
                assert c.flow_mw == pytest.approx(c.limit_mw, abs=Decimal("0.001"))
                assert c.revenue_usd == (c.shadow_price_usd_per_mwh * c.flow_mw).quantize(
                    Decimal("0.01"), ROUND_HALF_UP
                )
            total = sum(c.revenue_usd for c in hour.constraints)
            assert hour.congestion_revenue_usd == total


def test_revenue_is_what_load_pays_above_generators(market, days):
    """The rounded revenue of an hour against the unrounded payments of the same dispatch."""
    for day, outages in ((MONDAY, ()), (WEDNESDAY, OUT)):
        case = spec(market, day, outages)
        dispatcher = Dispatcher(market.dispatch_model(outages), market.inputs.offers)
        for index, hour in enumerate(case.hours[:4]):
            demand = market.inputs.demand_mw(
                4, case.day_type, hour.hour_ending, case.deviation[index]
            )
            outcome = dispatcher.hour(
                np.maximum(demand, 0),
                np.maximum(-demand, 0),
                market.inputs.available_mw(4, hour.hour_ending),
            )
            published = float(days[day][index].congestion_revenue_usd)
            assert published == pytest.approx(outcome.congestion_revenue_usd, abs=1.0)


def test_published_factors_are_those_of_the_places_to_half_a_millionth(market, days):
    """Aggregated over the buses of a location, with the day's outages and the row's own."""
    model = market.dispatch_model(OUT)
    outages = {c.name: c.branches for c in model.contingencies} | {BASE_CASE: ()}
    checked = 0
    for c in days[WEDNESDAY][13].constraints:
        if c.device_type == "INTERFACE":
            continue
        factors = Factors(model.network.without(outages[c.contingency]))
        position, _ = model.network.branch_index(BranchKey(c.from_bus, c.to_bus, c.circuit))
        sign = 1 if c.direction == Direction.FROM_TO else -1
        at_bus = sign * factors.shift_factors([position])[0]
        for name, location in market.model.locations.items():
            shares = location.factors[days[WEDNESDAY][13].tou]
            exact = sum(share * at_bus[model.network.bus_index(bus)] for bus, share in shares)
            assert c.shift_factors.get(name, 0.0) == pytest.approx(exact, abs=5.1e-7)
            checked += 1
    assert checked > 300


def test_the_outages_of_the_day_are_out(market, days):
    assert not any(
        market.dispatch_model(OUT).network.in_service[market.model.network.branch_index(key)[0]]
        for key in OUT
    )
    all_in = day_ahead_hours(market, replace(spec(market, WEDNESDAY), outages=()))
    assert all_in != days[WEDNESDAY]


def test_each_binding_outage_row_with_the_branches_really_removed(market):
    case = spec(market, WEDNESDAY, OUT)
    model = market.dispatch_model(OUT)
    dispatcher = Dispatcher(model, market.inputs.offers)
    outages = {c.name: c.branches for c in model.contingencies}
    checked = 0
    for index in (2, 13, 19):
        hour = case.hours[index]
        demand = market.inputs.demand_mw(4, case.day_type, hour.hour_ending, case.deviation[index])
        outcome = dispatcher.hour(
            np.maximum(demand, 0),
            np.maximum(-demand, 0),
            market.inputs.available_mw(4, hour.hour_ending),
        )
        for c in outcome.constraints:
            if c.contingency == BASE_CASE:
                continue
            broken = model.network.without(outages[c.contingency])
            position, _ = broken.branch_index(BranchKey(c.from_bus, c.to_bus, c.circuit))
            flow = Factors(broken).flows(outcome.injection_mw)[position]
            sign = 1 if c.direction == Direction.FROM_TO else -1
            assert sign * flow == pytest.approx(c.limit_mw, abs=1e-3), c.constraint_id
            checked += 1
    assert checked >= 6


def test_a_day_does_not_depend_on_the_days_before(market, days):
    model = read_network_folder(CALIFORNIA)
    fresh = DayAheadMarket(model, read_day_ahead_folder(CALIFORNIA, model), rating_scale=0.97)
    assert day_ahead_hours(fresh, spec(fresh, SATURDAY)) == days[SATURDAY]


def test_two_processes_give_what_one_gives(market, days):
    specs = [spec(market, MONDAY), spec(market, SATURDAY)]
    both = list(day_ahead_days(market, specs, workers=2))
    assert both == [days[MONDAY], days[SATURDAY]]


def test_order_of_rows_changes_nothing(tmp_path, days):
    for file in CALIFORNIA.iterdir():
        if file.suffix in (".csv", ".raw"):
            shutil.copy(file, tmp_path)
    for name in ("generators.csv", "contingencies.csv", "monitored.csv", "availability.csv"):
        heading, *rows = (tmp_path / name).read_text().splitlines()
        (tmp_path / name).write_text("\n".join([heading, *sorted(rows, key=hash_free)]) + "\n")
    model = read_network_folder(tmp_path)
    other = DayAheadMarket(model, read_day_ahead_folder(tmp_path, model), rating_scale=0.97)
    assert day_ahead_hours(other, spec(other, SATURDAY)) == days[SATURDAY]


def hash_free(row: str) -> str:
    """A scrambled order that is the same on every run."""
    return row[::-1]


def test_the_day_of_25_hours_and_the_one_of_23(market):
    for day, count in ((date(2024, 11, 3), 25), (date(2024, 3, 10), 23)):
        hours = day_ahead_hours(market, spec(market, day))
        assert [hour.hour_ending for hour in hours] == list(range(1, count + 1))
        assert all(hour.load_mw > 0 for hour in hours)


def test_more_load_than_there_is_power_is_shed_and_said(market):
    case = spec(market, MONDAY)
    hours = case.hours[18:19]
    excess = np.full((1, len(market.inputs.areas)), 1.6)
    (hour,) = day_ahead_hours(market, replace(case, hours=hours, deviation=excess))
    assert hour.shed_mw > 0


def test_every_fault_of_the_tables_is_named_at_once(tmp_path):
    model = read_network_folder(CALIFORNIA)
    for name in ("generators.csv", "availability.csv", "load_shape.csv"):
        shutil.copy(CALIFORNIA / name, tmp_path)
    generators = (tmp_path / "generators.csv").read_text().splitlines()
    generators[1] = generators[1].replace("1032,1,1", "77,1,1")
    generators[2] = generators[3]
    generators[4] = "1032,2,9,FCNGN4CC,gas,5.000,1.000,28.58"
    generators[5] = "1032,2,8,FCNGN4CC,gas,zero,1.000,28.58"
    (tmp_path / "generators.csv").write_text("\n".join(generators))
    availability = (tmp_path / "availability.csv").read_text().splitlines()
    del availability[7]
    availability[9] = availability[8]
    availability[10] = "gas,13,1,0.5"
    (tmp_path / "availability.csv").write_text("\n".join(availability))
    with pytest.raises(Refused) as refusal:
        read_day_ahead_folder(tmp_path, model)
    text = str(refusal.value)
    for words in (
        "generators.csv row 2 column Bus: DAM_OFFER",
        "found: 77; allowed: a bus of the network",
        "block 1 of 1032 2 again",
        "found: 5.0; allowed: at most 1.0",
        "generators.csv row 6 column MinMW",
        "3 missing, the first for biomass,1,7",
        "availability.csv row 10: DAM_FACTOR",
        "found: gas,13,1,0.5",
        "load_month.csv: DAM_FILE",
    ):
        assert words in text, f"{words!r} not in\n{text}"


@pytest.mark.parametrize("table", ["generators", "availability", "load_shape", "load_month"])
def test_shipped_tables_are_what_their_script_writes(tmp_path, table, monkeypatch):
    place = importlib.util.spec_from_file_location("build", CALIFORNIA / "build_day_ahead.py")
    build = importlib.util.module_from_spec(place)
    place.loader.exec_module(build)
    shutil.copy(CALIFORNIA / "network.raw", tmp_path)
    monkeypatch.setattr(build, "HERE", tmp_path)
    build.main()
    assert (tmp_path / f"{table}.csv").read_bytes() == (CALIFORNIA / f"{table}.csv").read_bytes()
