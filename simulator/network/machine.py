"""How a machine is named, and how much those in service can generate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from simulator.network.branch import circuit_name
from simulator.network.case import Case


class MachineKey(NamedTuple):
    """The bus and the identifier of a machine, `id` as `circuit_name` writes it."""

    bus: int
    id: str

    def __str__(self) -> str:
        return f"machine {self.id} at bus {self.bus}"


def machine_capacity_mw(case: Case, live_buses: frozenset[int]) -> Mapping[MachineKey, float]:
    """PMax in MW of each machine that is in service at a live bus and can generate, by name.

    Condensers and pumps (PMax of 0 or less) generate nothing that could be lost or made up for.
    """
    capacity = {
        MachineKey(item.bus, circuit_name(item.id)): item.p_max_mw
        for item in case.generators
        if item.status and item.bus in live_buses and item.p_max_mw > 0
    }
    return MappingProxyType(dict(sorted(capacity.items())))
