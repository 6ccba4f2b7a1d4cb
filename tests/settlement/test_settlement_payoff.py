"""What a right pays in an hour: W7, W8, W9; the auction's money: W5, W13; statement days: C13."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from settlement_cases import CALENDAR, HOURS, ON_HOURS, THURSDAY, case, congestion, crr, paid

from simulator.domain import ChargeCode, Hedge, Tou, TransactionType
from simulator.settlement import AuctionAward, settle, settle_auction


def payoff(mw, mcc_source, mcc_sink, hedge=Hedge.OBL) -> Decimal:
    """Hourly payment of one right between locations with these congestion components.

    One constraint with shadow price 1 whose factors are minus the components (rulebook 6.1).
    """
    factors = {"A": -float(mcc_source), "B": -float(mcc_sink)}
    hours = [congestion(ON_HOURS[0], 1, 10_000, factors)]
    return paid(settle(case([crr("1", "H", mw, hedge=hedge)], hours)), "H", ChargeCode.HOURLY)


@pytest.mark.parametrize(
    ("mw", "source", "sink", "obligation", "option"),
    [
        ("1", 5, 10, "5", "5"),
        ("1", 15, 10, "-5", "0"),
        ("2", 12, 20, "16", "16"),
        ("100", 38, 42, "400", "400"),
        ("100", 42, 38, "-400", "0"),
        ("100", 15, 30, "1500", "1500"),  # W9, consistent delivery: equals the charge
        ("100", 10, 30, "2000", "2000"),  # W9 with LMP_A = 10: credit 2000
    ],
)
def test_w7_w9_payoffs(mw, source, sink, obligation, option) -> None:
    assert payoff(mw, source, sink) == Decimal(obligation)
    assert payoff(mw, source, sink, Hedge.OPT) == Decimal(option)


def test_w7_hedge_identity() -> None:
    """5 MW bought at 25 with a right from the node at 20 cost 5 x 20."""
    assert 5 * 25 - payoff("5", 20, 25) == 5 * 20


def test_w8_rights_exhaust_the_rent() -> None:
    """Gen2-Hub 5 MW (pays 50) and Hub-Load 10 MW (pays 100) take the rent of 150 and no more."""
    first = {"GEN2": 1.0}
    second = {"GEN2": 1.0, "HUB": 1.0}
    hours = [
        congestion(ON_HOURS[0], 10, 50, first, "GEN2-HUB"),
        congestion(ON_HOURS[0], 10, 100, second, "HUB-LOAD"),
    ]
    rights = [crr("1", "X", "5", "GEN2", "HUB"), crr("2", "Y", "10", "HUB", "LOAD")]
    result = settle(case(rights, hours))

    assert (paid(result, "X"), paid(result, "Y")) == (50, 100)
    assert result.account.balance_usd == 0


def test_an_option_pays_its_total_spread_not_its_best_constraint() -> None:
    """+10 on one constraint and -4 on the other: the option is paid 6 and flows on both."""
    hours = [
        congestion(ON_HOURS[0], 10, 10, {"A": 1.0}, "HELPS"),
        congestion(ON_HOURS[0], 4, -4, {"A": -1.0}, "HURTS"),
    ]
    result = settle(case([crr("1", "H", "1", hedge=Hedge.OPT)], hours))

    assert paid(result, "H", ChargeCode.HOURLY) == 6
    (hour,) = result.days[0].hours
    assert hour.notional.tolist() == [10.0, -4.0]


def test_an_option_that_pays_nothing_has_no_flow_and_no_share() -> None:
    hours = [congestion(ON_HOURS[0], 10, 90)]
    rights = [
        crr("1", "H", "10"),
        crr("2", "OPTION", "5", source="B", sink="A", hedge=Hedge.OPT),
    ]
    result = settle(case(rights, hours))

    assert paid(result, "H") == 90
    assert paid(result, "OPTION") == 0


def test_an_option_of_zero_spread_shares_no_deficit() -> None:
    """0.1 + 0.2 less 0.3 is zero on paper, though not in binary."""
    hours = [
        congestion(ON_HOURS[0], 1, 0, {"A": 0.1}, "K1"),
        congestion(ON_HOURS[0], 1, 0, {"A": 0.2}, "K2"),
        congestion(ON_HOURS[0], 1, 0, {"A": -0.3}, "K3"),
    ]
    result = settle(case([crr("1", "H", "1000", hedge=Hedge.OPT)], hours))

    assert {line.charge_code for line in result.lines} == {ChargeCode.HOURLY}


def test_a_right_settles_only_in_its_time_of_use_and_on_its_days() -> None:
    off_hour = next(hour for hour in HOURS if hour.tou == Tou.OFF)
    hours = [congestion(ON_HOURS[0], 1, 100), congestion(off_hour, 1, 100)]
    rights = [
        crr("1", "ON", "3"),
        crr("2", "OFF", "4", tou=Tou.OFF),
        crr("3", "LATER", "5", start=date(2024, 6, 14)),
        crr("4", "EARLIER", "5", end=THURSDAY),
        crr("5", "TODAY", "6", start=THURSDAY, end=date(2024, 6, 14)),
    ]
    result = settle(case(rights, hours))

    amounts = {line.owner: line.amount_usd for line in result.lines}
    assert amounts == {"ON": 3, "OFF": 4, "TODAY": 6}


def test_cents_are_made_once_for_the_owner_and_day() -> None:
    """Three amounts of 0.335 are 1.005 and so 1.01, not 3 x 0.34; minus 1.005 is -1.01."""
    rights = [
        *(crr(str(n), "H", "0.335") for n in range(3)),
        *(crr(str(n), "S", "0.335", source="B", sink="A") for n in range(3, 6)),
    ]
    result = settle(case(rights, [congestion(ON_HOURS[0], 1, 1)]))

    assert paid(result, "H", ChargeCode.HOURLY) == Decimal("1.01")
    assert paid(result, "S", ChargeCode.HOURLY) == Decimal("-1.01")
    assert result.account.residual_usd == 0


@pytest.mark.parametrize("mw", ["1.005", "2.675", "8.325", "1000.115", "0.145"])
def test_half_cents_go_up_though_binary_numbers_fall_short_of_them(mw: str) -> None:
    assert payoff(mw, 0, 1) == (Decimal(mw) + Decimal("0.005")).quantize(Decimal("0.01"))
    assert payoff(mw, 1, 0) == -payoff(mw, 0, 1)


@pytest.mark.parametrize(
    ("transaction", "mw", "price", "amount"),
    [
        (TransactionType.BUY, "100", "20", "-2000.00"),  # W1: Ellen pays 2000
        (TransactionType.BUY, "12.500", "-7.35", "91.88"),  # rulebook 6.4: 91.875 half up
        (TransactionType.SELL, "12.500", "-7.35", "-91.88"),
        (TransactionType.BUY, "1", "100", "-100.00"),  # W13: price 300 - 200
        (TransactionType.SELL, "1", "100", "100.00"),
        (TransactionType.BUY, "20", "1600", "-32000.00"),  # W5: 5 USD/MWh x 320 h is the price
    ],
)
def test_auction_money(transaction, mw, price, amount) -> None:
    award = AuctionAward("1", "H", transaction, Decimal(mw), Decimal(price))
    (line,) = settle_auction([award], THURSDAY, CALENDAR)

    assert line.amount_usd == Decimal(amount)
    assert line.charge_code == ChargeCode.AUCTION


def test_auction_revenue_goes_to_the_balancing_account() -> None:
    awards = (
        AuctionAward("1", "H", TransactionType.BUY, Decimal("10"), Decimal("9")),
        AuctionAward("2", "S", TransactionType.SELL, Decimal("4"), Decimal("5.5")),
    )
    result = settle(case([], [], awards))

    assert result.summary()["auction_net_usd"] == 68
    assert result.summary()["balancing_account_usd"] == 68


@pytest.mark.parametrize(
    ("trading_day", "statement_day"),
    [((2024, 6, 13), (2024, 6, 18)), ((2024, 6, 14), (2024, 6, 20))],
)
def test_c13_statements_three_business_days_later(trading_day, statement_day) -> None:
    assert CALENDAR.statement_date(date(*trading_day)) == date(*statement_day)
