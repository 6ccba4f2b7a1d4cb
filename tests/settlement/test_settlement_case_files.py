"""A case written as a folder and read again settles to the same cents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from settlement_cases import CALENDAR, ON_HOURS, case, congestion, crr
from settlement_random import random_case

from simulator.domain import Refused
from simulator.domain.settings import CalendarSettings
from simulator.settlement import settle
from simulator.settlement.case_files import case_files
from simulator.settlement.folder import read_settlement_case


def again(given):
    return read_settlement_case(case_files(given))


@given(st.integers(0, 10_000))
@example(180)  # hours with as many rows and rights together, split in another way
@settings(deadline=None, max_examples=40)
def test_a_written_case_settles_alike(seed: int) -> None:
    given_case = random_case(seed)
    assert settle(again(given_case)).lines == settle(given_case).lines


def test_factors_of_single_hours_are_kept_where_they_differ() -> None:
    hours = [
        congestion(ON_HOURS[0], 20, 1000, {"A": 1.0, "B": 0.25, "ELSEWHERE": 9.0}),
        congestion(ON_HOURS[1], 20, 1000, {"A": 0.5}),
        congestion(ON_HOURS[2], 20, 1000, {"A": 1.0, "B": 0.25, "ELSEWHERE": 9.0}),
    ]
    given_case = case([crr("1", "H1", "10")], hours)
    assert settle(again(given_case)).lines == settle(given_case).lines


def test_a_constraint_without_factors_at_any_right_is_no_hole() -> None:
    given_case = case([crr("1", "H1", "10")], [congestion(ON_HOURS[0], 20, 1000, {"X": 1.0})])
    assert settle(again(given_case)).lines == settle(given_case).lines


@pytest.mark.parametrize(
    "calendar",
    [
        replace(CALENDAR, true_up_day=date(2024, 6, 20), statement_offset_business_days=9),
        replace(CALENDAR, calendar=CalendarSettings(bank_holidays=("2024-06-14", "2024-06-17"))),
        replace(CALENDAR, calendar=CalendarSettings(on_peak_first_hour_ending=9)),
    ],
)
def test_the_calendar_is_kept(calendar) -> None:
    given_case = replace(random_case(3), calendar=calendar)
    assert again(given_case).calendar == calendar


def test_factors_of_a_day_hold_in_all_its_hours() -> None:
    hours = [
        congestion(ON_HOURS[0], 20, 1000, {"A": 1.0}),
        congestion(ON_HOURS[1], 20, 1000, {"A": 0.5}),
    ]
    files = case_files(case([crr("1", "H1", "10")], hours))
    header, *_ = files["shift_factors.csv"].splitlines()
    files["shift_factors.csv"] = f"{header}\n2024-06-13,K,A,0.25\n,K,A,9\n"
    (line, *_) = settle(read_settlement_case(files)).lines
    assert line.amount_usd == 2 * 10 * 20 * Decimal("0.25")
    files["shift_factors.csv"] = f"{header}\n2024-07-13,K,A,0.25\n,K,A,9\n"
    with pytest.raises(Refused, match="SETTLE_HOUR_OUTSIDE"):
        read_settlement_case(files)
