"""Collateral: C10, both sides of the floors, holding requirements, margins from history."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import (
    Bid,
    CurvePoint,
    Hedge,
    MarketTerm,
    Period,
    Product,
    Tou,
    TransactionType,
)
from simulator.domain.settings import CreditSettings
from simulator.rules import credit
from simulator.rules.margins import (
    CongestionHistory,
    credit_margin,
    expected_value,
    percentile,
    product_days,
)

USD = Decimal
MONTHLY, ANNUAL = MarketTerm.MONTHLY, MarketTerm.ANNUAL


def bid(bid_id: str, *points: tuple[str, str]) -> Bid:
    curve = tuple(CurvePoint(Decimal(mw), Decimal(price)) for mw, price in points)
    return Bid(
        bid_id,
        "TRADE1",
        TransactionType.BUY,
        Hedge.OBL,
        "G",
        "L",
        Tou.ON,
        "2024_M04",
        curve,
    )


POSITIVE = bid("1", ("0", "300"), ("10", "300"), ("20", "250"))
NEGATIVE = bid("2", ("0", "-200"), ("15", "-200"))
MARGINS = {"1": USD(120), "2": USD(350)}


def margin_of(bid: Bid) -> Decimal:
    return MARGINS[bid.bid_id]


def test_c10_exposures_and_requirements() -> None:
    assert credit.exposure(POSITIVE, margin_of).value == 7400
    assert credit.exposure(NEGATIVE, margin_of).value == 5250
    one = credit.portfolio_exposure([NEGATIVE, POSITIVE], margin_of)
    assert one.value == 12650
    assert credit.auction_requirement(one, MONTHLY).value == 100_000
    assert credit.auction_requirement(one, ANNUAL).value == 500_000
    ten = USD(10) * one.value
    assert credit.auction_requirement(ten, MONTHLY).value == 126_500
    assert credit.auction_requirement(ten, ANNUAL).value == 500_000


def test_the_worst_point_need_not_be_the_last() -> None:
    falling = bid("1", ("0", "300"), ("10", "300"), ("10", "0"), ("11", "0"))
    assert credit.buy_exposure(falling.curve, USD(10)).value == 3100


def test_a_seller_is_exposed_to_negative_prices_only() -> None:
    offer = replace(NEGATIVE, transaction=TransactionType.SELL)
    assert credit.exposure(offer, margin_of).value == 3000
    assert credit.sell_exposure(POSITIVE.curve).value == 0


def test_floors_are_settings_and_the_add_on_comes_on_top() -> None:
    low = CreditSettings(monthly_floor_usd=1.0)
    assert credit.auction_requirement(USD("0.99"), MONTHLY, settings=low).value == 1
    assert credit.auction_requirement(USD("1.01"), MONTHLY, settings=low).value == USD("1.01")
    assert credit.auction_requirement(USD(0), ANNUAL, USD(5000)).value == 505_000


def test_holding_requirement_of_the_rulebook() -> None:
    twenty = credit.holding_requirement(USD(200), USD(150), USD(400), 20)
    counter = credit.holding_requirement(USD(-300), USD(-260), USD(500), 1)
    rich = credit.holding_requirement(USD(900), USD(800), USD(100), 10)
    assert (twenty.value, counter.value, rich.value) == (5000, 800, -7000)
    assert credit.portfolio_holding([twenty, counter]).value == 5800
    assert credit.portfolio_holding([twenty, counter, rich]).value == 0


def test_migration_add_on_is_for_annual_offers_of_those_who_lose_load() -> None:
    offers = [("8", USD(5000)), ("7", USD(-100))]
    assert credit.migration_add_on(offers, ANNUAL, loses_load=True).value == 5000
    assert credit.migration_add_on(offers, MONTHLY, loses_load=True).value == 0
    assert credit.migration_add_on(offers, ANNUAL, loses_load=False).value == 0


def test_collateral_verified_names_who_passed_and_who_did_not_and_why() -> None:
    accounts = [
        credit.Account("TRADE2", USD("99999.99")),
        credit.Account("TRADE1", USD(150_000), USD(50_000)),
        credit.Account("TRADE3", USD(126_500)),
    ]
    required = {"TRADE3": credit.auction_requirement(USD(126_500), MONTHLY)}
    verdicts = credit.verify_collateral(accounts, required, MONTHLY)
    assert [(verdict.participant, verdict.passed) for verdict in verdicts] == [
        ("TRADE1", True),
        ("TRADE2", False),
        ("TRADE3", True),
    ]
    short = verdicts[1].finding
    assert short is not None
    assert "short by 0.01 USD" in short.message
    assert (short.found, short.allowed) == ("99999.99 USD", "at least 100000.00 USD")


def test_percentile_is_linear_between_ranks() -> None:
    values = [USD(value) for value in (40, 10, 20, 30)]
    assert percentile(values, USD(0)) == 10
    assert percentile(values, USD(50)) == 25
    assert percentile(values, USD(100)) == 40
    assert percentile(values, USD(5)) == USD("11.5")
    with pytest.raises(ValueError, match="at least one"):
        percentile([], USD(5))


def test_margin_is_expected_less_low_percentile() -> None:
    values = [USD(value) for value in range(0, 101)]
    assert expected_value(values).value == 50
    assert credit_margin(values).value == 45
    assert credit_margin([USD(7)] * 5).value == 0


@given(st.lists(st.integers(-(10**6), 10**6).map(USD), min_size=1, max_size=50))
def test_margin_is_never_negative_and_ignores_order(values: list[Decimal]) -> None:
    margin = credit_margin(values).value
    assert margin >= 0
    assert margin == credit_margin(sorted(values)).value
    assert percentile(values, USD(5)) <= max(values)


def test_history_of_a_path_is_sink_less_source_times_days() -> None:
    history = CongestionHistory({("G", Tou.ON): (USD(1), USD(2)), ("L", Tou.ON): (USD(4), USD(1))})
    assert history.path("G", "L", Tou.ON, 26) == (78, -26)
    assert history.path("L", "G", Tou.ON, 1) == (-3, 1)


def test_days_of_a_product() -> None:
    april = Period.parse("2024_M04")
    assert product_days(Product(april, Tou.ON)) == 26  # no Sundays
    assert product_days(Product(april, Tou.OFF)) == 30
