"""Holidays against pandas' holiday rules, an independent oracle."""

import pandas as pd
import pytest
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    Holiday,
    USColumbusDay,
    USLaborDay,
    USMartinLutherKingJr,
    USMemorialDay,
    USPresidentsDay,
    USThanksgivingDay,
    sunday_to_monday,
)

from simulator.timeline.holidays import bank_holidays, nerc_holidays


def moved(name: str, month: int, day: int, **more: object) -> Holiday:
    return Holiday(name, month=month, day=day, observance=sunday_to_monday, **more)


NERC_RULES = [
    moved("New Year", 1, 1),
    USMemorialDay,
    moved("Independence Day", 7, 4),
    USLaborDay,
    USThanksgivingDay,
    moved("Christmas", 12, 25),
]
BANK_RULES = [
    *NERC_RULES,
    USMartinLutherKingJr,
    USPresidentsDay,
    USColumbusDay,
    moved("Veterans Day", 11, 11),
    moved("Juneteenth", 6, 19, start_date=pd.Timestamp("2021-01-01")),
]


@pytest.mark.parametrize(
    ("ours", "rules"), [(nerc_holidays, NERC_RULES), (bank_holidays, BANK_RULES)]
)
def test_holidays_are_those_of_the_oracle(ours, rules):
    calendar = AbstractHolidayCalendar(name=ours.__name__, rules=rules)
    for year in range(2015, 2041):
        expected = calendar.holidays(f"{year}-01-01", f"{year}-12-31")
        assert list(ours(year)) == [day.date() for day in expected], year


def test_a_saturday_holiday_stays_and_a_sunday_one_moves():
    new_years = {year: nerc_holidays(year)[0].isoformat() for year in (2022, 2023)}
    assert new_years == {2022: "2022-01-01", 2023: "2023-01-02"}
