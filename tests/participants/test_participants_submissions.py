"""What people hand in: well-meant work passes the rules, mistakes are refused by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

import pytest

from simulator.domain import (
    Bid,
    CrrType,
    Finding,
    Hedge,
    Portfolio,
    Role,
    Tier,
    TransactionType,
)
from simulator.domain.settings import PopulationSettings
from simulator.participants import (
    AllocationView,
    AuctionView,
    MarketLayer,
    Mistake,
    Person,
    Submission,
    population,
    submissions,
)
from simulator.participants.mistakes import (
    allocation_mistakes,
    auction_mistakes,
    spoiled_allocation,
    spoiled_auction,
)
from simulator.rules.bids import bid_findings
from simulator.rules.credit import portfolio_exposure
from simulator.rules.figure import figure
from simulator.rules.listing import SourceSink
from simulator.rules.nominations import cap_findings, nomination_findings, signature_findings

SEED = 7
CAREFUL = PopulationSettings(careless_share=0.0)
CARELESS = PopulationSettings(careless_share=1.0)
MakeAllocation = Callable[..., AllocationView]
MakeAuction = Callable[..., AuctionView]


def nomination_faults(view: AllocationView, portfolio: Portfolio) -> list[Finding]:
    sinks = sorted({sink for sink, _, _, _ in view.caps})
    listing = {name: SourceSink(name, "SP") for name in (*view.sources, *sinks)}
    made = portfolio.nominations
    faults = [
        *nomination_findings(made, view.market, portfolio.participant, listing, sinks),
        *cap_findings(made, {key: figure("cap", mw) for key, mw in view.caps.items()}),
    ]
    if view.market.tier == Tier.PNP:
        faults += signature_findings(made, view.signature_pairs)
    return faults


def bid_faults(view: AuctionView, portfolio: Portfolio) -> list[Finding]:
    listing = {name: SourceSink(name, kind) for name, kind in view.locations.items()}
    holdings = {crr.crr_id: crr for crr in view.holdings}
    made = portfolio.bids
    faults = list(bid_findings(made, view.market, portfolio.participant, listing, holdings))
    exposure = portfolio_exposure(made, lambda bid: Decimal(0)).value
    if not faults and exposure > view.collateral_usd:
        faults.append(Finding("COLLATERAL", f"{exposure} exceeds {view.collateral_usd}"))
    return faults


def only(acts: Iterable[Submission]) -> Submission:
    (act,) = acts
    return act


@pytest.mark.parametrize("tier", [Tier.T1, Tier.T2, Tier.PNP])
def test_well_meant_nominations_pass_every_rule(
    people: tuple[Person, ...], allocation_view: MakeAllocation, tier: Tier
) -> None:
    busy = 0
    for person in people:
        view = allocation_view(person, tier)
        acts = submissions(person, view, CAREFUL, SEED)
        busy += bool(acts)
        for act in acts:
            assert person.participant.role.serves_load
            assert act.mistake is None
            assert nomination_faults(view, act.portfolio) == []
    serving = sum(person.participant.role.serves_load for person in people)
    assert serving - 2 <= busy <= serving  # who expects only losses stays away


def test_the_cap_is_used_up_from_the_most_valuable_source_down(
    people: tuple[Person, ...], allocation_view: MakeAllocation
) -> None:
    person = replace(people[0], traits=replace(people[0].traits, forecast_noise=0.0))
    view = allocation_view(person, Tier.T1)
    made = only(submissions(person, view, CAREFUL, SEED)).portfolio.nominations
    caps = {(item.period, item.tou): cap for item in made for cap in view.caps.values()}
    for (period, tou), cap in caps.items():
        here = [item for item in made if (item.period, item.tou) == (period, tou)]
        values = [-view.forecast_usd_per_mw[item.source, tou] for item in here]
        assert values == sorted(values, reverse=True)
        assert sum(item.mw for item in here) == cap
        limits = {source.name: source.mw for source in person.sources}
        assert all(item.mw == limits[item.source] for item in here[:-1])


def test_out_of_area_entities_nominate_their_own_type(
    people: tuple[Person, ...], allocation_view: MakeAllocation
) -> None:
    person = next(person for person in people if person.participant.role == Role.OBAALSE)
    view = allocation_view(person, Tier.PNP)
    made = only(submissions(person, view, CAREFUL, SEED)).portfolio.nominations
    assert {item.crr_type for item in made} == {CrrType.OBAALSE}


@pytest.mark.parametrize("periods", ["month", "seasons"])
def test_well_meant_bids_pass_every_rule_and_the_collateral(
    people: tuple[Person, ...], auction_view: MakeAuction, periods: str
) -> None:
    offers = counterflows = 0
    for person in people:
        view = auction_view(person, annual=periods == "seasons")
        for act in submissions(person, view, CAREFUL, SEED):
            assert bid_faults(view, act.portfolio) == []
            offers += sum(bid.crr_id != "" for bid in act.portfolio.bids)
            counterflows += sum(is_counterflow(bid) for bid in act.portfolio.bids)
    assert counterflows > 20
    assert offers > 0 or periods == "seasons"


def is_counterflow(bid: Bid) -> bool:
    return bid.transaction == TransactionType.BUY and bid.curve[0].price_usd_per_mw < 0


def test_traders_bid_less_than_their_forecast_says_the_path_earns(
    people: tuple[Person, ...], auction_view: MakeAuction
) -> None:
    trader = next(person for person in people if person.participant.role == Role.TRADER)
    sure = replace(trader, traits=replace(trader.traits, forecast_noise=0.0, margin=0.3))
    view = auction_view(sure)
    made = only(submissions(sure, view, CAREFUL, SEED)).portfolio.bids
    buys = [bid for bid in made if bid.transaction == TransactionType.BUY]
    assert len(buys) == CAREFUL.bids_per_trader
    assert len({(bid.source, bid.sink, bid.tou) for bid in buys}) == len(buys)
    for bid in buys:
        forecast = view.forecast_usd_per_mw
        value = forecast[bid.sink, bid.tou] - forecast[bid.source, bid.tou]
        middle = (bid.curve[0].price_usd_per_mw + bid.curve[-1].price_usd_per_mw) / 2
        assert middle <= value - abs(value) * Decimal("0.29") + 1
        assert bid.hedge == Hedge.OBL


def test_an_undercapitalised_trader_stays_within_what_it_has(
    people: tuple[Person, ...], auction_view: MakeAuction
) -> None:
    poor = next(person for person in people if person.participant_id == "FIN6")
    view = auction_view(poor)
    assert view.collateral_usd < 100_000
    made = only(submissions(poor, view, CAREFUL, SEED)).portfolio.bids
    assert portfolio_exposure(made, lambda bid: Decimal(0)).value <= view.collateral_usd


@pytest.mark.parametrize("tier", [Tier.T1, Tier.PNP])
def test_every_mistake_in_a_nomination_is_one_that_the_rules_refuse(
    people: tuple[Person, ...], allocation_view: MakeAllocation, tier: Tier
) -> None:
    view = allocation_view(people[0], tier)
    good = only(submissions(people[0], view, CAREFUL, SEED)).portfolio
    mistakes = set(allocation_mistakes(view, good)) - {Mistake.LATE}
    assert mistakes >= {Mistake.OVER_CAP, Mistake.UNKNOWN_LOCATION, Mistake.TOO_FINE}
    assert (Mistake.NO_SIGNATURE in mistakes) == (tier == Tier.PNP)
    for mistake in sorted(mistakes):
        assert nomination_faults(view, spoiled_allocation(view, good, mistake)), mistake


def test_every_mistake_in_a_bid_is_one_that_the_rules_refuse(
    people: tuple[Person, ...], auction_view: MakeAuction
) -> None:
    trader = next(person for person in people if person.participant.role == Role.TRADER)
    view = auction_view(trader)
    good = only(submissions(trader, view, CAREFUL, SEED)).portfolio
    mistakes = set(auction_mistakes(view, good)) - {Mistake.LATE}
    assert len(mistakes) == 6
    for mistake in sorted(mistakes):
        assert bid_faults(view, spoiled_auction(view, good, mistake)), mistake


def test_the_careless_come_too_late_or_correct_themselves_in_time(
    people: tuple[Person, ...], auction_view: MakeAuction
) -> None:
    late = corrected = 0
    for person in people:
        view = auction_view(person)
        acts = submissions(person, view, CARELESS, SEED)
        if not acts:
            continue
        if acts[0].mistake == Mistake.LATE:
            late += 1
            assert only(acts).offset_seconds >= view.window_seconds
            continue
        corrected += 1
        bad, good = acts
        assert 0 < bad.offset_seconds < good.offset_seconds < view.window_seconds
        assert bad.portfolio.name != good.portfolio.name
        assert bid_faults(view, bad.portfolio)
        assert not bid_faults(view, good.portfolio)
    assert late > 0
    assert corrected > 0


def test_about_the_careless_share_makes_mistakes(
    layer: MarketLayer, auction_view: MakeAuction
) -> None:
    settings = PopulationSettings(careless_share=0.15, bids_per_trader=4)
    crowd = population(SEED, 300, layer, settings)
    acts = [submissions(person, auction_view(person), settings, SEED) for person in crowd]
    acted = [act for act in acts if act]
    careless = sum(act[0].mistake is not None for act in acted)
    assert 0.08 < careless / len(acted) < 0.24


def test_the_scale_of_the_real_monthly_auction_takes_seconds(
    layer: MarketLayer, auction_view: MakeAuction
) -> None:
    settings = PopulationSettings(participants=63, bids_per_trader=1300, careless_share=0.0)
    crowd = population(SEED, 63, layer, settings)
    views = [auction_view(person) for person in crowd]
    pairs = list(zip(crowd, views, strict=True))
    begun = time.process_time()
    made = [submissions(person, view, settings, SEED) for person, view in pairs]
    seconds = time.process_time() - begun
    bids = sum(len(act.portfolio.bids) for acts in made for act in acts)
    assert bids >= 33_000
    assert seconds < 10
