"""After the first statement: corrections, a participant's own figures, clawback, the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settlement_cases import (
    CALENDAR,
    ON_HOURS,
    THURSDAY,
    c7,
    case,
    congestion,
    crr,
    paid,
)

from simulator.domain import ChargeCode, CrrType, Refused
from simulator.settlement import (
    Clawback,
    IntertieHour,
    Replacement,
    VirtualHour,
    adequacy,
    balancing_account,
    clawbacks,
    compare,
    cut_off_lens,
    differences,
    distribute_to_measured_demand,
    recalculation,
    remapped,
    settle,
    settle_clawbacks,
)
from simulator.settlement.adequacy import with_cut_off
from simulator.settlement.clawback import intertie_revenue_usd, virtual_gain_usd
from simulator.settlement.report import settlement_files

LATER = replace(CALENDAR, statement_offset_business_days=12)


def statements(result) -> str:
    return "".join(dict(settlement_files(result))["statements.csv"])


def corrected_c7():
    """The second hour's price was 12, not 10; its revenue 1200."""
    first, _, third = c7().constraint_hours
    return case(c7().crrs, [first, congestion(ON_HOURS[1], 12, 1200), third])


def test_a_corrected_price_is_a_new_version_with_the_difference_shown() -> None:
    before, after = settle(c7()).lines, settle(corrected_c7()).lines
    lines = recalculation(before, after, LATER.statement_date)

    hourly = {line.owner: line for line in lines if line.charge_code == ChargeCode.HOURLY}
    assert {owner: line.amount_usd for owner, line in hourly.items()} == {
        "H1": 120,
        "H2": 60,
        "H3": -20,
    }
    assert hourly["H1"].statement_date == date(2024, 7, 2)  # 19 June is a holiday
    assert differences([*before, *lines], after) == ()


def test_nothing_corrected_is_nothing_to_state() -> None:
    lines = settle(c7()).lines

    assert recalculation(lines, lines, LATER.statement_date) == ()


def test_a_participants_own_statements_are_compared_line_by_line() -> None:
    ours = settle(c7())
    own = "\n".join(
        (
            "Owner,TradingDay,ChargeCode,AmountUSD",
            "H1,2024-06-13,6700,2100.00",
            "H1,2024-06-13,CRR_ADJUSTMENT,-300.00",
            "H1,2024-06-14,6700,5.00",
        )
    )

    assert [
        (row.trading_day.day, row.charge_code.value, row.before_usd, row.after_usd)
        for row in compare(own, ours.lines, "own.csv")
    ] == [
        (13, "CRR_ADJUSTMENT", -300, -400),
        (14, "6700", 5, None),
    ]  # the 30th stands in no line of the file, so it is not compared


def test_our_own_file_has_no_difference() -> None:
    result = settle(c7())

    assert compare(statements(result), result.lines, "statements.csv") == ()


def test_a_file_that_is_no_statement_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        compare("Owner,TradingDay,ChargeCode,AmountUSD\nH1,June,6700,1.005", [], "own.csv")

    assert [finding.where for finding in refused.value.findings] == [
        "own.csv row 2 column TradingDay",
        "own.csv row 2 column AmountUSD",
    ]


def virtual(flow: str, crr_flow: str = "40", day_ahead: str = "8", real_time: str = "3"):
    return VirtualHour(
        "H",
        "K",
        ON_HOURS[0],
        *map(Decimal, ("500", flow, crr_flow, day_ahead, real_time)),
    )


@pytest.mark.parametrize(
    ("row", "gain"),
    [
        (virtual("60"), 200),  # rulebook 6.3: 12 % of 500 MW
        (virtual("45"), 0),  # 9 %
        (virtual("50"), 0),  # 10 % is not more than 10 %
        (virtual("50.001"), 200),
        (virtual("-60"), 0),  # relieves: it cannot have raised the price
        (virtual("60", real_time="9"), 0),  # the rights earned less in the day-ahead market
        (virtual("-60", crr_flow="-40", real_time="9"), 40),  # counter-flow gains from a low price
        (virtual("60", crr_flow="-40"), 0),
    ],
)
def test_virtual_clawback(row: VirtualHour, gain: int) -> None:
    assert virtual_gain_usd(row) == gain


@pytest.mark.parametrize(
    ("real_time", "rebid", "revenue"),
    [
        ("100", False, 0),
        ("90", False, 0),
        ("89.999", False, 700),
        ("-100", False, 700),  # the other way: nothing of the award was left
        ("-90", True, 0),
        ("0", True, 0),
    ],
)
def test_intertie_clawback_takes_all_or_nothing(real_time, rebid, revenue) -> None:
    hour = IntertieHour(
        "H", ON_HOURS[0], Decimal(100), Decimal(100), Decimal(real_time), Decimal(700), rebid
    )

    assert intertie_revenue_usd(hour) == revenue


def test_what_is_clawed_back_goes_to_the_balancing_account() -> None:
    result = settle(c7())
    rows = clawbacks([virtual("60"), virtual("45")])
    lines = settle_clawbacks(rows, CALENDAR)
    account = balancing_account(
        [(THURSDAY, Decimal(2425))], [*result.lines, *lines], result.month.constraints
    )

    assert rows == (Clawback("H", THURSDAY, ON_HOURS[0].tou, "K", Decimal("200.00")),)
    assert [line.amount_usd for line in lines] == [-200]
    assert account.balance_usd == account.clawed_back_usd == 200
    assert (account.residual_usd, account.rounding_usd) == (0, 0)


