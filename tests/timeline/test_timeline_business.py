"""Business days: the published rule's dates (rulebook 6.6, C13) and settings of one's own."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain.settings import CalendarSettings
from simulator.timeline.business import add_business_days, is_business_day

DATES = st.dates(date(2015, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("trading_day", "statement"),
    [
        ("2024-06-12", "2024-06-17"),
        ("2024-06-13", "2024-06-18"),
        ("2024-06-14", "2024-06-20"),  # 19 June is a bank holiday
        ("2024-06-15", "2024-06-20"),  # Saturday
        ("2024-04-11", "2024-04-16"),  # the deck: T is Thursday of week 2, out on Tuesday of week 3
    ],
)
def test_c13_statement_dates(trading_day, statement):
    day = date.fromisoformat(trading_day)
    assert add_business_days(day, 3) == date.fromisoformat(statement)


def test_listed_bank_holidays_replace_the_federal_ones():
    calendar = CalendarSettings(bank_holidays=("2024-06-17",))
    assert is_business_day(date(2024, 6, 19), calendar)
    assert add_business_days(date(2024, 6, 13), 3, calendar) == date(2024, 6, 19)


@given(DATES, st.integers(0, 30))
def test_a_business_day_offset_passes_exactly_that_many_business_days(day, count):
    result = add_business_days(day, count)
    passed = [day + timedelta(days=n + 1) for n in range((result - day).days)]
    assert sum(map(is_business_day, passed)) == count
    assert count == 0 or is_business_day(result)


def test_negative_offsets_are_refused():
    with pytest.raises(ValueError, match="-1 business days"):
        add_business_days(date(2024, 6, 13), -1)
