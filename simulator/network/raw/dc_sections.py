"""DC lines and FACTS devices: records of several lines, read as injections (psse_raw 4.7 to 4.16).

A DC line is lossless here, as in the reference convention: what leaves one AC bus enters another.
"""

from __future__ import annotations

from simulator.network.case import DcLink, FactsDevice
from simulator.network.raw.cursor import Cursor
from simulator.network.raw.layout import OWNER_ITEMS, integer, real
from simulator.network.raw.lexer import Record

LAST_NUMBERED_VERSION = 30  # later ones name DC lines and FACTS devices
_BLOCKED, _POWER, _CURRENT = 0, 1, 2  # control modes MDC
_MULTI_TERMINAL_ITEMS = ((13, 16), (1, 8), (1, 5))  # of a converter, a DC bus and a DC line


def read_two_terminal(cursor: Cursor, head: Record, base_mva: float) -> DcLink | None:
    """Three lines: the link, its rectifier, its inverter."""
    rectifier, inverter = cursor.continuation(head), cursor.continuation(head)
    if rectifier is None or inverter is None:
        return None
    if cursor.version <= LAST_NUMBERED_VERSION:
        cursor.value(head, 0, "I", integer, 0)
    for row, most in ((head, 12), (rectifier, 17), (inverter, 17)):
        cursor.limit_items(row, most)
    mode = cursor.code(head, 1, "MDC", (_BLOCKED, _POWER, _CURRENT), 0)
    set_value = cursor.value(head, 3, "SETVL", real, 0.0)
    voltage_kv = cursor.value(head, 4, "VSCHD", real, 0.0)
    mw = _scheduled_mw(mode, abs(set_value), voltage_kv)
    from_bus = abs(cursor.value(rectifier, 0, "IPR", cursor.bus, 0))
    to_bus = abs(cursor.value(inverter, 0, "IPI", cursor.bus, 0))
    injections = ((from_bus, -mw), (to_bus, mw))
    return _link("two-terminal", injections, head, rectifier, inverter)


def read_vsc(cursor: Cursor, head: Record, base_mva: float) -> DcLink | None:
    """Three lines: the link and its two converters; the power-controlled one sets both."""
    converters = [cursor.continuation(head), cursor.continuation(head)]
    buses, power = [], [0.0, 0.0]
    cursor.limit_items(head, 3 + OWNER_ITEMS)
    in_service = cursor.code(head, 1, "MDC", (0, 1), 1) != 0
    for k, row in enumerate(converters):
        if row is None:
            return None
        buses.append(abs(cursor.value(row, 0, "IBUS", cursor.bus, 0)))
        cursor.limit_items(row, 15)
        kind = cursor.code(row, 1, "TYPE", (0, 1, 2), 0)
        in_service = in_service and kind != 0
        if kind == 2:  # DCSET is MW into the AC bus; the other converter delivers it
            mw = cursor.value(row, 3, "DCSET", real, 0.0)
            power[k] += mw
            power[1 - k] -= mw
    if not in_service:
        power = [0.0, 0.0]
    injections = tuple(zip(buses, power, strict=True))
    return _link("vsc", injections, head, *(row for row in converters if row is not None))


def read_multi_terminal(cursor: Cursor, head: Record, base_mva: float) -> DcLink | None:
    """Counts of the first line say how many lines follow; they may start with a zero."""
    names = ("NCONV", "NDCBS", "NDCLN")
    counts = [cursor.value(head, k, name, integer, 0) for k, name in enumerate(names, 1)]
    if min(counts) < 0:
        cursor.fault(head, "NCONV", "a count is negative", str(min(counts)), "0 or more")
        return None
    rows = []
    for name, count, (least, most) in zip(names, counts, _MULTI_TERMINAL_ITEMS, strict=True):
        for _ in range(count):
            row = cursor.continuation(head)
            if row is None:
                return None
            if row.items == ["0"] or not least <= len(row.items) <= most:
                # a wrong count takes one kind of line, or the section's end, for another
                message = f"this is no line that {name} counts in the record of line {head.line}"
                allowed = f"{least} to {most} items"
                cursor.fault(row, "", message, f"{len(row.items)} items", allowed)
                return None
            rows.append(row)
    converters = counts[0]
    mode = cursor.value(head, 4, "MDC", integer, 0)
    voltage_bus = abs(cursor.value(head, 5, "VCONV", cursor.bus, 0))
    set_values = {}
    for row in rows[:converters]:
        bus = abs(cursor.value(row, 0, "IB", cursor.bus, 0))
        set_values[bus] = cursor.value(row, 12, "SETVL", real, 0.0)
    voltage_kv = set_values.pop(voltage_bus, 0.0)
    injections = [
        (bus, -_scheduled_mw(mode, value, voltage_kv)) for bus, value in set_values.items()
    ]
    # the converter that holds the voltage takes or gives what the others leave over
    injections.append((voltage_bus, -sum(mw for _, mw in injections)))
    return _link("multi-terminal", tuple(injections), head, *rows)


def read_facts(cursor: Cursor, head: Record, base_mva: float) -> FactsDevice | None:
    """A series device in normal mode carries its desired MW from I to J."""
    numbered = cursor.version <= LAST_NUMBERED_VERSION
    if numbered:
        cursor.value(head, 0, "N", integer, 0)
    cursor.limit_items(head, 19 if numbered else 21)  # REMOT and MNAME end later records
    from_bus = abs(cursor.value(head, 1, "I", cursor.bus, 0))
    to_bus = abs(cursor.value(head, 2, "J", cursor.bus, 0))
    mode = cursor.value(head, 3, "MODE", integer, 1)
    mw = cursor.value(head, 4, "PDES", real, 0.0)
    rows = (tuple(head.items),)
    return FactsDevice(head.items[0], from_bus, to_bus, mode, mw, rows, head.line, head.comment)


def _scheduled_mw(mode: int, set_value: float, voltage_kv: float) -> float:
    if mode == _POWER:
        return set_value
    if mode == _CURRENT:
        return set_value * voltage_kv / 1000  # amperes times kilovolts
    return 0.0


def _link(
    kind: str, injections: tuple[tuple[int, float], ...], head: Record, *rows: Record
) -> DcLink:
    texts = tuple(tuple(row.items) for row in (head, *rows))
    return DcLink(kind, head.items[0], injections, texts, head.line, head.comment)
