"""Auctions in the flow: collateral, the loaded model, sales out of seasonal CRRs."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from market_played import AUCTION, MONTH, answer, ask, buy, codes, create, sell, submit

from simulator.domain import Crr, CrrType, Period, Tou
from simulator.engine import Run
from simulator.market.holding import holding
from simulator.store import books, tables
from simulator.timeline.hours import local

TRADER, SOURCE, SINK = "FIN1", "DIABLO1_7_N001", "DLAP_PGAE-APND"
PERIOD = Period.parse(MONTH)


def mw_days(crrs) -> dict[tuple, Decimal]:
    """MW of each path on each day, summed over the days: what must not be lost or made."""
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    for crr in crrs:
        sums[crr.source, crr.sink, crr.tou] += crr.mw * (crr.end - crr.start).days
    return sums


def seasonal(tx, owner: str) -> Crr:
    """The owner's largest CRR that runs on after the month."""
    found = [crr for crr in books.crrs(tx, owner=owner) if crr.start <= PERIOD.start]
    return max((crr for crr in found if crr.end > PERIOD.end), key=lambda crr: crr.mw)


def test_more_than_the_collateral_carries_is_refused_and_the_portfolio_stays_valid(room):
    here = room("auction-open")
    answer(create(here, AUCTION, TRADER, "GREEDY", [buy(TRADER, SOURCE, SINK, 50_000, "9000.00")]))
    told = answer(submit(here, AUCTION, TRADER, "GREEDY"))
    assert told["status"] == "REJECTED"
    (finding,) = told["findings"]
    assert finding["found"]
    assert finding["remedy"]
    with here.store.reading() as tx:
        (kept,) = books.portfolios(tx, market=AUCTION, participant=TRADER, name="GREEDY")
        account = tx.one(tables.collateral, participant=TRADER)["amount_usd"]
        row = tx.one(tables.portfolio, market=AUCTION, participant=TRADER, name="GREEDY")
    assert kept.status == "VALID"
    assert row["required_credit_usd"] > account
    answer(create(here, AUCTION, TRADER, "MODEST", [buy(TRADER, SOURCE, SINK, 1, "10.00")]))
    assert answer(submit(here, AUCTION, TRADER, "MODEST"))["status"] == "SUBMITTED"


def test_collateral_that_is_short_by_a_cent_is_short(room):
    """It covers floor or exposure, and what is held already (rulebook 5.1, 5.2)."""
    here = room("auction-open")
    bid = buy(TRADER, SOURCE, SINK, 100, "2500.00")
    answer(create(here, AUCTION, TRADER, "ONE", [bid]))
    answer(submit(here, AUCTION, TRADER, "ONE"))
    with here.store.reading() as tx:
        key = {"market": AUCTION, "participant": TRADER, "name": "ONE"}
        required = tx.one(tables.portfolio, **key)["required_credit_usd"]
        opens_at = books.market(tx, AUCTION).opens_at
        opened = local(opens_at, here.world.settings.calendar.timezone).date()
        held = holding(tx, here.world, books.crrs(tx, owner=TRADER), opened).value
    assert required >= 100 * 2500
    assert held > 0
    enough = required + held
    for collateral, status in ((enough - Decimal("0.01"), "REJECTED"), (enough, "SUBMITTED")):
        other = room("auction-open")
        _set_collateral(other, TRADER, collateral)
        answer(create(other, AUCTION, TRADER, "ONE", [bid]))
        assert answer(submit(other, AUCTION, TRADER, "ONE"))["status"] == status


def test_what_loads_the_model_is_fixed_when_the_window_opens(room):
    early, late = room("auction-open"), room(None)
    loads = []
    for here in (early, late):
        with here.store.reading() as tx:
            loads.append(tx.rows(tables.base_loading, market=AUCTION))
            held = {crr.crr_id: crr for crr in books.crrs(tx) if crr.spans(PERIOD)}
            rights = {right.right_id for right in here.world.rights}
    assert loads[0] == loads[1], "the auction's own awards and sales do not load it"
    assert {row["crr_id"] for row in loads[0]} - set(held) - rights, "but some were sold since"
    with early.store.reading() as tx:
        there = {crr.crr_id for crr in books.crrs(tx) if crr.spans(PERIOD)}
    assert {row["crr_id"] for row in loads[0]} == there | rights


