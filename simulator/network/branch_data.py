"""Line and transformer records to branches in per unit of the system (psse_raw 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from simulator.domain import Finding
from simulator.network.branch import BranchKey
from simulator.network.case import Case, CorrectionTable, Impedance, Line, Transformer, Winding

NOMINAL_BASE_FROM_VERSION = 33  # until then CZ 2 and 3 refer to the base voltage of the bus


class BranchData(NamedTuple):
    """What a DC model needs of one branch; `tap` and `shift_deg` are on the from side."""

    key: BranchKey
    z_pu: complex
    tap: float = 1.0
    shift_deg: float = 0.0
    ratings_mva: tuple[float, float, float] = (0.0, 0.0, 0.0)
    in_service: bool = True
    is_transformer: bool = False
    line: int = 0


def case_branches(case: Case, *, impedance_correction: bool = True) -> list[BranchData]:
    """All branches in file order, in service or not; star points are numbered -1, -2, ...

    A RAW file has its lines before its transformers, a MATPOWER file mixes them. Windings that name
    a correction table have their impedance multiplied by it, as in PSS/E (psse_raw 4.10), unless
    `impedance_correction` is False, as in MATPOWER.
    """
    branches = [_line_branch(line) for line in case.lines]
    base_kv = {bus.number: bus.base_kv for bus in case.buses}
    corrections = {table.number: table for table in case.corrections if impedance_correction}
    star = 0
    for item in case.transformers:
        star -= 1 if item.third_bus else 0
        branches += _transformer_branches(
            item, star, case.base_mva, base_kv, case.version, corrections
        )
    if case.format == "MATPOWER":
        branches.sort(key=lambda item: item.line)
    return branches


def correction_warnings(case: Case, *, impedance_correction: bool = True) -> list[Finding]:
    """What becomes of the correction table of each winding that names one."""
    known = {table.number for table in case.corrections}
    fate = "its impedance is multiplied by" if impedance_correction else "its impedance leaves out"
    found = []
    for item in case.transformers:
        windings = item.windings if item.third_bus else item.windings[:1]
        for number, winding in enumerate(windings, 1):
            if winding.table:
                there = abs(winding.table) in known
                code = "IMPEDANCE_CORRECTION" if there else "NO_CORRECTION_TABLE"
                does = fate if there else "its impedance stays as it is: the case lacks"
                name = f"winding {number} of transformer {'-'.join(map(str, item.buses))}"
                message = f"{name} circuit {item.circuit}: {does} correction table"
                message += f" {abs(winding.table)}"
                found.append(Finding(code, message, where=f"line {item.line}"))
    return found


def _line_branch(line: Line) -> BranchData:
    return BranchData(
        BranchKey(line.from_bus, line.to_bus, line.circuit),
        complex(line.r_pu, line.x_pu),
        ratings_mva=(line.rate_a_mva, line.rate_b_mva, line.rate_c_mva),
        in_service=line.status == 1,
        line=line.line,
    )


def _transformer_branches(
    item: Transformer,
    star_bus: int,
    base_mva: float,
    base_kv: Mapping[int, float],
    version: int,
    corrections: Mapping[int, CorrectionTable],
) -> list[BranchData]:
    """One branch for two windings; for three, one from each bus to the star point `star_bus`."""
    taps = [
        _tap(winding, item.cw, base_kv[bus])
        for winding, bus in zip(item.windings, item.buses, strict=True)
    ]
    z = impedances_pu(item, base_mva, base_kv, version)
    if item.third_bus:
        z12, z23, z31 = z
        legs = ((z12 + z31 - z23) / 2, (z12 + z23 - z31) / 2, (z23 + z31 - z12) / 2)
        ends = [
            (BranchKey(bus, star_bus, item.circuit), leg, tap)
            for bus, leg, tap in zip(item.buses, legs, taps, strict=True)
        ]
    else:
        key = BranchKey(item.from_bus, item.to_bus, item.circuit)
        ends = [(key, z[0], taps[0] / taps[1])]
    return [
        BranchData(
            key,
            z_pu * _correction(winding, tap, corrections),
            tap,
            winding.angle_deg,
            (winding.rate_a_mva, winding.rate_b_mva, winding.rate_c_mva),
            item.winding_in_service(number),
            True,
            item.line,
        )
        for number, ((key, z_pu, tap), winding) in enumerate(zip(ends, item.windings, strict=False))
    ]


def _tap(winding: Winding, cw: int, base_kv: float) -> float:
    """In per unit of the bus; a voltage that is not stated is 1, or the bus's own for CW 2."""
    if cw == 2:
        return 1.0 if winding.voltage is None else winding.voltage / base_kv
    voltage = 1.0 if winding.voltage is None else winding.voltage
    if cw == 3 and winding.nominal_kv > 0 and base_kv > 0:
        return voltage * winding.nominal_kv / base_kv
    return voltage


def impedances_pu(
    item: Transformer, base_mva: float, base_kv: Mapping[int, float], version: int
) -> list[complex]:
    """The transformer's impedances between windings, on the system base (CZ 1)."""
    first_kv = base_kv[item.from_bus]
    return [_impedance(pair, item, base_mva, first_kv, version) for pair in item.impedances]


def _impedance(
    pair: Impedance, item: Transformer, base_mva: float, first_kv: float, version: int
) -> complex:
    r, x = pair.r, pair.x
    if item.cz == 1:
        return complex(r, x)
    if item.cz == 3:  # r is the load loss in watts, x is |Z|
        r /= 1e6 * pair.base_mva
        x = math.copysign(math.sqrt(x**2 - r**2), x)
    scale = base_mva / pair.base_mva
    nominal_kv = item.windings[0].nominal_kv
    if version >= NOMINAL_BASE_FROM_VERSION and nominal_kv > 0 and first_kv > 0:
        scale *= (nominal_kv / first_kv) ** 2
    return complex(r * scale, x * scale)


def _correction(winding: Winding, tap: float, corrections: Mapping[int, CorrectionTable]) -> float:
    table = corrections.get(abs(winding.table))
    if table is None:
        return 1.0
    at = winding.angle_deg if table.by_angle else tap
    points = table.points
    if at <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return points[-1][1]
