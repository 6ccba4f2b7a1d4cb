"""A primal-dual interior point for the market's own shape: many bids, few constraints.

    maximise   value'x - x' diag(slope) x / 2
    such that  effect @ path(x) <= room (= room where `equal`),  0 <= x <= upper

where `path(x)` adds the signed pieces up by path. Only an (M, M) system is solved in a step,
because bids enter through the locations of their paths alone.
Mehrotra's predictor and corrector; a tiny dual regularisation makes shadow prices that are not
unique settle on (nearly) the smallest ones and keeps rows without room from running away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from simulator.clearing.problem import Bools, Floats, Ints
from simulator.clearing.tolerances import (
    ACCEPTED_GAP,
    DEPENDENT_REGULARISATION,
    DUAL_REGULARISATION,
    EXACT_GAP,
    HOPELESS,
    INTERIOR_STEPS,
    PANEL,
    ROUGH_GAP,
    SINGLE_REGULARISATION,
    SMALLEST_MONEY,
    SMALLEST_MW,
    START,
    STEP_BACK,
)


class SolverFailed(RuntimeError):
    """The solver could not reach its own tolerance; never answered with a guess."""


@dataclass(frozen=True, eq=False)
class Program:
    """Shapes: N pieces, P paths, M rows, K things that rows see (locations, option paths).

    `path` and `sign` (N,); `carriage` (K, P) sparse, K per path; `effect` (M, K) flow per K.
    In `single` precision steps are found in half the time, for answers that may be rough.
    """

    value: Floats
    slope: Floats
    upper: Floats
    path: Ints
    sign: Floats
    carriage: sparse.csr_array
    effect: Floats
    room: Floats
    equal: Bools
    single: bool = False

    @cached_property
    def _by_row(self) -> Floats | None:
        """(M, P) flow per MW on each path where paths are few; None where it is not worth it."""
        if self.carriage.shape[1] > self.carriage.shape[0]:
            return None
        return np.ascontiguousarray((self.carriage.T @ self._transposed).T)

    @cached_property
    def _factors(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The effect (M, K) and its transposed in the precision that steps are found in."""
        kind = np.float32 if self.single else np.float64
        return self.effect.astype(kind, copy=False), self._transposed.astype(kind, copy=False)

    @cached_property
    def _transposed(self) -> Floats:
        """(K, M) the effect by rows of K, as a sparse product reads it."""
        return np.ascontiguousarray(self.effect.T)

    def flow(self, x: Floats) -> Floats:
        """(M,) directed flow that the pieces x (N,) cause."""
        by_path = self._by_path(self.sign * x)
        if self._by_row is not None:
            return np.asarray(self._by_row @ by_path)
        return np.asarray(self.effect @ (self.carriage @ by_path))

    def _by_path(self, amount: Floats) -> Floats:
        total = np.bincount(self.path, weights=amount, minlength=self.carriage.shape[1])
        return np.asarray(total, dtype=np.float64)

    def path_price(self, mu: Floats) -> Floats:
        """(N,) what a MW of each piece uses of the constraints at shadow prices mu (M,)."""
        if self._by_row is not None:
            price = mu @ self._by_row
        else:
            price = self.carriage.T @ (mu @ self.effect)
        return np.asarray(self.sign * price[self.path])

    def normal(self, weight: Floats) -> Floats:
        """(M, M) effect x diag(weight by path) x effect', by way of what rows see.

        The sign of a piece squares away.
        """
        by_path = self._by_path(weight)
        if self._by_row is not None:
            half = self._by_row * np.sqrt(by_path)
            return np.asarray(half @ half.T)
        effect, transposed = self._factors
        coupling = (self.carriage * by_path) @ self.carriage.T
        seen = coupling.astype(effect.dtype) @ transposed
        matrix = np.empty((len(self.room), len(self.room)))
        for start in range(0, len(matrix), PANEL):
            rows = slice(start, start + PANEL)
            matrix[rows, start:] = effect[rows] @ seen[:, start:]
            matrix[start:, rows] = matrix[rows, start:].T
        if self.single:
            matrix[np.diag_indices_from(matrix)] *= 1.0 + SINGLE_REGULARISATION
        return matrix

    def columns(self, pieces: Ints, rows: Ints) -> Floats:
        """(len(rows), len(pieces)) flow on rows per MW of single pieces."""
        if self._by_row is not None:
            flow = self._by_row[np.ix_(rows, self.path[pieces])]
        else:
            flow = self.effect[rows] @ self.carriage[:, self.path[pieces]].toarray()
        return np.asarray(flow * self.sign[pieces])

    def least_flow(self) -> Floats:
        """(M,) the least that each row could carry, whatever the others need."""
        least = np.empty(len(self.room))
        for start in range(0, len(least), PANEL):
            rows = slice(start, start + PANEL)
            by_path = self.carriage.T @ self._transposed[:, rows]
            flow = by_path[self.path] * self.sign[:, None]
            least[rows] = self.upper @ np.minimum(flow, 0.0)
        return least

    def dual_objective(self, mu: Floats) -> float:
        """The best that any x could reach at shadow prices mu (M,): an upper bound when
        mu >= 0 (on rows that are not equalities)."""
        margin = self.value - self.path_price(mu)
        with np.errstate(divide="ignore", invalid="ignore"):
            best = np.where(self.slope > 0, margin / self.slope, np.inf)
        x = np.clip(np.where(margin > 0, best, 0.0), 0.0, self.upper)
        return float(mu @ self.room + margin @ x - 0.5 * (self.slope @ (x * x)))

    def worth(self, x: Floats) -> float:
        """What the pieces x (N,) are worth."""
        return float(self.value @ x - 0.5 * (self.slope @ (x * x)))

    def relative_gap(self, x: Floats, mu: Floats) -> float:
        """How far the bound of the prices lies above what x is worth; 0 at the optimum."""
        worth = self.worth(x)
        return (self.dual_objective(mu) - worth) / (1.0 + abs(worth))


