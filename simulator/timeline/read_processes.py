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
    by_name = {spec.name: spec for spec in specs}
    place = dict.fromkeys(by_name, 0)
    for event in events:
        if event.kind is not EventKind.PROCESS or event.at == UNPLACED:
            continue
        path = document.path_at("event", event.line)
        spec = by_name.get(event.process)
        if spec is None:
            allowed = ", ".join(by_name) or "no [[process]] is declared"
            message = f"there is no process {event.process}"
            document.fault("SCN_REFERENCE", (*path, "process"), message, event.process, allowed)
            continue
        states = STATES[spec.kind]
        here = place[spec.name]
        following = states[here + 1] if here + 1 < len(states) else "nothing more"
        if event.status == following:
            place[spec.name] += 1
        else:
            message = f"{spec.name} is {states[here]} and cannot become {event.status}"
            document.fault("SCN_ORDER", (*path, "status"), message, event.status, following)


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
