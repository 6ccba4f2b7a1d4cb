"""What every contingency takes out, and what that does to the flow on other branches.

Single branches that split nothing, nearly all of a list, are known by the factors between chains
of branches alone (`network.outage_factors`). Several branches lost at once have factors of their
own; outages that split an island are solved on the network without them (rulebook 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.clearing.problem import Bools, Floats, Ints
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors
from simulator.network.model import Contingency
from simulator.network.outage import Outage
from simulator.network.outage_factors import OutageFactors

SPLIT_MARGIN = 1e-6
"""An outage whose factor denominator is below this is examined for splitting an island."""


@dataclass(frozen=True, eq=False)
class Special:
    """An outage of several branches, of none, or of one that splits an island."""

    branches: Ints
    factor: (
        Floats  # (nl, lost) change of flow per MW that a lost branch carried; (0, lost) if split
    )
    split: Outage | None


class Outages:
    """The contingencies of a case, numbered in the order of their names.

    `single` (S,) are the numbers of single outages, rising, and `opened` (S,) their branches;
    `special` has the others by number. `by_chain` holds the factors of the single ones.
    """

    def __init__(self, factors: Factors, contingencies: tuple[Contingency, ...]) -> None:
        self._factors = factors
        ordered = sorted(contingencies, key=lambda item: item.name)
        self.names = tuple(item.name for item in ordered)
        lost = [self._lost(item.branches) for item in ordered]
        meshed = factors.network.in_service & ~factors.bridges
        single = [k for k, item in enumerate(lost) if len(item) == 1 and meshed[item[0]]]
        self.single = np.array(single, dtype=np.int64)
        self.opened = np.array([lost[k][0] for k in single], dtype=np.int64)
        self.by_chain = OutageFactors(factors) if single else None
        alone = set(single)
        self.special = self._specials({k: v for k, v in enumerate(lost) if k not in alone})

    def __len__(self) -> int:
        return len(self.names)

    def _lost(self, keys: tuple[BranchKey, ...]) -> Ints:
        network = self._factors.network
        positions = {network.branch_index(key)[0] for key in keys}
        live = sorted(position for position in positions if network.in_service[position])
        return np.array(live, dtype=np.int64)

    def _specials(self, lost: dict[int, Ints]) -> dict[int, Special]:
        every = np.array(sorted({int(m) for item in lost.values() for m in item}), dtype=np.int64)
        flows = self._factors.transfer_flows(every)
        return {
            number: self._special(item, flows[:, np.searchsorted(every, item)])
            for number, item in lost.items()
        }

    def _special(self, lost: Ints, flows: Floats) -> Special:
        """Factors of losing `lost`, whose unit transfers cause `flows` (nl, lost)."""
        if not len(lost):
            return Special(lost, flows, None)
        system = np.eye(len(lost)) - flows[lost]
        if np.linalg.svd(system, compute_uv=False)[-1] < SPLIT_MARGIN:
            outage = self._factors.outage(lost.tolist())
            if outage.splits:
                return Special(lost, np.zeros((0, len(lost))), outage)
        return Special(lost, np.asarray(np.linalg.solve(system.T, flows.T).T), None)

    def lost_of(self, number: int) -> Ints:
        """The branches that an outage takes out."""
        if number in self.special:
            return self.special[number].branches
        return self.opened[[np.searchsorted(self.single, number)]]

    def count_lost(self, counted: Bools) -> int:
        """How many (outage, branch) pairs have a branch that is `counted` (nl,) and lost."""
        several = sum(int(counted[item.branches].sum()) for item in self.special.values())
        return int(counted[self.opened].sum()) + several

    def factor(self, number: int, branch: int) -> Floats:
        """(lost,) change of flow on a branch per MW that each lost branch carried."""
        if number in self.special:
            return np.asarray(self.special[number].factor[branch])
        assert self.by_chain is not None
        opened = int(self.opened[np.searchsorted(self.single, number)])
        chains = self.by_chain.chains
        between = self.by_chain.between_chains[chains.of_branch[opened], chains.of_branch[branch]]
        return np.array([between * chains.sign[opened] * chains.sign[branch]])
