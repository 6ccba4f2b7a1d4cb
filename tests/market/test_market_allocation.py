"""Nominations in the flow: MEQ and caps from tier to tier, and the set-aside between them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from market_played import (
    AUCTION,
    MONTH,
    TIER_1,
    TIER_2,
    answer,
    ask,
    codes,
    create,
    nominate,
    submit,
)

from simulator.domain import Period, Product, Tou
from simulator.market.cases import product_case
from simulator.market.portfolios import submitted
from simulator.market.posting import market_awards
from simulator.network.factors import Factors
from simulator.store import books, tables

OWNER, SOURCE, SINK = "LSEP", "TESLA_7_N001", "DLAP_PGAE-APND"
PRODUCTS = [Product(Period.parse(MONTH), tou) for tou in Tou]
MILLI = Decimal("0.001")


def caps(tx, market: str, kind: str) -> dict[tuple[str, str], Decimal]:
    rows = tx.rows(tables.nomination_cap, market=market, kind=kind)
    return {(row["participant"], row["tou"]): row["mw"] for row in rows}


def awarded(tx, market: str) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for award in market_awards(tx, market):
        key = award.participant, award.tou.value
        sums[key] = sums.get(key, Decimal(0)) + award.awarded_mw
    return sums


def test_what_tier_1_gave_is_taken_off_what_tier_2_may_ask_for(room):
    with room(None).store.reading() as tx:
        meq, cap_1 = caps(tx, TIER_1, "MEQ"), caps(tx, TIER_1, "UPPER_BOUND")
        cap_2, gave = caps(tx, TIER_2, "UPPER_BOUND"), awarded(tx, TIER_1)
    assert meq == cap_1
    assert any(gave.values())
    assert cap_2 == {key: cap_1[key] - gave.get(key, Decimal(0)) for key in cap_1}


def test_nobody_got_more_than_the_cap(room):
    with room(None).store.reading() as tx:
        for market in (TIER_1, TIER_2):
            cap, gave = caps(tx, market, "UPPER_BOUND"), awarded(tx, market)
            assert all(mw <= cap[key] for key, mw in gave.items())


def test_a_nomination_up_to_the_cap_is_submitted_and_one_beyond_is_invalid(room):
    here = room("t2-open")
    with here.store.reading() as tx:
        cap = caps(tx, TIER_2, "UPPER_BOUND")[OWNER, "ON"]
    assert cap > 1
    beyond = [nominate(OWNER, SOURCE, SINK, cap + MILLI)]
    answer(create(here, TIER_2, OWNER, "BEYOND", beyond))
    told = answer(submit(here, TIER_2, OWNER, "BEYOND"))
    assert told["status"] == "INVALID"
    assert str(cap) in told["message"]
    for name, mw in (("MOST", cap - 1), ("REST", 1)):
        answer(create(here, TIER_2, OWNER, name, [nominate(OWNER, SOURCE, SINK, mw)]))
        assert answer(submit(here, TIER_2, OWNER, name))["status"] == "SUBMITTED"
    answer(create(here, TIER_2, OWNER, "CRUMB", [nominate(OWNER, SOURCE, SINK, MILLI)]))
    assert answer(submit(here, TIER_2, OWNER, "CRUMB"))["status"] == "INVALID"
    where = {"market": TIER_2, "participant": OWNER, "portfolio": "REST"}
    assert answer(ask(here, "retract_portfolio", OWNER, **where))["status"] == "VALID"
    assert answer(ask(here, "delete_portfolio", OWNER, **where))["status"] == "DELETED"
    answer(create(here, TIER_2, OWNER, "CRUMBS", [nominate(OWNER, SOURCE, SINK, 1)]))
    assert answer(submit(here, TIER_2, OWNER, "CRUMBS"))["status"] == "SUBMITTED"


def test_one_wrong_record_and_nothing_of_the_portfolio_is_stored(room):
    here = room("t2-open")
    before = here.store.state_digest()
    lines = [nominate(OWNER, SOURCE, SINK, 1), nominate(OWNER, "NOWHERE", SINK, "0.0005")]
    refused = create(here, TIER_2, OWNER, "MIXED", lines)
    assert len(codes(refused)) >= 2, "the location and the MW are two faults"
    assert "NOWHERE" in refused.effect
    assert here.store.state_digest() == before


def test_outside_the_window_nothing_is_taken(room):
    here = room("t1-post")  # tier 1 is over, tier 2 is not open
    before = here.store.state_digest()
    for market in (TIER_1, "ALLOC_NOWHERE"):
        assert create(here, market, OWNER, "LATE", [nominate(OWNER, SOURCE, SINK, 1)]).status == (
            "refused"
        )
    assert here.store.state_digest() == before
    early = create(here, TIER_2, OWNER, "EARLY", [nominate(OWNER, SOURCE, SINK, 1)])
    assert answer(early)["status"] == "VALID"  # saved; what counts is what is submitted
    before = here.store.state_digest()
    assert codes(submit(here, TIER_2, OWNER, "EARLY")) == ["MKT0004"]
    assert here.store.state_digest() == before


def test_nobody_acts_for_somebody_else(room):
    here = room("t2-open")
    answer(create(here, TIER_2, OWNER, "MINE", [nominate(OWNER, SOURCE, SINK, 1)]))
    where = {"market": TIER_2, "participant": OWNER, "portfolio": "MINE"}
    assert ask(here, "submit_portfolio", "LSES", **where).status == "refused"
    assert ask(here, "delete_portfolio", "LSES", **where).status == "refused"


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
def test_the_set_aside_limits_tier_2_and_not_the_auction(room, product):
    here = room(None)
    world = here.world
    released = {interface.name: interface for interface in world.folder.model.interfaces}
    with here.store.reading() as tx:
        held = tx.rows(tables.set_aside, market=TIER_2, tou=product.tou.value)
        cases = {
            market: product_case(tx, world, world.scenario.market(market).market, product, ())
            for market in (TIER_1, TIER_2, AUCTION)
        }
    assert held
    for row in held:
        residual = row["limit_mw"] - max(row["used_mw"], Decimal(0))  # no more than the limit
        assert abs(row["set_aside_mw"] - max(residual, Decimal(0)) / 2) <= MILLI
        name = row["interface"]
        limits = {
            market: next(i.forward_limit_mw for i in case.interfaces if i.name == name)
            for market, case in cases.items()
        }
        full = released[name].forward_limit_mw
        assert limits == {
            TIER_1: full,
            TIER_2: float(row["limit_mw"] - row["set_aside_mw"]),
            AUCTION: full,
        }


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
def test_after_tier_2_the_flow_leaves_the_set_aside_free(room, product):
    here = room(None)
    world = here.world
    with here.store.reading() as tx:
        market = world.scenario.market(TIER_2).market
        case = product_case(tx, world, market, product, submitted(tx, TIER_2))
        won = [crr for crr in books.crrs(tx, market=TIER_2) if crr.tou == product.tou]
    rights = [(crr.source, crr.sink, float(crr.mw)) for crr in (*case.fixed_crrs, *won)]
    injection = np.zeros(len(case.network.bus))
    for source, sink, mw in rights:
        for name, sign in ((source, 1), (sink, -1)):
            for bus, factor in case.locations[name].factors[product.tou]:
                injection[case.network.bus_index(bus)] += sign * factor * mw
    flow = Factors(case.network).flows(injection)
    for interface in case.interfaces:
        if interface.forward_limit_mw is None:
            continue
        through = 0.0
        for key, weight in interface.terms:
            position, sign = case.network.branch_index(key)
            through += weight * sign * flow[position]
        assert through <= interface.forward_limit_mw + 1e-3
    assert np.isfinite(flow).all()
