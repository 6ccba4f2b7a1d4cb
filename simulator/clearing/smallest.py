"""Shadow prices that are not unique: the smallest ones, by the sum of their squares.

At an optimum every path's price lies in an interval: not below what was refused, not above what
was awarded, exact where an award is partial. Shadow prices are unique when the exact paths span
all binding rows. Otherwise the smallest vector that respects all intervals is published: one
choice, whatever the solver's path was (rulebook 4.7). It is a least-distance problem, solved
through non-negative least squares (Lawson and Hanson, chapter 23), intervals added as needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import nnls

from simulator.clearing.interior import Program
from simulator.clearing.problem import Floats, Ints

BINDING_MW = 1e-6
"""A row with less room than this binds."""
EDGE_MW = 1e-6
"""A piece this near to a bound is at it; half its width when it is narrower."""
PRICE_NOISE = 1e-9
"""Share of the highest bid price that intervals are widened by where they leave no price."""
OPEN = 1e-9
"""A row that moves less than this along every free direction has one shadow price."""
ADDED = 200
ROUNDS = 40

Interval = tuple[Floats, Floats]


def smallest_prices(program: Program, x: Floats, mu: Floats) -> tuple[Floats, bool]:
    """Shadow prices (M,) for the optimum x (N,), and whether there was no choice.

    Falls back on the given mu, which are optimal too, where the choice cannot be made exactly.
    """
    face = optimal_face(program, x)
    if not len(face.rows):
        return np.zeros(len(mu)), True
    if face.free.shape[1] == 0:
        return mu, True
    step = _least_distance(face, 0.0)
    if step is None:
        step = _least_distance(face, PRICE_NOISE * face.money)
    if step is None:
        return mu, False
    chosen = np.zeros(len(mu))
    chosen[face.rows] = np.maximum(face.base + face.free @ step, 0.0)
    gap = program.dual_objective(chosen) - program.dual_objective(mu)
    worth = 1.0 + abs(program.dual_objective(mu))
    return (chosen if gap <= PRICE_NOISE * worth else mu), False


@dataclass(frozen=True, eq=False)
class Face:
    """All optimal shadow prices: those of `rows` are base + free @ w >= 0, all others are 0.

    `rows` (R,) are binding rows that some bid's path uses, `base` (R,), `free` (R, d); w (d,) keeps
    `low` <= path @ w <= `high` (P,), but for noise. `money`: the highest bid price.
    """

    rows: Ints
    base: Floats
    free: Floats
    path: Floats
    low: Floats
    high: Floats
    money: float

    @property
    def loose(self) -> Ints:
        """(V,) positions in `rows` of those whose shadow price the exact paths leave open."""
        return np.flatnonzero(np.linalg.norm(self.free, axis=1) > OPEN)


def optimal_face(program: Program, x: Floats) -> Face:
    """The shadow prices that go with the optimum x (N,)."""
    rows = np.flatnonzero(program.room - program.flow(x) <= BINDING_MW)
    paths, effect = _used_paths(program, rows)
    used = np.any(effect != 0.0, axis=1)
    rows, effect = rows[used], effect[used]
    low, high = (bound[paths] for bound in _intervals(program, x))
    money = max(float(np.max(np.abs(program.value), initial=0.0)), 1e-9)
    noise = PRICE_NOISE * money
    exact = high - low <= 2 * noise
    base: Floats = np.zeros(len(rows))
    free: Floats = np.eye(len(rows))
    if exact.any() and len(rows):
        middle = (low + high)[exact] / 2
        base = np.asarray(np.linalg.lstsq(effect[:, exact].T, middle, rcond=1e-10)[0], float)
        free = np.asarray(null_space(effect[:, exact].T, rcond=1e-10), float)
    cost = effect.T @ base
    return Face(rows, base, free, effect.T @ free, low - cost, high - cost, money)


def _used_paths(p: Program, rows: Ints) -> tuple[Ints, Floats]:
    """Paths that somebody bid on, and the flow (rows, paths) that a MW on each causes."""
    paths = np.unique(p.path)
    return paths, np.asarray((p.carriage[:, paths].T @ p.effect[rows].T).T)


def _intervals(p: Program, x: Floats) -> Interval:
    """(P,) the least and the highest price that each path can have at the optimum x."""
    worth = p.sign * (p.value - p.slope * x)
    edge = np.minimum(EDGE_MW, 0.25 * p.upper)
    refused, filled = x <= edge, p.upper - x <= edge
    buys = p.sign > 0
    from_below = ~np.where(buys, filled, refused)  # wants more at a lower price, or gives less
    from_above = ~np.where(buys, refused, filled)
    low = np.full(p.carriage.shape[1], -np.inf)
    high = np.full(p.carriage.shape[1], np.inf)
    np.maximum.at(low, p.path[from_below], worth[from_below])
    np.minimum.at(high, p.path[from_above], worth[from_above])
    return low, high


def _least_distance(face: Face, noise: float) -> Floats | None:
    """The shortest w of the face, its intervals widened by `noise`; None when lost."""
    every = np.vstack([face.path, -face.path, face.free])
    bound = np.concatenate([face.low - noise, -face.high - noise, -face.base])
    finite = np.isfinite(bound)
    every, bound = every[finite], bound[finite]
    size = np.maximum(np.linalg.norm(every, axis=1), 1e-12)
    every, bound = every / size[:, None], bound / size
    useful = size > 1e-10
    every, bound = every[useful], bound[useful]
    w = np.zeros(every.shape[1])
    kept = np.zeros(0, dtype=np.int64)
    for _ in range(ROUNDS):
        short = bound - every @ w
        worst = np.argsort(-np.round(short, 12), kind="stable")[:ADDED]
        fresh = np.setdiff1d(worst[short[worst] > 1e-9 * (1 + np.abs(bound[worst]))], kept)
        if not len(fresh):
            return w
        kept = np.union1d(kept, fresh)
        target = np.zeros(every.shape[1] + 1)
        target[-1] = 1.0
        stacked = np.vstack([every[kept].T, bound[kept]])
        try:
            residual = stacked @ nnls(stacked, target)[0] - target
        except RuntimeError:
            return None
        if abs(residual[-1]) < 1e-14:
            return None
        w = -residual[:-1] / residual[-1]
    return None
