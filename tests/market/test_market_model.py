"""The model of a market's period: what is out, what is lowered, who is islanded, who is retired."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from market_played import ROOT

from simulator.domain import MarketTerm, Period, Product, Refused, Tou
from simulator.domain.settings import ClearingSettings, PopulationSettings
from simulator.market.day_ahead import day_spec
from simulator.market.model_data import PeriodModel, period_model
from simulator.market.model_publication import case_text
from simulator.market.outages import Exemption, PlannedOutage, is_known
from simulator.market.remapping import settled_as
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.network.branch import BranchKey
from simulator.network.dc import dc_network
from simulator.network.factors import Factors
from simulator.network.publication import model_files
from simulator.network.raw.reader import read_raw
from simulator.participants.endowment import endowment
from simulator.participants.people import population

APRIL = Period.month(2024, 4)
V0, V1 = (APRIL.start - timedelta(days=days) for days in (38, 24))
DEVERS = BranchKey(2400, 2403, "1")


def april(world: World, version: int, as_of: date, tou: Tou = Tou.ON) -> PeriodModel:
    return period_model(world, MarketTerm.MONTHLY, Product(APRIL, tou), version, as_of)


def with_settings(world: World, **changes: object) -> World:
    settings = replace(world.settings, clearing=replace(world.settings.clearing, **changes))
    return World(replace(world.scenario, settings=settings), world.seed, world.folder)


@pytest.mark.parametrize(
    ("reported", "exemption", "known"),
    [
        (None, "", True),
        ("2024-03-02", "", True),  # 30 days before the month: in time
        ("2024-03-03", "", False),
        ("2024-03-03", "UNDER_24H", True),
        ("2024-03-03", "MOVED", True),
        ("2024-03-08", "RESTRICTED", True),
        ("2024-03-09", "RESTRICTED", False),  # the model was made the day before
    ],
)
def test_the_30_day_rule_and_its_exemptions(
    reported: str | None, exemption: str, known: bool
) -> None:
    day = None if reported is None else date.fromisoformat(reported)
    outage = PlannedOutage(
        DEVERS, APRIL.start, APRIL.end, "BOTH", "", day, None, Exemption(exemption)
    )
    settings = ClearingSettings()
    assert is_known(outage, APRIL, MarketTerm.MONTHLY, V1, settings) == known


def test_what_is_forced_cancelled_or_over_is_not_in_the_model() -> None:
    outage = PlannedOutage(DEVERS, APRIL.start, APRIL.end, "BOTH", "")
    changed = (
        replace(outage, model="DAM"),
        replace(outage, cancelled=V1),
        replace(outage, start=APRIL.end, end=APRIL.end + timedelta(days=3)),
    )
    settings = ClearingSettings()
    for item in changed:
        assert not is_known(item, APRIL, MarketTerm.MONTHLY, V1, settings)
    late = replace(outage, cancelled=V1 + timedelta(days=1))
    assert is_known(late, APRIL, MarketTerm.MONTHLY, V1, settings)


def test_an_annual_model_counts_what_was_reported_by_the_first_of_july() -> None:
    season, as_of = Period.season(2025, 4), date(2025, 8, 1)
    outage = PlannedOutage(DEVERS, season.start, season.end, "BOTH", "", date(2024, 7, 1))
    settings = ClearingSettings()
    assert is_known(outage, season, MarketTerm.ANNUAL, as_of, settings)
    late = replace(outage, reported=date(2024, 7, 2))
    assert not is_known(late, season, MarketTerm.ANNUAL, as_of, settings)


def test_hours_out_lower_the_limit_of_each_time_of_use(market_world: World) -> None:
    """Devers-Valley is out from 8 to 19 April: 176 of 416 ON hours, 112 of 304 OFF hours."""
    position, _ = market_world.folder.model.network.branch_index(DEVERS)
    full = market_world.folder.model.network.rating_mw[position]
    on, off = (april(market_world, 0, V0, tou).network.rating_mw[position] for tou in Tou)
    assert on == pytest.approx(full * (1 - 176 / 416))
    assert off == pytest.approx(full * (1 - 112 / 304))


def test_the_least_limit_of_the_month_takes_the_branch_out(market_world: World) -> None:
    world = with_settings(market_world, partial_outage_derate="minimum")
    model = april(world, 0, V0)
    position, _ = model.network.branch_index(DEVERS)
    assert not model.network.in_service[position]
    assert DEVERS in model.outages


def with_outages(world: World, *outages: PlannedOutage) -> World:
    return World(world.scenario, world.seed, replace(world.folder, outages=outages))


def limit_of(world: World, term: MarketTerm, product: Product, as_of: date) -> float:
    model = period_model(world, term, product, 1, as_of)
    position, _ = model.network.branch_index(DEVERS)
    assert model.network.in_service[position]
    return float(model.network.rating_mw[position, 0])


@pytest.mark.parametrize(
    ("days", "rule", "on_mw", "off_mw"),
    [
        (30, "weighted", 1000.0, 1000.0),  # the whole month: the limit itself
        (29, "weighted", 1000 + 2000 * 16 / 416, 1000 + 2000 * 8 / 304),  # 30 April: 16 h and 8 h
        (29, "minimum", 1000.0, 1000.0),
        (1, "weighted", 3000 - 2000 * 16 / 416, 3000 - 2000 * 8 / 304),
        (0, "weighted", 3000.0, 3000.0),
    ],
)
def test_a_derate_counts_by_its_hours_until_it_lasts_the_month(
    market_world: World, days: int, rule: str, on_mw: float, off_mw: float
) -> None:
    end = APRIL.start + timedelta(days=days)
    derate = PlannedOutage(DEVERS, APRIL.start, end, "BOTH", "", limit_mw=1000.0)
    world = with_settings(with_outages(market_world, derate), partial_outage_derate=rule)
    found = [limit_of(world, MarketTerm.MONTHLY, Product(APRIL, tou), V1) for tou in Tou]
    assert found == pytest.approx([on_mw, off_mw])


@pytest.mark.parametrize(
    ("reported", "exemption", "lowered"),
    [("2024-03-02", "", True), ("2024-03-03", "", False), ("2024-03-03", "MOVED", True)],
)
def test_the_30_day_rule_holds_for_derates(
    market_world: World, reported: str, exemption: str, lowered: bool
) -> None:
    derate = PlannedOutage(
        DEVERS, APRIL.start, APRIL.end, "BOTH", "", date.fromisoformat(reported), None,
        Exemption(exemption), 1000.0,
    )  # fmt: skip
    world = with_outages(market_world, derate)
    found = limit_of(world, MarketTerm.MONTHLY, Product(APRIL, Tou.ON), V1)
    assert found == (1000.0 if lowered else 3000.0)


def test_overlapping_outages_and_derates_count_each_hour_once(market_world: World) -> None:
    """Limited to 1,000 MW all month and out for one day of it: 16 ON hours of 416 have nothing."""
    derate = PlannedOutage(DEVERS, APRIL.start, APRIL.end, "BOTH", "", limit_mw=1000.0)
    first = replace(derate, end=APRIL.start + timedelta(days=1), limit_mw=None)
    world = with_outages(market_world, derate, first, replace(first, limit_mw=2000.0))
    found = limit_of(world, MarketTerm.MONTHLY, Product(APRIL, Tou.ON), V1)
    assert found == pytest.approx(1000 * 400 / 416)


@pytest.mark.parametrize(
    ("days", "reported", "limit_mw"),
    [(30, "2024-07-01", 1000.0), (29, "2024-07-01", 3000.0), (30, "2024-07-02", 3000.0)],
)
def test_an_annual_model_counts_a_long_derate_reported_by_the_first_of_july(
    market_world: World, days: int, reported: str, limit_mw: float
) -> None:
    season = Period.season(2025, 4)
    end = season.start + timedelta(days=days)
    derate = PlannedOutage(
        DEVERS, season.start, end, "BOTH", "", date.fromisoformat(reported), limit_mw=1000.0
    )
    world = with_outages(market_world, derate)
    found = limit_of(world, MarketTerm.ANNUAL, Product(season, Tou.OFF), date(2024, 8, 1))
    assert found == limit_mw


def test_a_derate_is_published_and_limits_the_day_ahead_market_of_its_days(
    market_world: World,
) -> None:
    derate = PlannedOutage(DEVERS, APRIL.start, APRIL.start + timedelta(days=1), "BOTH", "",
                           limit_mw=1000.0)  # fmt: skip
    world = with_outages(market_world, derate)
    model = april(world, 1, V1)
    released = replace(world.folder.model, network=model.network, outages=model.outages)
    (table,) = [
        item
        for item in model_files(released, "AUC_MN_2024_M04", "2024_M04", Tou.ON)
        if item.name == "AUC_MN_2024_M04_2024_M04_ON_DERATE.csv"
    ]
    assert table.nda
    header, row = table.text.splitlines()
    assert header == "FromBus,ToBus,Circuit,ReleasedMW,LimitMW"
    assert row == f"2400,2403,1,3000.0,{3000 - 2000 * 16 / 416}"
    for day, limit_mw in ((APRIL.start, 1000.0), (derate.end, 3000.0)):
        spec = day_spec(world, day)
        assert DEVERS not in spec.outages
        network = world.day_ahead_market.dispatch_model(spec.outages, spec.limits_mw).network
        assert network.rating_mw[network.branch_index(DEVERS)[0], 0] == limit_mw


@pytest.mark.parametrize(
    ("branch", "cell", "words"),
    [
        ("2400,2403,1", "3000", "below its rating A of 3000 MW"),
        ("2400,2403,1", "0", "above 0, or blank for out of service"),
        ("2400,2403,1", "much", "LimitMW"),
    ],
)
def test_a_derate_that_lowers_nothing_is_refused(
    tmp_path: Path, branch: str, cell: str, words: str
) -> None:
    network = tmp_path / "california"
    shutil.copytree(ROOT / "fixtures" / "california", network)
    (network / "planned_outages.csv").write_text(
        "FromBus,ToBus,Circuit,Start,End,Model,Reason,LimitMW\n"
        f"{branch},2024-04-01,2024-04-02,BOTH,relay test,{cell}\n"
    )
    fixtures = ROOT / "fixtures"
    with pytest.raises(Refused, match=words):
        read_world_folder(network, fixtures / "participants", fixtures / "load_history")


def test_an_annual_model_lowers_no_limit_for_short_outages(market_world: World) -> None:
    product = Product(Period.season(2024, 2), Tou.ON)
    model = period_model(market_world, MarketTerm.ANNUAL, product, 1, date(2024, 3, 1))
    whole = market_world.folder.model.network
    assert np.array_equal(model.network.rating_mw, whole.rating_mw)


def test_the_published_case_is_the_model(market_world: World, room) -> None:
    model = april(market_world, 1, V1)
    with room("t1-post").store.reading() as tx:
        read = dc_network(read_raw(case_text(tx, market_world, model.network)))
    for name in ("bus", "in_service", "rating_mw", "susceptance_mw_per_rad", "shift_rad"):
        assert np.array_equal(getattr(read, name), getattr(model.network, name)), name


def test_base_loading_at_an_islanded_plant_stays_balanced(market_world: World) -> None:
    """Its power comes in at the closest connected bus, so flows do not depend on the swing bus."""
    model = april(market_world, 1, V1)
    summit = model.listed.entries["SUMMIT_7_N001"]
    assert summit.islanded
    assert summit.location.factors[Tou.ON] == ((3701, 1.0),)
    flows = []
    for swing in (0, 57):
        network = model.network.without([])
        reference = network.reference.copy()
        reference[network.island[swing]] = swing
        injection = np.zeros(network.bus_count)
        for end, sign in (("SUMMIT_7_N001", 1.0), ("DLAP_SCE-APND", -1.0)):
            for bus, share in model.locations[end].factors[Tou.ON]:
                injection[network.bus_index(bus)] += sign * 10 * share
        flows.append(Factors(replace(network, reference=reference)).flows(injection))
    assert np.allclose(*flows, atol=1e-6)


def test_aggregates_stay_whole_sums_without_what_is_gone(market_world: World) -> None:
    model = april(market_world, 1, V1)
    retired = market_world.locations["MORROBAY_7_N001"].factors[Tou.ON][0][0]
    hub = dict(model.locations["TH_ZP26_GEN-APND"].factors[Tou.ON])
    assert retired not in hub
    assert retired in dict(market_world.locations["TH_ZP26_GEN-APND"].factors[Tou.ON])
    for location in model.locations.values():
        for shares in location.factors.values():
            assert sum(share for _, share in shares) == pytest.approx(1, abs=1e-9)
    before = april(market_world, 0, V0)
    assert dict(before.locations) == dict(market_world.zoned_locations)


def test_rights_on_a_retired_location_settle_at_its_replacement(market_world: World) -> None:
    layer = market_world.folder.layer
    held = endowment(population(1, 24, layer, PopulationSettings()), layer, 1, 2024)
    before = settled_as(market_world, date(2024, 3, 31), held)
    after = settled_as(market_world, date(2024, 4, 1), held)
    assert "MORROBAY_7_N001" in {crr.source for crr in before}
    assert "MORROBAY_7_N001" not in {crr.source for crr in after}
    assert "MIDWAY_7_N001" in {crr.source for crr in after}
    ids = {crr.crr_id for crr in held if crr.effective_on(date(2024, 4, 1))}
    assert {crr.crr_id for crr in after} == ids
