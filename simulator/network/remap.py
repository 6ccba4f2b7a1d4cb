"""A retired location is replaced by the closest biddable one of its designation (rulebook 3.7).

Close means the least sum of |reactance| along branches in service; equal distances go to the lower
bus number, then to the first name. The mapping is made on the model of the active market period and
published for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from simulator.domain import Finding
from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.model import Location

TIE_DIGITS = 12  # distances that agree so far are equal


@dataclass(frozen=True, order=True)
class Replacement:
    """`distance` is the least sum of |reactance|, in rad per MW of the network's susceptances."""

    retired: str
    replacement: str
    distance: float


def electrical_distance(network: DcNetwork, bus: int) -> FloatArray:
    """Least sum of |reactance| from a bus (its number) to every bus (nb,); inf: not connected."""
    live = np.flatnonzero(network.in_service)
    ends = np.sort(np.stack([network.from_index[live], network.to_index[live]]), axis=0)
    reactance = 1.0 / np.abs(network.susceptance_mw_per_rad[live])
    order = np.lexsort((reactance, ends[1], ends[0]))
    pairs, first = np.unique(ends[:, order], axis=1, return_index=True)  # the least of parallels
    shape = (network.bus_count, network.bus_count)
    graph = coo_array((reactance[order][first], (pairs[0], pairs[1])), shape=shape).tocsr()
    distance = dijkstra(graph, directed=False, indices=network.bus_index(bus))
    return np.asarray(distance, dtype=np.float64)


def replacements(
    network: DcNetwork,
    retired: Iterable[str],
    locations: Mapping[str, Location],
    designation: Mapping[str, str],
) -> tuple[tuple[Replacement, ...], list[Finding]]:
    """One replacement for each retired location, by name, and a finding where there is none.

    `designation` says what each location is (source, sink or both, as the list's publisher names
    it). Only locations of a single bus retire or replace: an aggregate loses the bus instead
    (`locations.without_bus`).
    """
    gone = sorted(set(retired))
    buses = {name: _only_bus(location) for name, location in locations.items()}
    found: list[Replacement] = []
    faults: list[Finding] = []
    for name in gone:
        bus = buses.get(name)
        if bus is None or not network.has_bus(bus):
            faults.append(_fault(name, "is not a location of one bus of this model"))
            continue
        distance = electrical_distance(network, bus)
        candidates = [
            (round(float(distance[network.bus_index(other_bus)]), TIE_DIGITS), other_bus, other)
            for other, other_bus in buses.items()
            if other_bus is not None
            and other not in gone
            and locations[other].biddable
            and designation.get(other) == designation.get(name)
            and network.has_bus(other_bus)
        ]
        reachable = [item for item in candidates if np.isfinite(item[0])]
        if reachable:
            nearest = min(reachable)
            found.append(Replacement(name, nearest[2], nearest[0]))
        else:
            faults.append(_fault(name, "has no connected biddable location of its designation"))
    return tuple(found), faults


def _only_bus(location: Location) -> int | None:
    """The bus of a location that is one bus at all times of use."""
    buses = {bus for shares in location.factors.values() for bus, _ in shares}
    return min(buses) if len(buses) == 1 else None


def _fault(name: str, message: str) -> Finding:
    return Finding(
        "NET_REMAP",
        f"retired location {name} {message}",
        where=name,
        allowed="a connected, biddable location of one bus and the same designation",
        remedy="name its replacement by hand, or take the CRRs on it out of the market",
        rule="rulebook 3.7",
    )