@dataclass
class _State:
    x: Floats
    s: Floats
    mu: Floats
    low: Floats
    high: Floats


def interior_point(program: Program, gap: float = EXACT_GAP) -> tuple[Floats, Floats]:
    """The optimal x (N,) and shadow prices mu (M,), to a relative `gap`; raises `SolverFailed`."""
    if len(program.upper) == 0:
        return np.zeros(0), np.zeros(len(program.room))
    money = max(float(np.max(np.abs(program.value))), SMALLEST_MONEY)
    scale = max(float(np.median(program.upper)), SMALLEST_MW)
    scaled = replace(
        program,
        value=program.value / money,
        slope=program.slope * scale / money,
        upper=program.upper / scale,
        room=program.room / scale,
        single=gap >= ROUGH_GAP,
    )
    state = _iterate(scaled, gap)
    return np.clip(state.x, 0.0, scaled.upper) * scale, state.mu * money


def _iterate(p: Program, gap: float) -> _State:
    state = _start(p)
    best, best_merit, accepted = state, np.inf, max(gap, ACCEPTED_GAP)
    for _ in range(INTERIOR_STEPS):
        merit = _merit(p, state)
        if merit < best_merit:
            best, best_merit = _State(*(v.copy() for v in vars(state).values())), merit
        if merit < gap:
            return best
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                _step(p, state, needed=best_merit > accepted)
        except (np.linalg.LinAlgError, ValueError):
            break
        if merit > HOPELESS * best_merit:
            break
    if best_merit > accepted:
        raise SolverFailed(f"interior point stopped at a relative gap of {best_merit:.1e}")
    return best


def _start(p: Program) -> _State:
    x = 0.5 * p.upper
    s = np.where(p.equal, 1.0, np.maximum(p.room - p.flow(x), 1.0))
    mu = np.where(p.equal, 0.0, START)
    margin = p.value - p.slope * x - p.path_price(mu)
    size = START + np.abs(margin)
    return _State(x, s, mu, size + np.maximum(-margin, 0), size + np.maximum(margin, 0))


