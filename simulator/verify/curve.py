"""Curves a second time: what a submission is worth, and what it wants at a price.

Every submission is turned into marginal benefit per MW, falling as it gets more: a buyer's price,
a seller's price with a minus sign, 2 (N - q) / N for a nomination of N under weighted least
squares (so that N less the area is the squared shortfall divided by N), 1 under most MW. Its cost
per MW is the path price, with a minus sign for a seller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from simulator.verify.question import Rules
from simulator.verify.submission import Submission


@dataclass(frozen=True)
class Piece:
    """From `start` to `end` MW the benefit per MW runs straight from `first` to `last`."""

    start: Decimal
    end: Decimal
    first: Decimal
    last: Decimal

    def at(self, mw: Decimal) -> Decimal:
        """Benefit per MW at `mw` within the piece."""
        return self.first + (self.last - self.first) * (mw - self.start) / (self.end - self.start)


def benefit(submission: Submission, rules: Rules) -> tuple[Piece, ...]:
    """The submission's marginal benefit; pieces without width (vertical steps) are left out."""
    zero = Decimal(0)
    points: Sequence[tuple[Decimal, Decimal]]
    if rules.objective == "weighted_least_squares":
        points = ((zero, Decimal(2)), (submission.mw, zero))
    elif rules.objective == "max_mw":
        points = ((zero, Decimal(1)), (submission.mw, Decimal(1)))
    else:
        points = submission.points
    sign = -1 if submission.sells else 1
    flat = rules.auction and rules.curve == "step"
    return tuple(
        Piece(left, right, sign * price, sign * (price if flat else next_price))
        for (left, price), (right, next_price) in pairwise(points)
        if right > left
    )


def value(pieces: tuple[Piece, ...], mw: Decimal) -> Decimal:
    """Area under the benefit up to `mw`, exactly."""
    total = Decimal(0)
    for piece in pieces:
        if mw <= piece.start:
            break
        end = min(mw, piece.end)
        total += (end - piece.start) * (piece.first + piece.at(end)) / 2
    return total


def surplus(pieces: tuple[Piece, ...], cost: float) -> float:
    """The most that benefit less `cost` per MW can add up to: area above `cost`."""
    total = 0.0
    for piece in pieces:
        width = float(piece.end - piece.start)
        high, low = float(piece.first) - cost, float(piece.last) - cost
        if low >= 0:
            total += width * (high + low) / 2
        elif high > 0:
            total += width * high * high / (high - low) / 2
    return total


def wanted(pieces: tuple[Piece, ...], cost: float, slack: float) -> tuple[float, float]:
    """Least and most MW that fit `cost`, when it may be off by `slack` either way."""
    return _where_falls_to(pieces, cost + slack), _where_falls_below(pieces, cost - slack)


def _where_falls_to(pieces: tuple[Piece, ...], level: float) -> float:
    """MW up to which the benefit lies above `level`."""
    for piece in pieces:
        high, low = float(piece.first), float(piece.last)
        if high <= level:
            return float(piece.start)
        if low <= level:
            return _crossing(piece, level)
    return float(pieces[-1].end)


def _where_falls_below(pieces: tuple[Piece, ...], level: float) -> float:
    """MW from which the benefit lies below `level`."""
    for piece in pieces:
        high, low = float(piece.first), float(piece.last)
        if high < level:
            return float(piece.start)
        if low < level:
            return _crossing(piece, level)
    return float(pieces[-1].end)


def _crossing(piece: Piece, level: float) -> float:
    high, low = float(piece.first), float(piece.last)
    return float(piece.start) + float(piece.end - piece.start) * (high - level) / (high - low)
