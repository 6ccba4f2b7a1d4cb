"""Machines, and what the network does when some of them are lost: machine by machine.

What a bus injects is that of its machines, each by its PMax. The part of the lost ones comes from
those that remain in their island, again by PMax. Nothing here knows distribution factors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.network.case import Case
from simulator.verify.electrical import OUT_OF_SERVICE
from simulator.verify.grid import Array, Grid, Indices, Positions, Solved

Machine = tuple[int, str]


def fleet_of(case: Case) -> dict[Machine, float]:
    """PMax in MW of the machines in service that can generate, by bus and identifier."""
    dead = {bus.number for bus in case.buses if bus.type == OUT_OF_SERVICE}
    return {
        (item.bus, item.id.strip().upper()): item.p_max_mw
        for item in case.generators
        if item.status == 1 and item.p_max_mw > 0 and item.bus not in dead
    }


@dataclass(frozen=True)
class Trip:
    """What is lost together: wires and machines."""

    opened: Positions = frozenset()
    lost: frozenset[Machine] = frozenset()


class Plant:
    """The grid with its machines, as the market's outages leave it."""

    def __init__(self, grid: Grid, fleet: Mapping[Machine, float]) -> None:
        self.grid = grid
        self.machines = sorted(fleet)
        self.capacity = np.array([fleet[machine] for machine in self.machines])
        self.at = np.array([grid.bus_position[bus] for bus, _ in self.machines], dtype=np.int64)

    @cached_property
    def intact(self) -> Solved:
        """The grid without any contingency."""
        return self.grid.without(frozenset())

    def after(self, trip: Trip, name: str = "an outage") -> After:
        """The state after the contingency of this name."""
        return After(self, trip, name)


class After:
    """Wires are out of the network that is solved, injections come from the machines left."""

    def __init__(self, plant: Plant, trip: Trip, name: str) -> None:
        self._plant = plant
        self._solved = plant.intact
        if trip.opened:
            self._solved = plant.grid.without(trip.opened, f"network after {name}")
        gone = [plant.machines.index(machine) for machine in sorted(trip.lost)]
        self._gone: Indices = np.array(gone, dtype=np.int64)
        if gone:
            self._part, self._instead = self._shared()

    def _shared(self) -> tuple[Array, Array]:
        """Of each lost machine: its part of what its bus injects, and (nb,) who injects it now."""
        plant = self._plant
        buses = len(plant.grid.bus)
        here = np.bincount(plant.at, weights=plant.capacity, minlength=buses)
        part = plant.capacity[self._gone] / here[plant.at[self._gone]]
        left = plant.capacity.copy()
        left[self._gone] = 0.0
        instead = np.zeros((len(self._gone), buses))
        for row, machine in enumerate(self._gone):
            home = plant.intact.island == plant.intact.island[plant.at[machine]]
            helping = np.where(home[plant.at], left, 0.0)
            if helping.sum() > 0:
                np.add.at(instead[row], plant.at, helping / helping.sum())
            else:  # cut off by an outage of the market: no right can inject there
                part[row] = 0.0
        return part, instead

    def flows(self, injection_mw: Array) -> Array:
        """(nl, k) MW on every wire for injections (nb, k) that were there before."""
        if len(self._gone):
            bus = self._plant.at[self._gone]
            moved = self._part[:, None] * injection_mw[bus]
            now = injection_mw + self._instead.T @ moved
            np.subtract.at(now, bus, moved)
            injection_mw = now
        return self._solved.flows(injection_mw)

    def sensitivity(self, terms: Sequence[tuple[int, float]]) -> Array:
        """(nb,) MW on the weighted sum of wires per MW injected before at each bus."""
        factors = self._solved.sensitivity(terms)
        if len(self._gone):
            bus = self._plant.at[self._gone]
            change = self._part * (self._instead @ factors - factors[bus])
            factors = factors.copy()
            np.add.at(factors, bus, change)
        return factors
