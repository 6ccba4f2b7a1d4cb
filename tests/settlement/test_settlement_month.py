"""The constraint-by-constraint adjustment over a month: C7 and its variants, W6."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from settlement_cases import (
    CALENDAR,
    JUNE,
    ON_HOURS,
    THURSDAY,
    c7,
    case,
    congestion,
    crr,
    paid,
)

from simulator.domain import ChargeCode, Refused
from simulator.settlement import Rights, month_end, settle, settle_day
from simulator.timeline.hours import hours_of_day


def test_c7_payments_by_holder() -> None:
    result = settle(c7())

    assert [paid(result, owner) for owner in ("H1", "H2", "H3")] == [1850, 925, -350]
    assert paid(result, "H1", ChargeCode.HOURLY) == 2100
    assert paid(result, "H2", ChargeCode.HOURLY) == 1050


def test_c7_daily_deficit_and_month_end_give_back() -> None:
    lines = {
        (line.owner, line.trading_day): line.amount_usd
        for line in settle(c7()).lines
        if line.charge_code == ChargeCode.ADJUSTMENT
    }

    last = date(2024, 6, 30)
    assert lines == {
        ("H1", THURSDAY): -400,
        ("H1", last): 150,
        ("H2", THURSDAY): -200,
        ("H2", last): 75,
    }


def test_c7_constraint_over_the_month() -> None:
    (month,) = settle(c7()).month.constraints

    assert (month.revenue_usd, month.notional_usd) == (2425, 2800)
    assert (month.deficit_usd, month.surplus_usd, month.given_back_usd) == (600, 225, 225)
    assert (month.unrecovered_usd, month.residual_usd, month.unborne_usd) == (375, 0, 0)


def test_c7_revenue_is_paid_out_exactly() -> None:
    summary = settle(c7()).summary()

    assert summary == {
        "paid_to_holders_usd": Decimal("2425.00"),
        "congestion_revenue_usd": Decimal("2425.00"),
        "auction_net_usd": Decimal("0.00"),
        "balancing_account_usd": Decimal("0.00"),
        "residual_usd": Decimal("0.00"),
    }


def test_c7_variant_surplus_of_800_repays_all_and_leaves_200() -> None:
    result = settle(c7(surplus_hour_revenues=("1400", "600")))

    (month,) = result.month.constraints
    assert month.surplus_usd == 800
    assert [paid(result, owner) for owner in ("H1", "H2", "H3")] == [2100, 1050, -350]
    assert result.account.balance_usd == result.account.residual_surplus_usd == 200
    assert result.account.rounding_usd == 0


def test_c7_variant_holders_are_netted_before_sharing() -> None:
    """80 and -20 of one holder are 60: shares are 60:30, not 80:30."""
    holders = (("H1", "80"), ("H2", "30"))
    base = c7(holders=holders)
    counter_flow = crr("8", "H1", "20", source="B", sink="A")
    result = settle(case((*base.crrs, counter_flow), base.constraint_hours))

    assert [paid(result, owner) for owner in ("H1", "H2", "H3")] == [1850, 925, -350]


def test_w6_pro_rata_shortfall() -> None:
    """Target 20 million, rent 19 million, a holder of 2 million bears 100,000."""
    rights = [crr("1", "SMALL", "2000"), crr("2", "LARGE", "18000")]
    result = settle(case(rights, [congestion(ON_HOURS[0], 1000, 19_000_000)]))

    assert paid(result, "SMALL", ChargeCode.ADJUSTMENT) == -100_000
    assert paid(result, "SMALL") == 1_900_000


def test_surplus_of_one_constraint_does_not_help_another() -> None:
    hours = [
        congestion(ON_HOURS[0], 10, 500, constraint="SHORT"),
        congestion(ON_HOURS[0], 10, 1500, constraint="LONG"),
    ]
    result = settle(case([crr("1", "H1", "100")], hours))

    assert paid(result, "H1") == 1500
    assert result.account.residual_surplus_usd == 500


def test_surplus_on_another_day_of_the_month_is_given_back() -> None:
    monday = [hour for hour in hours_of_day(date(2024, 6, 3)) if hour.hour_ending == 9]
    hours = [congestion(ON_HOURS[0], 10, 900), congestion(monday[0], 10, 1060)]
    result = settle(case([crr("1", "H1", "100")], hours))

    assert paid(result, "H1", ChargeCode.ADJUSTMENT) == -40


def test_a_deficit_wholly_given_back_leaves_not_a_cent() -> None:
    """Three days of 0.005 each round to 0.01 each; the true-up returns the 0.03."""
    days = [date(2024, 6, day) for day in (4, 5, 6)]
    hours = [congestion(hours_of_day(day)[9], 1, "0.995") for day in days]
    hours.append(congestion(hours_of_day(date(2024, 6, 7))[9], 1, "1.015"))
    result = settle(case([crr("1", "H1", "1")], hours))

    assert paid(result, "H1", ChargeCode.ADJUSTMENT) == 0
    assert paid(result, "H1") == 4


def test_shortfall_that_nobody_can_bear_stays_in_the_balancing_account() -> None:
    rights = [crr("1", "H1", "10", source="B", sink="A")]
    result = settle(case(rights, [congestion(ON_HOURS[0], 5, -80)]))

    assert paid(result, "H1") == -50
    assert result.account.unborne_deficit_usd == 30
    assert result.account.balance_usd == -30


def test_days_and_month_end_agree_with_the_whole_case() -> None:
    whole = c7()
    other_day = hours_of_day(date(2024, 6, 18))[11]
    whole = case(whole.crrs, (*whole.constraint_hours, congestion(other_day, "7.77", "333.33")))
    rights = Rights.of(whole.crrs)
    days = [
        settle_day(
            day,
            rights,
            [row for row in whole.constraint_hours if row.hour.day == day],
            CALENDAR,
        )
        for day in (date(2024, 6, 18), THURSDAY)
    ]
    end = month_end(days, CALENDAR)

    assert {line for day in days for line in day.lines} | set(end.lines) == set(settle(whole).lines)


def test_every_holder_of_the_day_gets_an_hourly_line() -> None:
    rights = [crr("1", "H1", "1"), crr("2", "H2", "1", end=THURSDAY)]
    settled = settle_day(THURSDAY, Rights.of(rights), [], CALENDAR)

    assert [(line.owner, line.amount_usd) for line in settled.lines] == [("H1", Decimal("0.00"))]


def test_all_faults_are_named_at_once() -> None:
    july = hours_of_day(date(2024, 7, 1))[9]
    hours = [congestion(july, 1, 1), congestion(ON_HOURS[0], 1, 1), congestion(ON_HOURS[0], 2, 1)]
    rights = [crr("1", "H1", "1"), crr("1", "H2", "1"), crr("2", "H1", "0", sink="A")]
    backwards = crr("3", "H1", "1", start=JUNE.end, end=JUNE.start)

    with pytest.raises(Refused) as refused:
        settle(case([*rights, backwards], hours))

    assert sorted(finding.code for finding in refused.value.findings) == [
        "SETTLE_CRR_DATES",
        "SETTLE_CRR_MW",
        "SETTLE_CRR_PATH",
        "SETTLE_CRR_TWICE",
        "SETTLE_HOUR_OUTSIDE",
        "SETTLE_HOUR_TWICE",
    ]
