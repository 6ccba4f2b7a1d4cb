"""Bid curves: from points to pieces, and from MW to the value that the curve gives them.

Between two points the price of a `linear` curve runs straight from one to the other (rulebook
4.4); the price of a `step` curve stays at the left point's. Two points of equal MW are a vertical
step and make no piece. A piece is `(mw, first_price, last_price)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from simulator.domain import CurvePoint, TransactionType

Piece = tuple[Decimal, Decimal, Decimal]


def pieces(points: Sequence[CurvePoint], shape: str) -> Iterator[Piece]:
    """The pieces of a curve from left to right, none of zero width; MW, USD per MW."""
    for left, right in pairwise(points):
        width = right.mw - left.mw
        if width > 0:
            last = right.price_usd_per_mw if shape == "linear" else left.price_usd_per_mw
            yield width, left.price_usd_per_mw, last


def curve_value(points: Sequence[CurvePoint], shape: str, mw: Decimal) -> Decimal:
    """The area under the curve up to `mw`, in USD: what a buyer bids for it or a seller asks."""
    value, left = Decimal(0), mw
    for width, first, last in pieces(points, shape):
        taken = min(left, width)
        value += taken * (first + (last - first) * taken / (2 * width))
        left -= taken
        if left <= 0:
            break
    return value


def marginal_prices(
    points: Sequence[CurvePoint], shape: str, mw: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    """Prices of the last MW taken and of the next one; None where there is no such MW."""
    taken, below, above = Decimal(0), None, None
    for width, first, last in pieces(points, shape):
        inside = min(max(mw - taken, Decimal(0)), width)
        price = first + (last - first) * inside / width
        if inside > 0:
            below = price
        if inside < width:
            above = price
            break
        taken += width
    return below, above


def monotone(points: Sequence[CurvePoint], transaction: TransactionType) -> bool:
    """Whether a buy curve never rises or a sell curve never falls in price."""
    prices = [point.price_usd_per_mw for point in points]
    if transaction is TransactionType.BUY:
        return all(left >= right for left, right in pairwise(prices))
    return all(left <= right for left, right in pairwise(prices))
