"""A case written as a folder and read again settles to the same cents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from settlement_cases import CALENDAR, ON_HOURS, case, congestion, crr
from settlement_random import random_case

from simulator.domain import Refused
from simulator.domain.settings import CalendarSettings, SettlementSettings
from simulator.settlement import settle
from simulator.settlement.case_files import case_files
from simulator.settlement.folder import read_settlement_case
from simulator.settlement.warnings import case_warnings


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


def rows_of(files) -> list[str]:
    return files["shift_factors.csv"].splitlines()[1:]


def test_factors_alike_in_all_hours_stand_once_and_others_in_each_hour() -> None:
    alike, changed = {"A": 1.0, "X": 9.0}, {"A": 1.0, "B": 0.5}
    hours = [
        congestion(ON_HOURS[0], 20, 1000, alike),
        congestion(ON_HOURS[1], 20, 1000, {"A": 1.0, "X": 8.0}),
        congestion(ON_HOURS[0], 20, 1000, alike, "L"),
        congestion(ON_HOURS[1], 20, 1000, changed, "L"),
    ]
    files = case_files(case([crr("1", "H1", "10")], hours))
    assert rows_of(files) == [
        ",K,A,1.0",
        "2024-06-13T06:00:00-07:00,L,A,1.0",
        "2024-06-13T06:00:00-07:00,L,B,0.0",
        "2024-06-13T07:00:00-07:00,L,A,1.0",
        "2024-06-13T07:00:00-07:00,L,B,0.5",
    ]


def test_a_reference_location_has_rows_of_zero_and_a_misspelt_one_is_warned_of() -> None:
    given_case = case([crr("1", "H1", "10")], [congestion(ON_HOURS[0], 20, 1000, {"A": 1.0})])
    files = case_files(given_case, ["A", "B"])
    assert rows_of(files) == [",K,A,1.0", ",K,B,0.0"]
    assert case_warnings(read_settlement_case(files)) == ()
    (warning,) = case_warnings(again(given_case))
    assert (warning.code, warning.where) == ("SETTLE_LOCATION_WITHOUT_FACTORS", "B")


def test_a_date_is_no_hour_of_shift_factors() -> None:
    files = case_files(case([crr("1", "H1", "10")], [congestion(ON_HOURS[0], 20, 1000)]))
    files["shift_factors.csv"] += "2024-06-13,K,A,0.25\n"
    with pytest.raises(Refused, match="2024-06-13"):
        read_settlement_case(files)


def test_the_clawback_thresholds_are_kept() -> None:
    own = SettlementSettings(virtual_clawback_threshold=0.5, intertie_clawback_threshold=0.25)
    kept = again(replace(random_case(3), settings=own)).settings
    assert kept.virtual_clawback_threshold == 0.5
    assert kept.intertie_clawback_threshold == 0.25
