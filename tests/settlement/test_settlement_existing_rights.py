"""Schedules under ownership rights and existing contracts pay no day-ahead congestion."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from settlement_cases import ON_HOURS, THURSDAY, c7, paid
from settlement_random import random_case

from simulator.domain import ChargeCode, Refused
from simulator.settlement import RightSchedule, read_settlement_folder, settle
from simulator.settlement.case_files import case_files
from simulator.settlement.report import settlement_files
from simulator.settlement.warnings import case_warnings

HOUR = "2024-06-13T06:00:00-07:00"
HEADER = "Hour,RightID,Holder,Source,Sink,MW\n"


def schedule(hour, mw, source="A", sink="B", right="TOR1", holder="TOR_HOLDER") -> RightSchedule:
    return RightSchedule(holder, hour, right, source, sink, Decimal(mw))


def test_the_hedge_is_perfect_and_comes_out_of_what_crrs_are_paid_of():
    """C7 with 10 of the first hour's 50 MW scheduled under a right: 200 of the 1,000 go back.

    The hour's deficit is then 800 instead of 600, shared 60 to 30; nothing else changes.
    """
    result = settle(replace(c7(), right_schedules=(schedule(ON_HOURS[0], "10"),)))
    assert paid(result, "TOR_HOLDER") == Decimal("200.00")
    daily = {
        line.owner: line.amount_usd
        for line in result.days[0].lines
        if line.charge_code == ChargeCode.ADJUSTMENT
    }
    assert daily == {"H1": Decimal("-533.33"), "H2": Decimal("-266.67")}
    assert result.account.congestion_revenue_usd == Decimal("2425.00"), "what was collected"
    assert result.account.given_back_usd == Decimal("200.00")
    assert result.account.residual_usd == 0


def test_a_schedule_against_the_flow_pays_back_what_it_was_paid():
    against = schedule(ON_HOURS[0], "10", source="B", sink="A")
    result = settle(replace(c7(), right_schedules=(against,)))
    assert paid(result, "TOR_HOLDER") == Decimal("-200.00")
    assert result.days[0].revenue_usd == (Decimal("2625"),)
    assert result.account.residual_usd == 0


def test_an_hour_without_congestion_gives_nothing_back():
    result = settle(replace(c7(), right_schedules=(schedule(ON_HOURS[9], "10"),)))
    assert paid(result, "TOR_HOLDER") == 0
    assert result.lines == settle(c7()).lines


@pytest.mark.parametrize("seed", range(12))
def test_every_cent_has_an_owner_whoever_is_hedged(seed):
    case = random_case(seed)
    hours = sorted({row.hour.start: row.hour for row in case.constraint_hours}.items())
    places = sorted({crr.source for crr in case.crrs} | {crr.sink for crr in case.crrs})
    schedules = tuple(
        schedule(hour, f"{3 + n}.125", places[0], places[-1], f"R{n % 3}", f"HOLDER{n % 2}")
        for n, (_, hour) in enumerate(hours)
    )
    result = settle(replace(case, right_schedules=schedules))
    assert result.account.residual_usd == 0
    assert settle(replace(case, right_schedules=schedules[::-1])).lines == result.lines
    hourly = [line for line in result.lines if line.charge_code == ChargeCode.HOURLY]
    before = [line for line in settle(case).lines if line.charge_code == ChargeCode.HOURLY]
    assert hourly == before, "what rights are worth does not depend on what was collected"


def folder(tmp_path, rows: str):
    for name, text in case_files(c7()).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "right_schedules.csv").write_text(HEADER + rows)
    return tmp_path


def test_the_amount_can_be_recomputed_from_its_lineage(tmp_path):
    hour = f"{THURSDAY}T06:00:00-07:00"
    case = read_settlement_folder(folder(tmp_path, f"{hour},TOR1,TOR_HOLDER,A,B,10.125\n"))
    result = settle(case)
    text = "".join(dict(settlement_files(result))["lineage.jsonl"])
    (record,) = (
        found for found in map(json.loads, text.splitlines())
        if found.get("charge_code") == ChargeCode.REVERSAL
    )  # fmt: skip
    total = sum(
        Decimal(row["mw"])
        * (Decimal(row["factor_source"]) - Decimal(row["factor_sink"]))
        * Decimal(row["shadow_price"])
        for row in record["inputs"]["schedules"]
    )
    assert total.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(record["amount_usd"])
    assert Decimal(record["amount_usd"]) == paid(result, "TOR_HOLDER") == Decimal("202.50")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (f"{HOUR},R,P,A,B,1\n{HOUR},R,P,A,B,2\n", "SETTLE_ROW_TWICE"),
        ("2024-07-13T06:00:00-07:00,R,P,A,B,1\n", "SETTLE_HOUR_OUTSIDE"),
        (f"{HOUR},R,P,A,B,-1\n", "TAB0005"),
    ],
)  # fmt: skip
def test_schedules_that_cannot_be_are_named(tmp_path, rows, code):
    with pytest.raises(Refused) as refused:
        read_settlement_folder(folder(tmp_path, rows))
    assert all("right_schedules.csv" in found.where for found in refused.value.findings)
    assert code in {found.code for found in refused.value.findings}


def test_a_schedule_from_nowhere_is_warned_of(tmp_path):
    case = replace(c7(), right_schedules=(schedule(ON_HOURS[0], "10", source="NOWHERE"),))
    assert any(found.where == "NOWHERE" for found in case_warnings(case))


def test_factors_of_every_digit_leave_no_cent_without_an_owner():
    """Exact sums of MW, factors and prices have more digits than a Decimal keeps."""
    case, factors = c7(), {"A": -0.15576684883456537, "B": -0.9419184248502641}
    price, revenue = Decimal("44.338333"), Decimal("2189.4380")
    rows = tuple(
        replace(row, shift_factors=factors, shadow_price_usd_per_mwh=price, revenue_usd=revenue)
        for row in case.constraint_hours
    )
    schedules = tuple(
        schedule(row.hour, "20.337", right=right) for row in rows for right in ("TOR1", "TOR2")
    )
    result = settle(replace(case, constraint_hours=rows, right_schedules=schedules))
    assert result.account.residual_usd == 0
    assert result.account.congestion_revenue_usd == Decimal("6568.31")
