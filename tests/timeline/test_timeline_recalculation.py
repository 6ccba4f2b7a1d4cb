"""Later statements: T+12B, T+9M and the like (rulebook 6.6)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simulator.domain import Refused
from simulator.domain.settings import CalendarSettings
from simulator.timeline.recalculation import later_date
from simulator.timeline.scenario import load_scenario

BOOK = Path(__file__).resolve().parents[2] / "scenarios/market_sim.toml"


@pytest.mark.parametrize(
    ("day", "offset", "later"),
    [
        ("2024-06-13", "3B", "2024-06-18"),  # C13
        ("2024-06-14", "3B", "2024-06-20"),  # Juneteenth does not count
        ("2024-04-11", "12B", "2024-04-29"),
        ("2024-04-11", "9M", "2025-01-13"),  # the 11th is a Saturday
        ("2024-05-31", "9M", "2025-02-28"),
        ("2024-01-31", "36M", "2027-02-01"),  # the 31st is a Sunday
    ],
)
def test_later_dates(day: str, offset: str, later: str) -> None:
    found = later_date(date.fromisoformat(day), offset, CalendarSettings())
    assert found == date.fromisoformat(later)


def test_only_what_falls_within_the_calendar_happens() -> None:
    scenario = load_scenario(BOOK.read_text(encoding="utf-8"), "market_sim.toml")
    found = scenario.recalculations()
    assert {item.offset for item in found} == {"12B"}
    assert found[0].day == date(2024, 4, 11)
    assert found[0].statement_date == date(2024, 4, 29)
    assert all(item.at < scenario.span().end for item in found)


def test_the_list_is_a_setting_and_is_checked() -> None:
    text = BOOK.read_text(encoding="utf-8")
    place = "[settings.settlement]\n"
    early = load_scenario(text.replace(place, place + 'recalculations = ["5B", "6B"]\n'), "a.toml")
    assert {item.offset for item in early.recalculations()} == {"5B", "6B"}
    never = load_scenario(text.replace(place, place + "recalculations = []\n"), "a.toml")
    assert not never.recalculations()
    with pytest.raises(Refused, match="'0B' is no such time"):
        load_scenario(text.replace(place, place + 'recalculations = ["0B"]\n'), "a.toml")


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ('["2B", "12B"]', "2B after 2024-04-11 is not after its first statement"),
        ('["3B"]', "3B after 2024-04-11 is not after its first statement"),
        ('["12B", "55B", "12B"]', "12B is listed twice"),
    ],
)
def test_a_statement_that_would_never_come_out_is_refused(listed: str, told: str) -> None:
    place = "[settings.settlement]\n"
    text = BOOK.read_text(encoding="utf-8").replace(place, f"{place}recalculations = {listed}\n")
    with pytest.raises(Refused, match=told):
        load_scenario(text, "a.toml")
