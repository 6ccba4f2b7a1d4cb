"""A retired location is replaced by the closest biddable one of its designation (rulebook 3.7).

Close is electrical distance; equal distances go to the lower bus number, then to the first name.
The mapping is made on the model of the active market period and published for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.domain import Finding
from simulator.network.dc import DcNetwork
from simulator.network.distance import TIE_DIGITS, electrical_distance
from simulator.network.islanding import main_island
from simulator.network.model import Location


@dataclass(frozen=True, order=True)
class Replacement:
    """`distance` is the electrical one, in rad per MW; inf: chosen by hand and not connected."""

    retired: str
    replacement: str
    distance: float


def replacements(
    network: DcNetwork,
    retired: Iterable[str],
    locations: Mapping[str, Location],
    designation: Mapping[str, str],
    *,
    intact: DcNetwork | None = None,
    by_hand: Mapping[str, str] | None = None,
) -> tuple[tuple[Replacement, ...], list[Finding]]:
    """One replacement for each retired location, by name, and a finding where there is none.

    `designation` says what each location is (source, sink or both, as the list's publisher names
    it). Only locations of a single bus retire or replace: an aggregate loses the bus instead
    (`islanding.without_bus`). What an outage cuts off replaces nothing, and a retired location that
    is cut off itself is measured from on the `intact` network. `by_hand` goes before any distance.
    """
    gone, chosen = sorted(set(retired)), by_hand or {}
    buses = {name: _only_bus(location) for name, location in locations.items()}
    connected = main_island(network)
    found: list[Replacement] = []
    faults: list[Finding] = []
    for name in gone:
        bus = buses.get(name)
        if bus is None or not network.has_bus(bus):
            faults.append(_fault(name, "is not a location of one bus of this model"))
            continue
        cut_off = not connected[network.bus_index(bus)]
        measured_on = intact if cut_off and intact is not None else network
        distance = electrical_distance(measured_on, bus)
        candidates = [
            (round(float(distance[network.bus_index(other_bus)]), TIE_DIGITS), other_bus, other)
            for other, other_bus in buses.items()
            if other_bus is not None and network.has_bus(other_bus)
        ]
        if name in chosen:
            allowed = [item for item in candidates if item[2] == chosen[name]]
        else:
            allowed = [
                item
                for item in candidates
                if item[2] not in gone
                and locations[item[2]].biddable
                and designation.get(item[2]) == designation.get(name)
                and connected[network.bus_index(item[1])]
                and np.isfinite(item[0])
            ]
        if allowed:
            nearest = min(allowed)
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
        remedy="name one in the column Replacement of retirements.csv, or remove the row",
        rule="rulebook 3.7",
    )
