"""Locations that an outage cuts off from the market's network (rulebook 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulator.domain import Tou
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.distance import TIE_DIGITS, electrical_distance
from simulator.network.island import BoolArray
from simulator.network.model import Location

Shares = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Islanding:
    """`outages` are the branches out of service whose return would connect the location again."""

    location: str
    outages: tuple[BranchKey, ...]

    def __str__(self) -> str:
        return f"{self.location} is islanded by the outage of {named(self.outages)}"


def named(outages: tuple[BranchKey, ...]) -> str:
    """The branches to blame, in words."""
    return ", ".join(map(str, outages)) or "the model"


def main_island(network: DcNetwork) -> BoolArray:
    """Buses (nb,) of the island with the most buses in service, the first of equals."""
    size = np.bincount(network.island[~network.isolated], minlength=len(network.reference))
    return np.asarray(network.island == int(size.argmax()))


def islanded(network: DcNetwork, locations: Mapping[str, Location]) -> tuple[Islanding, ...]:
    """Locations none of whose buses is in the main island, by name, with the outages to blame.

    A location with base-loading CRRs may then still be sold from; any other is not biddable in
    that market.
    """
    connected = main_island(network)
    found = []
    for name in sorted(locations):
        buses = sorted({bus for shares in locations[name].factors.values() for bus, _ in shares})
        indices = [network.bus_index(bus) for bus in buses]
        if indices and not connected[indices].any():
            cut_off = np.isin(network.island, network.island[indices])
            found.append(Islanding(name, _boundary(network, cut_off)))
    return tuple(found)


def islanded_buses(
    location: Location, network: DcNetwork
) -> dict[tuple[BranchKey, ...], tuple[int, ...]]:
    """The location's buses outside the main island, by the outages that are to blame, in order."""
    connected = main_island(network)
    found: dict[tuple[BranchKey, ...], tuple[int, ...]] = {}
    for bus in sorted({bus for shares in location.factors.values() for bus, _ in shares}):
        index = network.bus_index(bus)
        if not connected[index]:
            outages = _boundary(network, network.island == network.island[index])
            found[outages] = (*found.get(outages, ()), bus)
    return found


def connected_part(location: Location, network: DcNetwork) -> Location:
    """The location with its factors shared among the buses that are in the main island.

    Unchanged when all of them are, or none is (then it is islanded as a whole).
    """
    inside = main_island(network)
    factors: dict[Tou, Shares] = {}
    for tou, shares in location.factors.items():
        kept = tuple(bus for bus, _ in shares if inside[network.bus_index(bus)])
        factors[tou] = normalised(shares, kept) if 0 < len(kept) < len(shares) else shares
    return replace(location, factors=factors)


def at_nearest_connected(location: Location, network: DcNetwork, intact: DcNetwork) -> Location:
    """An islanded location with each bus replaced by the connected one that is closest.

    Close by electrical distance in the `intact` network, without the outages; equal distances go to
    the lower bus number. What is already held on the location then loads the model where its power
    comes back in, as a disconnected node is priced (rulebook 3.7). Unchanged when nothing that is
    connected can be reached.
    """
    inside = np.flatnonzero(main_island(network) & (network.bus > 0))
    factors: dict[Tou, Shares] = {}
    for tou, shares in location.factors.items():
        placed: dict[int, float] = {}
        for bus, factor in shares:
            distance = np.round(electrical_distance(intact, bus)[inside], TIE_DIGITS)
            nearest = np.lexsort((network.bus[inside], distance))[0]
            near = int(network.bus[inside[nearest]]) if np.isfinite(distance[nearest]) else bus
            placed[near] = placed.get(near, 0.0) + factor
        factors[tou] = tuple(sorted(placed.items()))
    return replace(location, factors=factors)


def without_bus(location: Location, bus: int) -> Location:
    """The location after the generator at `bus` is lost: its factor goes to the others.

    Each other factor is divided by 1 less the lost one, so that they add to 1 again (rulebook
    3.1). ValueError when nothing is left.
    """
    factors = {}
    for tou, shares in location.factors.items():
        kept = tuple(other for other, _ in shares if other != bus)
        if not kept:
            raise ValueError(f"location {location.name} is bus {bus} alone")
        factors[tou] = normalised(shares, kept) if len(kept) < len(shares) else shares
    return replace(location, factors=factors)


def normalised(shares: Shares, kept: tuple[int, ...]) -> Shares:
    """The shares of the buses in `kept`, scaled to add to 1."""
    chosen = [(bus, factor) for bus, factor in shares if bus in kept]
    total = sum(factor for _, factor in chosen)
    return tuple((bus, factor / total) for bus, factor in chosen)


def _boundary(network: DcNetwork, cut_off: BoolArray) -> tuple[BranchKey, ...]:
    """Branches with one end in the part that is cut off; were one in service, it would not be."""
    crossing = np.flatnonzero(cut_off[network.from_index] != cut_off[network.to_index])
    return tuple(network.key[k] for k in crossing.tolist())
