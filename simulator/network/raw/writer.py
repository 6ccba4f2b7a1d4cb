"""A `Case` as RAW version 30 text that reads back to the same DC network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from simulator.domain import Finding, refuse_if_any
from simulator.network.branch_data import NOMINAL_BASE_FROM_VERSION, impedances_pu
from simulator.network.case import (
    Bus,
    Case,
    DcLink,
    Generator,
    Impedance,
    Line,
    Load,
    Owners,
    PlainRecord,
    Transformer,
    Winding,
)
from simulator.network.check import HIGHEST_BUS
from simulator.network.raw.layout import real, sections

WRITTEN_VERSION = 30
_FACTS_ITEMS = 19  # later versions append REMOT and MNAME


def write_raw(case: Case) -> str:
    """RAW version 30. What that version cannot say is put in its own words.

    Fixed shunts of later versions go into the bus record, nominal-voltage impedances into CZ 1,
    names of DC lines into numbers, what a DC line of a MATPOWER file loses into a load where it
    ends; GNE devices and induction machines have no place and no effect
    on a DC network. Raises Refused when a bus number is too high for the format.
    """
    refuse_if_any(
        Finding(
            "RAW_BUS_NUMBER", "RAW has no bus number this high", f"bus {bus.number}",
            str(bus.number), f"1 to {HIGHEST_BUS['PSS/E RAW']}", "renumber the bus",
        )
        for bus in case.buses
        if bus.number > HIGHEST_BUS["PSS/E RAW"]
    )  # fmt: skip
    lines = [
        f"0, {case.base_mva!r}, {WRITTEN_VERSION}, 0, 1, {case.frequency_hz!r}"
        f" / PSS/E-{WRITTEN_VERSION} RAW",
        *case.titles,
    ]
    names = sections(WRITTEN_VERSION)
    for name, following in zip(names, (*names[1:], ""), strict=True):
        lines += _section(case, name)
        begin = f", BEGIN {following.upper()} DATA" if following else ""
        lines.append(f"0 / END OF {name.upper()} DATA{begin}")
    return "\n".join([*lines, "Q", ""])


def _section(case: Case, name: str) -> Iterator[str]:
    if name == "bus":
        for bus in _with_shunts(case):
            yield _row(_bus_items(bus), bus.comment)
    elif name == "load":
        for load in (*case.loads, *_dc_losses(case)):
            parts = (load.p_mw, load.q_mvar, load.ip_mw, load.iq_mvar, load.yp_mw, load.yq_mvar)
            place = (load.bus, _Text(load.id), load.status, load.area, load.zone)
            yield _row((*place, *parts, load.owner), load.comment)
    elif name == "generator":
        for generator in case.generators:
            yield _row(_generator_items(generator), generator.comment)
    elif name == "line":
        for line in case.lines:
            yield _row(_line_items(line), line.comment)
    elif name == "transformer":
        for transformer in case.transformers:
            yield from _transformer(_in_written_units(case, transformer))
    elif name in ("two-terminal dc", "vsc dc", "multi-terminal dc"):
        links = [link for link in case.dc_links if f"{link.kind} dc" == name]
        for number, link in enumerate(links, 1):
            yield from _dc_link(link, number, case.version)
    elif name == "multi-section line":
        for group in case.multi_section:
            end = -group.to_bus if group.metered_at_to else group.to_bus
            yield _row((group.from_bus, end, _Text(group.id), *group.dummies), group.comment)
    elif name == "impedance correction":
        for table in case.corrections:
            points = (value for point in table.points for value in point)
            yield _row((table.number, *points), table.comment)
    elif name == "facts":
        for number, device in enumerate(case.facts, 1):
            head, *rest = device.rows[0][:_FACTS_ITEMS]
            yield _row((head if case.version <= 30 else number, *rest), device.comment)
    else:
        for record in dict(case.plain).get(name, ()):
            yield _plain(case, name, record)


def _with_shunts(case: Case) -> Iterator[Bus]:
    added: dict[int, tuple[float, float]] = {}
    for shunt in case.fixed_shunts:
        if shunt.status:
            g, b = added.get(shunt.bus, (0.0, 0.0))
            added[shunt.bus] = g + shunt.g_mw, b + shunt.b_mvar
    for bus in case.buses:
        if bus.number in added:
            g, b = added[bus.number]
            bus = replace(bus, gl_mw=bus.gl_mw + g, bl_mvar=bus.bl_mvar + b)
        yield bus


def _bus_items(bus: Bus) -> Iterable[object]:
    return (
        bus.number, _Text(bus.name.ljust(12)), bus.base_kv, bus.type, bus.gl_mw, bus.bl_mvar,
        bus.area, bus.zone, bus.vm_pu, bus.va_deg, bus.owner,
    )  # fmt: skip


def _generator_items(item: Generator) -> Iterable[object]:
    return (
        item.bus, _Text(item.id), item.p_mw, item.q_mvar, item.q_max_mvar, item.q_min_mvar,
        item.v_set_pu, item.regulated_bus, item.base_mva, item.zr_pu, item.zx_pu, item.rt_pu,
        item.xt_pu, item.gtap, item.status, item.rmpct, item.p_max_mw, item.p_min_mw,
        *_owner_items(item.owners),
    )  # fmt: skip


def _line_items(item: Line) -> Iterable[object]:
    return (
        item.from_bus, -item.to_bus if item.metered_at_to else item.to_bus, _Text(item.circuit),
        item.r_pu, item.x_pu, item.b_pu, item.rate_a_mva, item.rate_b_mva, item.rate_c_mva,
        item.gi_pu, item.bi_pu, item.gj_pu, item.bj_pu, item.status, item.length,
        *_owner_items(item.owners),
    )  # fmt: skip


def _transformer(item: Transformer) -> Iterator[str]:
    codes = (item.cw, item.cz, item.cm, item.mag1, item.mag2, item.metered, _Text(item.name))
    ends = (item.from_bus, item.to_bus, item.third_bus, _Text(item.circuit))
    yield _row((*ends, *codes, item.status, *_owner_items(item.owners)), item.comment)
    impedances = [value for pair in item.impedances for value in (pair.r, pair.x, pair.base_mva)]
    star = (item.star_vm_pu, item.star_va_deg) if item.third_bus else ()
    yield _row((*impedances, *star))
    for number, winding in enumerate(item.windings):
        items = _winding_items(winding)
        yield _row(items if item.third_bus or number == 0 else items[:2])


def _winding_items(item: Winding) -> Sequence[object]:
    return (
        "" if item.voltage is None else item.voltage, item.nominal_kv, item.angle_deg,
        item.rate_a_mva, item.rate_b_mva, item.rate_c_mva, item.control, item.controlled_bus,
        item.rma, item.rmi, item.vma, item.vmi, item.tap_positions, item.table, item.cr_pu,
        item.cx_pu,
    )  # fmt: skip


def _in_written_units(case: Case, item: Transformer) -> Transformer:
    """Version 33 refers CZ 2 and 3 to the winding's own voltage, version 30 to the bus's."""
    first = item.windings[0].nominal_kv
    if case.version < NOMINAL_BASE_FROM_VERSION or item.cz == 1 or first <= 0:
        return item
    base_kv = {bus.number: bus.base_kv for bus in case.buses}
    z = impedances_pu(item, case.base_mva, base_kv, case.version)
    pairs = tuple(Impedance(value.real, value.imag, case.base_mva) for value in z)
    return replace(item, cz=1, impedances=pairs)


def _dc_link(link: DcLink, number: int, version: int) -> Iterator[str]:
    rows = link.rows or _two_terminal_rows(link)
    head, *rest = rows
    if link.kind != "vsc" and (version > 30 or not link.rows):
        head = (str(number), *head[1:])  # a number up to version 30, a name later
    yield _row(head, link.comment)
    for row in rest:
        yield _row(row)


def _two_terminal_rows(link: DcLink) -> tuple[tuple[str, ...], ...]:
    """A power-controlled link that carries the MW of `link` (which came from no RAW file)."""
    (rectifier, taken), (inverter, _) = _taker_and_giver(link)
    return (
        (link.name, "1", "0.0", repr(abs(taken)), "500.0"),
        (str(rectifier), "1"),
        (str(inverter), "1"),
    )


def _taker_and_giver(link: DcLink) -> list[tuple[int, float]]:
    return sorted(link.injections, key=lambda injection: injection[1])


def _dc_losses(case: Case) -> Iterator[Load]:
    """A two-terminal record carries the same MW at both ends: what is lost is a load at its end.

    A link to a bus that is out of service carries nothing.
    """
    dead = {bus.number for bus in case.buses if bus.type == 4}
    lost_mw: dict[int, float] = {}
    for link in case.dc_links:
        if not link.rows and dead.isdisjoint(bus for bus, _ in link.injections):
            (_, taken), (inverter, given) = _taker_and_giver(link)
            lost_mw[inverter] = lost_mw.get(inverter, 0.0) + abs(taken) - given
    for bus, loss_mw in lost_mw.items():
        if loss_mw:
            used = {load.id for load in case.loads if load.bus == bus}
            free = next(name for n in range(100) if (name := f"{n:02d}") not in used)
            yield Load(bus, free, p_mw=loss_mw, comment="loss of DC lines")


def _plain(case: Case, name: str, record: PlainRecord) -> str:
    items = record.items
    if name == "switched shunt" and case.version >= 32:
        items = items[:2] + items[4:]  # without ADJM and STAT
    return _row(items, record.comment)


def _owner_items(owners: Owners) -> tuple[object, ...]:
    return tuple(value for pair in owners for value in pair)


class _Text(str):
    """Text that is quoted even where it looks like a number."""


def _row(items: Iterable[object], comment: str = "") -> str:
    text = ",".join(_item(item) for item in items)
    return f"{text} / {comment}" if comment else text


def _item(item: object) -> str:
    if isinstance(item, str) and (isinstance(item, _Text) or _needs_quotes(item)):
        return "'" + item.replace("'", "''") + "'"
    return item if isinstance(item, str) else repr(item)


def _needs_quotes(item: str) -> bool:
    if not item:
        return False
    try:
        real(item)
    except ValueError:
        return True
    return False