def test_what_was_saved_before_the_opening_is_held_against_what_the_market_offers_then(room):
    here = room("t2-open")  # the auction is announced, and not open yet
    with here.store.reading() as tx:
        crr = seasonal(tx, TRADER)
    line = sell(TRADER, crr.source, crr.sink, 1, "0.00", crr.tou, crr.crr_id)
    for name, lines in (("BUYS", [buy(TRADER, SOURCE, SINK, 1, "10.00")]), ("SELLS", [line])):
        assert answer(create(here, AUCTION, TRADER, name, lines))["status"] == "VALID"
    assert codes(submit(here, AUCTION, TRADER, "BUYS")) == ["MKT0004"]
    _record(here, lambda tx: tx.update(tables.crr, {"crr_id": crr.crr_id}, {"owner": "FIN2"}))
    assert answer(ask(here, "open", market=AUCTION))["portfolios_invalid"] == 1
    assert answer(submit(here, AUCTION, TRADER, "BUYS"))["status"] == "SUBMITTED"
    assert codes(submit(here, AUCTION, TRADER, "SELLS")) == ["AUC0037"]
    with here.store.reading() as tx:
        (kept,) = books.portfolios(tx, market=AUCTION, participant=TRADER, name="SELLS")
    assert kept.message == f"CRR {crr.crr_id} is not owned by {TRADER};"
    assert codes(create(here, AUCTION, TRADER, "LATE", [line])) == ["SER0030"]


def test_selling_a_part_leaves_fragments_with_their_parent_and_no_mw_is_lost(room):
    here = room("auction-open")
    with here.store.reading() as tx:
        crr = seasonal(tx, TRADER)
        before = mw_days(books.crrs(tx, owner=TRADER))
    offered = (crr.mw / 2).quantize(Decimal("0.001"))
    line = sell(TRADER, crr.source, crr.sink, offered, "-90000.00", crr.tou, crr.crr_id)
    answer(create(here, AUCTION, TRADER, "HALF", [line]))
    assert answer(submit(here, AUCTION, TRADER, "HALF"))["status"] == "SUBMITTED"
    taker = buy("FIN2", crr.source, crr.sink, offered, "1.00", crr.tou)  # makes room for the sale
    answer(create(here, AUCTION, "FIN2", "TAKES", [taker]))
    assert answer(submit(here, AUCTION, "FIN2", "TAKES"))["status"] == "SUBMITTED"
    for kind in ("close", "clear", "post"):
        answer(ask(here, kind, market=AUCTION))
    with here.store.reading() as tx:
        (award,) = (row for row in tx.rows(tables.award, market=AUCTION, crr_id=crr.crr_id))
        sold_mw = award["awarded_mw"]
        fragments = [part for part in books.crrs(tx) if part.parent_crr_id == crr.crr_id]
        assert not [part for part in books.crrs(tx) if part.crr_id == crr.crr_id]
        after = mw_days(part for part in books.crrs(tx, owner=TRADER) if part.market != AUCTION)
    assert 0 < sold_mw <= offered
    path = crr.source, crr.sink, crr.tou
    assert before[path] - after[path] == sold_mw * (PERIOD.end - PERIOD.start).days
    assert all(part.owner == TRADER and part.crr_type == crr.crr_type for part in fragments)
    assert [(part.start, part.end, part.mw) for part in fragments] == [
        (PERIOD.start, PERIOD.end, crr.mw - sold_mw),
        (PERIOD.end, crr.end, crr.mw),
    ]


