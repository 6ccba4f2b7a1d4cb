"""Trading hub nominations through the room: legs clear, the hub CRR has its counters (C12, 3.3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from market_played import AUCTION, MONTH, TIER_1, TIER_2

from simulator.domain import CrrType, Nomination, Period, Product, Tou
from simulator.market import inventory
from simulator.market.base_loading import base_loading
from simulator.market.cases import product_case
from simulator.market.portfolios import submitted
from simulator.market.publication import run_files
from simulator.market.settlement_inputs import rights_on
from simulator.rules.caps import allocated_mw
from simulator.rules.lineage import lineage_findings
from simulator.store import books, special_tables, tables
from simulator.verify.hubs import verify_hubs

ZERO = Decimal(0)
TIERS = (TIER_1, TIER_2)


def nominations_from_hubs(tx, market: str) -> list[Nomination]:
    lines = (line for item in submitted(tx, market) for line in item.nominations)
    return [line for line in lines if line.source.startswith("TH_")]


@pytest.fixture
def end(room):
    with room(None).store.reading() as tx:
        yield tx


def test_a_hub_is_cleared_leg_by_leg(room):
    here = room(None)
    products = [Product(Period.parse(MONTH), tou) for tou in Tou]
    cleared: dict[str, Decimal] = {}
    nominated: dict[str, Decimal] = {}
    with here.store.reading() as tx:
        for market in TIERS:
            spec = here.world.scenario.market(market).market
            portfolios = submitted(tx, market)
            for line in nominations_from_hubs(tx, market):
                nominated[line.nomination_id] = line.mw
            for product in products:
                case = product_case(tx, here.world, spec, product, portfolios)
                assert not any(line.source.startswith("TH_") for line in case.nominations)
                for line in case.nominations:
                    name, _, leg = line.nomination_id.partition("-")
                    if leg:
                        cleared[name] = cleared.get(name, ZERO) + line.mw
    assert nominated
    assert cleared == nominated


def test_hub_less_counters_injects_what_the_legs_were_awarded(end):
    with_counters = 0
    for market in TIERS:
        awards = {row["bid_id"]: row for row in end.rows(tables.award, market=market)}
        for line in nominations_from_hubs(end, market):
            number = int(line.nomination_id)
            legs = end.rows(special_tables.hub_leg, bid_id=number)
            award = awards[number]
            assert award["awarded_mw"] == sum((leg["awarded_mw"] for leg in legs), ZERO)
            if not award["awarded_mw"]:
                continue
            (hub,) = books.allocations(end, crr_id=int(award["crr_id"]))
            assert (hub.source, hub.sink, hub.crr_type) == (line.source, line.sink, "LSE")
            assert hub.mw <= line.mw
            for leg in legs:
                injected = hub.mw * Decimal(leg["factor"]) - leg["counter_mw"]
                assert abs(injected - leg["awarded_mw"]) < Decimal("0.001")
                if leg["counter_mw"] > 0:
                    with_counters += 1
                    (counter,) = books.allocations(end, crr_id=int(leg["crr_id"]))
                    assert counter.crr_type == CrrType.LSE_THCNT
                    assert (counter.source, counter.sink) == (line.sink, leg["node"])
                    assert counter.mw == leg["counter_mw"]
                    assert counter.parent_crr_id == hub.crr_id
                    assert (counter.owner, counter.tou) == (hub.owner, hub.tou)
                else:
                    assert leg["crr_id"] == ""
    assert with_counters, "the short calendar has hubs whose legs were cut"


def test_counters_lower_what_counts_as_allocated_and_load_the_next_model(end):
    rows = [row for row in end.rows(special_tables.hub_leg, market=TIER_1) if row["counter_mw"] > 0]
    owner, sink, tou = rows[0]["owner"], rows[0]["sink"], Tou(rows[0]["tou"])
    product = Product(Period.parse(MONTH), tou)
    own = [crr for crr in books.crrs(end, owner=owner) if crr.market == TIER_1]
    awards = {row["bid_id"]: row["awarded_mw"] for row in end.rows(tables.award, market=TIER_1)}
    lines = [
        line
        for item in submitted(end, TIER_1, participant=owner)
        for line in item.nominations
        if line.tou == tou
    ]
    net = sum((awards[int(line.nomination_id)] for line in lines), ZERO)
    assert allocated_mw(own, sink, product) == net
    loaded = {crr.crr_id for crr in base_loading(end, AUCTION, product)}
    counters = {crr.crr_id for crr in own if crr.crr_type == "LSE_THCNT" and crr.tou == tou}
    assert counters
    assert counters <= loaded


def test_a_counter_tells_which_hub_crr_it_belongs_to(end):
    counter = next(crr for crr in books.crrs(end) if crr.crr_type == CrrType.LSE_THCNT)
    story = inventory.story(end, counter.crr_id)
    assert [event.crr_id for event in story[:2]] == [counter.parent_crr_id, counter.crr_id]
    assert not lineage_findings(inventory.life_events(end))


def test_counters_are_settled(room):
    here = room(None)
    with here.store.reading() as tx:
        rights = rights_on(tx, here.world, date(2024, 4, 11))
    counters = [crr for crr in rights if crr.crr_type == CrrType.LSE_THCNT]
    assert counters
    assert all(crr.source in here.world.participants[crr.owner].sinks for crr in counters)


def test_what_is_published_adds_up_and_a_changed_counter_is_found(room, tmp_path):
    here = room(None)
    with here.store.reading() as tx:
        for name, content in run_files(tx, here.world):
            if name.startswith(f"published/{TIER_1}/"):
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    check = verify_hubs(tmp_path / "published")
    assert check.ok, check
    assert not check.found.startswith("0 checked")
    result = (tmp_path / f"published/{TIER_1}/{TIER_1}_PUBLIC_ALLOCATION_RESULT.csv").read_text()
    assert "LSE_THCNT" in result
    (changed, *_) = sorted((tmp_path / "published").glob("*/*/hub_legs.csv"))
    lines = changed.read_text().splitlines()
    place = next(n for n, line in enumerate(lines[1:], 1) if not line.endswith(",0.000"))
    lines[place] = lines[place].rsplit(",", 1)[0] + ",0.000"
    changed.write_text("\n".join(lines) + "\n")
    assert not verify_hubs(tmp_path / "published").ok
