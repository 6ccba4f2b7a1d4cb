"""Machines, and what the network does when some of them are lost: machine by machine.

What a bus injects is that of its machines, each by its PMax. The part of the lost ones comes from
those that remain in their island, again by PMax. So does what an island lacks, or has too much of,
once wires are out; one without machines shares it among its buses alike, and so does every island
of the base case. Nothing here knows distribution factors.
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

    @cached_property
    def level(self) -> Evened:
        """What rights held from one island to another do in each before any contingency."""
        return Evened(self.intact.island, np.zeros(len(self.grid.bus)))

    def after(self, trip: Trip, name: str = "an outage") -> After:
        """The state after the contingency of this name."""
        return After(self, trip, name)


class Evened:
    """Every island gets back what is put into it, from its buses by their `helping_mw` (nb,)."""

    def __init__(self, island: Indices, helping_mw: Array) -> None:
        self._island = island
        helpless = self._sums(helping_mw) == 0.0
        helping = np.where(helpless[island], 1.0, helping_mw)
        self._part = helping / self._sums(helping)[island]

    def _sums(self, values: Array) -> Array:
        return np.asarray(np.bincount(self._island, weights=values), dtype=np.float64)

    def injection(self, injection_mw: Array) -> Array:
        """(nb, k) with nothing left over in any island."""
        over = np.array([self._sums(column) for column in injection_mw.T])
        return np.asarray(injection_mw - self._part[:, None] * over[:, self._island].T)

    def factors(self, factors: Array) -> Array:
        """(nb,) of injections that are evened out, from those of injections that are not."""
        return np.asarray(factors - self._sums(self._part * factors)[self._island])


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
        self._evened: Evened | None = None
        if self._solved.island.max() > plant.intact.island.max():  # an island fell apart
            helping = np.zeros(len(plant.grid.bus))
            staying = np.delete(np.arange(len(plant.machines)), self._gone)
            np.add.at(helping, plant.at[staying], plant.capacity[staying])
            self._evened = Evened(self._solved.island, helping)

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
        """(nl, k) MW on every wire for injections (nb, k) that were there before, `level` ones."""
        if len(self._gone):
            bus = self._plant.at[self._gone]
            moved = self._part[:, None] * injection_mw[bus]
            now = injection_mw + self._instead.T @ moved
            np.subtract.at(now, bus, moved)
            injection_mw = now
        if self._evened:
            injection_mw = self._evened.injection(injection_mw)
        return self._solved.flows(injection_mw)

    def sensitivity(self, terms: Sequence[tuple[int, float]]) -> Array:
        """(nb,) MW on the weighted sum of wires per MW injected before at each bus.

        The buses of every island of the base case average 0, whatever is grounded.
        """
        factors = self._solved.sensitivity(terms)
        if self._evened:
            factors = self._evened.factors(factors)
        if len(self._gone):
            bus = self._plant.at[self._gone]
            change = self._part * (self._instead @ factors - factors[bus])
            factors = factors.copy()
            np.add.at(factors, bus, change)
        return self._plant.level.factors(factors)