def test_every_sale_of_the_run_conserves_mw(room):
    with room("auction-open").store.reading() as tx:
        before = mw_days(crr for crr in books.crrs(tx))
    with room(None).store.reading() as tx:
        after = mw_days(crr for crr in books.crrs(tx) if crr.market != AUCTION)
        sold: dict[tuple, Decimal] = defaultdict(Decimal)
        bids = books.market_lines(tx, AUCTION)
        for row in tx.rows(tables.award, market=AUCTION):
            bid = bids[str(row["bid_id"])]
            if bid.transaction == "SELL":
                sold[bid.source, bid.sink, bid.tou] += row["awarded_mw"]
        fresh = sum(crr.mw for crr in books.crrs(tx, market=AUCTION, crr_type=CrrType.AUC.value))
        bought = sum(
            row["awarded_mw"]
            for row in tx.rows(tables.award, market=AUCTION)
            if bids[str(row["bid_id"])].transaction == "BUY"
        )
    assert any(sold.values()), "somebody sells"
    days = (PERIOD.end - PERIOD.start).days
    assert {key: before[key] - after[key] for key in before if before[key] != after[key]} == {
        key: mw * days for key, mw in sold.items() if mw
    }
    assert fresh == bought


def test_a_crr_is_offered_once_and_only_by_its_holder(room):
    here = room("auction-open")
    with here.store.reading() as tx:
        crr = seasonal(tx, TRADER)
    line = sell(TRADER, crr.source, crr.sink, "1.000", "5.00", crr.tou, crr.crr_id)
    answer(create(here, AUCTION, TRADER, "FIRST", [line]))
    assert answer(submit(here, AUCTION, TRADER, "FIRST"))["status"] == "SUBMITTED"
    answer(create(here, AUCTION, TRADER, "SECOND", [line]))
    told = answer(submit(here, AUCTION, TRADER, "SECOND"))
    assert told["status"] == "INVALID"
    assert "FIRST" in told["message"]
    others = sell("FIN2", crr.source, crr.sink, "1.000", "5.00", crr.tou, crr.crr_id)
    assert codes(create(here, AUCTION, "FIN2", "NOT_MINE", [others]))
    more = sell(TRADER, crr.source, crr.sink, crr.mw + 1, "5.00", crr.tou, crr.crr_id)
    assert codes(create(here, AUCTION, TRADER, "TOO_MUCH", [more]))


@pytest.mark.parametrize("kind", ["clear", "post", "open", "close"])
def test_the_calendar_cannot_skip_a_step(room, kind):
    here = room("t1-post")
    before = here.store.state_digest()
    if kind == "open":
        answer(ask(here, "open", market=AUCTION))
        before = here.store.state_digest()
    assert codes(ask(here, kind, market=AUCTION)) in (["MKT0004"], ["MKT0007"])
    assert here.store.state_digest() == before


def test_a_market_is_cleared_once(room):
    here = room("auction-open")
    for kind in ("close", "clear"):
        answer(ask(here, kind, market=AUCTION))
    before = here.store.state_digest()
    assert codes(ask(here, "clear", market=AUCTION)) == ["MKT0008"]
    assert here.store.state_digest() == before


def test_a_market_without_a_bid_clears_and_posts(room):
    here = room("t1-post")
    for kind in ("open", "close", "clear", "post"):
        told = answer(ask(here, kind, market=AUCTION))
    assert told["awards"] == 0
    with here.store.reading() as tx:
        assert len(tx.rows(tables.cleared_product, market=AUCTION)) == len(Tou)


def test_submissions_by_hand_do_not_disturb_those_of_the_people(room):
    here = room("auction-open")
    answer(create(here, AUCTION, TRADER, "BY_HAND", [buy(TRADER, SOURCE, SINK, 1, "1.00")]))
    Run(here, "auction-close").play()
    with here.store.reading() as tx:
        names = {row["name"] for row in tx.rows(tables.portfolio, market=AUCTION)}
    assert "BY_HAND" in names
    assert len(names) > 5
    assert date(2024, 4, 1) == PERIOD.start


def _set_collateral(room, participant: str, amount_usd: Decimal) -> None:
    key, values = {"participant": participant}, {"amount_usd": amount_usd}
    _record(room, lambda tx: tx.update(tables.collateral, key, values))


def _record(room, effect) -> None:
    """Something that happened outside of the market."""
    room.store.record(
        key="outside", at=0, actor="TEST", command="outside", arguments={},
        effect=lambda tx: {"rows": effect(tx)},
    )  # fmt: skip
