"""Flows on everything that is watched, in the base case and after every outage.

Flows after an outage follow from base flows and outage factors (rulebook 3.1): `flow_k + sum over
lost branches of factor_km x flow_m`, several lost at once included; outages that split an island
are solved on the network without them. No table of all (element, outage) shift factors is held:
they are computed for the rows asked for alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.clearing.problem import Bools, Floats, Ints
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors
from simulator.network.outage import Outage

SPLIT_MARGIN = 1e-6
"""An outage whose factor denominator is below this is examined for splitting an island."""


@dataclass(frozen=True)
class Element:
    """A monitored branch or an interface: its name and its place in published tables."""

    name: str
    device_type: str
    key: BranchKey


@dataclass(frozen=True, eq=False)
class Transfer:
    """Branch flows of k injections: base (nl, k), and (B, k) after each splitting outage."""

    base: Floats
    after_split: dict[int, Floats]

    def columns(self, chosen: Ints) -> Transfer:
        """The chosen injections only."""
        return Transfer(
            self.base[:, chosen], {c: flows[:, chosen] for c, flows in self.after_split.items()}
        )


@dataclass(frozen=True, eq=False)
class _Lost:
    """One contingency: branches lost, and either factors onto branches or a split network."""

    branches: Ints
    factor: Floats  # (B, lost); NaN for a branch that is lost itself
    split: Outage | None


class ElementFlows:
    """Built once per case. E elements: B monitored branches by name, then interfaces by name."""

    def __init__(self, case: ClearingCase) -> None:
        # Shifters hold their angle: CRR flows are the linear part alone.
        network = replace(case.network, shift_rad=np.zeros_like(case.network.shift_rad))
        self._case = case
        self._network = network
        self._factors = Factors(network)
        self.branches = self._monitored()
        self._interfaces = tuple(sorted(case.interfaces, key=lambda item: item.name))
        self.elements = self._elements()
        self.outage_names = tuple(sorted(item.name for item in case.contingencies))
        self._outages = self._all_outages()
        self._rows: dict[int, Floats] = {}

    def _monitored(self) -> Ints:
        """Positions of the enforced branches, sorted by their name."""
        case, network = self._case, self._network
        named = network.key if case.monitored is None else case.monitored
        chosen = {network.branch_index(key)[0] for key in named}
        live = [k for k in chosen if network.in_service[k] and np.any(network.rating_mw[k] > 0)]
        return np.array(sorted(live, key=lambda k: network.key[k].undirected), dtype=np.int64)

    def _elements(self) -> tuple[Element, ...]:
        branches = []
        for position in self.branches:
            key = self._network.key[int(position)]
            branches.append(Element(f"{key.from_bus}-{key.to_bus}-{key.circuit}", "BRANCH", key))
        nowhere = BranchKey(0, 0, "")
        interfaces = [Element(item.name, "INTERFACE", nowhere) for item in self._interfaces]
        return (*branches, *interfaces)

    # -- outages ------------------------------------------------------------------------------

    def _all_outages(self) -> tuple[_Lost, ...]:
        by_name = {item.name: item for item in self._case.contingencies}
        lost_of = [self._lost(by_name[name].branches) for name in self.outage_names]
        lost = np.array(sorted({int(m) for item in lost_of for m in item}), dtype=np.int64)
        flows = self._factors.transfer_flows(lost)
        slot = {int(position): column for column, position in enumerate(lost)}
        return tuple(self._outage(item, flows[:, [slot[int(m)] for m in item]]) for item in lost_of)

    def _lost(self, keys: tuple[BranchKey, ...]) -> Ints:
        positions = {self._network.branch_index(key)[0] for key in keys}
        live = sorted(position for position in positions if self._network.in_service[position])
        return np.array(live, dtype=np.int64)

    def _outage(self, lost: Ints, flows: Floats) -> _Lost:
        """Factors of losing `lost`, whose unit transfers cause `flows` (nl, lost)."""
        split = None
        factor = np.zeros((len(self.branches), len(lost)))
        if len(lost):
            system = np.eye(len(lost)) - flows[lost]
            if np.linalg.svd(system, compute_uv=False)[-1] < SPLIT_MARGIN:
                outage = self._factors.outage(lost.tolist())
                split = outage if outage.splits else None
            if split is None:
                factor = np.asarray(np.linalg.solve(system.T, flows[self.branches].T).T)
        factor[np.isin(self.branches, lost)] = np.nan
        return _Lost(lost, factor, split)

    @property
    def outage_count(self) -> int:
        """How many contingencies there are."""
        return len(self._outages)

    def lost_elements(self, counted: Bools) -> int:
        """How many (element, outage) pairs fall away because the `counted` (B,) one is lost."""
        watched = self.branches[counted]
        return sum(int(np.isin(watched, item.branches).sum()) for item in self._outages)

    # -- flows --------------------------------------------------------------------------------

    def transfer(self, injection: Floats) -> Transfer:
        """Branch flows of injections (buses, k)."""
        after = {}
        for number, item in enumerate(self._outages):
            if item.split is not None:
                after[number] = item.split.flows(injection)[self.branches]
                after[number][np.isin(self.branches, item.branches)] = np.nan
        return Transfer(self._factors.flows(injection), after)

    def base(self, transfer: Transfer) -> Floats:
        """Flows of the elements (E, k) in the base case."""
        own = transfer.base[self.branches]
        if not self._interfaces:
            return own
        totals = [
            sum(weight * transfer.base[k] for k, weight in self._terms(number))
            for number in range(len(self._interfaces))
        ]
        return np.concatenate([own, np.array(totals)])

    def after(self, transfer: Transfer, outage: int) -> Floats:
        """Flows of the monitored branches (B, k) after an outage; NaN where lost itself."""
        item = self._outages[outage]
        if item.split is not None:
            return transfer.after_split[outage]
        lost = transfer.base[item.branches]
        return np.asarray(transfer.base[self.branches] + item.factor @ lost)

    def _terms(self, interface: int) -> list[tuple[int, float]]:
        terms = []
        for key, weight in self._interfaces[interface].terms:
            position, sign = self._network.branch_index(key)
            terms.append((position, weight * sign))
        return sorted(terms)

    # -- shift factors ------------------------------------------------------------------------

    def shift_factors(self, element: Ints, outage: Ints) -> Floats:
        """(len(element), buses) shift factors of the elements after their outages (-1: none).

        Rows are shifted by a constant per island so that the buses of each island average 0:
        no reference bus is felt in them (rulebook 4.6).
        """
        self._prepare(element, outage)
        rows = np.empty((len(element), len(self._network.bus)))
        for place, (item, lost) in enumerate(zip(element.tolist(), outage.tolist(), strict=True)):
            rows[place] = self._factor_row(item, lost)
        return self._centred(rows)

    def _prepare(self, element: Ints, outage: Ints) -> None:
        """Solve for the branch rows that will be needed, all at once."""
        wanted = {int(self.branches[e]) for e in element if e < len(self.branches)}
        wanted |= {k for e in element if e >= len(self.branches)
                   for k, _ in self._terms(int(e) - len(self.branches))}  # fmt: skip
        wanted |= {int(k) for c in outage if c >= 0 for k in self._outages[c].branches}
        missing = sorted(wanted - set(self._rows))
        for branch, row in zip(missing, self._factors.shift_factors(missing), strict=True):
            self._rows[branch] = row

    def _factor_row(self, element: int, outage: int) -> Floats:
        if element >= len(self.branches):
            terms = self._terms(element - len(self.branches))
            return np.asarray(sum(weight * self._rows[k] for k, weight in terms))
        branch = int(self.branches[element])
        if outage < 0:
            return self._rows[branch]
        item = self._outages[outage]
        if item.split is not None:
            return np.asarray(item.split.shift_factors([branch])[0])
        lost = np.array([self._rows[int(k)] for k in item.branches])
        return np.asarray(self._rows[branch] + item.factor[element] @ lost)

    def _centred(self, rows: Floats) -> Floats:
        island = np.unique(self._network.island, return_inverse=True)[1]
        count = np.bincount(island)
        for row in rows:
            row -= (np.bincount(island, weights=row) / count)[island]
        return rows
