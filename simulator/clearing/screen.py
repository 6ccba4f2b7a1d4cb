"""Every limit of the market, base case and after every outage, checked in MW."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.clearing.case import BASE_CASE, ClearingCase
from simulator.clearing.flows import Block, Element, ElementFlows, Load
from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.rows import Rows
from simulator.clearing.tolerances import FACTOR_DECIMALS, RELAX_MW, ROWS_PER_ROUND


@dataclass(frozen=True, eq=False)
class Found:
    """Constraints picked out by a scan; all arrays have one entry per constraint."""

    element: Ints
    outage: Ints
    direction: Ints
    loading_mw: Floats
    limit_mw: Floats

    def __len__(self) -> int:
        return len(self.element)

    def keys(self) -> list[tuple[int, int, int]]:
        """(element, outage, direction) of every constraint."""
        columns = (self.element.tolist(), self.outage.tolist(), self.direction.tolist())
        return list(zip(*columns, strict=True))

    def take(self, chosen: Ints) -> Found:
        """The chosen constraints, in the order given."""
        return Found(
            self.element[chosen],
            self.outage[chosen],
            self.direction[chosen],
            self.loading_mw[chosen],
            self.limit_mw[chosen],
        )

    def in_order(self) -> Found:
        """Sorted by element, outage and direction."""
        return self.take(np.lexsort((self.direction, self.outage, self.element)))

    def worst(self) -> Found:
        """The most violated, as many as a round adds, in the order they are in."""
        over = np.round(self.loading_mw - self.limit_mw, 6)
        return self.take(np.sort(np.argsort(-over, kind="stable")[:ROWS_PER_ROUND]))

    @staticmethod
    def joined(parts: Sequence[Found]) -> Found:
        """All of them, sorted."""
        return Found(
            np.concatenate([part.element for part in parts]),
            np.concatenate([part.outage for part in parts]),
            np.concatenate([part.direction for part in parts]),
            np.concatenate([part.loading_mw for part in parts]),
            np.concatenate([part.limit_mw for part in parts]),
        ).in_order()

    @staticmethod
    def none() -> Found:
        """No constraint at all."""
        empty = np.zeros(0, dtype=np.int64)
        return Found(empty, empty, empty, np.zeros(0), np.zeros(0))


class SecurityScreen:
    """The limits of a case over its flows; built once, serves all its problems."""

    def __init__(self, case: ClearingCase) -> None:
        self.flows = ElementFlows(case)
        self._branch_count = case.network.branch_count
        self.base_limit, self.outage_limit = self._limits(case)

    def _limits(self, case: ClearingCase) -> tuple[Floats, Floats]:
        """Base limits (2, E) forward and reverse; limits (B,) of branches after outages."""
        ratings = case.network.rating_mw[self.flows.branches].reshape(-1, 3)

        def limit(letter: str) -> Floats:
            rating = ratings[:, "ABC".index(letter)]
            rating = np.where(rating > 0, rating, ratings[:, 0])
            return np.where(rating > 0, rating * case.limit_scale, np.inf)

        def bound(value: float | None) -> float:
            return float("inf") if value is None else value * case.limit_scale

        ordered = sorted(case.interfaces, key=lambda item: item.name)
        interfaces = [[bound(i.forward_limit_mw), bound(i.reverse_limit_mw)] for i in ordered]
        base = limit(case.base_rating)
        both = np.hstack([np.vstack([base, base]), np.array(interfaces).reshape(-1, 2).T])
        return both, limit(case.contingency_rating)

    @property
    def elements(self) -> tuple[Element, ...]:
        """Names of the elements."""
        return self.flows.elements

    def contingency_name(self, outage: int) -> str:
        """Published name of an outage position; -1 is the base case."""
        return BASE_CASE if outage < 0 else self.flows.outages.names[outage]

    def count(self) -> int:
        """How many (element, outage, direction) constraints a scan looks at."""
        base = int(np.isfinite(self.base_limit).sum())
        limited = np.isfinite(self.outage_limit)
        counted = np.zeros(self._branch_count, dtype=np.bool_)
        counted[self.flows.branches[limited]] = True
        outages = self.flows.outages
        return base + 2 * (int(limited.sum()) * len(outages) - outages.count_lost(counted))

    def view(self, problem: Problem) -> ProblemScreen:
        """The screen for one problem."""
        return ProblemScreen(self, problem)


class ProblemScreen:
    """Loadings of one problem: obligations net, options by their positive part (rulebook 4.2)."""

    def __init__(self, screen: SecurityScreen, problem: Problem) -> None:
        self.screen = screen
        self._problem = problem
        self._options = np.flatnonzero(problem.option)
        self._unit = screen.flows.transfer(problem.path_injection(self._options))
        self._fixed = self._load(problem.fixed_mw)
        self._relaxed = self._overloaded() if np.any(problem.fixed_mw) else Found.none()

    def _load(self, path_mw: Floats) -> Load:
        """What MW on every path (P,) put on the network."""
        option_mw = path_mw[self._options]
        used = np.flatnonzero(option_mw)
        net = self.screen.flows.transfer(self._problem.injection(path_mw)[:, None])
        return Load(net, self._unit.columns(used), option_mw[used])

    def _limits(self, element: Ints, outage: Ints) -> Floats:
        """(2, outages, elements) limits as they are rated."""
        base = self.screen.base_limit[:, None, element]
        if len(outage) == 1 and outage[0] < 0:
            return base
        after = self.screen.outage_limit[element]
        return np.broadcast_to(after, (2, len(outage), len(element)))

    def _overloaded(self) -> Found:
        """Limits that the rights held already exceed, by outage, element and direction."""
        return self._beyond(self._fixed, RELAX_MW, lambda b: self._limits(b.element, b.outage))

    def _beyond(self, load: Load, margin_mw: float, limits: Callable[[Block], Floats]) -> Found:
        """Every limit, of `limits` (2, outages, elements), that a load exceeds by a margin."""
        parts = [Found.none()]
        for block in self.screen.flows.blocks(load, self.screen.outage_limit + margin_mw):
            limit = limits(block)
            side, row, column = np.nonzero(block.loading_mw > limit + margin_mw)
            parts.append(
                Found(
                    block.element[column],
                    block.outage[row],
                    1 - 2 * side,
                    block.loading_mw[side, row, column],
                    limit[side, row, column],
                )
            )
        return Found.joined(parts)

    def relaxed(self) -> Found:
        """Limits that the rights held already exceed (rulebook 3.6); loading is their flow."""
        return self._relaxed

    def violated(self, path_mw: Floats, tolerance_mw: float) -> Found:
        """For each element and direction the outage that violates its working limit most.

        Of outages that violate it alike (to 1e-6 MW) it is the first by name.
        """
        flows = self.screen.flows
        worst = _Worst(len(flows.elements))
        for block in flows.blocks(self._load(path_mw), self.screen.outage_limit + tolerance_mw):
            worst.see(block, self._working(block), tolerance_mw)
        return worst.found()

    def used_up(self, path_mw: Floats, room_mw: float) -> Found:
        """Every element, outage and direction with less room than `room_mw`."""
        return self._beyond(self._load(path_mw), -room_mw, self._working)

    def _working(self, block: Block) -> Floats:
        """Limits of a block, lifted to the flow of the rights held where those exceed them."""
        limit = self._limits(block.element, block.outage)
        lifted = self._relaxed
        if not len(lifted):
            return limit
        row = np.searchsorted(block.outage, lifted.outage).clip(max=len(block.outage) - 1)
        column = np.searchsorted(block.element, lifted.element).clip(max=len(block.element) - 1)
        here = (block.outage[row] == lifted.outage) & (block.element[column] == lifted.element)
        limit = limit.copy()
        side = (1 - lifted.direction) // 2
        limit[side[here], row[here], column[here]] = lifted.loading_mw[here]
        return limit

    def worst_mw(self, path_mw: Floats) -> float:
        """The worst violation of any constraint; 0 when there is none."""
        found = self.violated(path_mw, 0.0)
        return float(np.max(found.loading_mw - found.limit_mw, initial=0.0))

    def rows(self, found: Found) -> Rows:
        """The found constraints as rows of the optimisation, at every location."""
        at_locations = np.empty((len(found), len(self._problem.locations)))
        factors = self.screen.flows.shift_factors(found.element, found.outage)
        for row, at_buses in zip(at_locations, factors, strict=True):
            np.round(self._problem.location_factors @ at_buses, FACTOR_DECIMALS, out=row)
        at_locations *= found.direction[:, None]
        fixed = self._directed(self._fixed, found)
        limit = np.where(
            found.outage < 0,
            self.screen.base_limit[_side(found), found.element],
            self._after_limit(found.element),
        )
        relaxed = fixed > limit + RELAX_MW
        return Rows(
            found.element,
            found.outage,
            found.direction,
            at_locations,
            np.where(relaxed, fixed, limit),
            fixed,
            relaxed,
        )

    def _after_limit(self, element: Ints) -> Floats:
        """(len(element),) limits after outages; interfaces have none."""
        interfaces = len(self.screen.elements) - len(self.screen.outage_limit)
        every = np.append(self.screen.outage_limit, np.full(interfaces, np.inf))
        return np.asarray(every[element])

    def flow_of(self, rows: Rows, path_mw: Floats) -> Floats:
        """(M,) directed loading of the rows, options by their positive part."""
        return self._directed(self._load(path_mw), rows)

    def _directed(self, load: Load, rows: Found | Rows) -> Floats:
        both = self.screen.flows.at(load, rows.element, rows.outage)
        return np.asarray(both[_side(rows), np.arange(len(rows))])


class _Worst:
    """For each direction and element the outage that exceeds its limit most; (2, E) each."""

    def __init__(self, elements: int) -> None:
        self._over = np.full((2, elements), -np.inf)
        self._outage = np.zeros((2, elements), dtype=np.int64)
        self._loading = np.zeros((2, elements))
        self._limit = np.zeros((2, elements))

    def see(self, block: Block, limit_mw: Floats, tolerance_mw: float) -> None:
        """Take what is worse in a block; its outages rise, so that the first of equals is taken."""
        excess = block.loading_mw - limit_mw
        near = np.flatnonzero((np.max(excess, axis=1) > tolerance_mw).any(axis=0))
        if not len(near):  # most limits are far away: only the others are ranked
            return
        excess, element = excess[:, :, near], block.element[near]
        over = np.round(excess, 6)
        row = np.argmax(over, axis=1)[:, None, :]
        excess, over = (
            np.take_along_axis(values, row, axis=1)[:, 0, :] for values in (excess, over)
        )
        loading, limit = (
            np.take_along_axis(values[:, :, near], row, axis=1)[:, 0, :]
            for values in (block.loading_mw, limit_mw)
        )
        outage, known = block.outage[row[:, 0, :]], self._over[:, element]
        first = (over == known) & (outage < self._outage[:, element])
        side, column = np.nonzero((excess > tolerance_mw) & ((over > known) | first))
        place = (side, element[column])
        self._over[place] = over[side, column]
        self._outage[place] = outage[side, column]
        self._loading[place] = loading[side, column]
        self._limit[place] = limit[side, column]

    def found(self) -> Found:
        """What was seen to be violated, sorted."""
        side, element = np.nonzero(self._over > -np.inf)
        place = (side, element)
        return Found(
            element, self._outage[place], 1 - 2 * side, self._loading[place], self._limit[place]
        ).in_order()


def _side(rows: Found | Rows) -> Ints:
    """(M,) 0 for FROM_TO, 1 for TO_FROM."""
    return (1 - rows.direction) // 2
