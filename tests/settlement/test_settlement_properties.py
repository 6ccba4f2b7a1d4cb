"""What holds for every case: nothing is left over, order and netting change nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from settlement_cases import CALENDAR, case, paid
from settlement_random import OWNERS, random_case, shuffled

from simulator.domain import ChargeCode, Hedge
from simulator.settlement import Rights, month_end, settle, settle_day
from simulator.settlement.report import settlement_files

SEEDS = st.integers(0, 10**6)
CHECK = settings(max_examples=25, deadline=None, derandomize=True)


def files(result) -> dict[str, str]:
    return {name: "".join(content) for name, content in settlement_files(result)}


@CHECK
@given(SEEDS)
def test_every_cent_has_an_owner(seed: int) -> None:
    given_case = random_case(seed)
    result = settle(given_case)

    holders = sum(line.amount_usd for line in result.lines)
    revenue = sum(row.revenue_usd for row in given_case.constraint_hours)
    assert revenue - holders == result.account.balance_usd
    assert result.account.residual_usd == 0
    assert abs(result.account.rounding_usd) <= Decimal("0.005") * (len(result.lines) + 2)


@CHECK
@given(SEEDS, SEEDS)
def test_the_order_of_rows_changes_no_byte(seed: int, order: int) -> None:
    given_case = random_case(seed)

    assert files(settle(shuffled(given_case, order))) == files(settle(given_case))


@CHECK
@given(SEEDS)
def test_days_and_month_end_are_the_whole_case(seed: int) -> None:
    given_case = random_case(seed)
    rights = Rights.of(given_case.crrs)
    by_day: dict = {}
    for row in given_case.constraint_hours:
        by_day.setdefault(row.hour.day, []).append(row)
    days = [settle_day(day, rights, rows, CALENDAR) for day, rows in by_day.items()]

    lines = [line for day in days for line in day.lines] + list(month_end(days, CALENDAR).lines)
    auction = [line for line in settle(given_case).lines if line.charge_code == ChargeCode.AUCTION]
    assert sorted(map(str, [*lines, *auction])) == sorted(map(str, settle(given_case).lines))


@CHECK
@given(SEEDS)
def test_a_right_and_its_reverse_with_one_owner_change_nothing(seed: int) -> None:
    given_case = random_case(seed)
    right = next(crr for crr in given_case.crrs if crr.hedge == Hedge.OBL)
    pair = (
        replace(right, crr_id="there"),
        replace(right, crr_id="back", source=right.sink, sink=right.source),
    )
    with_pair = case((*given_case.crrs, *pair), given_case.constraint_hours)
    without = case(given_case.crrs, given_case.constraint_hours)

    assert settle(with_pair).lines == settle(without).lines


@CHECK
@given(SEEDS)
def test_a_right_cut_in_two_pays_the_same(seed: int) -> None:
    given_case = random_case(seed)
    right = given_case.crrs[0]
    part = right.mw.scaleb(-1).quantize(Decimal("0.001"))
    parts = (replace(right, mw=right.mw - part), replace(right, crr_id="part", mw=part))
    cut = case((*parts, *given_case.crrs[1:]), given_case.constraint_hours)

    if part:
        whole = case(given_case.crrs, given_case.constraint_hours)
        assert settle(cut).lines == settle(whole).lines


@CHECK
@given(SEEDS)
def test_adjustments_only_ever_take_and_never_more_than_the_deficits(seed: int) -> None:
    result = settle(random_case(seed))

    for owner in OWNERS:
        assert paid(result, owner, ChargeCode.ADJUSTMENT) <= 0
    for row in result.month.adjustments:
        assert 0 <= row.given_back_usd <= row.deficit_usd
    for month in result.month.constraints:
        assert month.given_back_usd <= month.surplus_usd + 1e-9


def test_lineage_is_valid_json_line_by_line() -> None:
    for line in files(settle(random_case(7)))["lineage.jsonl"].splitlines():
        assert isinstance(json.loads(line), dict)
