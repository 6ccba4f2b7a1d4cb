"""Bids and nominations in columns: what commands carry, the books keep, and rules look at in bulk.

Thousands of lines are a few lists here, one for each property, and a curve is a stretch of the
lists of MW and of prices. A number is the count of its steps (0.001 MW, 0.01 USD), so it is exact
and cheap; one that keeps to no step is its text, for the rules to refuse by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from simulator.domain.crr import CrrType, Hedge
from simulator.domain.portfolio import Bid, CurvePoint, Nomination, TransactionType
from simulator.domain.product import Tou
from simulator.domain.quantity import CENT, MW_STEP

Columns = Mapping[str, Sequence[Any]]

STEPS_MAX = 10**15  # nothing in the market is as large; a number beyond it stays its text


class ReadBids(dict[str, Sequence[Any]]):
    """Bids in columns, from a reader whose checks left nothing for `market.shapes` to find."""


class ReadNominations(dict[str, Sequence[Any]]):
    """The same of nominations."""


def line_count(columns: Columns) -> int:
    """How many lines the columns have; none at all are no lines."""
    return len(columns["source"]) if columns else 0


def in_steps(value: Decimal, step: Decimal) -> int | str:
    """How many of `step` the value is, or its text when it is not a multiple (or no number)."""
    if value.is_finite() and abs(value) < STEPS_MAX * step and value % step == 0:
        return int(value / step)
    return str(value)


def bid_columns(bids: Sequence[Bid]) -> dict[str, list[Any]]:
    """Bids and offers as columns; their ids are their places."""
    if not bids:
        return {}
    points = [point for bid in bids for point in bid.curve]
    return {
        "participant": [bid.participant for bid in bids],
        "transaction": [bid.transaction.value for bid in bids],
        "hedge": [bid.hedge.value for bid in bids],
        "source": [bid.source for bid in bids],
        "sink": [bid.sink for bid in bids],
        "tou": [bid.tou.value for bid in bids],
        "period": [bid.period for bid in bids],
        "crr_type": [bid.crr_type.value for bid in bids],
        "crr_id": [bid.crr_id for bid in bids],
        "description": [bid.description for bid in bids],
        "points": [len(bid.curve) for bid in bids],
        "mw": [in_steps(point.mw, MW_STEP) for point in points],
        "price": [in_steps(point.price_usd_per_mw, CENT) for point in points],
    }


def bids_of(columns: Columns, first_id: int = 1) -> Iterator[Bid]:
    """The bids in their order; the first gets that id, the others follow."""
    if not columns:
        return
    points = map(CurvePoint, _numbers(columns["mw"], MW_STEP), _numbers(columns["price"], CENT))
    rows = zip(
        columns["participant"],
        map(TransactionType, columns["transaction"]),
        map(Hedge, columns["hedge"]),
        columns["source"],
        columns["sink"],
        map(Tou, columns["tou"]),
        columns["period"],
        (tuple(islice(points, count)) for count in columns["points"]),
        columns["crr_id"],
        map(CrrType, columns["crr_type"]),
        columns["description"],
        strict=True,
    )
    for bid_id, row in enumerate(rows, start=first_id):
        yield Bid(str(bid_id), *row)


def nomination_columns(nominations: Sequence[Nomination]) -> dict[str, list[Any]]:
    """Nominations as columns; their ids are their places."""
    if not nominations:
        return {}
    return {
        "participant": [line.participant for line in nominations],
        "source": [line.source for line in nominations],
        "sink": [line.sink for line in nominations],
        "tou": [line.tou.value for line in nominations],
        "period": [line.period for line in nominations],
        "crr_type": [line.crr_type.value for line in nominations],
        "description": [line.description for line in nominations],
        "mw": [in_steps(line.mw, MW_STEP) for line in nominations],
    }


def nominations_of(columns: Columns, first_id: int = 1) -> Iterator[Nomination]:
    """The nominations in their order; the first gets that id, the others follow."""
    if not columns:
        return
    rows = zip(
        columns["participant"],
        columns["source"],
        columns["sink"],
        map(Tou, columns["tou"]),
        columns["period"],
        _numbers(columns["mw"], MW_STEP),
        map(CrrType, columns["crr_type"]),
        columns["description"],
        strict=True,
    )
    for line_id, row in enumerate(rows, start=first_id):
        yield Nomination(str(line_id), *row)


def _numbers(column: Iterable[int | str], step: Decimal) -> Iterator[Decimal]:
    return (value * step if isinstance(value, int) else Decimal(value) for value in column)
