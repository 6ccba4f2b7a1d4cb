"""All optimal shadow prices, a second time: how low and how high each limit's could be.

Every optimal vector of shadow prices goes with every optimal set of awards (complementary
slackness). So at the published awards the optimal shadow prices mu of the limits named are

    mu >= 0,  low <= use mu <= high  for every path,

`use` being the MW that a MW of the path uses of each limit, `low` what the next MW of what was
refused on it would pay, `high` what the last MW awarded on it pays. A path with a partial award has
one price, the published one: those paths leave N of mu = published + N w free, and the ends of
each limit's range are linear programs in the few w.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from simulator.verify.curve import Piece, benefit
from simulator.verify.pricing import Prices
from simulator.verify.submission import Problem
from simulator.verify.tolerances import (
    AWARD_STEP_MW,
    FREE_SHARE,
    PRICE_USD_PER_MW,
    PRINTED,
    ROUNDING_STEPS,
    SOLVED_SHARE,
)

Array = NDArray[np.float64]
STEP = Decimal(str(AWARD_STEP_MW))
OPTIMAL, UNBOUNDED = 0, 3  # of SciPy's answers


@dataclass(frozen=True)
class Range:
    """Least and greatest shadow price of a limit; `slack` is what printed digits, and the last
    ones of the solver, move them by."""

    least: float
    greatest: float
    least_slack: float
    greatest_slack: float


class DualFace:
    """The optimal shadow prices of one problem's limits, as `prices.bound` names them."""

    def __init__(self, prices: Prices, problem: Problem) -> None:
        self.published = np.array([float(item.shadow) for item in prices.bound[problem]])
        use, low, high = _intervals(prices, problem)
        exact = use[low == high]
        self.free = _null_space(exact) if len(exact) else np.eye(len(self.published))
        self.free[~np.any(use != 0.0, axis=0)] = 0.0  # what no path uses has no say
        self._scale = max(1.0, float(np.max(self.published, initial=0.0)))
        self._noise = max(PRINTED, SOLVED_SHARE * self._scale)
        choice = (low < high) & (np.linalg.norm(use @ self.free, axis=1) > FREE_SHARE)
        self._use, self._low, self._high = use[choice], low[choice], high[choice]

    def range(self, limit: int) -> Range:
        """The range of one limit, by its position among the problem's."""
        price = float(self.published[limit])
        if np.linalg.norm(self.free[limit]) <= FREE_SHARE:
            return Range(price, price, PRINTED, PRINTED)
        ends, slack = [], []
        for sign in (1.0, -1.0):
            end, wider = (self._end(limit, sign, noise) for noise in (0.0, self._noise))
            ends.append(price + end)
            slack.append(self._noise + (abs(wider - end) if np.isfinite(wider + end) else 0.0))
        return Range(max(ends[0], 0.0), ends[1], *slack)

    def _end(self, limit: int, sign: float, noise: float) -> float:
        """How far below (+) or above (-) its published price the limit's can be."""
        path = self._use @ self.free
        price = self._use @ self.published
        room = noise * (1.0 + np.abs(self._use).sum(axis=1))
        below = np.maximum(price - self._low, 0.0) + room
        above = np.maximum(self._high - price, 0.0) + room
        lines = np.vstack([-path, path, -self.free])
        bound = np.concatenate([below, above, self.published + noise])
        said = np.isfinite(bound) & (np.linalg.norm(lines, axis=1) > FREE_SHARE)
        # presolve takes the last digits of tight bounds for contradictions; simplex may stall
        for presolve in (False, True):
            answer = linprog(
                sign * self.free[limit],
                A_ub=lines[said],
                b_ub=bound[said] / self._scale,
                bounds=(None, None),
                method="highs",
                options={
                    "presolve": presolve,
                    "primal_feasibility_tolerance": SOLVED_SHARE,
                    "dual_feasibility_tolerance": SOLVED_SHARE,
                },
            )
            if answer.status == OPTIMAL:
                return sign * float(answer.fun) * self._scale
            if answer.status == UNBOUNDED:
                return -sign * np.inf
        return np.nan


def _intervals(prices: Prices, problem: Problem) -> tuple[Array, Array, Array]:
    """(P, R) use, (P,) lowest and highest price of every path that somebody asked for."""
    question, awards = prices.question, prices.answer.award_mw()
    paths: dict[tuple[str, str, bool], tuple[Array, float, float]] = {}
    for submission in question.submissions:
        pieces = benefit(submission, question.rules)
        if submission.problem != problem or not pieces:
            continue
        key = (submission.source, submission.sink, submission.option)
        use, least, most = paths.get(key, (prices.use(submission), -np.inf, np.inf))
        price = prices.of(submission)
        mw = awards.get(submission.submission_id, Decimal(0))
        low, high = _costs(pieces, mw, -price if submission.sells else price)
        if submission.sells:
            low, high = -high, -low
        paths[key] = (use, max(least, min(low, price)), min(most, max(high, price)))
    found = list(paths.values())
    return (
        np.array([use for use, _, _ in found]).reshape(len(found), len(prices.bound[problem])),
        np.array([low for _, low, _ in found]),
        np.array([high for _, _, high in found]),
    )


def _costs(pieces: tuple[Piece, ...], mw: Decimal, cost: float) -> tuple[float, float]:
    """Lowest and highest cost per MW at which `mw` is what is wanted, `cost` being published.

    An award that rounding moved by a few steps from an end of a piece belongs to that end, unless
    its piece has the published cost there.
    """
    for kink, low, high in _kinks(pieces):
        if abs(mw - kink) <= ROUNDING_STEPS * STEP and low != high:
            within = min(abs(cost - low), abs(cost - high)) <= PRICE_USD_PER_MW
            if mw == kink or not within:
                return low, high
    return cost, cost


def _kinks(pieces: tuple[Piece, ...]) -> Iterable[tuple[Decimal, float, float]]:
    """Where a curve starts, jumps and ends: MW, benefit of the next MW and of the last one."""
    before = float("inf")
    for piece in pieces:
        yield piece.start, float(piece.first), before
        before = float(piece.last)
    yield pieces[-1].end, -float("inf"), before


def _null_space(lines: Array) -> Array:
    """(R, d) an orthonormal base of what no line feels; many lines are first made R of them."""
    _, sizes, base = np.linalg.svd(np.linalg.qr(lines, mode="r"))
    rank = int((sizes > FREE_SHARE * max(1.0, float(np.max(sizes, initial=0.0)))).sum())
    return np.asarray(base[rank:].T)
