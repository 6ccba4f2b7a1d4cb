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
from simulator.clearing.tolerances import (
    EDGE_SHARE,
    EDGES_MW,
    GOOD_ENOUGH,
    POLISH_PROGRESS,
    POLISH_STEPS,
    POLISH_UNKNOWNS,
    PRICE_NOISE,
    RANK_SHARE,
    SMALLEST_MONEY,
)


def polish(program: Program, x: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """A corrected (x, mu), or the given ones where no correction helps."""
    best, best_error = (x, mu), _error(program, x, mu)
    for edge in EDGES_MW:
        current, last = (x, mu), np.inf
        for _ in range(POLISH_STEPS):
            try:
                candidate = _corrected(program, *current, edge)
            except np.linalg.LinAlgError:
                return best
            if candidate is None:
                return best
            error = _error(program, *candidate)
            if error < best_error:
                best, best_error = candidate, error
            if error > POLISH_PROGRESS * last:
                break
            current, last = candidate, error
        if best_error <= GOOD_ENOUGH:
            return best
    return best


def _corrected(p: Program, x: Floats, mu: Floats, edge: float) -> tuple[Floats, Floats] | None:
    """One Newton step from (x, mu); None when there are too many equations."""
    money = max(float(np.max(np.abs(p.value), initial=0.0)), SMALLEST_MONEY)
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
    if m + n > POLISH_UNKNOWNS:
        return None
    columns = p.columns(flat, rows)
    missing = (p.room - p.flow(x))[rows]
    if sloped.any():
        weight = np.where(sloped, 1.0 / np.where(sloped, p.slope, 1.0), 0.0)
        bent = -p.normal(weight)[np.ix_(rows, rows)]
        matrix = np.block([[bent, columns], [columns.T, np.zeros((n, n))]])
        change = _least(matrix, np.concatenate([missing, margin[flat]]))
        price_change, mw_change = change[:m], change[m:]
    else:  # prices and MW do not depend on each other
        price_change, mw_change = _least(columns.T, margin[flat]), _least(columns, missing)
    mu = mu.copy()
    mu[rows] += price_change
    mu = np.where(p.equal, mu, np.maximum(mu, 0.0))
    x = x.copy()
    x[flat] += mw_change
    x = np.clip(x, 0.0, p.upper)
    return _followed(p, x, p.value - p.path_price(mu), edge, noise)[0], mu


def _followed(
    p: Program, x: Floats, margin: Floats, edge: float, noise: float
) -> tuple[Floats, Bools]:
    """Sloped pieces at the MW that the margin calls for; which pieces are inside their bounds."""
    steep = p.slope > 0
    wanted = margin / np.where(steep, p.slope, 1.0)
    near = np.minimum(edge, EDGE_SHARE * p.upper)
    low = np.where(steep, wanted <= 0, (x <= near) & (margin <= noise))
    high = np.where(steep, wanted >= p.upper, (p.upper - x <= near) & (margin >= -noise))
    low = low & ~high
    inside = ~(low | high)
    followed = np.where(steep, wanted, x)
    return np.where(high, p.upper, np.where(low, 0.0, followed)), inside


def _least(matrix: Floats, right: Floats) -> Floats:
    """The smallest solution, or least-squares solution, of the equations."""
    if not matrix.size:
        return np.zeros(matrix.shape[1])
    return np.asarray(lstsq(matrix, right, cond=RANK_SHARE, lapack_driver="gelsy")[0])


def _error(p: Program, x: Floats, mu: Floats) -> float:
    """Relative gap plus worst violation, in one figure that is 0 at the exact optimum."""
    over = p.flow(x) - p.room
    worst = float(np.max(np.where(p.equal, np.abs(over), over), initial=0.0))
    return abs(p.relative_gap(x, mu)) + max(worst, 0.0)
