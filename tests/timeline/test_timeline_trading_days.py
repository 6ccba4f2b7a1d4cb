"""Which calendars cannot be settled: CRRs posted too late, money without a day, half hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.domain import Refused
from simulator.timeline.scenario import load_scenario

SHORT = Path(__file__).resolve().parents[1] / "engine" / "short_run.toml"
FIRST = 'first_trading_day = "first day after auction-post"'
LAST = 'last_trading_day = "week 2 sat"'


def short(first: str = FIRST, last: str = LAST) -> str:
    text = SHORT.read_text()
    assert FIRST in text
    assert LAST in text
    return text.replace(FIRST, first).replace(LAST, last)


def faults(text: str) -> list[tuple[str, str, str]]:
    """(code, id of the event that the line stands in, message) of everything found."""
    with pytest.raises(Refused) as refusal:
        load_scenario(text, "short.toml")
    found = []
    for finding in refusal.value.findings:
        line = int(finding.where.split(":")[1].split()[0])
        ids = [row for row in text.splitlines()[:line] if row.startswith("id = ")]
        found.append((finding.code, ids[-1].split('"')[1] if ids else "", finding.message))
    return found


def test_a_market_is_posted_before_the_first_day_that_its_crrs_are_settled_on() -> None:
    on_the_day = faults(short('first_trading_day = "week 2 wed"'))
    assert [(code, event) for code, event, _ in on_the_day] == [("SCN_ORDER", "auction-post")]
    assert "2024-04-10 would be settled without them" in on_the_day[0][2]
    earlier = faults(short('first_trading_day = "week 1 fri"'))
    assert [event for _, event, _ in earlier] == ["t2-post", "auction-post"]


def test_the_day_after_the_posting_may_be_the_first() -> None:
    assert load_scenario(short('first_trading_day = "week 2 thu"'), "short.toml").settlement


def test_auction_money_needs_a_trading_day_to_settle_on() -> None:
    found = faults(short('first_trading_day = "week 2 fri"'))
    assert [(code, event) for code, event, _ in found] == [("SCN_DATE", "auction-post")]
    assert "settles on 2024-04-11, which is no trading day" in found[0][2]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"])
def test_a_zone_with_half_hours_has_no_hours_that_a_market_could_settle(zone: str) -> None:
    text = short().replace(
        "[settings.day_ahead]", f'[settings.calendar]\ntimezone = "{zone}"\n\n[settings.day_ahead]'
    )
    assert zone in text
    (found,) = faults(text)
    assert found[0] == "SCN_VALUE"
    assert found[2] == f"{zone} is not a whole number of hours from UTC"
