"""How an island makes up for what it has too much or too little of; no reference bus is felt.

After an outage its machines in service do, in proportion to PMax: the same response as to a lost
machine (`generator_outage`), so that the outage of a machine's only line is the loss of the machine
[own; rulebook 3.1 says only that islands are rebuilt]. An island without a machine, and every
island of a network that lies in several before any outage, does by all its buses alike: the
pseudo-inverse of rulebook 3.1. Star points are buses here, as a MATPOWER case writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.island import IntArray
from simulator.network.machine import MachineKey


@dataclass(frozen=True, eq=False)
class Balance:
    """`share` (nb,) of each bus in what its `island` (nb,) makes up for; 1 in every island."""

    island: IntArray
    share: FloatArray

    def balanced(self, injection_mw: FloatArray) -> FloatArray:
        """(nb,) or (nb, k): the injections, and what is made up for in each island."""
        surplus = self._members @ injection_mw
        return np.asarray(injection_mw - (self.share * surplus[self.island].T).T)

    def seen(self, rows: FloatArray) -> FloatArray:
        """(m, nb) factors of injections that are made up for, from `rows` (m, nb) of any others."""
        seen = rows.copy()
        for row in seen:
            row -= (self._members @ (self.share * row))[self.island]
        return seen

    @cached_property
    def _members(self) -> csr_array:
        """(islands, nb): 1 where a bus belongs to an island."""
        buses = len(self.island)
        shape = (int(self.island.max(initial=-1)) + 1, buses)
        return csr_array((np.ones(buses), (self.island, np.arange(buses))), shape=shape)


def alike(network: DcNetwork) -> Balance:
    """All buses of an island make up for it alike."""
    return _by(network, np.zeros(network.bus_count))


def by_machines(network: DcNetwork, lost: Iterable[MachineKey] = ()) -> Balance:
    """The machines of an island that are not `lost` do, by PMax; where none is, its buses alike."""
    gone = set(lost)
    capacity = np.zeros(network.bus_count)
    for key, mw in network.machine_mw.items():
        if key not in gone:
            capacity[network.bus_index(key.bus)] += mw
    return _by(network, capacity)


def _by(network: DcNetwork, weight: FloatArray) -> Balance:
    island = network.island
    total = np.bincount(island, weights=weight)
    weight = np.where(total[island] > 0, weight, 1.0)
    return Balance(island, weight / np.bincount(island, weights=weight)[island])
