"""The quick look at a whole portfolio never says yes where the rules find something."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import chain

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.domain import (
    Bid,
    CrrType,
    CurvePoint,
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
from simulator.domain.columns import (
    bid_columns,
    bids_of,
    line_count,
    nomination_columns,
    nominations_of,
)
from simulator.domain.settings import BiddingSettings
from simulator.rules.bids import bid_findings
from simulator.rules.bulk import Paths, bids_are_right, nominations_are_right
from simulator.rules.listing import SourceSink
from simulator.rules.nominations import nomination_findings
from simulator.store.canonical import canonical_json

OWNER = "FIN1"
CLOSED = SourceSink("G3", "GEN", biddable=False)
LISTING = {
    "G1": SourceSink("G1", "GEN"),
    "G2": SourceSink("G2", "GEN", apart={"2026_S02": CLOSED}),
    "G3": CLOSED,
    "L1": SourceSink("L1", "DLAP"),
    "H1": SourceSink("H1", "TH"),
}
MARKET = Market(
    "AUC_AN_2026",
    MarketKind.AUCTION,
    MarketTerm.ANNUAL,
    Tier.NONE,
    tuple(Product(Period.season(2026, season), tou) for season in (1, 2) for tou in Tou),
    0.75,
)


def mostly(usual, *others):
    """One value for most lines, so that a portfolio has a chance to be right."""
    return st.sampled_from([usual] * 12 + list(others))


NUMBERS = st.sampled_from(
    ["0", "1", "1", "2.5", "-0", "-1", "7.001", "0.005", "1E+1", "1E+12", "1E-9", "NaN"]
).map(Decimal)


@st.composite
def curves(draw):
    """Most are right; the others are wrong in one of the ways that there are."""
    if draw(st.integers(0, 7)) == 0:
        points = draw(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=5))
        return tuple(CurvePoint(*point) for point in points)
    steps = draw(st.lists(st.integers(0, 9), min_size=1, max_size=4))
    falls = draw(st.lists(st.integers(0, 9), min_size=len(steps), max_size=len(steps)))
    mw, price = Decimal(0), Decimal(draw(st.integers(-900, 900))) / 100
    points = [CurvePoint(mw, price)]
    for step, fall in zip(steps, falls, strict=True):
        mw, price = mw + Decimal(step) / 1000, price - Decimal(fall) / 100
        points.append(CurvePoint(mw, price))
    return tuple(points)


BIDS = st.lists(
    st.builds(
        Bid,
        bid_id=st.just(""),
        participant=mostly(OWNER, "FIN2"),
        transaction=mostly(TransactionType.BUY, TransactionType.SELL),
        hedge=mostly(Hedge.OBL, Hedge.OPT),
        source=mostly("G1", "G2", "G3", "H1", "NOWHERE", "L1"),
        sink=mostly("L1", "H1", "G2"),
        tou=st.sampled_from(Tou),
        period=mostly("2026_S01", "2026_S02", "2026_S03", ""),
        curve=curves(),
        crr_id=mostly("", "7"),
        crr_type=mostly(CrrType.AUC, CrrType.LSE, CrrType.MT),
    ),
    min_size=1,
    max_size=4,
)
NOMINATIONS = st.lists(
    st.builds(
        Nomination,
        nomination_id=st.just(""),
        participant=mostly(OWNER, "FIN2"),
        source=mostly("G1", "G2", "L1", "L1", "L1", "L1", "G3", "NOWHERE"),
        sink=mostly("L1", "H1"),
        tou=st.sampled_from(Tou),
        period=mostly("2026_S01", "2026_S02", "2026_S03"),
        mw=mostly(Decimal("1.5"), *map(Decimal, ("0", "0.0005", "-1", "1E+12", "NaN", "0.001"))),
        crr_type=mostly(CrrType.LSE, CrrType.OBAALSE, CrrType.AUC),
    ),
    min_size=1,
    max_size=4,
)
SETTINGS = st.sampled_from(
    [
        BiddingSettings(),
        BiddingSettings(curve_direction="any"),
        BiddingSettings(curve_direction="reversed", buy_hedges=("OBL", "OPT")),
        BiddingSettings(curve_points_max=3, biddable_pairs=("GEN>LAP", "LAP>LAP")),
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.lists(BIDS, min_size=1, max_size=3), SETTINGS)
def test_bids_that_look_right_are_right(portfolios, given_settings):
    """One after another in one market: what is remembered of its paths misleads nobody."""
    paths = Paths(MARKET, LISTING, given_settings)
    for bids in portfolios:
        columns = bid_columns(bids)
        kept = tuple(bids_of(columns))
        found = bid_findings(kept, MARKET, OWNER, LISTING, {}, given_settings)
        buys = all(bid.transaction is TransactionType.BUY for bid in bids)
        looked = bids_are_right(columns, OWNER, paths, given_settings)
        assert looked == (buys and not found)


@pytest.mark.parametrize(
    ("mw", "price", "right"),
    [
        ("999999999999.999", "999999999999.99", True),
        ("1", "-999999999999.99", True),
        ("1E+12", "1", False),
        ("1", "1E+12", False),
        ("1", "-1E+12", False),
    ],
)
def test_a_large_curve_that_looks_right_is_right(mw, price, right):
    points = tuple(CurvePoint(Decimal(each), Decimal(price)) for each in ("0", mw))
    kinds = TransactionType.BUY, Hedge.OBL
    bid = Bid("1", OWNER, *kinds, "G1", "L1", Tou.ON, "2026_S01", points, "", CrrType.AUC)
    usual = BiddingSettings()
    paths = Paths(MARKET, LISTING, usual)
    assert bids_are_right(bid_columns([bid]), OWNER, paths, usual) is right
    assert (not bid_findings([bid], MARKET, OWNER, LISTING, {}, usual)) is right


@pytest.mark.parametrize(
    ("mw", "price", "right"),
    [("i", "i", True), ([], "q", True), ([0], "i", False), ([], [1], False)],
)
def test_in_columns_of_no_line_nothing_is_wrong_but_a_number(mw, price, right):
    points = (CurvePoint(Decimal(0), Decimal(1)), CurvePoint(Decimal(1), Decimal(1)))
    kinds = TransactionType.BUY, Hedge.OBL
    bid = Bid("1", OWNER, *kinds, "G1", "L1", Tou.ON, "2026_S01", points, "", CrrType.AUC)
    none = {**bid_columns([bid]), "points": [], "mw": mw, "price": price}
    usual = BiddingSettings()
    assert bids_are_right(none, OWNER, Paths(MARKET, LISTING, usual), usual) is right


@settings(max_examples=300, deadline=None)
@given(st.lists(NOMINATIONS, min_size=1, max_size=3))
def test_nominations_that_look_right_are_right(portfolios):
    paths = Paths(MARKET, LISTING, BiddingSettings())
    for lines in portfolios:
        columns = nomination_columns(lines)
        kept = tuple(nominations_of(columns))
        found = nomination_findings(kept, MARKET, OWNER, LISTING, ("L1",))
        assert nominations_are_right(columns, OWNER, paths, ("L1",)) == (not found)


@settings(max_examples=100, deadline=None)
@given(BIDS, NOMINATIONS)
def test_columns_lose_nothing_on_the_way_through_a_text(bids, nominations):
    said = msgspec.json.decode(canonical_json([bid_columns(bids), nomination_columns(nominations)]))
    assert [line_count(columns) for columns in said] == [len(bids), len(nominations)]
    for number, (bid, again) in enumerate(zip(bids, bids_of(said[0]), strict=True), start=1):
        assert replace(again, curve=()) == replace(bid, bid_id=str(number), curve=())
        numbers = [(point.mw, point.price_usd_per_mw) for point in bid.curve]
        kept = [(point.mw, point.price_usd_per_mw) for point in again.curve]
        assert list(map(same, chain(*numbers), chain(*kept))) == [True] * 2 * len(numbers)
    lines = zip(nominations, nominations_of(said[1], first_id=9), strict=True)
    for number, (line, other) in enumerate(lines, start=9):
        assert replace(other, mw=line.mw) == replace(line, nomination_id=str(number))
        assert same(line.mw, other.mw)


def same(left: Decimal, right: Decimal) -> bool:
    return left == right or (left.is_nan() and right.is_nan())


def test_no_columns_are_no_lines():
    assert line_count({}) == 0
    assert [*bids_of({}), *nominations_of({})] == []
