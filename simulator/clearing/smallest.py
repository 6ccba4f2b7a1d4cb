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
from scipy import sparse
from scipy.linalg import null_space
from scipy.optimize import nnls

from simulator.clearing.interior import Program
from simulator.clearing.problem import Floats, Ints
from simulator.clearing.tolerances import (
    ADDED_ROWS,
    BINDING_MW,
    BINDING_SHARE,
    DISTANCE_DECIMALS,
    DISTANCE_ROUNDS,
    EDGE_MW,
    EDGE_SHARE,
    FACE_RANK_SHARE,
    NO_DISTANCE,
    NO_LENGTH,
    OPEN,
    PRICE_NOISE,
    SHORT_OF,
    SMALLEST_MONEY,
)

Interval = tuple[Floats, Floats]


def smallest_prices(program: Program, x: Floats, mu: Floats) -> tuple[Floats, bool]:
    """Shadow prices (M,) for the optimum x (N,), and whether there was no choice.

    Falls back on the given mu, which are optimal too, where the choice cannot be made exactly.
    """
    face = optimal_face(program, x)
    if len(face.rows) and face.free.shape[1] == 0:
        return mu, True
    chosen = np.zeros(len(mu))
    if len(face.rows):
        step = _least_distance(face, 0.0)
        if step is None:
            step = _least_distance(face, PRICE_NOISE * face.money)
        if step is None:
            return mu, False
        price = face.base + face.free @ step
        chosen[face.rows] = np.where(price > BINDING_SHARE * face.money, price, 0.0)
    gap = program.dual_objective(chosen) - program.dual_objective(mu)
    worth = 1.0 + abs(program.dual_objective(mu))
    if gap > PRICE_NOISE * worth:  # rows that the last digits of x leave open bind all the same
        return mu, False
    return chosen, not len(face.rows)


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
    paths = np.unique(program.path)
    seen = program.carriage[:, paths].T
    low, high = (bound[paths] for bound in _intervals(program, x))
    money = max(float(np.max(np.abs(program.value), initial=0.0)), SMALLEST_MONEY)
    exact = np.flatnonzero(high - low <= 2 * PRICE_NOISE * money)
    rows, effect = _used_rows(program, x, seen, exact)
    base: Floats = np.zeros(len(rows))
    free: Floats = np.eye(len(rows))
    if effect.size:
        middle = (low + high)[exact] / 2
        base = np.asarray(np.linalg.lstsq(effect, middle, rcond=FACE_RANK_SHARE)[0], float)
        free = np.asarray(null_space(effect, rcond=FACE_RANK_SHARE), float)
    cost = seen @ (base @ program.effect[rows])
    path = seen @ (free.T @ program.effect[rows]).T
    return Face(rows, base, free, path, low - cost, high - cost, money)


def _used_rows(p: Program, x: Floats, seen: sparse.csr_array, exact: Ints) -> tuple[Ints, Floats]:
    """Binding rows (R,) that a MW on some path loads, and by how much on the `exact` paths (X, R).

    Few rows are seen by no exact path: for them alone all paths are gone through.
    """
    rows = np.flatnonzero(p.room - p.flow(x) <= BINDING_MW)
    effect = np.asarray(seen[exact] @ p.effect[rows].T)
    used = np.any(effect != 0.0, axis=0)
    unsure = np.flatnonzero(~used)
    used[unsure] = np.any(seen @ p.effect[rows[unsure]].T != 0.0, axis=0)
    return rows[used], effect[:, used]


def _intervals(p: Program, x: Floats) -> Interval:
    """(P,) the least and the highest price that each path can have at the optimum x."""
    worth = p.sign * (p.value - p.slope * x)
    edge = np.minimum(EDGE_MW, EDGE_SHARE * p.upper)
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
    size = np.linalg.norm(every, axis=1)
    useful = np.isfinite(bound) & (size > NO_LENGTH)
    every, bound = every[useful] / size[useful, None], bound[useful] / size[useful]
    w = np.zeros(every.shape[1])
    kept = np.zeros(0, dtype=np.int64)
    for _ in range(DISTANCE_ROUNDS):
        short = bound - every @ w
        worst = np.argsort(-np.round(short, DISTANCE_DECIMALS), kind="stable")[:ADDED_ROWS]
        fresh = np.setdiff1d(worst[short[worst] > SHORT_OF * (1 + np.abs(bound[worst]))], kept)
        if not len(fresh):
            return w
        kept = np.union1d(kept, fresh)
        found = _shortest(every[kept], bound[kept])
        if found is None:
            return None
        w = found
    return None


def _shortest(lines: Floats, bound: Floats) -> Floats | None:
    """The shortest w with lines @ w >= bound; None when lost.

    Solved for a w of length 1 or so, the second time for certain: of a long one the last digits
    would be lost, for the target's residual falls with the square of its length.
    """
    target = np.zeros(lines.shape[1] + 1)
    target[-1] = 1.0
    w = bound
    for _ in range(2):
        scale = max(float(np.linalg.norm(w)), SMALLEST_MONEY)
        stacked = np.vstack([lines.T, bound / scale])
        try:
            residual = stacked @ nnls(stacked, target)[0] - target
        except RuntimeError:
            return None
        if abs(residual[-1]) < NO_DISTANCE:
            return None
        w = -scale * residual[:-1] / residual[-1]
    return w
