"""The secondary market through the room: states, credit, fragments, conflicts with auctions."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from replayed import assert_replays
from special_rooms import Room, copy_of, preloaded, room_at

from simulator.domain import (
    Bid,
    Crr,
    CurvePoint,
    Period,
    Portfolio,
    Refused,
    TransactionType,
)
from simulator.market import inventory, secondary
from simulator.market.portfolios import create_arguments
from simulator.rules.lineage import lineage_findings
from simulator.rules.offer import OfferStatus


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("secondary"))


@pytest.fixture
def room(start, tmp_path) -> Room:
    made = room_at(copy_of(start, tmp_path))
    made.lead("SECONDARY_MARKET", "OPEN")
    return made


def sale(room: Room, owner: str = "FIN1", **changed: object) -> dict[str, object]:
    crr = room.crrs(owner=owner)[2]
    return {
        "owner": owner,
        "side": "SELL",
        "source": crr.source,
        "sink": crr.sink,
        "tou": crr.tou.value,
        "hedge": crr.hedge.value,
        "crr_type": crr.crr_type.value,
        "start": "2024-08-01",
        "end": "2024-09-01",
        "mw": "0.500",
        "price": "-12.34",
        "crr_id": crr.crr_id,
        "counterparty": "FIN2",
        **changed,
    }


def test_a_sale_of_part_for_a_month_leaves_the_rest_with_the_seller(room):
    terms = sale(room)
    before = next(crr for crr in room.crrs() if crr.crr_id == terms["crr_id"])
    offer = room.done("post_secondary_offer", "FIN1", **terms)
    assert offer["status"] == "PENDING_MP_RESPONSE"
    answer = room.done(
        "respond_secondary_offer", "FIN2", request_id=offer["request_id"], accept="Y"
    )
    assert answer["status"] == "PENDING_CREDIT_CHECK"
    done = room.done("check_secondary_credit", request_id=offer["request_id"])
    assert done["status"] == "APPROVED"
    pieces = [crr for crr in room.crrs() if crr.parent_crr_id == before.crr_id]
    bought = [crr for crr in pieces if crr.owner == "FIN2"]
    assert [(crr.mw, crr.market) for crr in bought] == [(Decimal("0.500"), "SECONDARY_MARKET")]
    for month in range(7, 10):
        day = before.start.replace(month=month)
        assert sum(crr.mw for crr in pieces if crr.effective_on(day)) == before.mw


def test_a_public_offer_is_turned_to_one_at_its_own_price(room):
    offer = room.done(
        "post_secondary_offer", "FIN1", **sale(room, counterparty="", contact="desk 5")
    )
    assert offer["status"] == "POSTED"
    request = offer["request_id"]
    wrong = room.refused(
        "target_secondary_offer", "FIN1", request_id=request, counterparty="FIN2", price="-12.33"
    )
    assert [item["code"] for item in wrong] == ["SMT0145"]
    lower = room.refused(
        "target_secondary_offer", "FIN1", request_id=request, counterparty="fin2", price="-12.34"
    )
    assert [item["code"] for item in lower] == ["SMT0107"]
    turned = room.done(
        "target_secondary_offer", "FIN1", request_id=request, counterparty="FIN2", price="-12.34"
    )
    assert turned["status"] == "PENDING_MP_RESPONSE"


@pytest.mark.parametrize(
    ("actor", "changed", "code", "words"),
    [
        ("FIN2", {}, "SMT0146", "asset owner"),
        ("FIN1", {"mw": "9999"}, "SER0030", "larger than CRR"),
        ("FIN1", {"start": "2024-04-01"}, "SER0030", "first day of the trade"),
        ("FIN1", {"counterparty": "NOBODY"}, "SMT0107", "unknown or no CRR holder"),
        ("FIN1", {"counterparty": ""}, "SER0030", "needs a contact"),
        ("FIN1", {"tou": "MIDDAY"}, "SER0017", "invalid"),
        ("FIN1", {"mw": "one"}, "SER0017", "invalid"),
        ("FIN1", {"price": "1.005"}, "SER0030", "whole cents"),
    ],
)
def test_what_is_wrong_with_an_offer_is_said_and_changes_nothing(room, actor, changed, code, words):
    findings = room.refused("post_secondary_offer", actor, **sale(room, **changed))
    assert any(item["code"] == code and words in item["message"] for item in findings), findings


def test_a_pending_trade_keeps_its_crr_out_of_the_auction(room):
    offer = room.done("post_secondary_offer", "FIN1", **sale(room))
    with room.room.store.reading() as tx:
        assert secondary.pending_trades(tx, date(2024, 4, 1)) == {sale(room)["crr_id"]}
    room.done("respond_secondary_offer", "FIN2", request_id=offer["request_id"], accept="N")
    with room.room.store.reading() as tx:
        assert secondary.pending_trades(tx, date(2024, 4, 1)) == frozenset()


def test_a_buyer_without_collateral_is_disapproved_and_nothing_moves(room):
    before = room.crrs()
    later = [crr for crr in room.crrs(owner="FIN1") if crr.start.month == 7]
    crr = max(later, key=lambda item: item.mw)
    terms = sale(
        room, crr_id=crr.crr_id, source=crr.source, sink=crr.sink, tou=crr.tou.value,
        start=crr.start.isoformat(), end=crr.end.isoformat(), mw=str(crr.mw), counterparty="FIN6",
    )  # fmt: skip
    request = room.done("post_secondary_offer", "FIN1", **terms)["request_id"]
    room.done("respond_secondary_offer", "FIN6", request_id=request, accept="Y")
    done = room.done("check_secondary_credit", request_id=request)
    assert done["status"] == "DISAPPROVED"
    assert "collateral of FIN6 is short" in done["message"]
    assert room.crrs() == before


def test_nothing_is_traded_while_the_market_is_closed(start, tmp_path):
    closed = room_at(copy_of(start, tmp_path))
    findings = closed.refused("post_secondary_offer", "FIN1", **sale(closed))
    assert "not open" in findings[0]["message"]


@pytest.mark.parametrize("request_id", ["999", "x"])
def test_an_unknown_request_is_refused(room, request_id):
    for kind, more in (
        ("respond_secondary_offer", {"accept": "Y"}),
        ("target_secondary_offer", {"counterparty": "FIN2", "price": "1"}),
    ):
        findings = room.refused(kind, "FIN2", request_id=request_id, **more)
        assert [item["code"] for item in findings] == ["SMT0016"]


TRADERS = ("FIN1", "FIN2", "FIN3")
FINAL = {OfferStatus.APPROVED, OfferStatus.DISAPPROVED, OfferStatus.ERROR}


def test_any_chain_of_trades_conserves_mw_and_can_be_played_again(start, tmp_path_factory):
    """Random commands: no illegal state, no MW lost or made, the changes give the inventory."""

    class Market(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tmp_path_factory.mktemp("machine")
            self.room = room_at(copy_of(start, self.folder))
            self.room.lead("SECONDARY_MARKET", "OPEN")
            self.total = self.mw()

        def mw(self) -> dict[tuple[str, str, str, int], Decimal]:
            found: dict[tuple[str, str, str, int], Decimal] = {}
            for crr in self.room.crrs():
                for month in (5, 7, 8, 12):
                    if crr.effective_on(crr.start.replace(year=2024, month=month, day=15)):
                        key = (crr.source, crr.sink, crr.tou.value, month)
                        found[key] = found.get(key, Decimal(0)) + crr.mw
            return found

        @rule(
            seller=st.sampled_from(TRADERS),
            buyer=st.sampled_from((*TRADERS, "")),
            nth=st.integers(0, 30),
            share=st.sampled_from(("0.1", "0.5", "1", "1.1")),
            month=st.integers(4, 9),
        )
        def offer(self, seller, buyer, nth, share, month):
            own = self.room.crrs(owner=seller)
            crr = own[nth % len(own)]
            size = (crr.mw * Decimal(share)).quantize(Decimal("0.001"))
            terms = sale(
                self.room, seller, crr_id=crr.crr_id, source=crr.source, sink=crr.sink,
                tou=crr.tou.value, start=f"2024-{month:02d}-10", end=crr.end.isoformat(),
                mw=str(size), counterparty=buyer, contact="" if buyer else "desk",
            )  # fmt: skip
            self.room.ask("post_secondary_offer", seller, **terms)

        @rule(
            request=st.integers(1, 8),
            acting=st.sampled_from(TRADERS),
            kind=st.sampled_from(("target", "accept", "decline", "check")),
        )
        def act(self, request, acting, kind):
            number = str(request)
            if kind == "target":
                self.room.ask(
                    "target_secondary_offer", acting, request_id=number, counterparty="FIN3",
                    price="-12.34",
                )  # fmt: skip
            elif kind == "check":
                self.room.ask("check_secondary_credit", request_id=number)
            else:
                accept = "Y" if kind == "accept" else "N"
                self.room.ask("respond_secondary_offer", acting, request_id=number, accept=accept)

        @invariant()
        def nothing_is_lost(self):
            assert self.mw() == self.total

        @invariant()
        def changes_give_the_inventory(self):
            with self.room.room.store.reading() as tx:
                assert inventory.as_of(tx, self.room.at + 1) == self.room.crrs()
                assert lineage_findings(inventory.life_events(tx)) == ()
                pending = [item for item in secondary.offers(tx) if item.is_pending()]
            assert len({item.crr_id for item in pending}) == len(pending)

        def teardown(self):
            store = self.room.room.store
            assert_replays(store, self.room.world, self.folder)
            store.close()

    few = settings(
        max_examples=5, stateful_step_count=12, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Market, settings=few)


def test_findings_are_plain_data(room):
    entry = room.ask("post_secondary_offer", "FIN1", **sale(room, mw="0"))
    assert json.loads(entry.effect)[0]["rule"]


TWO_AUCTIONS = {
    '[[market]]\nname = "AUC_MN_{month}"': (
        '[[market]]\nname = "AUC_MN_{next_month}"\nkind = "AUCTION"\nterm = "MONTHLY"\n'
        'periods = ["{next_month}"]\n\n[[market]]\nname = "AUC_MN_{month}"'
    ),
    '[[event]]\nid = "w1-setup"': "".join(
        f'[[event]]\nid = "x-{kind}"\nweek = 4\nday = "tue"\ntime = "{time}"\nkind = "{kind}"\n'
        f'market = "AUC_MN_{{next_month}}"\nnote = "n"\nneeds = ["{needs}"]\ndone_when = "d"\n\n'
        for kind, time, needs in (
            ("verify_collateral", "08:30", "w1-preload"),
            ("open", "09:00", "w1-preload"),
            ("close", "17:00", "x-open"),
            ("clear", "18:00", "x-close"),
            ("post", "19:00", "x-clear"),
        )
    )
    + '[[event]]\nid = "w1-setup"',
}


def offer(room: Room, crr: Crr, market: str) -> dict[str, Any]:
    """All of a CRR for a month in a portfolio that is submitted; the answer."""
    curve = tuple(CurvePoint(mw, Decimal("-9999.00")) for mw in (Decimal(0), crr.mw))
    bid = Bid(
        "1", crr.owner, TransactionType.SELL, crr.hedge, crr.source, crr.sink, crr.tou,
        market[-8:], curve, crr.crr_id,
    )  # fmt: skip
    portfolio = Portfolio("P", market, crr.owner, (bid,), ())
    room.done("create_portfolio", crr.owner, **create_arguments(portfolio))
    address = {"market": market, "participant": crr.owner, "portfolio": "P"}
    return room.done("submit_portfolio", crr.owner, **address)


def test_a_crr_is_offered_in_one_auction_until_that_is_posted(tmp_path):
    room = room_at(preloaded(tmp_path, TWO_AUCTIONS), TWO_AUCTIONS)
    april, may = "AUC_MN_2024_M04", "AUC_MN_2024_M05"
    crr = next(
        crr
        for crr in room.crrs(owner="FIN1")
        if crr.start <= date(2024, 4, 1) and crr.end >= date(2024, 6, 1)
    )
    room.done("set_collateral", participant="FIN1", amount_usd="900000000")
    for market in (april, may):
        room.done("open", market=market)
    assert offer(room, crr, april)["status"] == "SUBMITTED"
    told = offer(room, crr, may)
    assert told["status"] == "INVALID"
    assert f"P of {april}" in told["message"]


def test_what_is_gone_is_not_handed_over(room):
    crr = room.crrs(owner="FIN1")[0]
    with room.room.store.reading() as tx, pytest.raises(Refused, match="no longer there"):
        inventory.sell(tx, room.world, "99999999", crr.mw, Period.parse("2024_M04"), "AUC", room.at)


def test_a_refused_offer_of_a_list_takes_no_number_and_is_told_in_full(room):
    first = room.done("post_secondary_offer", "FIN1", **sale(room))
    wrong = sale(room, mw="0.0001")
    answer = room.done("post_secondary_offer", "FIN1", requests=[wrong, wrong])["answers"][0]
    assert answer["status"] == "ERROR"
    assert all(item[name] for item in answer["findings"] for name in ("where", "allowed", "remedy"))
    other = sale(room, "FIN2", counterparty="FIN1")
    again = room.done("post_secondary_offer", "FIN2", **other)
    assert int(again["request_id"]) == int(first["request_id"]) + 1
