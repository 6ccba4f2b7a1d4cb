"""The calendar language: a TOML text becomes a frozen `Scenario`, or every fault in it at once.

`scenarios/README.md` tells the language; `scenarios/market_sim.toml` is its first book.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from simulator.domain import MarketStatus, Period
from simulator.domain.settings import Settings
from simulator.timeline.check import check_events, check_markets, check_settlement, windows
from simulator.timeline.check_data import check_data
from simulator.timeline.check_needs import check_needs
from simulator.timeline.check_trading_days import check_recalculations, check_trading_days
from simulator.timeline.document import Document
from simulator.timeline.event import UNPLACED, Event, EventKind, MarketSpec
from simulator.timeline.hours import YEARS, Bounds
from simulator.timeline.plan import (
    SettlementPlan,
    TradingDay,
    TradingMonth,
    trading_days,
    trading_months,
)
from simulator.timeline.process import ProcessSpec
from simulator.timeline.read_events import in_order, read_events, settled_events
from simulator.timeline.read_markets import read_markets
from simulator.timeline.read_plan import read_plan
from simulator.timeline.read_processes import check_processes, read_processes
from simulator.timeline.read_settings import read_settings
from simulator.timeline.recalculation import Recalculation, recalculations

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
TOP_FIELDS = ("name", "title", "source", "first_monday", "settings", "settlement")
SOME_MONDAY = date(2024, 4, 1)  # keeps the other checks going when the file's own is missing


@dataclass(frozen=True)
class Scenario:
    """A whole calendar; `events` are in the order in which they happen."""

    name: str
    title: str
    source: str
    first_monday: date
    settings: Settings
    markets: tuple[MarketSpec, ...]
    events: tuple[Event, ...]
    settlement: SettlementPlan | None
    processes: tuple[ProcessSpec, ...] = ()

    def event(self, event_id: str) -> Event:
        """The event of that id; KeyError when there is none."""
        return self._by_id()[event_id]

    def market(self, name: str) -> MarketSpec:
        """The market of that name; KeyError when there is none."""
        return {spec.name: spec for spec in self.markets}[name]

    def trading_days(self) -> tuple[TradingDay, ...]:
        """Every day that is settled, in order; none without a settlement."""
        return () if self.settlement is None else trading_days(self.settlement, self.settings)

    def recalculations(self) -> tuple[Recalculation, ...]:
        """The later statements that come out while the scenario lasts, in order."""
        if self.settlement is None:
            return ()
        later = recalculations(self.trading_days(), self.settlement, self.settings, self.span().end)
        return tuple(sorted(later, key=lambda item: (item.at, item.day)))

    def trading_months(self) -> tuple[TradingMonth, ...]:
        """The same days month by month."""
        return () if self.settlement is None else trading_months(self.settlement, self.settings)

    def span(self) -> Bounds:
        """From the first thing that happens to just after the last, statements included."""
        daily = self.trading_days()
        starts = [event.at for event in self.events] + [day.day_ahead_at for day in daily]
        ends = [event.at for event in self.events] + [day.statement_at for day in daily]
        return Bounds(min(starts), max(ends) + 1)

    def market_status(self, name: str, at: int) -> MarketStatus:
        """What the calendar plans for the market at epoch second `at`."""
        spec = self.market(name)
        if spec.post_at is not None and at >= spec.post_at:
            return MarketStatus.POSTED
        if any(window.start <= at < window.end for window in spec.windows):
            return MarketStatus.OPEN
        return MarketStatus.PREP if at < spec.open_at else MarketStatus.CLOSED

    def _by_id(self) -> Mapping[str, Event]:
        return {event.id: event for event in self.events}


def load_scenario(text: str, file_name: str) -> Scenario:
    """Read and check a scenario; Refused with every fault, each with file, line and field."""
    document = Document(text, file_name)
    top = document.top()
    top.only((*TOP_FIELDS, "market", "process", "event"))
    name, title, source = _name(document), _one_line(top.text("title")), top.text("source", "")
    first_monday = _first_monday(document)
    document.placeholders = _placeholders(first_monday)
    settings = read_settings(document)
    drafts = read_markets(document, settings)
    processes = read_processes(document)
    planned = read_events(document, first_monday, settings)
    plan = read_plan(document, first_monday, planned, settings)
    events = in_order(settled_events(planned, plan, settings))
    check_markets(document, drafts, events)
    check_events(document, drafts, events)
    check_processes(document, processes, events)
    check_data(document, drafts, events)
    check_needs(document, drafts, events, settings)
    check_settlement(document, plan, events, drafts)
    check_trading_days(document, plan, drafts, events, settings)
    check_recalculations(document, plan, settings)
    document.refuse_if_faulty()
    assert all(event.at != UNPLACED for event in events), "an unplaced event without a fault"
    markets = tuple(_scheduled(draft, events) for draft in drafts)
    source = _one_line(source)
    return Scenario(name, title, source, first_monday, settings, markets, events, plan, processes)


def _name(document: Document) -> str:
    name = document.top().text("name")
    if name and not NAME.fullmatch(name):
        allowed = "1 to 64 letters, digits, points, underscores and hyphens"
        document.top().fault("SCN_VALUE", "name", "this is not a scenario name", allowed)
    return name


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _first_monday(document: Document) -> date:
    top = document.top()
    day = top.day("first_monday") or SOME_MONDAY
    if day.year not in YEARS:
        top.fault("SCN_DATE", "first_monday", "first_monday is out of range", "2000 to 2100")
        return SOME_MONDAY
    if day.weekday() != 0:
        monday = day - timedelta(days=day.weekday())
        message = f"first_monday is a {day:%A}"
        remedy = f"use {monday.isoformat()} or {(monday + timedelta(days=7)).isoformat()}"
        top.fault("SCN_DATE", "first_monday", message, "a Monday", remedy)
        return monday
    return day


def _placeholders(first_monday: date) -> dict[str, str]:
    """What moves with the month: the delivery month, its season and year, and what follows."""
    year, month = first_monday.year, first_monday.month
    return {
        "month": Period.month(year, month).name,
        "next_month": Period.month(year + month // 12, month % 12 + 1).name,
        "season": Period.season(year, (month + 2) // 3).name,
        "year": str(year),
        "next_year": str(year + 1),
    }


def _scheduled(draft: MarketSpec, events: tuple[Event, ...]) -> MarketSpec:
    def when(kind: EventKind) -> int | None:
        return next((e.at for e in events if e.market == draft.name and e.kind is kind), None)

    opened = windows(draft.name, events)
    return replace(
        draft, windows=opened, clear_at=when(EventKind.CLEAR), post_at=when(EventKind.POST)
    )
