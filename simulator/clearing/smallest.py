"""Shadow prices that are not unique: the smallest ones, by the sum of their squares.

At an optimum every path's price lies in an interval: not below what was refused, not above what
was awarded, exact where an award is partial. Shadow prices are unique when the exact paths span
all binding rows. Otherwise the smallest vector that respects all intervals is published: one
choice, whatever the solver's path was (rulebook 4.7). It is a least-distance problem, solved
through non-negative least squares (Lawson and Hanson, chapter 23), intervals added as needed.
"""

from __future__ import annotations

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
"""Share of the highest bid price that intervals are widened by."""
ADDED = 200
ROUNDS = 40

Interval = tuple[Floats, Floats]


def smallest_prices(program: Program, x: Floats, mu: Floats) -> tuple[Floats, bool]:
    """Shadow prices (M,) for the optimum x (N,), and whether there was no choice.

    Falls back on the given mu, which are optimal too, where the choice cannot be made exactly.
    """
    rows = np.flatnonzero(program.room - program.flow(x) <= BINDING_MW)
    if not len(rows) or not len(x):
        return np.where(np.isin(np.arange(len(mu)), rows), mu, 0.0), True
    paths, effect = _used_paths(program, rows)
    low, high = (bound[paths] for bound in _intervals(program, x))
    money = max(float(np.max(np.abs(program.value))), 1e-9)
    noise = PRICE_NOISE * money
    exact = high - low <= 2 * noise
    base: Floats = np.zeros(len(rows))
    free: Floats = np.eye(len(rows))
    if exact.any():
        middle = (low + high)[exact] / 2
        base = np.asarray(np.linalg.lstsq(effect[:, exact].T, middle, rcond=1e-10)[0], float)
        free = np.asarray(null_space(effect[:, exact].T, rcond=1e-10), float)
    if free.shape[1] == 0:
        return mu, True
    step = _least_distance(effect.T @ free, low - effect.T @ base - noise,
                           high - effect.T @ base + noise, free, base)  # fmt: skip
    if step is None:
        return mu, False
    chosen = np.zeros(len(mu))
    chosen[rows] = np.maximum(base + free @ step, 0.0)
    gap = program.dual_objective(chosen) - program.dual_objective(mu)
    worth = 1.0 + abs(program.dual_objective(mu))
    return (chosen if gap <= PRICE_NOISE * worth else mu), False


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


def _least_distance(
    matrix: Floats, low: Floats, high: Floats, free: Floats, base: Floats
) -> Floats | None:
    """The shortest w with low <= matrix w <= high and base + free w >= 0; None when lost."""
    every = np.vstack([matrix, -matrix, free])
    bound = np.concatenate([low, -high, -base])
    finite = np.isfinite(bound)
    every, bound = every[finite], bound[finite]
    size = np.maximum(np.linalg.norm(every, axis=1), 1e-12)
    every, bound = every / size[:, None], bound / size
    useful = size > 1e-10
    every, bound = every[useful], bound[useful]
    w = np.zeros(matrix.shape[1])
    kept = np.zeros(0, dtype=np.int64)
    for _ in range(ROUNDS):
        short = bound - every @ w
        worst = np.argsort(-np.round(short, 12), kind="stable")[:ADDED]
        fresh = np.setdiff1d(worst[short[worst] > 1e-9 * (1 + np.abs(bound[worst]))], kept)
        if not len(fresh):
            return w
        kept = np.union1d(kept, fresh)
        target = np.zeros(matrix.shape[1] + 1)
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
