"""From an answer good to ten digits to the exact one: Newton's method on the shadow prices.

A sloped piece follows its price exactly: x = (value - price) / slope, kept within its bounds. So
only the shadow prices of the binding rows and the flat pieces at the margin are unknown, and the
rows' flows fall or rise in straight lines between the prices at which a piece reaches a bound:
a few Newton steps end on the right line. The smallest correction is taken where equations depend
on each other; the best answer seen is kept, never a worse one than the one given.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import lstsq

from simulator.clearing.interior import Program
from simulator.clearing.problem import Bools, Floats

EDGES_MW = (1e-6, 1e-4, 1e-8)
"""A flat piece nearer than this to a bound, or a row to its limit, is tried as being at it."""
STEPS = 8
GOOD_ENOUGH = 1e-11
"""Relative gap and violation in MW below which no other edge is tried."""
MAX_UNKNOWNS = 3000
"""Beyond this many equations the interior point's own answer stands."""
PRICE_NOISE = 1e-9
"""Share of the highest bid price below which a margin or a shadow price is taken for zero."""


def polish(program: Program, x: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """A corrected (x, mu), or the given ones where no correction helps."""
    best, best_error = (x, mu), _error(program, x, mu)
    for edge in EDGES_MW:
        current, last = (x, mu), np.inf
        for _ in range(STEPS):
            candidate = _corrected(program, *current, edge)
            if candidate is None:
                return best
            error = _error(program, *candidate)
            if error < best_error:
                best, best_error = candidate, error
            if error > 0.1 * last:
                break
            current, last = candidate, error
        if best_error <= GOOD_ENOUGH:
            return best
    return best


def _corrected(p: Program, x: Floats, mu: Floats, edge: float) -> tuple[Floats, Floats] | None:
    """One Newton step from (x, mu); None when there are too many equations."""
    money = max(float(np.max(np.abs(p.value), initial=0.0)), 1e-9)
    noise = money * PRICE_NOISE
    slack = p.room - p.flow(x)
    active = p.equal | ((mu > noise) & (slack <= np.maximum(edge, mu / money)))
    mu = np.where(active, mu, 0.0)
    margin = p.value - p.path_price(mu)
    x, inside = _followed(p, x, margin, edge, noise)
    sloped = inside & (p.slope > 0)
    flat = np.flatnonzero(inside & (p.slope <= 0))
    rows = np.flatnonzero(active)
    m, n = len(rows), len(flat)
    if m + n > MAX_UNKNOWNS:
        return None
    weight = np.where(sloped, 1.0 / np.where(sloped, p.slope, 1.0), 0.0)
    matrix = np.zeros((m + n, m + n))
    matrix[:m, :m] = -p.normal(weight)[np.ix_(rows, rows)]
    columns = p.columns(flat, rows)
    matrix[:m, m:] = columns
    matrix[m:, :m] = columns.T
    right = np.concatenate([(p.room - p.flow(x))[rows], margin[flat]])
    change = _least(matrix, right)
    if change is None:
        return None
    mu = mu.copy()
    mu[rows] += change[:m]
    mu = np.where(p.equal, mu, np.maximum(mu, 0.0))
    x = x.copy()
    x[flat] += change[m:]
    x = np.clip(x, 0.0, p.upper)
    return _followed(p, x, p.value - p.path_price(mu), edge, noise)[0], mu


def _followed(
    p: Program, x: Floats, margin: Floats, edge: float, noise: float
) -> tuple[Floats, Bools]:
    """Sloped pieces at the MW that the margin calls for; which pieces are inside their bounds."""
    steep = p.slope > 0
    wanted = margin / np.where(steep, p.slope, 1.0)
    near = np.minimum(edge, 0.25 * p.upper)
    low = np.where(steep, wanted <= 0, (x <= near) & (margin <= noise))
    high = np.where(steep, wanted >= p.upper, (p.upper - x <= near) & (margin >= -noise))
    low = low & ~high
    inside = ~(low | high)
    followed = np.where(steep, wanted, x)
    return np.where(high, p.upper, np.where(low, 0.0, followed)), inside


def _least(matrix: Floats, right: Floats) -> Floats | None:
    """The smallest solution, or least-squares solution, of the equations."""
    if not len(right):
        return np.zeros(0)
    try:
        return np.asarray(lstsq(matrix, right, cond=1e-12, lapack_driver="gelsy")[0])
    except (np.linalg.LinAlgError, ValueError):
        return None


def _error(p: Program, x: Floats, mu: Floats) -> float:
    """Relative gap plus worst violation, in one figure that is 0 at the exact optimum."""
    worth = float(p.value @ x - 0.5 * (p.slope @ (x * x)))
    over = p.flow(x) - p.room
    worst = float(np.max(np.where(p.equal, np.abs(over), over), initial=0.0))
    return abs(p.dual_objective(mu) - worth) / (1.0 + abs(worth)) + max(worst, 0.0)
