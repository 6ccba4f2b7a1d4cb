"""Transformer records to branches in per unit of the system (psse_raw 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from simulator.network.branch import BranchKey
from simulator.network.case import CorrectionTable, Impedance, Transformer, Winding

NOMINAL_BASE_FROM_VERSION = 33  # until then CZ 2 and 3 refer to the base voltage of the bus


class BranchData(NamedTuple):
    """What a DC model needs of one branch; `tap` and `shift_deg` are on the from side."""

    key: BranchKey
    x_pu: float
    tap: float = 1.0
    shift_deg: float = 0.0
    ratings_mva: tuple[float, float, float] = (0.0, 0.0, 0.0)
    in_service: bool = True


def transformer_branches(
    item: Transformer,
    star_bus: int,
    base_mva: float,
    base_kv: Mapping[int, float],
    version: int,
    corrections: Mapping[int, CorrectionTable],
) -> tuple[BranchData, ...]:
    """One branch for two windings; for three, one from each bus to the star point `star_bus`.

    `corrections` are applied to the winding's impedance; give none to leave them out.
    """
    taps = [
        _tap(winding, item.cw, base_kv[bus])
        for winding, bus in zip(item.windings, item.buses, strict=True)
    ]
    first_kv = base_kv[item.from_bus]
    x = [_reactance(impedance, item, base_mva, first_kv, version) for impedance in item.impedances]
    if not item.third_bus:
        key = BranchKey(item.from_bus, item.to_bus, item.circuit)
        ends = [(key, x[0], taps[0] / taps[1])]
    else:
        x12, x23, x31 = x
        legs = ((x12 + x31 - x23) / 2, (x12 + x23 - x31) / 2, (x23 + x31 - x12) / 2)
        ends = [
            (BranchKey(bus, star_bus, item.circuit), leg, tap)
            for bus, leg, tap in zip(item.buses, legs, taps, strict=True)
        ]
    return tuple(
        BranchData(
            key,
            x_pu * _correction(winding, tap, corrections),
            tap,
            winding.angle_deg,
            (winding.rate_a_mva, winding.rate_b_mva, winding.rate_c_mva),
            item.winding_in_service(number),
        )
        for number, ((key, x_pu, tap), winding) in enumerate(zip(ends, item.windings, strict=False))
    )


def _tap(winding: Winding, cw: int, base_kv: float) -> float:
    if winding.voltage is None:
        return 1.0
    if cw == 2:
        return winding.voltage / base_kv
    if cw == 3 and winding.nominal_kv > 0 and base_kv > 0:
        return winding.voltage * winding.nominal_kv / base_kv
    return winding.voltage


def _reactance(
    impedance: Impedance, item: Transformer, base_mva: float, first_kv: float, version: int
) -> float:
    if item.cz == 1:
        return impedance.x
    x = impedance.x
    if item.cz == 3:  # r is the load loss in watts, x is |Z|
        r = impedance.r / (1e6 * impedance.base_mva)
        x = math.copysign(math.sqrt(impedance.x**2 - r**2), impedance.x)
    x *= base_mva / impedance.base_mva
    nominal_kv = item.windings[0].nominal_kv
    if version >= NOMINAL_BASE_FROM_VERSION and nominal_kv > 0 and first_kv > 0:
        x *= (nominal_kv / first_kv) ** 2
    return x


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
