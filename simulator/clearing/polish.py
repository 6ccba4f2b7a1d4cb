"""From an answer good to ten digits to the exact one: solve for the active set it points to.

The interior point says which pieces end inside their bounds and which rows bind. Those two sets
turn optimality into linear equations; the smallest correction that satisfies them is taken when
the corrected answer keeps all bounds and closes the gap at least as well.
"""

from __future__ import annotations

import numpy as np

from simulator.clearing.interior import Program
from simulator.clearing.problem import Bools, Floats

EDGE_MW = 1e-6
"""A piece nearer than this to a bound is taken to be at it, when its price agrees."""
GOOD_ENOUGH = 1e-12
"""Relative gap and violation in MW below which no other reading of the edges is tried."""
MAX_UNKNOWNS = 2500
"""Beyond this many equations the interior point's own answer stands."""


def polish(program: Program, x: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """A corrected (x, mu), or the given ones where no correction helps."""
    best, best_error = (x, mu), _error(program, x, mu)
    for edge in (EDGE_MW, 1e-4, 1e-8):
        if best_error <= GOOD_ENOUGH:
            break
        candidate = _corrected(program, x, mu, edge)
        if candidate is not None:
            error = _error(program, *candidate)
            if error < best_error:
                best, best_error = candidate, error
    return best


def _corrected(p: Program, x: Floats, mu: Floats, edge: float) -> tuple[Floats, Floats] | None:
    margin = p.value - p.slope * x - p.path_price(mu)
    money = max(float(np.max(np.abs(p.value), initial=0.0)), 1e-9)
    near = np.minimum(edge, 0.25 * p.upper)
    at_low = (x <= near) & (margin <= money * 1e-9)
    at_high = (p.upper - x <= near) & (margin >= -money * 1e-9)
    inside = ~(at_low | at_high)
    fixed = np.where(at_high, p.upper, np.where(at_low, 0.0, x))
    slack = p.room - p.flow(x)
    active = p.equal | ((mu > money * 1e-9) & (slack <= np.maximum(edge, mu / money * edge)))
    return _solve(p, fixed, np.where(active, mu, 0.0), inside, active)


def _solve(
    p: Program, x: Floats, mu: Floats, inside: Bools, active: Bools
) -> tuple[Floats, Floats] | None:
    """Newton's correction of x on the pieces inside and of mu on the active rows."""
    sloped = inside & (p.slope > 0)
    flat = np.flatnonzero(inside & (p.slope <= 0))
    rows = np.flatnonzero(active)
    m, n = len(rows), len(flat)
    if m + n > MAX_UNKNOWNS:
        return None
    weight = np.where(sloped, 1.0 / np.where(sloped, p.slope, 1.0), 0.0)
    margin = np.where(inside, p.value - p.slope * x - p.path_price(mu), 0.0)
    matrix = np.zeros((m + n, m + n))
    matrix[:m, :m] = -p.normal(weight)[np.ix_(rows, rows)]
    columns = p.effect[np.ix_(rows, p.path[flat])] * p.sign[flat]
    matrix[:m, m:] = columns
    matrix[m:, :m] = columns.T
    right = np.concatenate([(p.room - p.flow(x) - p.flow(weight * margin))[rows], margin[flat]])
    if m + n:
        try:
            change = np.linalg.lstsq(matrix, right, rcond=1e-12)[0]
        except np.linalg.LinAlgError:
            return None
    else:
        change = np.zeros(0)
    dmu = np.zeros(len(mu))
    dmu[rows] = change[:m]
    dx = np.where(sloped, weight * (margin - p.path_price(dmu)), 0.0)
    dx[flat] += change[m:]
    return np.clip(x + dx, 0.0, p.upper), np.where(p.equal, mu + dmu, np.maximum(mu + dmu, 0.0))


def _error(p: Program, x: Floats, mu: Floats) -> float:
    """Relative gap plus worst violation, in one figure that is 0 at the exact optimum."""
    worth = float(p.value @ x - 0.5 * (p.slope @ (x * x)))
    over = p.flow(x) - p.room
    worst = float(np.max(np.where(p.equal, np.abs(over), over), initial=0.0))
    return abs(p.dual_objective(mu) - worth) / (1.0 + abs(worth)) + max(worst, 0.0)
