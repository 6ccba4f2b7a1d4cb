"""Quantities are exact and periods are half open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from simulator.domain import Finding, Period, Refused, mw, mw_down, refuse_if_any, usd


def test_money_rounds_half_away_from_zero_and_never_to_minus_nothing():
    assert usd("91.875") == Decimal("91.88")  # rulebook 6.4
    assert usd("-91.875") == Decimal("-91.88")
    assert str(usd("-0.004")) == "0.00"


def test_mw_rounds_half_up_and_awards_round_down():
    assert (mw("1.0005"), mw_down("1.0009"), mw_down(2)) == (
        Decimal("1.001"),
        Decimal("1.000"),
        Decimal("2.000"),
    )
    assert str(mw_down("-0.0001")) == "0.000"


def test_a_season_holds_its_three_months_and_ends_where_the_next_begins():
    season = Period.parse("2024_S02")
    assert (season.start, season.end) == (date(2024, 4, 1), date(2024, 7, 1))
    assert season.covers(date(2024, 6, 30))
    assert not season.covers(season.end)
    assert Period.parse("2024_S04").end == Period.parse("2025_M01").start


@pytest.mark.parametrize("name", ["2024_M13", "2024_S05", "2024_M00", "24_M01", "2024-M01", ""])
def test_what_is_no_period_is_an_error(name):
    with pytest.raises(ValueError, match=r".+"):
        Period.parse(name)


def test_a_refusal_says_everything_at_once():
    findings = [
        Finding("A1", "first", "file row 2", "3", "1 or 2", "use 1", "rulebook 1"),
        Finding("B2", "second"),
    ]
    with pytest.raises(Refused) as refusal:
        refuse_if_any(findings)
    text = str(refusal.value)
    assert (
        "file row 2: A1 first; found: 3; allowed: 1 or 2; remedy: use 1; rule: rulebook 1" in text
    )
    assert "B2 second" in text
    refuse_if_any([])
