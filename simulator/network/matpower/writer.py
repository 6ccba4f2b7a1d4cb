"""A `Case` as a MATPOWER case file (format version 2) with the same DC network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from simulator.domain import Finding
from simulator.network.branch_data import BranchData, case_branches
from simulator.network.case import Case, Line

_ANGLE_LIMITS = (-360.0, 360.0)


def write_matpower(case: Case, name: str = "network", *, impedance_correction: bool = True) -> str:
    """Format version 2. Star points become buses above the highest number.

    Loads are summed at the voltages of the file; with `impedance_correction` its tables are in the
    impedances that are written. What has no place in this format: `lost_in_matpower`.
    """
    branches = case_branches(case, impedance_correction=impedance_correction)
    highest = max(bus.number for bus in case.buses)
    stars = sorted({item.key.to_bus for item in branches if item.key.to_bus < 0}, reverse=True)
    bus_of = {star: highest - star for star in stars}
    parts = [
        f"function mpc = {name}",
        "mpc.version = '2';",
        f"mpc.baseMVA = {case.base_mva!r};",
        _matrix("bus", [*_bus_rows(case), *_star_rows(case, branches, bus_of)]),
        _matrix("gen", _generator_rows(case)),
        _matrix("branch", _branch_rows(case, branches, bus_of)),
    ]
    if case.dc_links:
        parts.append(_matrix("dcline", _dcline_rows(case)))
    names = [bus.name for bus in case.buses] + [f"STAR {-star}" for star in stars]
    if any(bus.name for bus in case.buses):
        quoted = "".join("\t'" + text.replace("'", "''") + "';\n" for text in names)
        parts.append("mpc.bus_name = {\n" + quoted + "};")
    return "\n".join(parts) + "\n"


def lost_in_matpower(case: Case) -> list[Finding]:
    """A warning with the count of each kind of thing that a MATPOWER file has no place for."""
    parallel: Counter[frozenset[int]] = Counter()
    renamed = 0
    for item in case_branches(case):
        ends = frozenset(item.key[:2])
        parallel[ends] += 1
        renamed += item.key.circuit != str(parallel[ends])
    kinds = {
        "multi-section lines, whose sections then open one by one": len(case.multi_section),
        "circuit names, which become 1, 2, ... in file order": renamed,
        "machine names, which become 1, 2, ... in file order": _renamed_machines(case),
        "three-winding transformers, whose windings then open one by one": sum(
            1 for item in case.transformers if item.third_bus
        ),
        "impedance correction tables": len(case.corrections),
        "FACTS devices": len(case.facts),
        "records of switched shunts": len(dict(case.plain).get("switched shunt", ())),
    }
    return [
        Finding("LOST_IN_MATPOWER", f"MATPOWER has no place for {what}", found=str(count))
        for what, count in kinds.items()
        if count
    ]


def _renamed_machines(case: Case) -> int:
    at: Counter[int] = Counter()
    renamed = 0
    for item in case.generators:
        at[item.bus] += 1
        renamed += item.id != str(at[item.bus])
    return renamed


def _bus_rows(case: Case) -> Iterable[Sequence[object]]:
    voltage = {bus.number: bus.vm_pu for bus in case.buses}
    shunt = {bus.number: [bus.gl_mw, bus.bl_mvar] for bus in case.buses}
    drawn = {bus.number: [0.0, 0.0] for bus in case.buses}
    for load in case.loads:
        if load.status:
            vm = voltage[load.bus]
            drawn[load.bus][0] += load.mw_at(vm)
            drawn[load.bus][1] += load.q_mvar + load.iq_mvar * vm - load.yq_mvar * vm**2
    for fixed in case.fixed_shunts:
        if fixed.status:
            shunt[fixed.bus][0] += fixed.g_mw
            shunt[fixed.bus][1] += fixed.b_mvar
    for line in case.lines:
        if line.status:
            shunt[line.from_bus][0] += line.gi_pu * case.base_mva
            shunt[line.from_bus][1] += line.bi_pu * case.base_mva
            shunt[line.to_bus][0] += line.gj_pu * case.base_mva
            shunt[line.to_bus][1] += line.bj_pu * case.base_mva
    for bus in case.buses:
        place = (bus.area, bus.vm_pu, bus.va_deg, bus.base_kv, bus.zone)
        yield (bus.number, bus.type, *drawn[bus.number], *shunt[bus.number], *place, 1.1, 0.9)


def _star_rows(
    case: Case, branches: Sequence[BranchData], bus_of: dict[int, int]
) -> Iterable[Sequence[object]]:
    live = {item.key.to_bus for item in branches if item.in_service}
    for star, number in bus_of.items():
        kind = 1 if star in live else 4
        yield (number, kind, 0.0, 0.0, 0.0, 0.0, 1, 1.0, 0.0, 1.0, 1, 1.1, 0.9)


def _generator_rows(case: Case) -> Iterable[Sequence[object]]:
    for item in case.generators:
        reactive = (item.q_mvar, item.q_max_mvar, item.q_min_mvar)
        machine = (item.v_set_pu, item.base_mva, item.status, item.p_max_mw, item.p_min_mw)
        yield (item.bus, item.p_mw, *reactive, *machine)


def _branch_rows(
    case: Case, branches: Sequence[BranchData], bus_of: dict[int, int]
) -> Iterable[Sequence[object]]:
    charging = {
        (item.from_bus, item.to_bus, item.circuit): item.b_pu
        for item in case.lines
        if isinstance(item, Line)
    }
    for item in branches:
        from_bus, to_bus, _ = item.key
        tap = item.tap if item.is_transformer else 0.0
        yield (
            from_bus, bus_of.get(to_bus, to_bus), item.z_pu.real, item.z_pu.imag,
            charging.get(item.key, 0.0), *item.ratings_mva, tap, item.shift_deg,
            int(item.in_service), *_ANGLE_LIMITS,
        )  # fmt: skip


def _dcline_rows(case: Case) -> Iterable[Sequence[object]]:
    for link in case.dc_links:
        if len(link.injections) == 2:  # which may lose some on the way
            (taker, taken), (giver, given) = sorted(link.injections, key=lambda end: end[1])
            yield _dcline(taker, giver, -taken, given)
            continue
        takers = [(bus, -mw) for bus, mw in link.injections if mw <= 0]
        givers = [(bus, mw) for bus, mw in link.injections if mw > 0]
        if not givers:  # a blocked link
            (first, _), (second, _) = link.injections[:2]
            yield _dcline(first, second, 0.0, 0.0)
        # a multi-terminal link becomes lines that carry the same MW between the same buses
        while takers and givers:
            (taker, taken), (giver, given) = takers[-1], givers[-1]
            mw = min(taken, given)
            if mw > 0:
                yield _dcline(taker, giver, mw, mw)
            takers[-1], givers[-1] = (taker, taken - mw), (giver, given - mw)
            if taken <= given:
                takers.pop()
            if given <= taken:
                givers.pop()


def _dcline(from_bus: int, to_bus: int, taken_mw: float, given_mw: float) -> Sequence[object]:
    limits = (-9999.0, 9999.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return (from_bus, to_bus, 1, taken_mw, given_mw, 0.0, 0.0, 1.0, 1.0, *limits)


def _matrix(name: str, rows: Iterable[Sequence[object]]) -> str:
    lines = ["\t" + "\t".join(repr(item) for item in row) + ";" for row in rows]
    return "\n".join([f"mpc.{name} = [", *lines, "];"])
