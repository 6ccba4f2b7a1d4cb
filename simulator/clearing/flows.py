"""Flows on everything that is watched, in the base case and after every outage.

Flows after an outage follow from base flows and outage factors (rulebook 3.1): `flow_k + sum over
what is lost of factor_km x carried_m`, where a lost branch carried its flow and the bus of a lost
machine what was injected there. No table of all (element, outage) flows or factors is held:
single outages are gone through in groups, and of a group only the branches that may be beyond
their limits are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.clearing.outages import Outages
from simulator.clearing.problem import Floats, Ints
from simulator.domain import Refused
from simulator.network.balance import alike
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors
from simulator.network.singular import singular


@dataclass(frozen=True)
class Element:
    """A monitored branch or an interface: its name and its place in published tables."""

    name: str
    device_type: str
    key: BranchKey


@dataclass(frozen=True, eq=False)
class Transfer:
    """Branch flows of k injections: base (nl, k), and (nl, k) after each splitting outage.

    `injected` (g, k) is the part of them at the buses where outages lose machines.
    """

    base: Floats
    injected: Floats
    after_split: dict[int, Floats]

    def columns(self, chosen: Ints) -> Transfer:
        """The chosen injections only."""
        return Transfer(
            self.base[:, chosen],
            self.injected[:, chosen],
            {c: flows[:, chosen] for c, flows in self.after_split.items()},
        )


@dataclass(frozen=True, eq=False)
class Load:
    """What a market puts on the network: flows of what nets, and of each option by itself.

    `net` has one injection, `unit` one of 1 MW for each option held or awarded, `mw` (options,).
    """

    net: Transfer
    unit: Transfer
    mw: Floats

    def directed(self, net_flow: Floats, unit_flow: Floats) -> Floats:
        """(2, ...) MW in both directions from flows (...) and (..., options) of one place each.

        Options count by their positive part in each direction (rulebook 4.2).
        """
        both = np.stack([net_flow, -net_flow])
        if len(self.mw):
            forward = np.maximum(unit_flow, 0.0) @ self.mw
            both[0] += forward
            both[1] += forward - unit_flow @ self.mw
        return both


@dataclass(frozen=True, eq=False)
class Block:
    """Directed MW (2, k, w) on w elements after k outages (-1: none); both lists rise."""

    outage: Ints
    element: Ints
    loading_mw: Floats


class ElementFlows:
    """Built once per case. E elements: B monitored branches by name, then interfaces by name."""

    def __init__(self, case: ClearingCase) -> None:
        # Shifters hold their angle: CRR flows are the linear part alone.
        network = replace(case.network, shift_rad=np.zeros_like(case.network.shift_rad))
        self._case = case
        self._network = network
        self._factors = Factors(network)
        self._level = alike(network)
        self.branches = self._monitored()
        self._interfaces = tuple(sorted(case.interfaces, key=lambda item: item.name))
        self.elements = self._elements()
        self.outages = Outages(self._factors, case.contingencies)
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

    # -- flows --------------------------------------------------------------------------------

    def transfer(self, injection: Floats) -> Transfer:
        """Branch flows of injections (buses, k); Refused when they are not finite.

        What a right held from one island to another puts into each is made up for there.
        """
        injection = self._level.balanced(injection)
        after = {}
        for number, item in self.outages.special.items():
            if item.split is not None:
                after[number] = item.split.flows(injection)
        injected = injection[self.outages.machine_buses]
        base = self._factors.flows(injection)
        for flows in (base, *after.values()):  # no limit would be seen to be exceeded by such
            if not np.isfinite(flows).all():
                raise Refused([singular("of this market")])
        return Transfer(base, injected, after)

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

    def blocks(self, load: Load, limit_mw: Floats) -> Iterator[Block]:
        """All loadings, in parts; after outages those alone that may exceed limits (B,)."""
        everything = np.arange(len(self.elements))
        base = load.directed(self.base(load.net)[:, 0], self.base(load.unit))
        yield Block(np.array([-1]), everything, base[:, None, :])
        for number in self.outages.special:
            net, unit = (self._after(t, self.branches, number) for t in (load.net, load.unit))
            loading = load.directed(net[:, 0], unit)
            over = np.flatnonzero((loading > limit_mw).any(axis=0))
            if len(over):
                yield Block(np.array([number]), over, loading[:, None, over])
        yield from self._single_blocks(load, base[:, : len(self.branches)], limit_mw)

    def _single_blocks(self, load: Load, base: Floats, limit_mw: Floats) -> Iterator[Block]:
        """Loadings after single outages of branches that have not more room than they may need.

        After outages near each other no flow changes by more than the most that one of them
        carried times the largest of their factors.
        """
        by_chain = self.outages.by_chain
        if by_chain is None:
            return
        chains, between = by_chain.chains, by_chain.between_chains
        chain, sign = chains.of_branch[self.branches], chains.sign[self.branches]
        flow = load.net.base[:, 0]
        own = flow[self.branches]
        carried = np.abs(flow) + np.abs(load.unit.base) @ load.mw
        room = limit_mw - base.max(axis=0)
        for group in self.outages.neighbours:
            opened = self.outages.opened[group.place]
            column = np.flatnonzero(group.reach[chain] * carried[opened].max() > room)
            if not len(column):
                continue
            facing, turned = sign[column], chains.sign[opened]
            factor = between[np.ix_(by_chain.row_of(opened), chain[column])]
            loading = np.empty((2, *factor.shape))
            loading[0] = own[column] + facing * (factor * (turned * flow[opened])[:, None])
            loading[1] = -loading[0]
            for unit, mw in zip(load.unit.base.T, load.mw, strict=True):
                moved = factor * (turned * unit[opened])[:, None]
                after = unit[self.branches[column]] + facing * moved
                loading[0] += mw * np.maximum(after, 0.0)
                loading[1] += mw * np.maximum(-after, 0.0)
            yield Block(self.outages.single[group.place], column, loading)

    def at(self, load: Load, element: Ints, outage: Ints) -> Floats:
        """(2, M) directed MW on single elements after single outages (-1: none)."""
        base = load.directed(self.base(load.net)[:, 0], self.base(load.unit))
        found = base[:, element]
        for place, (item, number) in enumerate(zip(element.tolist(), outage.tolist(), strict=True)):
            if number >= 0:
                branch = self.branches[[item]]
                net, unit = (self._after(t, branch, number) for t in (load.net, load.unit))
                found[:, place] = load.directed(net[0, 0], unit[0])
        return found

    def net_at(self, transfer: Transfer, element: Ints, outage: Ints) -> Floats:
        """(M,) MW of one injection on single elements after single outages (-1: none)."""
        outages = self.outages
        flow: Floats = self.base(transfer)[element, 0]
        for number in sorted(set(outage.tolist()) & set(outages.special)):
            after = outage == number
            flow[after] = self._after(transfer, self.branches[element[after]], number)[:, 0]
        if outages.by_chain is not None:
            after = np.isin(outage, outages.single)
            opened = outages.opened[np.searchsorted(outages.single, outage[after])]
            factor = outages.by_chain.pairs(opened, self.branches[element[after]])
            flow[after] += factor * transfer.base[opened, 0]
        return flow

    def _after(self, transfer: Transfer, branches: Ints, outage: int) -> Floats:
        """(len(branches), k) flows of branches after an outage."""
        if outage in transfer.after_split:
            return transfer.after_split[outage][branches]
        carried = transfer.base[self.outages.lost_of(outage)]
        machines = self.outages.machines_of(outage)
        if len(machines):
            carried = np.concatenate([carried, transfer.injected[machines]])
        return np.asarray(transfer.base[branches] + self.outages.factor(outage, branches) @ carried)

    def _terms(self, interface: int) -> list[tuple[int, float]]:
        terms = []
        for key, weight in self._interfaces[interface].terms:
            position, sign = self._network.branch_index(key)
            terms.append((position, weight * sign))
        return sorted(terms)

    # -- shift factors ------------------------------------------------------------------------

    def shift_factors(self, element: Ints, outage: Ints) -> Iterator[Floats]:
        """Shift factors (buses,) of elements, one after the other, after their outages (-1: none).

        They are shifted by a constant per island so that the buses of each island average 0: no
        reference bus is felt in them (rulebook 4.6).
        """
        self._prepare(element, outage)
        for item, lost in zip(element.tolist(), outage.tolist(), strict=True):
            yield self._level.seen(self._factor_row(item, lost)[None, :])[0]

    def _prepare(self, element: Ints, outage: Ints) -> None:
        """Solve for the branch rows that will be needed, all at once."""
        wanted = {int(self.branches[e]) for e in element if e < len(self.branches)}
        wanted |= {k for e in element if e >= len(self.branches)
                   for k, _ in self._terms(int(e) - len(self.branches))}  # fmt: skip
        wanted |= {int(k) for c in outage if c >= 0 for k in self.outages.lost_of(int(c))}
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
        special = self.outages.special.get(outage)
        if special is not None and special.split is not None:
            return np.asarray(special.split.shift_factors([branch])[0])
        lost = self.outages.lost_of(outage)
        rows = np.array([self._rows[int(k)] for k in lost]).reshape(
            len(lost), len(self._network.bus)
        )
        factor = self.outages.factor(outage, self.branches[[element]])[0]
        after: Floats = self._rows[branch] + factor[: len(lost)] @ rows
        machines = self.outages.machines_of(outage)
        after[self.outages.machine_buses[machines]] += factor[len(lost) :]
        return after
