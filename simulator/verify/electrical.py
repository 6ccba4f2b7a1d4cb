"""From the records of a power-flow case to wires: taps, winding codes, star points.

Only the records are shared with the network room; the arithmetic is done here a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import copysign

import numpy as np

from simulator.network.case import Bus, Case, CorrectionTable, MultiSectionLine, Transformer
from simulator.verify.grid import Ends, Grid, Positions, Wire, ends_of

OUT_OF_SERVICE = 4
LEAST_PU = 1e-9  # a smaller reactance is none: sums of three windings leave rounding
JOINT_PU = 1e-5  # stands in for none, as in the network room
NOMINAL_BASE_VERSION = 33  # from here on CZ 2 and 3 refer to the winding's nominal voltage


def grid_of(case: Case, corrected: bool = True) -> Grid:
    """The grid of `case`; buses that the file takes out of service stand alone.

    `corrected`: impedance correction tables multiply the windings that name them.
    """
    tables = {table.number: table for table in case.corrections} if corrected else {}
    buses = {bus.number: bus for bus in case.buses}
    alive = frozenset(bus.number for bus in case.buses if bus.type != OUT_OF_SERVICE)
    wires = [
        Wire(
            line.from_bus,
            line.to_bus,
            line.circuit.strip().upper(),
            _susceptance(case.base_mva, line.x_pu, 1.0),
            (line.rate_a_mva, line.rate_b_mva, line.rate_c_mva),
            line.status == 1 and {line.from_bus, line.to_bus} <= alive,
        )
        for line in case.lines
    ]
    names: dict[Ends, Positions] = {}
    stars: list[int] = []
    for unit in case.transformers:
        star = -(len(stars) + 1)
        windings = list(_windings(case, unit, buses, alive, star, tables))
        if unit.third_bus:
            stars.append(star)
            whole = frozenset(range(len(wires), len(wires) + 3))
            for one, other in combinations(unit.buses, 2):
                names.setdefault(ends_of(one, other, unit.circuit), whole)
        wires.extend(windings)
    groups = []
    for line in case.multi_section:
        groups.append(_sections(line, wires))
        names[ends_of(line.from_bus, line.to_bus, line.id)] = groups[-1]
    return Grid(
        bus=(*buses, *stars),
        wires=tuple(wires),
        groups=tuple(groups),
        names=names,
    )


def _susceptance(base_mva: float, x_pu: float, tap: float) -> float:
    """b in MW per radian; a branch without any reactance is a joint of a very small one."""
    return base_mva / ((x_pu if abs(x_pu) >= LEAST_PU else JOINT_PU) * tap)


def _windings(
    case: Case,
    unit: Transformer,
    buses: Mapping[int, Bus],
    alive: frozenset[int],
    star: int,
    tables: Mapping[int, CorrectionTable],
) -> Iterator[Wire]:
    circuit = unit.circuit.strip().upper()
    taps = [_tap(unit, winding, buses) for winding in range(len(unit.buses))]
    pairs = [_reactance(case, unit, pair, buses) for pair in range(len(unit.impedances))]
    if not unit.third_bus:
        tap = taps[0] / taps[1]
        b = _susceptance(case.base_mva, pairs[0] * _factor(unit, 0, tap, tables), tap)
        closed = unit.status == 1 and set(unit.buses) <= alive
        yield Wire(unit.from_bus, unit.to_bus, circuit, b, _ratings(unit, 0), closed)
        return
    x12, x23, x31 = pairs
    legs = ((x12 + x31 - x23) / 2, (x12 + x23 - x31) / 2, (x23 + x31 - x12) / 2)
    for winding, (bus, x_pu) in enumerate(zip(unit.buses, legs, strict=True)):
        factor = _factor(unit, winding, taps[winding], tables)
        b = _susceptance(case.base_mva, x_pu * factor, taps[winding])
        closed = bus in alive and unit.winding_in_service(winding)
        yield Wire(bus, star, circuit, b, _ratings(unit, winding), closed)


def _tap(unit: Transformer, winding: int, buses: Mapping[int, Bus]) -> float:
    """Off-nominal ratio in per unit of the bus voltage, by the CW code."""
    data = unit.windings[winding]
    voltage = 1.0 if data.voltage is None else data.voltage
    bus = buses.get(unit.buses[winding])
    base_kv = bus.base_kv if bus else 0.0
    if unit.cw == 2 and base_kv:
        return 1.0 if data.voltage is None else data.voltage / base_kv
    if unit.cw == 3 and base_kv and data.nominal_kv:
        return voltage * data.nominal_kv / base_kv
    return voltage


def _factor(
    unit: Transformer, winding: int, tap: float, tables: Mapping[int, CorrectionTable]
) -> float:
    """What the winding's correction table makes of its impedance; flat beyond the table's ends."""
    data = unit.windings[winding]
    table = tables.get(abs(data.table))
    if table is None:
        return 1.0
    places, factors = zip(*table.points, strict=True)
    by_angle = places[0] < 0.5 or places[-1] > 1.5
    return float(np.interp(data.angle_deg if by_angle else tap, places, factors))


def _reactance(case: Case, unit: Transformer, pair: int, buses: Mapping[int, Bus]) -> float:
    """Per unit on the system base, by the CZ code."""
    impedance = unit.impedances[pair]
    if unit.cz == 1:
        return impedance.x
    x_pu = impedance.x
    if unit.cz == 3:  # load loss in watts, and the size of the impedance
        r_pu = impedance.r / (1e6 * impedance.base_mva)
        x_pu = copysign((impedance.x**2 - r_pu**2) ** 0.5, impedance.x)
    base_kv, nominal_kv = buses[unit.from_bus].base_kv, unit.windings[0].nominal_kv
    if case.version >= NOMINAL_BASE_VERSION and base_kv > 0 and nominal_kv > 0:
        x_pu *= (nominal_kv / base_kv) ** 2
    return x_pu * case.base_mva / impedance.base_mva


def _ratings(unit: Transformer, winding: int) -> tuple[float, float, float]:
    data = unit.windings[winding]
    return (data.rate_a_mva, data.rate_b_mva, data.rate_c_mva)


def _sections(line: MultiSectionLine, wires: Sequence[Wire]) -> Positions:
    """The wires of a multi-section line: those between neighbouring buses of its path."""
    hops = {frozenset(hop) for hop in pairwise(line.path)}
    return frozenset(
        position
        for position, wire in enumerate(wires)
        if frozenset((wire.from_bus, wire.to_bus)) in hops
    )