def test_the_balance_goes_to_measured_demand_without_existing_rights() -> None:
    """Rulebook 6.5: 100,000 over 300 and 100 GWh, 20 GWh of existing contracts left out."""
    lines = distribute_to_measured_demand(
        Decimal(100_000),
        {"SC-A": Decimal(320_000), "SC-B": Decimal(100_000)},
        date(2024, 6, 30),
        CALENDAR,
        excluded_mwh={"SC-A": Decimal(20_000)},
    )

    assert [(line.owner, line.amount_usd) for line in lines] == [("SC-A", 75_000), ("SC-B", 25_000)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 10**7), min_size=1, max_size=9).filter(any),
)
def test_shares_add_up_to_the_balance(cents: int, demands: list[int]) -> None:
    balance = Decimal(cents).scaleb(-2)
    demand = {f"SC{n}": Decimal(mwh).scaleb(-3) for n, mwh in enumerate(demands)}
    lines = distribute_to_measured_demand(balance, demand, THURSDAY, CALENDAR)

    assert sum(line.amount_usd for line in lines) == balance
    total = sum(demand.values())
    for line in lines:
        assert abs(line.amount_usd - balance * demand[line.owner] / total) < Decimal("0.01")


@pytest.mark.parametrize("demand", [{}, {"A": Decimal(0)}, {"A": Decimal(-1), "B": Decimal(2)}])
def test_no_demand_is_refused(demand) -> None:
    with pytest.raises(Refused):
        distribute_to_measured_demand(Decimal(1), demand, THURSDAY, CALENDAR)


def test_adequacy_says_what_was_sold_and_what_was_collected() -> None:
    (view,) = adequacy(settle(c7()))

    assert view.priced_hours == 3
    assert view.crr_flow_mw == pytest.approx(80)
    assert view.day_ahead_flow_mw == pytest.approx(2425 / 35)
    assert view.offset_usd == -375
    assert view.funded_share == pytest.approx(1 - 375 / 3150)


def test_a_cut_off_can_turn_a_payment_into_a_charge() -> None:
    """Small factors on a dear constraint pay 18 - 10; without them the right owes 10."""
    hours = [
        congestion(ON_HOURS[0], 1000, 0, {"A": 0.018}, "DEAR"),
        congestion(ON_HOURS[0], 20, 0, {"A": -0.5}, "CHEAP"),
    ]
    given_case = case([crr("1", "H", "1"), crr("2", "H", "1", source="C")], hours)
    (effect,) = cut_off_lens(given_case, (0.01, 0.02))

    assert (effect.cut_off, effect.crr_id, effect.changes_sign) == (0.02, "1", True)
    assert effect.without_cut_off_usd == pytest.approx(8)
    assert effect.payment_usd == pytest.approx(-10)


def test_a_factor_of_exactly_the_cut_off_stays() -> None:
    given = case([crr("1", "H", "1")], [congestion(ON_HOURS[0], 20, 0, {"A": -0.5, "B": 0.1})])
    kept = {
        cut_off: dict(with_cut_off(given, cut_off).constraint_hours[0].shift_factors)
        for cut_off in (0.1, 0.100001, 0.5, 0.500001)
    }
    both = {"A": -0.5, "B": 0.1}
    assert kept == {0.1: both, 0.100001: {"A": -0.5}, 0.5: {"A": -0.5}, 0.500001: {}}


def test_a_right_moves_to_the_replacement_on_the_day_its_source_retires() -> None:
    right = crr("1", "H", "10", source="OLD")
    moved = remapped([right], [Replacement("OLD", THURSDAY, "NEW")])
    result = settle(case(moved, [congestion(ON_HOURS[0], 1, 99, {"NEW": 0.5, "OLD": 0.9})]))

    assert [(part.source, part.start, part.end) for part in moved] == [
        ("OLD", right.start, THURSDAY),
        ("NEW", THURSDAY, right.end),
    ]
    assert paid(result, "H") == 5


def test_a_replacement_may_retire_too_and_a_path_to_itself_ends() -> None:
    right = crr("1", "H", "10", source="OLD")
    moves = [
        Replacement("NEW", date(2024, 6, 20), "B"),
        Replacement("OLD", date(2024, 6, 10), "NEW"),
    ]

    assert [(part.source, part.end.day) for part in remapped([right], moves)] == [
        ("OLD", 10),
        ("NEW", 20),
    ]


def test_a_replacement_that_retired_before_hands_on_at_once() -> None:
    moves = [Replacement("NEW", date(2024, 6, 5), "C"), Replacement("OLD", THURSDAY, "NEW")]
    moved = remapped([crr("1", "H", "10", source="OLD")], moves)
    assert [part.source for part in moved] == ["OLD", "C"]


def test_a_load_migration_pair_moves_money_between_two_owners_only() -> None:
    """The gaining owner's right and the losing owner's counter-flow net to nothing (7.1)."""
    gained = replace(crr("10", "GAINS", "1.957"), crr_type=CrrType.LSE_LMT, parent_crr_id="1")
    lost = replace(
        crr("11", "LOSES", "1.957", source="B", sink="A"),
        crr_type=CrrType.LMT_CNT,
        parent_crr_id="1",
    )
    hours = [congestion(ON_HOURS[0], 20, 800)]
    before = settle(case([crr("1", "LOSES", "40")], hours))
    after = settle(case([crr("1", "LOSES", "40"), gained, lost], hours))

    assert paid(after, "GAINS") == Decimal("39.14")
    assert paid(after, "LOSES") == paid(before, "LOSES") - Decimal("39.14")
