"""Secondary market and TOR conversion: states, fragments, MW conserved over any chain."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.domain import Crr, CrrType, Finding, Hedge, Period, Refused, Tou
from simulator.rules import secondary, tor
from simulator.rules.fragments import held_throughout, holds, split
from simulator.rules.offer import FINAL, Offer, OfferStatus, Side

JULY = Period.parse("2024_M07")
CRR = Crr(
    "1",
    "S",
    CrrType.AUC,
    Hedge.OBL,
    "G",
    "L",
    Tou.ON,
    JULY.start,
    JULY.end,
    Decimal(10),
    "AUC_MN_2024_M07",
)
SALE = Offer(
    "900",
    "S",
    Side.SELL,
    "G",
    "L",
    Tou.ON,
    Hedge.OBL,
    CrrType.AUC,
    date(2024, 7, 10),
    JULY.end,
    Decimal("4.000"),
    Decimal("-1.25"),
    crr_id="1",
    counterparty="B",
)
HOLDERS = ("S", "B", "C")
HELD = {"1": CRR}


def ids(first: int = 100):  # type: ignore[no-untyped-def]
    return (str(number) for number in count(first))


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def test_a_partial_sale_of_part_of_the_month_leaves_two_fragments() -> None:
    offer = secondary.post(SALE, "S", HOLDERS, HELD)
    assert offer.status == OfferStatus.PENDING_MP_RESPONSE
    offer = secondary.respond(offer, "B", True, "", HELD)
    assert offer.status == OfferStatus.PENDING_CREDIT_CHECK
    offer, cut = secondary.settle_trade(offer, HELD, (), ids())
    assert offer.status == OfferStatus.APPROVED
    assert cut is not None
    bought = cut.taken
    assert (bought.owner, bought.mw, bought.start, bought.end) == (
        "B",
        4,
        date(2024, 7, 10),
        date(2024, 8, 1),
    )
    assert (bought.market, bought.parent_crr_id) == ("SECONDARY_MARKET", "1")
    assert [(kept.owner, kept.mw, kept.start, kept.end) for kept in cut.kept] == [
        ("S", 10, date(2024, 7, 1), date(2024, 7, 10)),
        ("S", 6, date(2024, 7, 10), date(2024, 8, 1)),
    ]
    assert [piece.crr_id for piece in cut.pieces] == ["100", "101", "102"]


def test_a_public_offer_is_turned_to_one_counterparty_at_its_own_price() -> None:
    public = replace(SALE, counterparty="", contact="Desk 555-0100")
    offer = secondary.post(public, "S", HOLDERS, HELD)
    assert offer.status == OfferStatus.POSTED
    with pytest.raises(Refused) as refused:
        secondary.target(offer, "S", "b", Decimal("-1.24"), HOLDERS)
    assert codes(refused) == ["SMT0107", "SMT0145"]
    with pytest.raises(Refused) as refused:
        secondary.target(offer, "s", "B", Decimal("-1.25"), HOLDERS)
    assert codes(refused) == ["SMT0063"]
    turned = secondary.target(offer, "S", "B", Decimal("-1.25"), HOLDERS)
    assert (turned.status, turned.counterparty) == (OfferStatus.PENDING_MP_RESPONSE, "B")
    with pytest.raises(Refused):
        secondary.target(turned, "S", "C", Decimal("-1.25"), HOLDERS)


def test_a_buyers_offer_gets_its_crr_from_the_response() -> None:
    want = replace(SALE, owner="B", side=Side.BUY, crr_id="", counterparty="S")
    offer = secondary.post(want, "B", HOLDERS, HELD)
    with pytest.raises(Refused, match="is not owned by S"):
        secondary.respond(offer, "S", True, "2", HELD)
    agreed = secondary.respond(offer, "S", True, "1", HELD)
    assert (agreed.crr_id, agreed.seller, agreed.buyer) == ("1", "S", "B")
    assert secondary.pending_trades([offer, agreed]) == {"1"}


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"mw": Decimal("10.001")}, "SER0030", "larger than CRR 1"),
        ({"mw": Decimal(0)}, "SER0030", "not in the allowed steps"),
        ({"mw": Decimal("NaN")}, "SER0030", "not in the allowed steps"),
        ({"price_usd_per_mw": Decimal("0.001")}, "SER0030", "not in whole cents"),
        ({"start": date(2024, 6, 30)}, "SER0030", "dates are not within CRR 1"),
        ({"end": date(2024, 8, 2)}, "SER0030", "dates are not within CRR 1"),
        ({"start": JULY.end}, "SER0030", "ends before it begins"),
        ({"counterparty": ""}, "SER0030", "needs a contact"),
        ({"counterparty": "S"}, "SMT0107", "unknown or no CRR holder"),
        ({"crr_id": "2"}, "SER0030", "is not owned by S"),
        ({"source": "X"}, "SER0030", "source is not that of CRR 1"),
        ({"crr_type": CrrType.LSE}, "SER0030", "crrType is not that of CRR 1"),
        ({"owner": "s"}, "SMT0146", "asset owner of the offer"),
    ],
)
def test_bad_offers(change: dict[str, object], code: str, message: str) -> None:
    changed = replace(SALE, **change)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        secondary.post(changed, "S", HOLDERS, HELD)
    findings = [finding for finding in refused.value.findings if message in finding.message]
    assert [finding.code for finding in findings] == [code]


def test_one_trade_at_a_time_and_none_while_offered_in_an_auction() -> None:
    first = secondary.post(SALE, "S", HOLDERS, HELD)
    with pytest.raises(Refused, match="another pending secondary market trade"):
        secondary.post(replace(SALE, request_id="901"), "S", HOLDERS, HELD, (), [first])
    with pytest.raises(Refused, match="submitted sell offer in an auction"):
        secondary.post(SALE, "S", HOLDERS, HELD, {"1"})
    declined = secondary.respond(first, "B", False, "", HELD)
    assert declined.status == OfferStatus.DISAPPROVED
    assert secondary.pending_trades([declined]) == frozenset()


def test_credit_that_fails_and_a_crr_that_has_gone() -> None:
    agreed = secondary.respond(secondary.post(SALE, "S", HOLDERS, HELD), "B", True, "", HELD)
    short = Finding("SER0030", "collateral of B is short by 1.00 USD")
    refused, cut = secondary.settle_trade(agreed, HELD, [short], ids())
    assert (refused.status, cut) == (OfferStatus.DISAPPROVED, None)
    assert refused.message == "collateral of B is short by 1.00 USD;"
    gone, cut = secondary.settle_trade(agreed, {}, (), ids())
    assert (gone.status, cut) == (OfferStatus.ERROR, None)
    with pytest.raises(Refused):
        secondary.settle_trade(gone, HELD, (), ids())


def test_unknown_requests() -> None:
    with pytest.raises(Refused) as refused:
        secondary.respond(None, "B", True, "", HELD)
    assert codes(refused) == ["SMT0016"]
    with pytest.raises(Refused) as refused:
        secondary.respond(secondary.post(SALE, "S", HOLDERS, HELD), "C", True, "", HELD)
    assert codes(refused) == ["SMT0082"]


@given(st.integers(1, 10_000), st.integers(0, 30), st.integers(1, 31))
def test_the_pieces_of_a_split_add_up_on_every_day(kilowatts: int, first: int, days: int) -> None:
    start = JULY.start + timedelta(days=first)
    end = min(start + timedelta(days=days), JULY.end)
    pieces = split(CRR, Decimal(kilowatts) / 1000, start, end, ids()).pieces
    for offset in range(31):
        day = JULY.start + timedelta(days=offset)
        assert sum(piece.mw for piece in pieces if piece.effective_on(day)) == 10
    assert len({piece.crr_id for piece in pieces}) == len(pieces)
    assert all(piece.mw > 0 and piece.start < piece.end for piece in pieces)


def test_a_slice_that_is_not_there_cannot_be_cut() -> None:
    for mw, start, end in (
        ("10.001", JULY.start, JULY.end),
        ("0", JULY.start, JULY.end),
        ("1", JULY.end, JULY.end),
        ("1", date(2024, 6, 30), JULY.end),
    ):
        with pytest.raises(ValueError, match="does not hold"):
            split(CRR, Decimal(mw), start, end, ids())


class SecondaryMarket(RuleBasedStateMachine):
    """Random trades among three holders: MW of every day are conserved, states stay legal."""

    def __init__(self) -> None:
        super().__init__()
        self.held = {"1": CRR, "2": replace(CRR, crr_id="2", owner="B", mw=Decimal("0.003"))}
        self.offers: dict[str, Offer] = {}
        self.ids = ids()

    @rule(data=st.data())
    def post(self, data: st.DataObject) -> None:
        crr = self.held[data.draw(st.sampled_from(sorted(self.held)))]
        side = data.draw(st.sampled_from(Side))
        owner, other = data.draw(st.permutations(HOLDERS))[:2]
        first, last = sorted(data.draw(st.lists(st.integers(0, 31), min_size=2, max_size=2)))
        request_id = next(self.ids)
        offer = replace(
            SALE,
            request_id=request_id,
            owner=owner,
            side=side,
            crr_id=crr.crr_id if side == Side.SELL else "",
            counterparty=data.draw(st.sampled_from([other, ""])),
            contact="Desk",
            mw=Decimal(data.draw(st.integers(1, 12_000))) / 1000,
            start=JULY.start + timedelta(days=first),
            end=JULY.start + timedelta(days=last),
        )
        try:
            made = secondary.post(offer, owner, HOLDERS, self.held, (), self.offers.values())
        except Refused:
            return
        assert made.status in (OfferStatus.POSTED, OfferStatus.PENDING_MP_RESPONSE)
        self.offers[request_id] = made

    @rule(data=st.data(), credit_holds=st.booleans(), accept=st.booleans())
    def advance(self, data: st.DataObject, credit_holds: bool, accept: bool) -> None:
        if not self.offers:
            return
        offer = self.offers[data.draw(st.sampled_from(sorted(self.offers)))]
        step = data.draw(st.sampled_from(["target", "respond", "settle"]))
        try:
            if step == "target":
                to = data.draw(st.sampled_from(HOLDERS))
                after = secondary.target(offer, offer.owner, to, offer.price_usd_per_mw, HOLDERS)
                assert offer.status == OfferStatus.POSTED
            elif step == "respond":
                named = data.draw(st.sampled_from(sorted(self.held)))
                crr_id = named if offer.side == Side.BUY else ""
                after = secondary.respond(
                    offer,
                    offer.counterparty,
                    accept,
                    crr_id,
                    self.held,
                    (),
                    self.offers.values(),
                )
                assert offer.status == OfferStatus.PENDING_MP_RESPONSE
            else:
                lacking = () if credit_holds else (Finding("SER0030", "short"),)
                after, cut = secondary.settle_trade(offer, self.held, lacking, self.ids)
                assert offer.status == OfferStatus.PENDING_CREDIT_CHECK
                assert (cut is not None) == (after.status == OfferStatus.APPROVED)
                if cut:
                    del self.held[offer.crr_id]
                    self.held |= {piece.crr_id: piece for piece in cut.pieces}
        except Refused:
            return
        assert offer.status not in FINAL
        self.offers[offer.request_id] = after

    @invariant()
    def mw_of_every_day_are_conserved(self) -> None:
        for offset in (0, 9, 15, 30):
            day = JULY.start + timedelta(days=offset)
            total = sum(crr.mw for crr in self.held.values() if crr.effective_on(day))
            assert total == Decimal("10.003")

    @invariant()
    def one_pending_trade_for_a_crr(self) -> None:
        bound = [offer.crr_id for offer in self.offers.values() if offer.is_pending()]
        assert len(bound) == len(set(bound))


TestSecondaryMarket = SecondaryMarket.TestCase
TestSecondaryMarket.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


SPRING = Period.parse("2024_S02")
PATH = tor.TorPath("7", "MUNI", "CAPT", "GOLD", SPRING.start, SPRING.end, Decimal(50))
OPEN = tor.WindowStatus.OPEN_FOR_CONVERSION


def ask(mw: str, transferee: str = "AO1") -> tor.ConversionRequest:
    return tor.ConversionRequest("CAPT", "GOLD", SPRING.start, SPRING.end, Decimal(mw), transferee)


def convert(
    *requests: tor.ConversionRequest,
    status: tor.WindowStatus | None = OPEN,
    records: tuple[tor.ConversionRecord, ...] = (),
) -> tuple[tor.ConversionRecord, ...]:
    return tor.request_conversion(
        requests, status, "MUNI", [PATH], {"AO1", "AO2", "MUNI"}, records, ids(1)
    )


def test_tor_thirty_and_twenty_become_four_records_and_two_crrs() -> None:
    records = convert(ask("30"), ask("20", "AO2"))
    assert len(records) == 4
    status = tor.WindowStatus.OPEN_FOR_APPROVAL
    mine = {record.record_id: True for record in records if record.request.transferee == "AO1"}
    theirs = {record.record_id: False for record in records if record.request.transferee == "AO2"}
    records = tor.decide(records, mine, "AO1", status)
    assert tor.request_status(records[:2]) == tor.ConversionStatus.APPROVED
    assert tor.request_status(records[2:]) == tor.ConversionStatus.PENDING_APPROVAL
    records = tor.decide(records, theirs, "AO2", status)
    records, crrs = tor.post(records, tor.WindowStatus.CLOSED_FOR_APPROVAL, ids(500))
    assert [(crr.owner, crr.mw, crr.tou, crr.crr_type, crr.market) for crr in crrs] == [
        ("AO1", 30, Tou.ON, CrrType.MT_TOR, "SYSTEM"),
        ("AO1", 30, Tou.OFF, CrrType.MT_TOR, "SYSTEM"),
    ]
    assert [record.crr_id for record in records] == ["500", "501", "", ""]


def test_tor_a_path_is_never_converted_twice() -> None:
    with pytest.raises(Refused, match=r"50\.001 MW exceed the 50 MW of path 7"):
        convert(ask("30"), ask("20.001", "AO2"))
    first = convert(ask("30"))
    assert len(convert(ask("20"), records=first)) == 2
    with pytest.raises(Refused, match="exceed"):
        convert(ask("20.001"), records=first)


def test_tor_what_one_time_of_use_gave_back_is_free_only_there() -> None:
    """Disapproved records no longer count; the others still do, of whatever window."""
    on, off = convert(ask("40"))
    given_back = replace(off, status=tor.ConversionStatus.DISAPPROVED)
    with pytest.raises(Refused, match=r"50\.001 MW exceed"):
        convert(ask("10.001"), records=(on, given_back))
    both = tuple(replace(one, status=tor.ConversionStatus.DISAPPROVED) for one in (on, off))
    assert len(convert(ask("50"), records=both)) == 2


def test_tor_days_that_do_not_meet_do_not_add_up() -> None:
    april = replace(ask("50"), end=date(2024, 5, 1))
    may = replace(ask("50"), start=date(2024, 5, 1))
    assert len(convert(april, may)) == 4
    with pytest.raises(Refused, match="exceed"):
        convert(april, replace(may, start=date(2024, 4, 30)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 91), st.integers(1, 30)), min_size=1))
def test_tor_the_fullest_day_of_a_path_decides(wanted: list[tuple[int, int, int]]) -> None:
    asked, load = [], [0] * 91  # the days of the second quarter
    for first, last, mw in wanted:
        days = range(first, max(first + 1, last))
        start, end = (SPRING.start + timedelta(day) for day in (days.start, days.stop))
        asked.append(replace(ask(str(mw)), start=start, end=end))
        for day in days:
            load[day] += mw
    if max(load) > 50:
        with pytest.raises(Refused, match=f"^.*{max(load)} MW exceed the 50 MW"):
            convert(*asked)
    else:
        assert len(convert(*asked)) == 2 * len(asked)


def test_tor_thousands_of_requests_keep_nobody_waiting() -> None:
    began = time.process_time()
    assert len(convert(*[ask("0.001")] * 20_000)) == 40_000
    assert time.process_time() - began < 5  # once it was minutes


def test_tor_whole_upload_in_error_with_every_row() -> None:
    with pytest.raises(Refused) as refused:
        convert(
            replace(ask("NaN"), sink="NOWHERE"),
            ask("1", "MUNI"),
            replace(ask("1"), end=date(2024, 7, 2)),
            ask("51"),
            status=tor.WindowStatus.CLOSED_FOR_CONVERSION,
        )
    said = " | ".join(finding.message for finding in refused.value.findings)
    assert codes(refused)[0] == "TOR0023"
    for part in (
        "not in the allowed steps",
        "sink NOWHERE is on no path of MUNI",
        "transferee MUNI is no other CRR holder",
        "dates are not within",
        "exceed the 50 MW",
    ):
        assert part in said


def test_tor_windows() -> None:
    with pytest.raises(Refused) as refused:
        convert(ask("1"), status=None)
    assert codes(refused) == ["TOR0016"]
    records = convert(ask("1"))
    for status in tor.WindowStatus:
        if status != tor.WindowStatus.OPEN_FOR_APPROVAL:
            with pytest.raises(Refused) as refused:
                tor.decide(records, {records[0].record_id: True}, "AO1", status)
            assert codes(refused) == ["TOR0024"]
        if status != tor.WindowStatus.CLOSED_FOR_APPROVAL:
            with pytest.raises(ValueError, match="cannot be posted"):
                tor.post(records, status, ids())
    with pytest.raises(Refused, match="not for AO2 to decide"):
        tor.decide(records, {records[0].record_id: True}, "AO2", tor.WindowStatus.OPEN_FOR_APPROVAL)


def test_tor_statuses_follow_one_another_and_silence_is_no_approval() -> None:
    seen = [tor.WindowStatus.NEW]
    while following := tor.next_status(seen[-1]):
        seen.append(following)
    assert seen == list(tor.WindowStatus)
    records, crrs = tor.post(convert(ask("1")), tor.WindowStatus.CLOSED_FOR_APPROVAL, ids())
    assert crrs == ()
    assert tor.request_status(records) == tor.ConversionStatus.DISAPPROVED


@given(st.lists(st.tuples(st.integers(1, 9_999), st.integers(0, 30), st.integers(1, 31))))
def test_however_it_is_cut_it_is_there_throughout(cuts: list[tuple[int, int, int]]) -> None:
    """Every trade cuts the first piece that it fits in; without one piece less is held."""
    pieces, new = [CRR], ids()
    for size, first, last in cuts:
        start, end = (JULY.start + timedelta(days=day) for day in (first, max(last, first + 1)))
        mw = Decimal(size).scaleb(-3)
        fitting = next((crr for crr in pieces if holds(crr, mw, start, end)), None)
        if fitting is not None:
            pieces.remove(fitting)
            pieces += split(fitting, mw, start, end, new).pieces
    assert sum(crr.mw for crr in held_throughout(pieces, JULY)) == CRR.mw
    least = CRR.mw - pieces[-1].mw
    assert sum(crr.mw for crr in held_throughout(pieces[:-1], JULY)) == least
    assert held_throughout(pieces, Period.parse("2024_M08")) == []
