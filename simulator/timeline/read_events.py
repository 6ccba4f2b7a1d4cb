"""`[[event]]` of a scenario: a cell of the slide becomes a moment, and moments an order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from simulator.domain.settings import Settings
from simulator.timeline.document import Document, Table
from simulator.timeline.event import UNPLACED, WEEKDAYS, DataKind, Event, EventKind
from simulator.timeline.hours import epoch, local
from simulator.timeline.plan import SettlementPlan, trading_day
from simulator.timeline.read_changes import read_change

FIELDS = (
    "id", "week", "day", "time", "kind", "market", "process", "status", "data", "change", "says",
    "note", "needs", "done_when",
)  # fmt: skip
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LAST_WEEK = 53


def read_events(document: Document, first_monday: date, settings: Settings) -> tuple[Event, ...]:
    """Every event in the order of the file; `UNPLACED` where its own faults hide its time."""
    events: list[Event] = []
    lines: dict[str, int] = {}
    for table in document.tables("event"):
        event = _read_event(table, first_monday, settings.calendar.timezone)
        if event.id in lines:
            message = f"event {event.id} is declared twice, first on line {lines[event.id]}"
            table.fault("SCN_DUPLICATE", "id", message, "one event an id", "rename or remove")
        elif event.id:
            events.append(event)
        lines.setdefault(event.id, table.line)
    if not document.tables("event"):
        document.fault("SCN_MISSING_FIELD", (), "there is no event", "", "[[event]]", "add events")
    return tuple(events)


def settled_events(
    events: Iterable[Event], plan: SettlementPlan | None, settings: Settings
) -> tuple[Event, ...]:
    """Move each `settle` event to the day of the first statements where holidays move those."""
    if plan is None:
        return tuple(events)
    timezone = settings.calendar.timezone
    first = trading_day(plan.first_trading_day, plan, settings)

    def moved(event: Event) -> Event:
        if event.kind is not EventKind.SETTLE or event.at == UNPLACED:
            return event
        cell = local(event.at, timezone)
        day = max(cell.date(), first.statement_date)
        at = max(epoch(day, cell.time(), timezone), first.statement_at)
        return replace(event, at=at, local_time=_shown(at, timezone))

    return tuple(moved(event) for event in events)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """By time; within one second as in the file, but never before what is needed."""
    ordered: list[Event] = []
    by_time = sorted(events, key=lambda event: (event.at, event.line))
    for _, group in groupby(by_time, key=lambda event: event.at):
        waiting = list(group)
        while waiting:
            ids = {event.id for event in waiting}
            ready = (event for event in waiting if ids.isdisjoint(event.needs))
            following = next(ready, waiting[0])  # none is ready in a circle, which checks report
            waiting.remove(following)
            ordered.append(following)
    return tuple(ordered)


def _read_event(table: Table, first_monday: date, timezone: str) -> Event:
    table.only(FIELDS)
    at = _moment(table, first_monday, timezone)
    kind = table.choice("kind", tuple(EventKind))
    event = Event(
        id=_id(table),
        week=table.integer("week", 1, LAST_WEEK),
        day=table.choice("day", WEEKDAYS) or WEEKDAYS[0],
        at=at if kind is not None else UNPLACED,
        local_time="" if at == UNPLACED else _shown(at, timezone),
        kind=EventKind(kind) if kind is not None else EventKind.SETUP,
        market=table.text("market", ""),
        data=_data(table),
        says=" ".join(table.text("says", "", verbatim=True).split()),
        note=" ".join(table.text("note", "").split()),
        needs=table.texts("needs"),
        done_when=" ".join(table.text("done_when", "").split()),
        line=table.line,
        process=table.text("process", ""),
        status=table.text("status", ""),
        change=read_change(table, kind),
    )
    if not event.text:
        table.fault(
            "SCN_MISSING_FIELD", "", "says is missing", "says or note, in words", "say what happens"
        )
    if kind is not None:
        _check_fields_of_kind(table, event)
    return event


def _id(table: Table) -> str:
    event_id = table.text("id")
    if event_id and not ID.fullmatch(event_id):
        allowed = "1 to 64 letters, digits, points, underscores and hyphens"
        table.fault("SCN_VALUE", "id", "this is not an event id", allowed)
    return event_id


def _moment(table: Table, first_monday: date, timezone: str) -> int:
    """Epoch seconds of week, day and time; `UNPLACED` when one of them is not right.

    The faults of week and day are noted where their values are read.
    """
    clock = table.clock("time")
    week, day, text = (table.values.get(key) for key in ("week", "day", "time"))
    placed = type(week) is int and 1 <= week <= LAST_WEEK and day in WEEKDAYS
    if not placed or f"{clock:%H:%M}" != text:
        return UNPLACED
    offset = 7 * (int(str(week)) - 1) + WEEKDAYS.index(str(day))
    at = epoch(first_monday + timedelta(days=offset), clock, timezone)
    if local(at, timezone).time() != clock:
        message = "the clocks skip this time on that day"
        table.fault("SCN_DATE", "time", message, "a time that the clocks show", "move it an hour")
    return at


def _data(table: Table) -> tuple[DataKind, ...]:
    known = tuple(DataKind)
    found = table.texts("data")
    for item in found:
        if item not in known:
            table.fault("SCN_VALUE", "data", f"unknown data {item}", ", ".join(known))
    return tuple(DataKind(item) for item in found if item in known)


def _check_fields_of_kind(table: Table, event: Event) -> None:
    if event.day not in event.kind.days:
        message = f"{event.day} is no working day"
        allowed = ", ".join(event.kind.days)
        table.fault("SCN_VALUE", "day", message, allowed, "choose a day from Monday to Friday")
    if event.kind.needs_exit_criterion and "done_when" not in table.values:
        allowed = "the exit criterion, in words"
        table.fault("SCN_MISSING_FIELD", "", "done_when is missing", allowed, "add done_when")
    if event.kind.needs_market and not event.market:
        allowed = "the name of a [[market]]"
        table.fault("SCN_MISSING_FIELD", "", f"{event.kind} names no market", allowed, "add market")
    if event.market and not event.kind.may_name_market:
        message = f"{event.kind} is not about a market"
        table.fault("SCN_UNKNOWN_FIELD", "market", message, "no market", "remove it")
    for field, value in (("process", event.process), ("status", event.status)):
        if event.kind is EventKind.PROCESS and not value:
            message = f"{event.kind} names no {field}"
            allowed = "the name of a [[process]] and the status that it comes to"
            table.fault("SCN_MISSING_FIELD", "", message, allowed, f"add {field}")
        elif value and event.kind is not EventKind.PROCESS:
            message = f"{event.kind} is not about a process"
            table.fault("SCN_UNKNOWN_FIELD", field, message, f"no {field}", "remove it")
    if event.kind.carries_data and not event.data and "data" not in table.values:
        message = f"{event.kind} names no data"
        table.fault("SCN_MISSING_FIELD", "", message, ", ".join(DataKind), "add data")
    if "data" in table.values and not event.kind.carries_data:
        message = f"{event.kind} brings out no data"
        table.fault("SCN_UNKNOWN_FIELD", "data", message, "no data", "remove it")


def _shown(at: int, timezone: str) -> str:
    return f"{local(at, timezone):%a %Y-%m-%d %H:%M %Z}"
