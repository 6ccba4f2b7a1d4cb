"""`[[process]]` of a scenario, and whether its events lead it through its states in order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.domain import Period
from simulator.timeline.document import Document, Table
from simulator.timeline.event import UNPLACED, Event, EventKind
from simulator.timeline.process import STATES, ProcessKind, ProcessSpec

FIELDS = ("name", "kind", "periods")
NAME = re.compile(r"[A-Za-z0-9._-]{1,50}")
SEASONS_A_YEAR = 4

# How many periods each kind is about, and whether they are months or seasons.
_PERIODS = {
    ProcessKind.HISTORICAL_LOAD: (range(1, SEASONS_A_YEAR + 1), "_S", "one to four seasons"),
    ProcessKind.FORECAST_LOAD: (range(1, 2), "_M", "one month"),
    ProcessKind.SHOWN_NEED: (range(1, 13), "_", "the months and seasons that need is shown for"),
    ProcessKind.LOAD_MIGRATION: (range(1, 2), "_M", "one month"),
    ProcessKind.TOR_CONVERSION: (range(1, 2), "_S", "one season"),
    ProcessKind.SECONDARY_MARKET: (range(0, 1), "", "no periods"),
}


def read_processes(document: Document) -> tuple[ProcessSpec, ...]:
    """Every process that could be read; the faults are in `document`."""
    specs: list[ProcessSpec] = []
    lines: dict[str, int] = {}
    for table in document.tables("process"):
        table.only(FIELDS)
        name = table.text("name")
        if name and not NAME.fullmatch(name):
            allowed = "1 to 50 letters, digits, points, underscores and hyphens"
            table.fault("SCN_VALUE", "name", "this is not a process name", allowed)
        kind = table.choice("kind", tuple(ProcessKind))
        if name in lines:
            message = f"process {name} is declared twice, first on line {lines[name]}"
            table.fault("SCN_DUPLICATE", "name", message, "one process a name", "rename or remove")
        elif kind is not None:
            periods = _periods(table, ProcessKind(kind))
            specs.append(ProcessSpec(name, ProcessKind(kind), periods, table.line))
        lines.setdefault(name, table.line)
    return tuple(specs)


def check_processes(
    document: Document, specs: Sequence[ProcessSpec], events: Sequence[Event]
) -> None:
    """Events name processes that exist and lead each one state further, in order of time."""
    names = [table.text("name", "") for table in document.tables("process")]
    for event in events:
        if event.process and event.process not in names and event.kind is EventKind.PROCESS:
            path = (*document.path_at("event", event.line), "process")
            allowed = ", ".join(names) or "no [[process]] is declared"
            message = f"there is no process {event.process}"
            document.fault("SCN_REFERENCE", path, message, event.process, allowed)
    for spec in specs:
        own = [e for e in events if e.kind is EventKind.PROCESS and e.process == spec.name]
        known = [_has_known_status(document, spec, event) for event in own]
        # Where one step is not known, whether the others are in order is not known either.
        if all(known) and all(event.at != UNPLACED for event in own):
            _check_steps(document, spec, own)


def _has_known_status(document: Document, spec: ProcessSpec, event: Event) -> bool:
    states = STATES[spec.kind]
    if event.status and event.status not in states:  # that it is missing is said elsewhere
        path = (*document.path_at("event", event.line), "status")
        allowed = ", ".join(dict.fromkeys(states))
        document.fault("SCN_VALUE", path, "unknown status", event.status, allowed)
    return event.status in states


def _check_steps(document: Document, spec: ProcessSpec, own: Sequence[Event]) -> None:
    states = STATES[spec.kind]
    place = 0
    for event in own:
        following = states[place + 1] if place + 1 < len(states) else "nothing more"
        if event.status == following:
            place += 1
        else:
            path = (*document.path_at("event", event.line), "status")
            message = f"{spec.name} is {states[place]} and cannot become {event.status}"
            document.fault("SCN_ORDER", path, message, event.status, following)


def _periods(table: Table, kind: ProcessKind) -> tuple[Period, ...]:
    count, letter, words = _PERIODS[kind]
    periods: list[Period] = []
    for name in table.texts("periods"):
        try:
            periods.append(Period.parse(name))
        except ValueError as error:
            table.fault("SCN_VALUE", "periods", str(error), "2024_M04 or 2025_S01")
            return ()
    fits = len(periods) in count and all(letter in period.name for period in periods)
    if not fits or len(set(periods)) != len(periods):
        message = f"these are not the periods of a process of kind {kind}"
        table.fault("SCN_VALUE", "periods", message, words)
    return tuple(sorted(periods))
