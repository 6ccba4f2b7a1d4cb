"""Hours: the table of rulebook 1.4 (C14), the period edges (C16), the days of 23 and 25 hours."""

from datetime import date, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import Period, Tou
from simulator.domain.settings import CalendarSettings
from simulator.timeline.hours import (
    day_bounds,
    epoch,
    hours_of_day,
    hours_of_period,
    iso_utc,
    local,
    period_bounds,
    tou_of,
)

ON_HOURS = {
    2024: [416, 400, 416, 416, 416, 400, 416, 432, 384, 432, 400, 400],
    2025: [416, 384, 416, 416, 416, 400, 416, 416, 400, 432, 384, 416],
    2026: [416, 384, 416, 416, 400, 416, 416, 416, 400, 432, 384, 416],
}
OFF_HOURS = {
    2024: [328, 296, 327, 304, 328, 320, 328, 312, 336, 312, 321, 344],
    2025: [328, 288, 327, 304, 328, 320, 328, 328, 320, 312, 337, 328],
    2026: [328, 288, 327, 304, 344, 304, 328, 328, 320, 312, 337, 328],
}
SEASON_HOURS = {
    2024: ([1232, 1232, 1232, 1232], [951, 952, 976, 977]),
    2025: ([1216, 1232, 1232, 1232], [943, 952, 976, 977]),
    2026: ([1216, 1232, 1232, 1232], [943, 952, 976, 977]),
}


@pytest.mark.parametrize("year", ON_HOURS)
def test_c14_hours_of_every_month_and_season(year):
    def counts(tou: Tou, periods: list[Period]) -> list[int]:
        return [len(hours_of_period(period, tou)) for period in periods]

    months = [Period.month(year, month) for month in range(1, 13)]
    seasons = [Period.season(year, season) for season in range(1, 5)]
    assert counts(Tou.ON, months) == ON_HOURS[year]
    assert counts(Tou.OFF, months) == OFF_HOURS[year]
    assert (counts(Tou.ON, seasons), counts(Tou.OFF, seasons)) == SEASON_HOURS[year]


@pytest.mark.parametrize(
    ("period", "start", "last_second"),
    [
        ("2024_M09", "2024-09-01T07:00:00Z", "2024-10-01T06:59:59Z"),
        ("2024_S01", "2024-01-01T08:00:00Z", "2024-04-01T06:59:59Z"),
    ],
)
def test_c16_period_edges(period, start, last_second):
    bounds = period_bounds(Period.parse(period))
    assert (iso_utc(bounds.start), iso_utc(bounds.last_second)) == (start, last_second)


@pytest.mark.parametrize(
    ("day", "hours"), [("2024-03-10", 23), ("2024-11-03", 25), ("2024-11-04", 24)]
)
def test_days_of_23_and_25_hours(day, hours):
    found = hours_of_day(date.fromisoformat(day))
    assert [hour.hour_ending for hour in found] == list(range(1, hours + 1))
    bounds = day_bounds(date.fromisoformat(day))
    assert (found[0].start, found[-1].end) == (bounds.start, bounds.end)


@pytest.mark.parametrize(
    ("day", "hour_ending", "tou"),
    [
        ("2024-04-01", 6, Tou.OFF),
        ("2024-04-01", 7, Tou.ON),
        ("2024-04-01", 22, Tou.ON),
        ("2024-04-01", 23, Tou.OFF),
        ("2024-04-06", 12, Tou.ON),  # Saturday
        ("2024-04-07", 12, Tou.OFF),  # Sunday
        ("2024-07-04", 12, Tou.OFF),  # Independence Day
        ("2023-01-02", 12, Tou.OFF),  # New Year's Day fell on a Sunday
        ("2024-06-19", 12, Tou.ON),  # a bank holiday, but not one of NERC's
    ],
)
def test_time_of_use_of_an_hour(day, hour_ending, tou):
    assert tou_of(date.fromisoformat(day), hour_ending) == tou


def test_on_peak_hours_are_a_setting():
    calendar = CalendarSettings(on_peak_first_hour_ending=8, on_peak_last_hour_ending=8)
    on_peak = [h.hour_ending for h in hours_of_day(date(2024, 4, 1), calendar) if h.tou is Tou.ON]
    assert on_peak == [8]


@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)), st.integers(0, 23), st.integers(0, 59))
def test_local_time_and_epoch_are_inverse_outside_the_skipped_hour(day, hour, minute):
    clock = time(hour, minute)
    shown = local(epoch(day, clock))
    skipped = len(hours_of_day(day)) == 23 and hour == 2
    assert skipped or (shown.date(), shown.time()) == (day, clock)


def test_consecutive_hours_of_a_year_leave_no_gap():
    hours = [h for month in range(1, 13) for h in hours_of_period(Period.month(2024, month))]
    assert len(hours) == 8784
    assert all(earlier.end == later.start for earlier, later in pairwise(hours))
