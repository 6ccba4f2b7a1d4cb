"""RAW text to a `Case`: sections in the version's order, every fault collected (psse_raw 3, 4)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

from simulator.domain import Refused
from simulator.network.branch import circuit_name
from simulator.network.case import (
    Bus,
    Case,
    CorrectionTable,
    FixedShunt,
    Generator,
    Impedance,
    Line,
    Load,
    MultiSectionLine,
    PlainRecord,
    Transformer,
    Winding,
)
from simulator.network.check import checked
from simulator.network.raw import layout
from simulator.network.raw.cursor import Cursor
from simulator.network.raw.dc_sections import (
    read_facts,
    read_multi_terminal,
    read_two_terminal,
    read_vsc,
)
from simulator.network.raw.layout import integer, real
from simulator.network.raw.lexer import Record, record, text_lines
from simulator.network.raw.version import resolve_version

T = TypeVar("T")


def read_raw(data: bytes, file: str = "network.raw", version: int | None = None) -> Case:
    """The case in `data`; `file` names it in findings, `version` overrides what it says it is.

    Raises Refused with every fault found (layout, fields, references between records).
    """
    lines = text_lines(data, file)
    header = _header(lines, file)
    resolved = resolve_version(header, lines, file, version)
    cursor = Cursor(lines, file, resolved)
    base_mva = cursor.value(header, 1, "SBASE", real, 100.0)
    frequency_hz = cursor.value(header, 5, "BASFRQ", real, 60.0)
    if cursor.value(header, 0, "IC", integer, 0) != 0:
        cursor.fault(header, "IC", "only a base case is read", header.items[0], "0")
    if base_mva <= 0:
        cursor.fault(header, "SBASE", "the MVA base must be positive", str(base_mva), "> 0")
        base_mva = 100.0
    found: dict[str, list[Any]] = {}
    for name in layout.sections(resolved):
        found[name] = _section(cursor, name, base_mva)
        if name == "bus":
            cursor.name_buses(found[name])
    cursor.end()
    titles = (lines[1].rstrip(), lines[2].rstrip()) if len(lines) > 2 else ("", "")
    cursor.refuse_if_faulty()
    return checked(_case(found, base_mva, frequency_hz, titles, resolved, cursor), file)


def _header(lines: list[str], file: str) -> Record:
    problem = Cursor(lines, file, 30)
    if not lines:
        raise Refused([problem.finding(1, "", "EMPTY_FILE", "the file is empty", "", "a case")])
    try:
        return record(1, lines[0])
    except ValueError as error:
        raise Refused(
            [problem.finding(1, "", "BAD_RECORD", str(error), lines[0][:60], "IC, SBASE, REV")]
        ) from None


def _case(
    found: dict[str, list[Any]],
    base_mva: float,
    frequency_hz: float,
    titles: tuple[str, str],
    version: int,
    cursor: Cursor,
) -> Case:
    typed = {
        "buses": "bus",
        "loads": "load",
        "fixed_shunts": "fixed shunt",
        "generators": "generator",
        "lines": "line",
        "transformers": "transformer",
        "multi_section": "multi-section line",
        "corrections": "impedance correction",
        "facts": "facts",
    }
    links = ("two-terminal dc", "vsc dc", "multi-terminal dc")
    plain = [name for name in found if name not in typed.values() and name not in links]
    fields: dict[str, Any] = {
        attribute: tuple(found.get(name, ())) for attribute, name in typed.items()
    }
    return Case(
        base_mva=base_mva,
        frequency_hz=frequency_hz,
        titles=titles,
        version=version,
        warnings=tuple(cursor.warnings),
        dc_links=tuple(link for name in links for link in found[name]),
        plain=tuple((name, tuple(found[name])) for name in plain if found[name]),
        **fields,
    )


def _section(cursor: Cursor, name: str, base_mva: float) -> list[Any]:
    read = _READERS.get(name, _plain)
    records = []
    cursor.enter(name)
    while (head := cursor.next_of_section()) is not None:
        item = read(cursor, head, base_mva)
        if item is not None:
            records.append(item)
    return records


def _bus(cursor: Cursor, head: Record, base_mva: float) -> Bus | None:
    values = cursor.fields(head, layout.bus_layout(cursor.version))
    return _build(Bus, values, head)


def _load(cursor: Cursor, head: Record, base_mva: float) -> Load | None:
    return _build(Load, cursor.fields(head, layout.LOAD), head)


def _fixed_shunt(cursor: Cursor, head: Record, base_mva: float) -> FixedShunt | None:
    return _build(FixedShunt, cursor.fields(head, layout.FIXED_SHUNT), head)


def _generator(cursor: Cursor, head: Record, base_mva: float) -> Generator | None:
    values = cursor.fields(head, layout.GENERATOR, base_mva=base_mva, more=_WIND_AND_OWNERS)
    start = len(layout.GENERATOR)
    if values is not None:
        values["owners"] = cursor.owners(head, start)
    return _build(Generator, values, head)


def _line(cursor: Cursor, head: Record, base_mva: float) -> Line | None:
    columns = layout.line_layout(cursor.version)
    values = cursor.fields(head, columns, more=layout.OWNER_ITEMS)
    if values is None:
        return None
    # up to version 30 a minus sign marks the metered end; it says nothing about the network
    values["metered_at_to"] = values["to_bus"] < 0 or (
        cursor.version >= 31 and len(head.items) > 14 and head.items[14] == "2"
    )
    values["from_bus"], values["to_bus"] = abs(values["from_bus"]), abs(values["to_bus"])
    values["owners"] = cursor.owners(head, len(columns))
    return _build(Line, values, head)


def _transformer(cursor: Cursor, head: Record, base_mva: float) -> Transformer | None:
    more = layout.OWNER_ITEMS + 1  # VECGRP ends the record from version 33 on
    values = cursor.fields(head, layout.TRANSFORMER, more=more)
    three = _has_third_bus(head)
    rows = [cursor.continuation(head) for _ in range(4 if three else 3)]
    if any(row is None for row in rows):
        return None
    impedance_row, *winding_rows = (row for row in rows if row is not None)
    count = 3 if three else 1
    width = len(layout.IMPEDANCE)
    cursor.limit_items(impedance_row, width * count + (2 if three else 0))
    impedances = [
        cursor.fields(impedance_row, layout.IMPEDANCE, start=k * width, base_mva=base_mva)
        for k in range(count)
    ]
    star = cursor.fields(impedance_row, layout.STAR, start=3 * width) if three else {}
    windings = []
    for row in winding_rows:
        cursor.limit_items(row, len(layout.WINDING))
        windings.append(cursor.fields(row, layout.WINDING))
    parts = [values, star, *impedances, *windings]
    if values is None or star is None or any(part is None for part in parts):
        return None
    for end in ("from_bus", "to_bus", "third_bus"):
        values[end] = abs(values[end])
    values["owners"] = cursor.owners(head, len(layout.TRANSFORMER))
    values["impedances"] = tuple(Impedance(**item) for item in impedances if item is not None)
    values["windings"] = tuple(Winding(**item) for item in windings if item is not None)
    return _build(Transformer, values | star, head)


def _has_third_bus(head: Record) -> bool:
    """Whether K names a bus: blank and 0, however it is written, mean two windings."""
    try:
        return len(head.items) > 2 and real(head.items[2] or "0") != 0
    except ValueError:
        return True  # an extended bus name, or a fault that is told elsewhere


def _multi_section(cursor: Cursor, head: Record, base_mva: float) -> MultiSectionLine | None:
    items = head.items
    first = 4 if cursor.version >= 31 else 3  # version 31 inserts MET behind the identifier
    ends = [cursor.value(head, k, name, cursor.bus, 0) for k, name in enumerate("IJ")]
    dummies = [
        cursor.value(head, k, f"DUM{k - first + 1}", cursor.bus, 0)
        for k in range(first, len(items))
        if items[k] not in ("", "0")
    ]
    cursor.limit_items(head, first + 9)
    metered_at_to = ends[1] < 0 or (first == 4 and len(items) > 3 and items[3] == "2")
    name = (circuit_name(items[2]) if len(items) > 2 else "") or "&1"
    return MultiSectionLine(
        abs(ends[0]), abs(ends[1]), name, tuple(dummies), metered_at_to, head.line, head.comment
    )


def _correction(cursor: Cursor, head: Record, base_mva: float) -> CorrectionTable | None:
    number = cursor.value(head, 0, "I", integer, 0)
    pairs = [
        tuple(cursor.value(head, k + j, f"{'TF'[j]}{k // 2 + 1}", real, 0.0) for j in (0, 1))
        for k in range(1, min(len(head.items), 23), 2)
    ]
    while pairs and pairs[-1] == (0.0, 0.0):
        pairs.pop()
    points = tuple((pair[0], pair[1]) for pair in pairs)
    if len(points) < 2 or any(a[0] >= b[0] for a, b in pairwise(points)):
        cursor.fault(
            head, "T", "a correction table needs rising points", str(points), "2 to 11 rising T"
        )
        return None
    return CorrectionTable(number, points, head.line, head.comment)


def _plain(cursor: Cursor, head: Record, base_mva: float) -> PlainRecord:
    """Kept as text; looked at only so far that no record of another section passes for it."""
    section = cursor.section
    if section in _PLAIN_ITEMS:
        cursor.limit_items(head, _PLAIN_ITEMS[section])
        cursor.value(head, 0, "I", cursor.bus if section == "switched shunt" else integer, 0)
    if section == "switched shunt":
        cursor.code(head, 1, "MODSW", range(7), 1)
    return PlainRecord(tuple(head.items), head.line, head.comment)


def _build(kind: Callable[..., T], values: dict[str, Any] | None, head: Record) -> T | None:
    if values is None:
        return None
    if "circuit" in values or "id" in values:
        name = "circuit" if "circuit" in values else "id"
        values[name] = circuit_name(values[name]) or "1"
    return kind(**values, line=head.line, comment=head.comment)


_WIND_AND_OWNERS = layout.OWNER_ITEMS + 2  # WMOD and WPF follow the owners from version 31 on

_PLAIN_ITEMS = {"area": 5, "zone": 2, "transfer": 4, "owner": 2, "switched shunt": 26}

_READERS: dict[str, Callable[[Cursor, Record, float], Any]] = {
    "bus": _bus,
    "load": _load,
    "fixed shunt": _fixed_shunt,
    "generator": _generator,
    "line": _line,
    "transformer": _transformer,
    "two-terminal dc": read_two_terminal,
    "vsc dc": read_vsc,
    "multi-terminal dc": read_multi_terminal,
    "multi-section line": _multi_section,
    "impedance correction": _correction,
    "facts": read_facts,
}
