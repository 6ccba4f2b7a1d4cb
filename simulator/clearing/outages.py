"""The contingencies of a case by how they are computed: nearly all of a list are single branches.

Single branches that split nothing are known by the factors between chains of branches alone
(`network.outage_factors`). All others, of several branches or machines, and those that split an
island, have a response of their own (`network.outage_response`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulator.clearing.problem import Bools, Floats, Ints
from simulator.domain import refuse_if_any
from simulator.network.factors import Factors
from simulator.network.model import Contingency
from simulator.network.outage_factors import OutageFactors
from simulator.network.outage_response import OutageResponse, opened_branches, outage_responses

CHAINS_TOGETHER = 32
"""Neighbouring chains whose outages are looked at together. Measured with 5,000 chains: of 38
million pairs 90,000 need to be computed near the optimum; twice as many with 64."""
OUTAGES_TOGETHER = 256
"""At most so many of them: all outages of a ring lie on two chains, and each is a row of flows."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Single outages near each other: `place` (k,) in `single`, rising.

    `reach` (nc + 1,) is the most that any of them changes a chain by per MW that it carried.
    """

    place: Ints
    reach: Floats


class Outages:
    """The contingencies of a case, numbered in the order of their names.

    `single` (S,) are the numbers of single outages, rising, and `opened` (S,) their branches;
    `special` has the others by number, and `machine_buses` (g,) the bus indices where those lose
    machines, rising. `by_chain` holds the factors of the single ones.
    """

    def __init__(self, factors: Factors, contingencies: tuple[Contingency, ...]) -> None:
        network = factors.network
        ordered = sorted(contingencies, key=lambda item: item.name)
        self.names = tuple(item.name for item in ordered)
        lost = [opened_branches(network, item) for item in ordered]
        meshed = network.in_service & ~factors.bridges
        single = [
            number
            for number, (item, branches) in enumerate(zip(ordered, lost, strict=True))
            if len(branches) == 1 and meshed[branches[0]] and not item.machines
        ]
        self.single = np.array(single, dtype=np.int64)
        self.opened = np.array([lost[number][0] for number in single], dtype=np.int64)
        self.by_chain = OutageFactors(factors, self.opened) if single else None
        if self.by_chain is not None:
            names = [self.names[number] for number in single]
            refuse_if_any(self.by_chain.unsolvable(self.opened, names))
        self.neighbours = self._neighbours()
        others = sorted(set(range(len(ordered))) - set(single))
        responses = outage_responses(factors, [ordered[number] for number in others])
        self.special: dict[int, OutageResponse] = dict(zip(others, responses, strict=True))
        buses = {int(bus) for item in self.special.values() for bus in item.buses}
        self.machine_buses = np.array(sorted(buses), dtype=np.int64)

    def _neighbours(self) -> tuple[Neighbours, ...]:
        """All single outages; chains are numbered along walks through the network."""
        if self.by_chain is None:
            return ()
        row, between = self.by_chain.row_of(self.opened), self.by_chain.between_chains
        order = np.argsort(row, kind="stable")
        starts = range(0, len(between), CHAINS_TOGETHER)
        ends = np.searchsorted(row[order], [*starts, len(between)]).tolist()
        found = []
        for start, (first, last) in zip(starts, pairwise(ends), strict=True):
            reach = np.abs(between[start : start + CHAINS_TOGETHER]).max(axis=0)
            place = np.sort(order[first:last])
            for begin in range(0, len(place), OUTAGES_TOGETHER):
                found.append(Neighbours(place[begin : begin + OUTAGES_TOGETHER], reach))
        return tuple(found)

    def __len__(self) -> int:
        return len(self.names)

    def lost_of(self, number: int) -> Ints:
        """The branches that an outage takes out."""
        if number in self.special:
            return self.special[number].branches
        return self.opened[[np.searchsorted(self.single, number)]]

    def machines_of(self, number: int) -> Ints:
        """Positions in `machine_buses` of the buses where an outage loses machines."""
        if number not in self.special:
            return np.zeros(0, dtype=np.int64)
        return np.searchsorted(self.machine_buses, self.special[number].buses)

    def count_lost(self, counted: Bools) -> int:
        """How many (outage, branch) pairs have a branch that is `counted` (nl,) and lost."""
        several = sum(int(counted[item.branches].sum()) for item in self.special.values())
        return int(counted[self.opened].sum()) + several

    def factor(self, number: int, branches: Ints) -> Floats:
        """(len(branches), o + g) change of flow on branches per MW that each part carried.

        The parts of an outage are the branches `lost_of` it, then the buses `machines_of` it.
        """
        if number in self.special:
            factor = self.special[number].factor
            assert factor is not None, "an outage that splits an island has no factors"
            return np.asarray(factor[branches])
        assert self.by_chain is not None
        return self.by_chain.pairs(self.lost_of(number), branches)[:, None]
