"""`[settlement]` of a scenario: which trading days are settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from simulator.domain.settings import Settings
from simulator.timeline.document import Document, Table
from simulator.timeline.event import UNPLACED, WEEKDAYS, Event
from simulator.timeline.hours import local
from simulator.timeline.plan import SettlementPlan

FIELDS = ("first_trading_day", "last_trading_day", "day_ahead_time", "statement_time")
LANGUAGE = '"first day after <event id>" or "week 2 thu"'
_AFTER = re.compile(r"first day after (\S+)")
_CELL = re.compile(rf"week ([1-9]|[1-4][0-9]|5[0-3]) ({'|'.join(WEEKDAYS)})")  # 53 weeks


def read_plan(
    document: Document, first_monday: date, events: Sequence[Event], settings: Settings
) -> SettlementPlan | None:
    """The plan, or None when there is no `[settlement]` or its days cannot be known."""
    table = document.table("settlement")
    if table is None:
        return None
    table.only(FIELDS)
    first, follows = _day(table, "first_trading_day", first_monday, events, settings)
    last, _ = _day(table, "last_trading_day", first_monday, events, settings)
    day_ahead, statement = table.clock("day_ahead_time"), table.clock("statement_time")
    if first is None or last is None:
        return None
    if last < first:
        message = f"the last trading day {last} comes before the first"
        table.fault("SCN_ORDER", "last_trading_day", message, f"{first} or later")
        return None
    return SettlementPlan(first, last, day_ahead, statement, follows)


def _day(
    table: Table, key: str, first_monday: date, events: Sequence[Event], settings: Settings
) -> tuple[date | None, str]:
    """The trading day that the text of `key` means, and the event it follows."""
    text = table.text(key)
    if match := _CELL.fullmatch(text):
        days = 7 * (int(match[1]) - 1) + WEEKDAYS.index(match[2])
        return first_monday + timedelta(days=days), ""
    match = _AFTER.fullmatch(text)
    if match is None:
        if text:
            table.fault("SCN_VALUE", key, f"{key} is not a day", LANGUAGE)
        return None, ""
    event = next((event for event in events if event.id == match[1]), None)
    if event is None:
        message = f"there is no event {match[1]}"
        table.fault("SCN_REFERENCE", key, message, "the id of an [[event]]", "correct the id")
        return None, ""
    if event.at == UNPLACED:
        return None, event.id
    after = local(event.at, settings.calendar.timezone).date() + timedelta(days=1)
    return after, event.id
