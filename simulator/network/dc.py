"""The DC network of a case: susceptances, shifts, ratings, injections, islands (psse_raw 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, groupby, pairwise
from math import fsum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simulator.domain import Finding, refuse_if_any
from simulator.network.branch import BranchKey
from simulator.network.branch_data import BranchData, case_branches, correction_warnings
from simulator.network.case import Case
from simulator.network.check import SMALLEST_REACTANCE_PU
from simulator.network.island import BoolArray, IntArray, choose_references, label_islands
from simulator.network.machine import MachineKey, machine_capacity_mw

FloatArray = NDArray[np.float64]

ZERO_REACTANCE_PU = 1e-5  # stands in for a reactance of nothing (a jumper, a star leg)
LARGEST_SUSCEPTANCE_MW_PER_RAD = 1e15


@dataclass(frozen=True, eq=False)
class DcNetwork:
    """nb buses in file order, then star points; nl branches: lines, then transformers, in file
    order. Star points have numbers -1, -2, ... A rating of 0 is no limit. Buses that the file
    takes out of service (`isolated`) are islands of their own, without injection.
    """

    bus: IntArray  # (nb,) numbers
    bus_name: tuple[str, ...]
    base_kv: FloatArray  # (nb,), 0 when unknown
    isolated: BoolArray  # (nb,)
    injection_mw: FloatArray  # (nb,) generation less load of the file
    island: IntArray  # (nb,) 0, 1, ...
    reference: IntArray  # (islands,) bus index of each island's reference
    key: tuple[BranchKey, ...]  # (nl,)
    from_index: IntArray  # (nl,) bus index
    to_index: IntArray  # (nl,)
    susceptance_mw_per_rad: FloatArray  # (nl,)
    shift_rad: FloatArray  # (nl,)
    rating_mw: FloatArray  # (nl, 3) A, B, C
    in_service: BoolArray  # (nl,)
    is_transformer: BoolArray  # (nl,)
    groups: Mapping[BranchKey, tuple[int, ...]]  # undirected name -> branches that trip together
    warnings: tuple[Finding, ...] = ()
    machine_mw: Mapping[MachineKey, float] = field(default_factory=dict)  # PMax, those in service

    @property
    def bus_count(self) -> int:
        """Number of buses nb, star points included."""
        return len(self.bus)

    @property
    def branch_count(self) -> int:
        """Number of branches nl, in service or not."""
        return len(self.key)

    def bus_index(self, number: int) -> int:
        """Position of a bus; KeyError when the network has no such bus."""
        return self._bus_position[number]

    def has_bus(self, number: int) -> bool:
        """Whether the network has a bus of this number."""
        return number in self._bus_position

    def branch_index(self, key: BranchKey) -> tuple[int, int]:
        """Position of a branch and +1, or -1 when `key` names it from its other end.

        KeyError when there is no such branch.
        """
        position = self._branch_position[key.undirected]
        return position, 1 if self.key[position].from_bus == key.from_bus else -1

    def sections(self, key: BranchKey) -> tuple[int, ...]:
        """Positions of the branches that trip together with `key`, itself included.

        All sections of a multi-section line; all windings of a three-winding transformer when
        `key` names two of its buses; one branch otherwise. KeyError when `key` names nothing.
        """
        group = self.groups.get(key.undirected)
        return group if group is not None else (self.branch_index(key)[0],)

    def has_branch(self, key: BranchKey) -> bool:
        """Whether `sections` knows the name."""
        return key.undirected in self.groups or key.undirected in self._branch_position

    def is_one_branch(self, key: BranchKey) -> bool:
        """Whether `branch_index` knows the name (a group's name may not be a branch's)."""
        return key.undirected in self._branch_position

    def without(self, keys: Iterable[BranchKey]) -> DcNetwork:
        """The network with the named branches, and what trips with them, out of service."""
        return self.without_branches([k for key in keys for k in self.sections(key)])

    def without_branches(self, positions: Sequence[int]) -> DcNetwork:
        """The same by position; an island that falls apart gets a reference for each part."""
        in_service = self.in_service.copy()
        in_service[list(positions)] = False
        island = label_islands(self.bus_count, self.from_index, self.to_index, in_service)
        preferred = np.zeros(self.bus_count, dtype=bool)
        preferred[self.reference] = True
        reference = choose_references(island, self.bus, preferred)
        return replace(self, in_service=in_service, island=island, reference=reference)

    def machines_at(self, bus: int) -> tuple[MachineKey, ...]:
        """The machines in service at a bus, by identifier."""
        return self._machines.get(bus, ())

    @cached_property
    def capacity_mw(self) -> FloatArray:
        """(nb,) PMax of the machines in service at each bus."""
        capacity = np.zeros(self.bus_count)
        for bus, machines in self._machines.items():
            capacity[self.bus_index(bus)] = fsum(self.machine_mw[key] for key in machines)
        return capacity

    @cached_property
    def _machines(self) -> dict[int, tuple[MachineKey, ...]]:
        return {bus: tuple(keys) for bus, keys in groupby(sorted(self.machine_mw), lambda k: k.bus)}

    @cached_property
    def _bus_position(self) -> dict[int, int]:
        return {int(number): position for position, number in enumerate(self.bus)}

    @cached_property
    def _branch_position(self) -> dict[BranchKey, int]:
        return {key.undirected: position for position, key in enumerate(self.key)}


def dc_network(
    case: Case,
    *,
    use_taps: bool = True,
    voltage_dependent_loads: bool = True,
    impedance_correction: bool = True,
) -> DcNetwork:
    """The DC network of `case`; the defaults are MATPOWER's conventions and PSS/E's impedances.

    `use_taps=False` leaves tap ratios out (PSS/E's own DC option); `voltage_dependent_loads=False`
    takes only the constant-power part of loads; `impedance_correction=False` leaves out the case's
    correction tables (as MATPOWER does). Out-of-service elements keep their place.
    """
    branches = case_branches(case, impedance_correction=impedance_correction)
    stars = sorted({key.to_bus for key, *_ in branches if key.to_bus < 0}, reverse=True)
    number = np.array([bus.number for bus in case.buses] + stars, dtype=np.int64)
    position = {int(value): index for index, value in enumerate(number)}
    from_index = np.array([position[item.key.from_bus] for item in branches], dtype=np.int64)
    to_index = np.array([position[item.key.to_bus] for item in branches], dtype=np.int64)
    isolated = np.array([bus.type == 4 for bus in case.buses] + [False] * len(stars))
    in_service = np.array([item.in_service for item in branches], dtype=bool)
    in_service &= ~isolated[from_index] & ~isolated[to_index]
    for star in stars:  # a star point without a winding in service is no part of the network
        index = position[star]
        touching = (from_index == index) | (to_index == index)
        isolated[index] = not in_service[touching].any()
    island = label_islands(len(number), from_index, to_index, in_service)
    swing = np.array([bus.type == 3 for bus in case.buses] + [False] * len(stars), dtype=bool)
    reference = choose_references(island, number, swing)
    x_pu = np.array([item.z_pu.imag for item in branches], dtype=np.float64)
    x_pu[np.abs(x_pu) < SMALLEST_REACTANCE_PU] = ZERO_REACTANCE_PU
    tap = np.array([item.tap if use_taps else 1.0 for item in branches], dtype=np.float64)
    with np.errstate(over="ignore"):  # what is too large for a number is refused with the rest
        susceptance = case.base_mva / (x_pu * tap)
    _refuse_extreme(branches, susceptance)
    ratings = np.array([item.ratings_mva for item in branches], dtype=np.float64)
    return DcNetwork(
        bus=number,
        bus_name=tuple(bus.name for bus in case.buses) + tuple("" for _ in stars),
        base_kv=np.array([bus.base_kv for bus in case.buses] + [0.0] * len(stars)),
        isolated=isolated,
        injection_mw=_injection(case, position, isolated, voltage_dependent_loads),
        island=island,
        reference=reference,
        key=tuple(item.key for item in branches),
        from_index=from_index,
        to_index=to_index,
        susceptance_mw_per_rad=susceptance,
        shift_rad=np.deg2rad([item.shift_deg for item in branches]),
        rating_mw=ratings.reshape(len(branches), 3),
        in_service=in_service,
        is_transformer=np.array([item.is_transformer for item in branches], dtype=bool),
        groups=MappingProxyType(_groups(case, branches)),
        warnings=(
            *_swing_warnings(number, swing, island, reference),
            *correction_warnings(case, impedance_correction=impedance_correction),
        ),
        machine_mw=machine_capacity_mw(case, frozenset(number[~isolated].tolist())),
    )


def _refuse_extreme(branches: Sequence[BranchData], susceptance: FloatArray) -> None:
    size = np.abs(susceptance)
    bad = (size > LARGEST_SUSCEPTANCE_MW_PER_RAD) | (size < 1 / LARGEST_SUSCEPTANCE_MW_PER_RAD)
    refuse_if_any(
        Finding(
            "EXTREME_BRANCH",
            f"the susceptance of branch {branches[k].key} is out of all proportion",
            where=f"line {branches[k].line}",
            found=f"{susceptance[k]:g} MW/rad",
            allowed=f"a size up to {LARGEST_SUSCEPTANCE_MW_PER_RAD:g} and its inverse",
            remedy="correct its reactance or its winding voltages",
        )
        for k in np.flatnonzero(bad).tolist()
    )


def _groups(case: Case, branches: Sequence[BranchData]) -> dict[BranchKey, tuple[int, ...]]:
    """Names of what trips together: each section and the whole line, each pair of windings."""
    between: dict[frozenset[int], list[int]] = {}
    for position, item in enumerate(branches):
        between.setdefault(frozenset(item.key[:2]), []).append(position)
    taken = {item.key.undirected for item in branches}
    groups: dict[BranchKey, tuple[int, ...]] = {}
    for group in case.multi_section:
        pairs = pairwise(group.path)
        members = tuple(sorted(k for pair in pairs for k in between[frozenset(pair)]))
        for k in members:
            groups[branches[k].key.undirected] = members
        whole = BranchKey(group.from_bus, group.to_bus, group.id).undirected
        if whole not in taken:
            groups[whole] = members
    stars: dict[int, list[int]] = {}
    for position, item in enumerate(branches):
        if item.key.to_bus < 0:
            stars.setdefault(item.key.to_bus, []).append(position)
    for legs in stars.values():
        for a, b in combinations(legs, 2):
            ends = branches[a].key.from_bus, branches[b].key.from_bus
            name = BranchKey(*ends, branches[a].key.circuit).undirected
            if name not in taken:
                groups.setdefault(name, tuple(legs))
    return groups


def _injection(
    case: Case, position: Mapping[int, int], isolated: BoolArray, voltage_dependent: bool
) -> FloatArray:
    mw = np.zeros(len(position))
    voltage = {bus.number: bus.vm_pu for bus in case.buses}
    for bus in case.buses:
        mw[position[bus.number]] -= bus.gl_mw
    for load in case.loads:
        drawn = load.mw_at(voltage[load.bus]) if voltage_dependent else load.p_mw
        mw[position[load.bus]] -= load.status * drawn
    for shunt in case.fixed_shunts:
        mw[position[shunt.bus]] -= shunt.status * shunt.g_mw
    for generator in case.generators:
        mw[position[generator.bus]] += generator.status * generator.p_mw
    for line in case.lines:
        if line.status:
            mw[position[line.from_bus]] -= line.gi_pu * case.base_mva
            mw[position[line.to_bus]] -= line.gj_pu * case.base_mva
    for link in case.dc_links:
        if not any(isolated[position[terminal]] for terminal, _ in link.injections):
            for terminal, power in link.injections:
                mw[position[terminal]] += power
    mw[isolated] = 0.0
    return mw


def _swing_warnings(
    number: IntArray, swing: BoolArray, island: IntArray, reference: IntArray
) -> list[Finding]:
    others = [int(k) for k in np.flatnonzero(swing) if reference[island[k]] != k]
    return [
        Finding(
            "SECOND_SWING",
            f"bus {number[k]} is a second swing bus of its island and is treated as a generator "
            f"bus; bus {number[reference[island[k]]]} stays the reference",
            found=f"swing buses {number[reference[island[k]]]} and {number[k]}",
            allowed="one swing bus in an island",
            remedy="set the type of all but one to 2",
        )
        for k in others
    ]
