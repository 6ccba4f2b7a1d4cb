"""Every limit of the market, base case and after every outage, checked in MW."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.clearing.case import BASE_CASE, ClearingCase
from simulator.clearing.flows import Element, ElementFlows
from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.rows import Rows

FACTOR_DECIMALS = 12
"""Shift factors are rounded here, so that the order of buses and lines in a file is not felt."""
WORST_OUTAGES = 1
"""Of the outages that violate one limit in one direction, so many are added in a round."""
ROWS_PER_ROUND = 200
"""At most so many rows are added in a round, the most violated first."""
RELAX_MW = 1e-6
"""Fixed flow this far above a limit makes it a relaxed limit."""

Loading = tuple[Floats, Floats]
"""Directed MW: base case (2, E) and after outages (2, B, outages); direction 0 is FROM_TO."""


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

    def worst(self) -> Found:
        """What a round adds: the worst outage of each element and direction, the worst of those."""
        over = np.round(self.loading_mw - self.limit_mw, 6)
        order = np.lexsort((self.outage, -over, self.direction, self.element))
        place = self.element[order] * 2 + (self.direction[order] > 0)
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        chosen = order[rank < WORST_OUTAGES]
        chosen = chosen[np.argsort(-over[chosen], kind="stable")][:ROWS_PER_ROUND]
        return self.take(np.sort(chosen))

    @staticmethod
    def beyond(loading: Loading, limit: Loading, tolerance_mw: float) -> Found:
        """Where loading exceeds limit, sorted; NaN (a branch that is lost itself) never does."""
        with np.errstate(invalid="ignore"):
            base = np.nonzero(loading[0] > limit[0] + tolerance_mw)
            after = np.nonzero(loading[1] > limit[1] + tolerance_mw)
        element = np.concatenate([base[1], after[1]])
        outage = np.concatenate([np.full(len(base[0]), -1), after[2]])
        direction = 1 - 2 * np.concatenate([base[0], after[0]])
        mw = np.concatenate([loading[0][base], loading[1][after]])
        bound = np.concatenate([limit[0][base], limit[1][after]])
        order = np.lexsort((direction, outage, element))
        return Found(element, outage, direction, mw, bound).take(order)

    @staticmethod
    def none() -> Found:
        """No constraint at all."""
        empty = np.zeros(0, dtype=np.int64)
        return Found(empty, empty, empty, np.zeros(0), np.zeros(0))


class SecurityScreen:
    """The limits of a case over its flows; built once, serves all its problems."""

    def __init__(self, case: ClearingCase) -> None:
        self.flows = ElementFlows(case)
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
        return BASE_CASE if outage < 0 else self.flows.outage_names[outage]

    def count(self) -> int:
        """How many (element, outage, direction) constraints a scan looks at."""
        base = int(np.isfinite(self.base_limit).sum())
        limited = np.isfinite(self.outage_limit)
        after = int(limited.sum()) * self.flows.outage_count
        return base + 2 * (after - self.flows.lost_elements(limited))

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
        self._fixed = self._loading(problem.fixed_mw)
        self._working = self._working_limits()

    def _loading(self, path_mw: Floats) -> Loading:
        """Directed loadings of MW on every path (P,)."""
        flows = self.screen.flows
        net = flows.transfer(self._problem.injection(path_mw)[:, None])
        option_mw = path_mw[self._options]
        used = np.flatnonzero(option_mw)
        unit, mw = self._unit.columns(used), option_mw[used]

        def both(net_flow: Floats, unit_flow: Floats) -> Floats:
            forward, reverse = net_flow[:, 0].copy(), -net_flow[:, 0]
            if len(mw):
                load = np.maximum(unit_flow, 0.0) @ mw
                forward += load
                reverse += load - unit_flow @ mw
            return np.stack([forward, reverse])

        base = both(flows.base(net), flows.base(unit))
        after = np.empty((2, len(flows.branches), flows.outage_count))
        for outage in range(flows.outage_count):
            after[:, :, outage] = both(flows.after(net, outage), flows.after(unit, outage))
        return base, after

    def _limits(self) -> Loading:
        limit = self.screen.outage_limit[None, :, None]
        return self.screen.base_limit, np.broadcast_to(limit, self._fixed[1].shape)

    def _working_limits(self) -> Loading:
        """Limits, lifted to the flow of the rights held where those exceed them."""
        base, after = (
            np.where(fixed > limit + RELAX_MW, fixed, limit)
            for fixed, limit in zip(self._fixed, self._limits(), strict=True)
        )
        return base, after

    def relaxed(self) -> Found:
        """Limits that the rights held already exceed (rulebook 3.6); loading is their flow."""
        return Found.beyond(self._fixed, self._limits(), RELAX_MW)

    def violated(self, path_mw: Floats, tolerance_mw: float) -> Found:
        """Constraints loaded beyond their working limit by more than the tolerance."""
        return Found.beyond(self._loading(path_mw), self._working, tolerance_mw)

    def worst_mw(self, path_mw: Floats) -> float:
        """The worst violation of any constraint; 0 when there is none."""
        found = self.violated(path_mw, 0.0)
        return float(np.max(found.loading_mw - found.limit_mw, initial=0.0))

    def rows(self, found: Found) -> Rows:
        """The found constraints as rows of the optimisation, at every location."""
        factors = self.screen.flows.shift_factors(found.element, found.outage)
        at_locations = np.asarray((self._problem.location_factors @ factors.T).T)
        fixed, limit = _at(self._fixed, found), _at(self._limits(), found)
        relaxed = fixed > limit + RELAX_MW
        return Rows(
            found.element,
            found.outage,
            found.direction,
            np.round(at_locations * found.direction[:, None], FACTOR_DECIMALS),
            np.where(relaxed, fixed, limit),
            fixed,
            relaxed,
        )

    def flow_of(self, rows: Rows, path_mw: Floats) -> Floats:
        """(M,) directed loading of the rows, options by their positive part."""
        return _at(self._loading(path_mw), rows)


def _at(loading: Loading, rows: Found | Rows) -> Floats:
    """(M,) the entries of a loading that rows are about."""
    return np.array(
        [loading[0][s, e] if o < 0 else loading[1][s, e, o] for e, o, s in _sides(rows)]
    )


def _sides(rows: Found | Rows) -> Iterator[tuple[int, int, int]]:
    for element, outage, direction in rows.keys():  # noqa: SIM118
        yield element, outage, 0 if direction > 0 else 1