def _merit(p: Program, v: _State) -> float:
    inside = ~p.equal
    dual = p.slope * v.x - p.value + p.path_price(v.mu) - v.low + v.high
    primal = p.flow(v.x) - p.room + np.where(inside, v.s, 0.0)
    gap = v.x @ v.low + (p.upper - v.x) @ v.high + v.s[inside] @ v.mu[inside]
    worth = 1.0 + abs(float(p.value @ v.x))
    room = 1.0 + float(np.max(np.abs(p.room), initial=0.0))
    return max(
        float(gap) / worth,
        float(np.max(np.abs(dual), initial=0.0)),
        float(np.max(np.abs(primal), initial=0.0)) / room,
    )


def _step(p: Program, v: _State, needed: bool) -> None:
    """One predictor-corrector step, in place; `needed` where the answer would not do yet."""
    inside = ~p.equal
    above = p.upper - v.x
    weight = 1.0 / (p.slope + v.low / v.x + v.high / above)
    ratio = np.where(inside, v.s / np.where(inside, v.mu, 1.0), 0.0)
    matrix = p.normal(weight)
    matrix[np.diag_indices_from(matrix)] += ratio + DUAL_REGULARISATION
    factor = _factored(matrix, needed) if len(p.room) else None
    gradient = p.slope * v.x - p.value + p.path_price(v.mu)
    flow = p.flow(v.x)

    def direction(low: Floats, high: Floats, row: Floats) -> _State:
        """The Newton direction towards complementarity products low, high and row."""
        residual = gradient - low / v.x + high / above
        dmu = np.zeros(len(p.room))
        if factor is not None:
            slack = np.where(inside, row / np.where(inside, v.mu, 1.0), 0.0)
            dmu = cho_solve(factor, flow - p.room + slack - p.flow(weight * residual))
        dx = -weight * (residual + p.path_price(dmu))
        ds = np.where(inside, (row - v.s * dmu) / np.where(inside, v.mu, 1.0) - v.s, 0.0)
        return _State(
            dx, ds, dmu, (low - v.low * dx) / v.x - v.low, (high + v.high * dx) / above - v.high
        )

    count = 2 * len(v.x) + int(inside.sum())
    product = (v.x @ v.low + above @ v.high + v.s[inside] @ v.mu[inside]) / count
    zero, none = np.zeros(len(v.x)), np.zeros(len(p.room))
    guess = direction(zero, zero, none)
    primal, dual = _lengths(p, v, guess)
    after = (
        (v.x + primal * guess.x) @ (v.low + dual * guess.low)
        + (above - primal * guess.x) @ (v.high + dual * guess.high)
        + (v.s + primal * guess.s)[inside] @ (v.mu + dual * guess.mu)[inside]
    ) / count
    shrink = float(np.clip(after / product, 0.0, 1.0))
    target = product * shrink**3
    move = direction(
        target - guess.x * guess.low, target + guess.x * guess.high, target - guess.s * guess.mu
    )
    primal, dual = _lengths(p, v, move)
    length = STEP_BACK * min(primal, dual)
    v.x = v.x + length * move.x
    v.s = np.where(inside, v.s + length * move.s, v.s)
    v.mu = v.mu + length * move.mu
    v.low = v.low + length * move.low
    v.high = v.high + length * move.high


def _factored(matrix: Floats, needed: bool) -> Any:
    """Its Cholesky factor; if `needed` also where rounding left dependent rows indefinite."""
    try:
        return cho_factor(matrix)
    except np.linalg.LinAlgError:
        if not needed:
            raise
    matrix[np.diag_indices_from(matrix)] *= 1.0 + DEPENDENT_REGULARISATION
    return cho_factor(matrix)


def _lengths(p: Program, v: _State, d: _State) -> tuple[float, float]:
    """How far the primal and the dual may go before something turns negative."""
    inside = ~p.equal
    primal = min(_reach(v.x, d.x), _reach(p.upper - v.x, -d.x), _reach(v.s[inside], d.s[inside]))
    dual = min(_reach(v.low, d.low), _reach(v.high, d.high), _reach(v.mu[inside], d.mu[inside]))
    return min(primal, 1.0 / STEP_BACK), min(dual, 1.0 / STEP_BACK)


def _reach(value: Floats, change: Floats) -> float:
    falling = change < 0
    return float(np.min(-value[falling] / change[falling], initial=np.inf))
