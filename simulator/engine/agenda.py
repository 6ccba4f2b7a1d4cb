"""The calendar as commands: what the operator does, and when; a pure function of the scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.market.command import OPERATOR, Command
from simulator.timeline.event import Event, EventKind
from simulator.timeline.scenario import Scenario

# What happens first when several things are due at the same second.
DAY_AHEAD_FIRST, STATEMENTS_NEXT, EVENTS_LAST = 0, 1, 2


@dataclass(frozen=True)
class Item:
    """One command that the calendar makes due; `event_id` is "" for the daily work."""

    at: int
    rank: int
    key: str
    event_id: str
    command: Command


def agenda(scenario: Scenario) -> tuple[Item, ...]:
    """Every command of the operator, in the order in which they happen."""
    items = (*_events(scenario), *_daily(scenario), *_later(scenario))
    return tuple(sorted(items, key=lambda item: (item.at, item.rank, item.key)))


def _events(scenario: Scenario) -> Iterator[Item]:
    for position, event in enumerate(scenario.events):
        command = Command(event.id, event.kind.value, OPERATOR, event.at, _arguments(event))
        yield Item(event.at, EVENTS_LAST + position, event.id, event.id, command)


def _arguments(event: Event) -> dict[str, object]:
    arguments: dict[str, object] = {"text": event.text}
    if event.market:
        arguments["market"] = event.market
    if event.process:
        arguments |= {"process": event.process, "status": event.status}
    if event.data:
        arguments["data"] = [kind.value for kind in event.data]
    for field, value in event.change:
        arguments[field] = list(value) if isinstance(value, tuple) else value
    return arguments


def _daily(scenario: Scenario) -> Iterator[Item]:
    month_ends = {month.days[-1].day for month in scenario.trading_months()}
    for trading in scenario.trading_days():
        day = trading.day.isoformat()
        key = f"day-ahead-{day}"
        command = Command(key, "day_ahead", OPERATOR, trading.day_ahead_at, {"day": day})
        yield Item(trading.day_ahead_at, DAY_AHEAD_FIRST, key, "", command)
        key = f"statements-{day}"
        arguments = {"day": day, "ends_month": trading.day in month_ends}
        command = Command(key, "settle_day", OPERATOR, trading.statement_at, arguments)
        yield Item(trading.statement_at, STATEMENTS_NEXT, key, "", command)


def _later(scenario: Scenario) -> Iterator[Item]:
    """Recalculations of days already stated, as far as the calendar reaches."""
    for item in scenario.recalculations():
        day = item.day.isoformat()
        key = f"recalculation-{item.offset}-{day}"
        command = Command(key, "recalculate", OPERATOR, item.at, {"day": day})
        yield Item(item.at, STATEMENTS_NEXT, key, "", command)


def opens_a_window(item: Item) -> bool:
    """Whether the item opens a market for submissions."""
    return item.command.kind == EventKind.OPEN.value
