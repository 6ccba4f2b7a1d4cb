"""Bids, offers and nominations: all faults at once, W14, W17, boundaries on both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import (
    Bid,
    Crr,
    CrrType,
    CurvePoint,
    Finding,
    Hedge,
    Market,
    MarketKind,
    MarketTerm,
    Nomination,
    Period,
    Product,
    Tier,
    Tou,
    TransactionType,
)
from simulator.domain.settings import BiddingSettings
from simulator.rules.bids import bid_findings, curve_findings, submission_findings
from simulator.rules.caps import CapKey, PairKey
from simulator.rules.eligibility import tier_2_cap
from simulator.rules.listing import SourceSink
from simulator.rules.nominations import cap_findings, nomination_findings, signature_findings
from simulator.rules.portfolio import error_message

APRIL = Period.parse("2024_M04")
AUCTION = Market(
    "AUC_MN_2024_M04",
    MarketKind.AUCTION,
    MarketTerm.MONTHLY,
    Tier.NONE,
    tuple(Product(APRIL, tou) for tou in Tou),
    1.0,
)
LISTING = {
    row.name: row
    for row in (
        SourceSink("G1", "GEN"),
        SourceSink("G2", "PNODE"),
        SourceSink("DLAP", "LAP"),
        SourceSink("HUB", "TH"),
        SourceSink("MALIN", "SP"),
        SourceSink("OLD", "GEN", biddable=False),
        SourceSink("CUT", "GEN", islanded=True),
        SourceSink("CUT_LOADED", "GEN", islanded=True, base_loaded=True),
    )
}


def curve(*points: tuple[str, str]) -> tuple[CurvePoint, ...]:
    return tuple(CurvePoint(Decimal(mw), Decimal(price)) for mw, price in points)


BUY = Bid(
    "1",
    "TRADE1",
    TransactionType.BUY,
    Hedge.OBL,
    "G1",
    "DLAP",
    Tou.ON,
    "2024_M04",
    curve(("0", "20"), ("10", "20"), ("20", "12.50")),
)
OWNED = Crr(
    "77",
    "TRADE1",
    CrrType.AUC,
    Hedge.OBL,
    "G1",
    "DLAP",
    Tou.ON,
    APRIL.start,
    APRIL.end,
    Decimal("5.5"),
    "AUC",
)
SELL = replace(
    BUY,
    bid_id="2",
    transaction=TransactionType.SELL,
    crr_id="77",
    curve=curve(("0", "3"), ("5.5", "4")),
)


def check(*bids: Bid, settings: BiddingSettings | None = None) -> tuple[Finding, ...]:
    return bid_findings(
        bids, AUCTION, "TRADE1", LISTING, {"77": OWNED}, settings or BiddingSettings()
    )


def said(findings: Iterable[Finding]) -> str:
    return " | ".join(finding.message for finding in findings)


def test_good_bids_and_offers_pass() -> None:
    assert check(BUY, SELL) == ()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([("0", "1")], "wrong number of points"),
        ([("0", "1")] + [(str(mw), "1") for mw in range(1, 21)], "wrong number of points"),
        ([("1", "1"), ("2", "1")], "does not start at 0 MW"),
        ([("0", "1"), ("0", "1")], "ends at 0 MW"),
        ([("0", "1"), ("5", "1"), ("4", "1")], "MW fall along the curve"),
        ([("0", "9"), ("5", "8"), ("5", "7"), ("5", "6"), ("6", "5")], "third point"),
        ([("0", "1"), ("5", "1.01")], "prices of a buy curve rise"),
        ([("0", "1"), ("5", "0.001")], "not in whole cents"),
        ([("0", "1"), ("5.0001", "1")], "not in the allowed steps"),
        ([("0", "1"), ("NaN", "1")], "not in the allowed steps"),
        ([("0", "1"), ("Infinity", "1")], "not in the allowed steps"),
        ([("0", "1"), ("1e40", "1")], "not in the allowed steps"),
        ([("0", "1"), ("-5", "1")], "not in the allowed steps"),
        ([("0", "NaN"), ("5", "1")], "not in whole cents"),
    ],
)
def test_bad_buy_curves(points: list[tuple[str, str]], message: str) -> None:
    findings = check(replace(BUY, curve=curve(*points)))
    assert [message in finding.message for finding in findings] == [True]
    assert findings[0].where.startswith("bid 1, bidCurve")


@pytest.mark.parametrize(
    "points",
    [
        [("0", "1"), ("0.001", "1")],
        [("0", "-1"), ("5", "-1.01")],
        [("0", "10"), ("10", "10"), ("10", "5"), ("20", "5")],
        [(str(mw), "1") for mw in range(20)],
        [("0", "0"), ("1", "0")],
    ],
)
def test_good_buy_curves(points: list[tuple[str, str]]) -> None:
    assert check(replace(BUY, curve=curve(*points))) == ()


def test_sell_curves_rise_and_the_direction_is_a_setting() -> None:
    falling = replace(SELL, curve=curve(("0", "4"), ("5", "3")))
    assert "a sell curve fall" in said(check(falling))
    assert check(falling, settings=BiddingSettings(curve_direction="reversed")) == ()
    assert check(falling, settings=BiddingSettings(curve_direction="any")) == ()
    reversed_buy = check(BUY, settings=BiddingSettings(curve_direction="reversed"))
    assert "a buy curve fall" in said(reversed_buy)


@pytest.mark.parametrize(
    ("source", "sink", "message"),
    [
        ("NOWHERE", "DLAP", "not on the source/sink list"),
        ("dlap", "DLAP", "not on the source/sink list"),
        ("OLD", "DLAP", "not biddable"),
        ("CUT", "DLAP", "islanded by an outage"),
        ("CUT_LOADED", "DLAP", "islanded by an outage"),
        ("G1", "G2", "pair G1 to G2 is not biddable"),
        ("DLAP", "HUB", "pair DLAP to HUB is not biddable"),
        ("HUB", "HUB", "same location"),
    ],
)
def test_bad_places(source: str, sink: str, message: str) -> None:
    assert message in said(check(replace(BUY, source=source, sink=sink)))


@pytest.mark.parametrize(
    ("source", "sink"), [("G1", "HUB"), ("G2", "MALIN"), ("HUB", "DLAP"), ("MALIN", "HUB")]
)
def test_good_pairs(source: str, sink: str) -> None:
    assert check(replace(BUY, source=source, sink=sink)) == ()


def test_an_islanded_location_with_base_loading_may_be_sold_from() -> None:
    for source, allowed in (("CUT_LOADED", True), ("CUT", False)):
        owned = replace(OWNED, source=source)
        offer = replace(SELL, source=source)
        findings = bid_findings([offer], AUCTION, "TRADE1", LISTING, {"77": owned})
        assert (findings == ()) is allowed


def test_every_fault_of_every_bid_at_once() -> None:
    worst = replace(
        BUY,
        participant="OTHER",
        source="NOWHERE",
        period="2024_M05",
        hedge=Hedge.OPT,
        crr_id="77",
        crr_type=CrrType.LSE,
        curve=curve(("0", "1"), ("5", "2")),
    )
    message = said(check(worst, replace(SELL, sink="HUB", tou=Tou.OFF), BUY))
    for part in (
        "bid id 1 stands more than once",
        "asset owner is not the participant",
        "does not offer period 2024_M05",
        "buy curve rise",
        "NOWHERE is not on",
        "hedge type cannot be bought",
        "type of CRR is not bought in an auction",
        "names no CRR",
        "the sink of the offer is not that of CRR 77",
        "the tou of the offer is not that of CRR 77",
    ):
        assert part in message


def test_an_offer_needs_an_owned_crr_of_enough_mw_and_term() -> None:
    assert "is not owned" in said(check(replace(SELL, crr_id="78")))
    assert "is not owned" in said(check(replace(SELL, crr_id="")))
    stolen = bid_findings([SELL], AUCTION, "TRADE1", LISTING, {"77": replace(OWNED, owner="OTHER")})
    assert "is not owned" in said(stolen)
    assert check(replace(SELL, curve=curve(("0", "3"), ("5.500", "4")))) == ()
    assert "larger than" in said(check(replace(SELL, curve=curve(("0", "3"), ("5.501", "4")))))
    short = replace(OWNED, end=APRIL.end.replace(month=4, day=30))
    findings = bid_findings([SELL], AUCTION, "TRADE1", LISTING, {"77": short})
    assert "not held through period 2024_M04" in said(findings)
    assert "offered CRR id 77 stands more than once" in said(check(SELL, replace(SELL, bid_id="3")))


def test_w17_a_pending_trade_and_an_earlier_offer_are_both_reported() -> None:
    other = replace(SELL, bid_id="3", crr_id="78")
    findings = submission_findings([SELL, other, BUY], {"78": "Old one"}, {"77"})
    assert error_message(findings) == (
        "CRR 77 has a pending secondary market trade and cannot be sold;"
        "CRR 78 already has a submitted sell offer in portfolio Old one;"
    )
    assert submission_findings([SELL], {}, ()) == ()


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=19),
    st.lists(st.integers(-10_000, 10_000), min_size=20, max_size=20),
)
def test_any_rising_mw_with_falling_prices_is_a_buy_curve(
    steps: list[int], cents: list[int]
) -> None:
    mws = [Decimal(0)]
    for step in steps:
        mws.append(mws[-1] + Decimal(step) / 1000)
    prices = sorted((Decimal(cent) / 100 for cent in cents[: len(mws)]), reverse=True)
    points = tuple(CurvePoint(mw, price) for mw, price in zip(mws, prices, strict=True))
    assert curve_findings(replace(BUY, curve=points)) == []
    if prices[0] != prices[-1]:
        backwards = tuple(
            CurvePoint(mw, price) for mw, price in zip(mws, prices[::-1], strict=True)
        )
        assert curve_findings(replace(BUY, curve=backwards))


ALLOCATION = Market(
    "ALLOC_AN_2025_T1",
    MarketKind.ALLOCATION,
    MarketTerm.ANNUAL,
    Tier.PNP,
    tuple(Product(Period.parse(f"2025_S0{season}"), tou) for season in range(1, 5) for tou in Tou),
    0.65,
)
NOMINATION = Nomination("1", "LSE1", "G1", "DLAP", Tou.ON, "2025_S03", Decimal("60"))


def nominate(*nominations: Nomination, sources: tuple[str, ...] | None = None) -> str:
    return said(nomination_findings(nominations, ALLOCATION, "LSE1", LISTING, ("DLAP",), sources))


def test_good_nominations_pass() -> None:
    assert nominate(NOMINATION, replace(NOMINATION, nomination_id="2", mw=Decimal("0.001"))) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mw": Decimal(0)}, "not in the allowed steps"),
        ({"mw": Decimal("0.0005")}, "not in the allowed steps"),
        ({"mw": Decimal("NaN")}, "not in the allowed steps"),
        ({"sink": "HUB"}, "sink HUB is not one that the participant may nominate"),
        ({"sink": "TYPO"}, "sink TYPO is not on the source/sink list"),
        ({"source": "G2"}, "source G2 is not one that the participant may nominate"),
        ({"source": "OLD"}, "not biddable"),
        ({"source": "DLAP"}, "same location"),
        ({"period": "2024_S03"}, "does not offer period 2024_S03"),
        ({"participant": "OTHER"}, "asset owner is not the participant"),
        ({"crr_type": CrrType.AUC}, "this CRR type cannot be nominated"),
    ],
)
def test_bad_nominations(change: dict[str, object], message: str) -> None:
    changed = replace(NOMINATION, **change)  # type: ignore[arg-type]
    assert message in nominate(changed, sources=("G1", "OLD", "DLAP"))


def test_w14_both_sinks_over_their_seq_in_one_message() -> None:
    parts = (("R1", "60"), ("R1", "40"), ("R2", "100"))
    nominations = [
        Nomination(str(place), "LSE1", f"G{place}", sink, Tou.ON, "2025_S03", Decimal(mw))
        for place, (sink, mw) in enumerate(parts)
    ]
    caps = {
        CapKey("R1", CrrType.LSE, "2025_S03", Tou.ON): tier_2_cap(Decimal(40), 0, 0),
        CapKey("R2", CrrType.LSE, "2025_S03", Tou.ON): tier_2_cap(Decimal(70), 0, 0),
    }
    message = error_message(cap_findings(nominations, caps))
    assert message == (
        "total 100.000 MW exceeds the SEQ of 40.000 MW for sink R1, type LSE, "
        "period 2025_S03, TOU ON;"
        "total 100.000 MW exceeds the SEQ of 70.000 MW for sink R2, type LSE, "
        "period 2025_S03, TOU ON;"
    )


def test_caps_hold_for_the_sum_with_what_is_submitted_already() -> None:
    caps = {
        CapKey("DLAP", CrrType.LSE, "2025_S03", Tou.ON): tier_2_cap(Decimal(160), Decimal(60), 0)
    }
    before = replace(NOMINATION, nomination_id="9", mw=Decimal(40))
    assert cap_findings([NOMINATION], caps, [before]) == ()
    more = replace(before, mw=Decimal("40.001"))
    (finding,) = cap_findings([NOMINATION], caps, [more])
    assert "100.001 MW exceeds the upper bound (tier 2 cap) of 100.000 MW" in finding.message
    assert "SEQ - tier 1 awards - long-term" in finding.allowed
    assert "SEQ 160 MW; tier 1 awards 60 MW" in finding.allowed
    elsewhere = replace(more, sink="R2")
    assert cap_findings([NOMINATION], caps, [elsewhere]) == ()
    assert "upper bound (no cap at this sink) of 0.000 MW" in said(cap_findings([elsewhere], caps))


def test_priority_nominations_stay_on_signature_pairs() -> None:
    pairs = {PairKey("G1", "DLAP", "2025_S03", Tou.ON): Decimal(60)}
    assert signature_findings([NOMINATION], pairs) == ()
    over = signature_findings([NOMINATION], pairs, [replace(NOMINATION, mw=Decimal("0.001"))])
    assert "exceeds the 60.000 MW of signature pair G1 to DLAP" in said(over)
    strange = signature_findings([replace(NOMINATION, source="G2")], pairs)
    assert "G2 to DLAP, period 2025_S03, TOU ON is no signature pair" in said(strange)
