"""The shipped scenario against the slide: cell by cell, and in other months."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simulator.domain import MarketStatus, Refused
from simulator.timeline.render import as_text, slide
from simulator.timeline.scenario import Scenario, load_scenario

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "market_sim.toml"

# The slide 'Market Sim Month', transcribed: one row a week, Monday to Friday.
SLIDE = (
    (
        "week 1",
        "[ Post all preloaded data] Open and close by 5pm - T1 mini"
        " Make available special processes that have changed",
        "Post T1 mini results MP – review T1 results, need MEQ values and then build nominations"
        " when market is opens on Thursday Need Set aside post [time]",
        "open and close at 5pm T2 mini",
        "Post T2 mini results",
    ),
    (
        "week 2 CRR team setup for Monthly Mini Auction",
        "[Send process ownership data] Market Sim call to discuss T1&T2"
        " Monthly Mini Auction open Collateral verified",
        "Market Sim Post Monthly Mini Auction Results (starts Settlements) Settlement T+3B",
        "T1/PNP Annual Mini Annual data separate"
        " (2025 process, use 2024 annual data and mock it up)",
        "T1/PNP Annual Mini Annual Post results",
    ),
    (
        "week 3 Market Sim / UAT – prep for mini Annual 2025",
        "Settlement results available UAT – Open Mini Annual Auction",
        "UAT - Close Mini Annual Auction by 5pm",
        "UAT – post all Reports",
        "UAT – Post Mini Annual Auction Results",
    ),
    ("week 4", "unstructured", "unstructured", "unstructured", ""),
    ("week 5", "unstructured", "unstructured", "unstructured", ""),
)


def load(first_monday: str = "2024-04-01") -> Scenario:
    text = SHIPPED.read_text(encoding="utf-8").replace("2024-04-01", first_monday)
    return load_scenario(text, SHIPPED.name)


def test_every_cell_has_the_words_of_the_slide():
    shown = [[cell.words for cell in week.cells] for week in slide(load())]
    assert shown == [list(row) for row in SLIDE]


def test_the_words_are_those_of_the_deck_itself():
    deck = SHIPPED.parents[1] / ".." / "shared" / "deck.md"
    if not deck.is_file():
        pytest.skip("the deck is not beside this checkout")
    row_of_week = {
        line.split("\t")[0][:6]: line.split("\t")
        for line in deck.read_text(encoding="utf-8").splitlines()
        if line.startswith("week ") and "\t" in line
    }
    for number, row in enumerate(SLIDE, start=1):
        cells = row_of_week.get(f"week {number}")
        if cells is not None:
            assert [" ".join(cell.split()) for cell in cells[:5]] == list(row)


def test_markets_run_in_the_order_and_at_the_times_of_the_deck():
    scenario = load()
    windows = {
        spec.name: [
            next(e.local_time for e in scenario.events if e.market == spec.name and e.kind == kind)
            for kind in ("open", "close", "post")
        ]
        for spec in scenario.markets
    }
    assert windows == {
        "ALLOC_MN_2024_M04_T1": [
            "Tue 2024-04-02 09:00 PDT",
            "Tue 2024-04-02 17:00 PDT",
            "Wed 2024-04-03 09:00 PDT",
        ],
        "ALLOC_MN_2024_M04_T2": [
            "Thu 2024-04-04 09:00 PDT",
            "Thu 2024-04-04 17:00 PDT",
            "Fri 2024-04-05 09:00 PDT",
        ],
        "AUC_MN_2024_M04": [
            "Tue 2024-04-09 09:00 PDT",
            "Tue 2024-04-09 17:00 PDT",
            "Wed 2024-04-10 09:00 PDT",
        ],
        "ALLOC_AN_2025_PNP": [
            "Thu 2024-04-11 09:00 PDT",
            "Thu 2024-04-11 17:00 PDT",
            "Fri 2024-04-12 09:00 PDT",
        ],
        "AUC_AN_2025": [
            "Tue 2024-04-16 09:00 PDT",
            "Wed 2024-04-17 17:00 PDT",
            "Fri 2024-04-19 09:00 PDT",
        ],
    }


def test_annual_markets_sell_four_seasons_from_the_annual_share_of_the_limits():
    spec = load().market("AUC_AN_2025")
    seasons = [f"2025_S0{n}" for n in range(1, 5)]
    assert sorted({product.period.name for product in spec.market.products}) == seasons
    assert (len(spec.market.products), spec.market.limit_scale, spec.data_year) == (8, 0.65, 2024)


def test_statements_of_the_first_trading_day_are_out_on_tuesday_of_week_3():
    scenario = load()
    first, last = scenario.trading_days()[0], scenario.trading_days()[-1]
    assert (first.day, first.statement_date) == (date(2024, 4, 11), date(2024, 4, 16))
    assert last.day == date(2024, 5, 3)
    settle = scenario.event("w3-settlement-available")
    assert first.statement_at <= settle.at
    assert settle.local_time.startswith("Tue 2024-04-16")


def test_what_the_slide_wants_before_something_else_comes_before_it():
    scenario = load()
    at = {event.id: event.at for event in scenario.events}
    assert at["w1-meq"] > at["w1-t1-post"]
    assert max(at["w1-meq"], at["w1-set-aside"]) < at["w1-t2-open"]
    assert at["w2-collateral"] < at["w2-monthly-auction-open"]
    positions = {event.id: n for n, event in enumerate(scenario.events)}
    needs = [(need, event.id) for event in scenario.events for need in event.needs]
    assert all(positions[need] < positions[event] for need, event in needs)


def test_every_market_is_posted_at_the_end_and_none_at_the_start():
    scenario = load()
    span = scenario.span()
    names = [spec.name for spec in scenario.markets]
    assert {scenario.market_status(name, span.start) for name in names} == {MarketStatus.PREP}
    assert {scenario.market_status(name, span.end) for name in names} == {MarketStatus.POSTED}


@pytest.mark.parametrize("first_monday", ["2024-07-01", "2025-09-08", "2026-03-02", "2026-11-02"])
def test_the_month_can_be_moved(first_monday):
    scenario = load(first_monday)
    day = date.fromisoformat(first_monday)
    monthly = scenario.markets[0].market
    assert monthly.name == f"ALLOC_MN_{day.year}_M{day.month:02d}_T1"
    assert [[cell.words for cell in week.cells] for week in slide(scenario)] == [
        list(row) for row in SLIDE
    ]
    assert [event.id for event in scenario.events] == [event.id for event in load().events]


def test_a_holiday_in_the_offset_shows_in_the_cell_of_the_settlement_results():
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "bank_holidays = []", 'bank_holidays = ["2024-04-15"]'
    )
    scenario = load_scenario(text, SHIPPED.name)
    assert scenario.trading_days()[0].statement_date == date(2024, 4, 17)
    assert "2024-04-17 10:00 Settlement" in as_text(scenario, 250)


@pytest.mark.parametrize("first_monday", ["2024-04-02", "2024-04-22"])
def test_a_month_that_does_not_fit_is_refused(first_monday):
    """Not a Monday; or the first trading day falls into the month after the delivery month."""
    with pytest.raises(Refused) as refusal:
        load(first_monday)
    assert [finding.code for finding in refusal.value.findings] == ["SCN_DATE"]


def test_the_table_prints_every_word_of_the_slide():
    printed = as_text(load(), 400)
    for row in SLIDE:
        for words in row:
            assert words.split()[:3] == [] or " ".join(words.split()[:3]) in printed
    assert max(map(len, as_text(load(), 100).splitlines())) <= 100
    assert printed == as_text(load(), 400)
