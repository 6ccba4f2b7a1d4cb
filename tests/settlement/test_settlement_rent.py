"""Rights equal to the dispatch take the whole rent (W10, W11); odd hours and empty books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from settlement_cases import ON_HOURS, c7, case, congestion, crr, paid

from simulator.domain import Period, mw
from simulator.settlement import SettlementCalendar, settle
from simulator.timeline.hours import hours_of_day, hours_of_period


def dispatch_as_rights(generation: dict[str, float], load: dict[str, float]):
    """Rights from generators to loads, paired in order until all MW are used."""
    left = dict(load)
    for source, output in generation.items():
        for sink in load:
            moved = min(output, left[sink])
            output, left[sink] = output - moved, left[sink] - moved
            if mw(moved) > 0 and source != sink:
                yield crr(f"{source}{sink}", "HOLDERS", mw(moved), source, sink)


@pytest.mark.parametrize(
    ("generation", "load", "price", "rent"),
    [
        pytest.param(
            {"A": 210, "C": 323.4948, "E": 466.5052},
            {"B": 300, "C": 300, "D": 400},
            {"A": 16.9774, "B": 26.3845, "C": 30.0, "D": 39.9427, "E": 10.0},
            "14957.2901",
            id="W10",
        ),
        pytest.param(
            {"A": 210, "D": 116.0757, "E": 573.9243},
            {"B": 300, "C": 300, "D": 300},
            {"A": 15.83, "B": 23.68, "C": 26.70, "D": 35.0, "E": 10.0},
            "12488.2459",
            id="W11",
        ),
    ],
)
def test_rights_equal_to_the_dispatch_exhaust_the_rent(generation, load, price, rent) -> None:
    factors = {bus: -value for bus, value in price.items()}
    hours = [congestion(ON_HOURS[0], 1, rent, factors, "DE")]
    result = settle(case(dispatch_as_rights(generation, load), hours))

    # Prices are published to 4 decimals (W10) and 2 (W11) and stand for 1,000 and 900 MW.
    digits = Decimal("0.2") if rent == "14957.2901" else Decimal("5")
    assert abs(result.account.balance_usd) <= digits
    assert result.account.residual_usd == 0


@pytest.mark.parametrize(
    ("source", "sink", "payoff"),
    [
        ("E", "D", "29.9427"),
        ("A", "B", "9.4071"),
        ("A", "C", "13.0226"),
        ("C", "D", "9.9427"),
    ],
)
def test_w10_payoffs_of_a_mw_to_the_published_digits(source, sink, payoff) -> None:
    """100 MW, so that four decimals of a MW's payoff are cents."""
    prices = {"A": 16.9774, "B": 26.3845, "C": 30.0, "D": 39.9427, "E": 10.0}
    factors = {bus: (39.9427 - price) / 62.3220 for bus, price in prices.items()}
    hours = [congestion(ON_HOURS[0], 62.3220, 14957.2901, factors, "DE")]
    amount = paid(settle(case([crr("1", "H", "100", source, sink)], hours)), "H")
    assert amount == 100 * Decimal(payoff)


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 10), 23), (date(2024, 11, 3), 25)])
def test_days_on_which_the_clock_moves(day: date, hours: int) -> None:
    """Sundays are off-peak; every hour that passes settles once."""
    month = Period.month(day.year, day.month)
    rights = [crr("1", "H", "1", tou="OFF", start=month.start, end=month.end)]
    congested = [congestion(hour, 1, 1) for hour in hours_of_day(day)]
    result = settle(case(rights, congested, calendar=SettlementCalendar(month)))

    assert paid(result, "H") == hours


def test_a_month_without_rights_leaves_all_revenue_to_the_account() -> None:
    result = settle(case([], c7().constraint_hours))

    assert result.lines == ()
    assert result.account.balance_usd == 2425
    assert result.account.residual_surplus_usd == 2425


def test_a_whole_month_of_hours() -> None:
    june = hours_of_period(Period.month(2024, 6))
    rights = [crr("1", "ON", "1"), crr("2", "OFF", "1", tou="OFF")]
    result = settle(case(rights, [congestion(hour, 1, 1) for hour in june]))

    assert (paid(result, "ON"), paid(result, "OFF")) == (400, 320)  # rulebook 1.4
