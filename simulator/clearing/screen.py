"""Every limit of the market, base case and after every outage, checked in MW.

The screen never holds shift factors of all (element, outage) pairs. Flows after an outage follow
from base flows and outage factors (rulebook 3.1): `flow_k + sum over lost elements of
factor_km x flow_m`, several lost elements at once included; outages that split an island are
solved on the network without them. Shift factors are computed for the rows asked for alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from simulator.clearing.case import BASE_CASE, ClearingCase
from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.rows import Rows
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors

FACTOR_DECIMALS = 12
"""Shift factors are rounded here, so that the order of buses and lines in a file is not felt."""
SPLIT_MARGIN = 1e-6
"""An outage whose factor denominator is below this is examined for splitting an island."""
RELAX_MW = 1e-6
"""Fixed flow this far above a limit makes it a relaxed limit."""

Loading = tuple[Floats, Floats]
"""Directed loading in MW, (directions, elements, outages of a block) and the limits alike."""


@dataclass(frozen=True)
class Element:
    """A monitored branch or an interface: its name and its place in published tables."""

    name: str
    device_type: str
    key: BranchKey


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

    @staticmethod
    def joined(parts: list[Found]) -> Found:
        """All parts as one, sorted by (element, outage, direction)."""
        columns = [
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("element", "outage", "direction", "loading_mw", "limit_mw")
        ]
        order = np.lexsort((columns[2], columns[1], columns[0]))
        return Found(*(column[order] for column in columns))


@dataclass(frozen=True, eq=False)
class _Outage:
    """One contingency: branches lost, and either factors onto every element or a split network."""

    lost: Ints
    factor: Floats | None  # (E, lost)
    split: object | None


class SecurityScreen:
    """Built once per case; serves all its problems. E elements: branches, then interfaces."""

    def __init__(self, case: ClearingCase) -> None:
        # Shifters hold their angle: CRR flows are the linear part alone.
        network = replace(case.network, shift_rad=np.zeros_like(case.network.shift_rad))
        self._case = case
        self._network = network
        self._factors = Factors(network)
        self._branches = self._monitored()
        self._interfaces = tuple(sorted(case.interfaces, key=lambda item: item.name))
        self.elements = self._elements()
        self.outage_names = tuple(sorted(item.name for item in case.contingencies))
        self._limits()
        self._base_factors: dict[int, Floats] = {}
        self._outages = self._outage_factors()

    # -- what is enforced ---------------------------------------------------------------------

    def _monitored(self) -> Ints:
        """Positions of the enforced branches, sorted by their name."""
        case, network = self._case, self._network
        if case.monitored is None:
            rated = (network.in_service) & np.any(network.rating_mw > 0, axis=1)
            chosen = {int(position) for position in np.flatnonzero(rated)}
        else:
            chosen = {network.branch_index(key)[0] for key in case.monitored}
            chosen = {position for position in chosen if network.in_service[position]}
        order = sorted(chosen, key=lambda position: network.key[position].undirected)
        return np.array(order, dtype=np.int64)

    def _elements(self) -> tuple[Element, ...]:
        branches = []
        for position in self._branches:
            key = self._network.key[int(position)]
            branches.append(Element(f"{key.from_bus}-{key.to_bus}-{key.circuit}", "BRANCH", key))
        nowhere = BranchKey(0, 0, "")
        return (
            *branches,
            *(Element(item.name, "INTERFACE", nowhere) for item in self._interfaces),
        )

    def _limits(self) -> None:
        """Base limits (2, E) forward and reverse; contingency limits (B,) of branches only."""
        case = self._case
        ratings = self._network.rating_mw[self._branches].reshape(-1, 3)
        fallback = ratings[:, 0]

        def limit(letter: str) -> Floats:
            rating = ratings[:, "ABC".index(letter)]
            rating = np.where(rating > 0, rating, fallback) * case.limit_scale
            return np.where(rating > 0, rating, np.inf)

        def bound(value: float | None) -> float:
            return float("inf") if value is None else value * case.limit_scale

        interfaces = np.array(
            [[bound(i.forward_limit_mw), bound(i.reverse_limit_mw)] for i in self._interfaces]
        ).reshape(-1, 2)
        base = limit(case.base_rating)
        self.base_limit = np.hstack([np.vstack([base, base]), interfaces.T])
        self.outage_limit = limit(case.contingency_rating)

    # -- physics ------------------------------------------------------------------------------

    def _on_elements(self, flows: Floats) -> Floats:
        """Branch flows (nl, ...) to element flows (E, ...)."""
        own = flows[self._branches]
        if not self._interfaces:
            return own
        rows = []
        for interface in self._interfaces:
            total = np.zeros(flows.shape[1:])
            for key, weight in interface.terms:
                position, sign = self._network.branch_index(key)
                total = total + weight * sign * flows[position]
            rows.append(total)
        return np.concatenate([own, np.array(rows)])

    def _outage_factors(self) -> tuple[_Outage, ...]:
        by_name = {item.name: item for item in self._case.contingencies}
        lost_of = [self._lost(by_name[name].branches) for name in self.outage_names]
        lost = np.array(sorted({int(m) for item in lost_of for m in item}), dtype=np.int64)
        if not len(lost):
            return tuple(
                _Outage(item, np.zeros((len(self._branches), 0)), None) for item in lost_of
            )
        flows = self._factors.transfer_flows(lost)
        slot = {int(position): column for column, position in enumerate(lost)}
        outages = []
        for item in lost_of:
            columns = [slot[int(m)] for m in item]
            outages.append(self._one_outage(item, flows[:, columns]))
        return tuple(outages)

    def _lost(self, branches: tuple[BranchKey, ...]) -> Ints:
        positions = {self._network.branch_index(key)[0] for key in branches}
        return np.array(
            sorted(position for position in positions if self._network.in_service[position]),
            dtype=np.int64,
        )

    def _one_outage(self, lost: Ints, flows: Floats) -> _Outage:
        """Factors of losing `lost`, whose unit transfers cause `flows` (nl, lost)."""
        if not len(lost):
            return _Outage(lost, np.zeros((len(self._branches), 0)), None)
        system = np.eye(len(lost)) - flows[lost]
        if np.linalg.svd(system, compute_uv=False)[-1] < SPLIT_MARGIN:
            split = self._factors.outage(lost)
            if split.splits:
                return _Outage(lost, None, split)
        factor = np.linalg.solve(system.T, flows[self._branches].T).T
        factor[np.isin(self._branches, lost)] = np.nan
        return _Outage(lost, factor, None)

    def flows(self, injection: Floats) -> tuple[Floats, Floats]:
        """Element flows in the base case (E, k) and branch flows after outages (B, C, k).

        A branch that is lost itself has NaN.
        """
        every = self._factors.flows(injection)
        own = every[self._branches]
        after = np.empty((len(self._branches), len(self._outages), injection.shape[1]))
        for column, outage in enumerate(self._outages):
            if outage.factor is not None:
                after[:, column] = own + outage.factor @ every[outage.lost]
            else:
                split = outage.split.flows(injection)[self._branches]  # type: ignore[attr-defined]
                split[np.isin(self._branches, outage.lost)] = np.nan
                after[:, column] = split
        return self._on_elements(every), after

    def shift_factors(self, element: Ints, outage: Ints) -> Floats:
        """(len(element), buses) shift factors of the elements after their outages (-1: none).

        Rows are shifted by a constant per island so that the buses of each island average 0:
        no reference bus is felt in them (rulebook 4.6).
        """
        rows = np.empty((len(element), len(self._network.bus)))
        for position, (item, lost) in enumerate(
            zip(element.tolist(), outage.tolist(), strict=True)
        ):
            rows[position] = self._factor_row(item, lost)
        return np.round(self._centred(rows), FACTOR_DECIMALS)

    def _factor_row(self, element: int, outage: int) -> Floats:
        if outage < 0:
            return self._element_row(element)
        lost = self._outages[outage]
        if lost.factor is None:
            branch = self._branches[[element]]
            return np.asarray(lost.split.shift_factors(branch)[0])  # type: ignore[attr-defined]
        row = self._element_row(element).copy()
        for share, branch in zip(lost.factor[element], lost.lost, strict=True):
            row += share * self._branch_row(int(branch))
        return row

    def _element_row(self, element: int) -> Floats:
        if element < len(self._branches):
            return self._branch_row(int(self._branches[element]))
        row = np.zeros(len(self._network.bus))
        for key, weight in self._interfaces[element - len(self._branches)].terms:
            position, sign = self._network.branch_index(key)
            row += weight * sign * self._branch_row(position)
        return row

    def _branch_row(self, branch: int) -> Floats:
        if branch not in self._base_factors:
            row = self._factors.shift_factors(np.array([branch]))[0]
            self._base_factors[branch] = np.asarray(row)
        return self._base_factors[branch]

    def _centred(self, rows: Floats) -> Floats:
        island = np.unique(self._network.island, return_inverse=True)[1]
        count = np.bincount(island)
        for row in rows:
            row -= (np.bincount(island, weights=row) / count)[island]
        return rows

    # -- scanning -----------------------------------------------------------------------------

    def contingency_name(self, outage: int) -> str:
        """Published name of an outage position; -1 is the base case."""
        return BASE_CASE if outage < 0 else self.outage_names[outage]

    def count(self) -> int:
        """How many (element, outage, direction) constraints a scan looks at."""
        base = int(np.isfinite(self.base_limit).sum())
        lost = sum(int(np.isin(self._branches, outage.lost).sum()) for outage in self._outages)
        after = int(np.isfinite(self.outage_limit).sum()) * len(self._outages) - lost
        return base + 2 * after

    def view(self, problem: Problem) -> ProblemScreen:
        """The screen for one problem, with the flows of its option paths prepared."""
        return ProblemScreen(self, problem)


class ProblemScreen:
    """Loadings of one problem: obligations net, options by their positive part (rulebook 4.2)."""

    def __init__(self, screen: SecurityScreen, problem: Problem) -> None:
        self.screen = screen
        self._problem = problem
        self._options = np.flatnonzero(problem.option)
        unit = problem.path_injection(self._options)
        self._option_flows = screen.flows(unit) if len(self._options) else None
        self._fixed = self._loading(problem.fixed_mw)

    def _loading(self, path_mw: Floats) -> Loading:
        """Directed loadings: base (2, E) and after outages (2, B, C)."""
        injection = self._problem.injection(path_mw)
        base, after = (part[..., 0] for part in self.screen.flows(injection[:, None]))
        loading = np.stack([base, -base]), np.stack([after, -after])
        if self._option_flows is not None:
            for column, mw in enumerate(path_mw[self._options]):
                if mw != 0.0:
                    for total, flows in zip(loading, self._option_flows, strict=True):
                        total[0] += mw * np.maximum(flows[..., column], 0.0)
                        total[1] += mw * np.maximum(-flows[..., column], 0.0)
        return loading

    def _limits(self) -> Loading:
        screen = self.screen
        after = np.broadcast_to(screen.outage_limit[None, :, None], self._fixed[1].shape)
        return screen.base_limit, after

    def relaxed(self) -> Found:
        """Limits that the rights held already exceed (rulebook 3.6); loading is their flow."""
        return Found.joined(list(self._pick(self._fixed, self._limits(), RELAX_MW)))

    def violated(self, path_mw: Floats, tolerance_mw: float) -> Found:
        """Constraints loaded beyond their working limit by more than the tolerance."""
        loading = self._loading(path_mw)
        working = tuple(
            np.where(fixed > limit + RELAX_MW, fixed, limit)
            for fixed, limit in zip(self._fixed, self._limits(), strict=True)
        )
        return Found.joined(list(self._pick(loading, (working[0], working[1]), tolerance_mw)))

    def worst_mw(self, path_mw: Floats) -> float:
        """The worst violation of any constraint; 0 when there is none."""
        found = self.violated(path_mw, 0.0)
        return float(np.max(found.loading_mw - found.limit_mw, initial=0.0))

    def rows(self, found: Found) -> Rows:
        """The found constraints as rows of the optimisation, at every location."""
        factors = self.screen.shift_factors(found.element, found.outage)
        at_locations = np.asarray((self._problem.location_factors @ factors.T).T)
        fixed = np.array(
            [
                self._fixed[0][side, e] if o < 0 else self._fixed[1][side, e, o]
                for e, o, side in self._sides(found)
            ]
        )
        limit = np.array(
            [
                self.screen.base_limit[side, e] if o < 0 else self.screen.outage_limit[e]
                for e, o, side in self._sides(found)
            ]
        )
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
        base, after = self._loading(path_mw)
        return np.array(
            [base[side, e] if o < 0 else after[side, e, o] for e, o, side in self._sides(rows)]
        )

    @staticmethod
    def _sides(found: Found | Rows) -> Iterator[tuple[int, int, int]]:
        for element, outage, direction in zip(
            found.element.tolist(), found.outage.tolist(), found.direction.tolist(), strict=True
        ):
            yield element, outage, 0 if direction > 0 else 1

    @staticmethod
    def _pick(loading: Loading, limit: Loading, tolerance_mw: float) -> Iterator[Found]:
        """Where loading exceeds limit; NaN (a branch that is lost itself) never does."""
        with np.errstate(invalid="ignore"):
            side, element = np.nonzero(loading[0] > limit[0] + tolerance_mw)
            yield Found(
                element,
                np.full(len(element), -1),
                1 - 2 * side,
                loading[0][side, element],
                limit[0][side, element],
            )
            side, element, outage = np.nonzero(loading[1] > limit[1] + tolerance_mw)
            yield Found(
                element,
                outage,
                1 - 2 * side,
                loading[1][side, element, outage],
                limit[1][side, element, outage],
            )
