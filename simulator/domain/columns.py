"""Bids and nominations in columns: what commands carry, the books keep, and rules look at in bulk.

Thousands of lines are a few lists here, one for each property, and a curve is a stretch of the
lists of MW and of prices. A number is the count of its steps (0.001 MW, 0.01 USD), so it is exact
and cheap; one that keeps to no step is its text, for the rules to refuse by name. Where there is
none of these the column is packed (`simulator.domain.packed`). A column of texts that are all alike
is that text, once: of a thousand bids a quarter of all that is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice, repeat
from typing import Any

from simulator.domain.crr import CrrType, Hedge
from simulator.domain.packed import packed, unpacked
from simulator.domain.portfolio import Bid, CurvePoint, Nomination, TransactionType
from simulator.domain.product import Tou
from simulator.domain.quantity import CENT, MW_STEP

Columns = Mapping[str, Sequence[Any]]
Texts = str | Sequence[str]  # one for all lines, or one each

TEXTS = ("participant", "source", "sink", "tou", "period", "crr_type", "description")
OF_BIDS = ("transaction", "hedge", "crr_id")  # texts that nominations do not have

STEPS_MAX = 10**15  # nothing in the market is as large; a number beyond it stays its text


class ReadBids(dict[str, Sequence[Any]]):
    """Bids in columns, from a reader whose checks left nothing for `market.shapes` to find."""


class ReadNominations(dict[str, Sequence[Any]]):
    """The same of nominations."""


def line_count(columns: Columns) -> int:
    """How many lines the columns have; none at all are no lines."""
    if not columns:
        return 0
    return len(columns["points"]) if "points" in columns else len(unpacked(columns["mw"]))


def once(texts: Sequence[str]) -> Texts:
    """A column of these texts, of which there is at least one."""
    first = texts[0]
    alike = first == texts[-1] and texts.count(first) == len(texts)
    return first if alike else texts


def each(column: Texts, lines: int) -> Iterable[str]:
    """The text of each line."""
    return repeat(column, lines) if isinstance(column, str) else column


def different(column: Texts) -> set[str]:
    """Every text of a column."""
    return {column} if isinstance(column, str) else set(column)


def in_steps(value: Decimal, step: Decimal) -> int | str:
    """How many of `step` the value is, or its text when it is not a multiple (or no number)."""
    if value.is_finite() and abs(value) < STEPS_MAX * step and value % step == 0:
        return int(value / step)
    return str(value)


def bid_columns(bids: Sequence[Bid]) -> dict[str, Sequence[Any]]:
    """Bids and offers as columns; their ids are their places."""
    if not bids:
        return {}
    points = [point for bid in bids for point in bid.curve]
    return {
        "participant": once([bid.participant for bid in bids]),
        "transaction": once([bid.transaction.value for bid in bids]),
        "hedge": once([bid.hedge.value for bid in bids]),
        "source": once([bid.source for bid in bids]),
        "sink": once([bid.sink for bid in bids]),
        "tou": once([bid.tou.value for bid in bids]),
        "period": once([bid.period for bid in bids]),
        "crr_type": once([bid.crr_type.value for bid in bids]),
        "crr_id": once([bid.crr_id for bid in bids]),
        "description": once([bid.description for bid in bids]),
        "points": [len(bid.curve) for bid in bids],
        "mw": packed([in_steps(point.mw, MW_STEP) for point in points]),
        "price": packed([in_steps(point.price_usd_per_mw, CENT) for point in points]),
    }


def bids_of(columns: Columns, first_id: int = 1) -> Iterator[Bid]:
    """The bids in their order; the first gets that id, the others follow."""
    if not columns:
        return
    lines = line_count(columns)
    texts = {name: each(columns[name], lines) for name in (*TEXTS, *OF_BIDS)}
    points = map(CurvePoint, _numbers(columns["mw"], MW_STEP), _numbers(columns["price"], CENT))
    rows = zip(
        texts["participant"],
        map(TransactionType, texts["transaction"]),
        map(Hedge, texts["hedge"]),
        texts["source"],
        texts["sink"],
        map(Tou, texts["tou"]),
        texts["period"],
        (tuple(islice(points, count)) for count in columns["points"]),
        texts["crr_id"],
        map(CrrType, texts["crr_type"]),
        texts["description"],
        strict=True,
    )
    for bid_id, row in enumerate(rows, start=first_id):
        yield Bid(str(bid_id), *row)


def nomination_columns(nominations: Sequence[Nomination]) -> dict[str, Sequence[Any]]:
    """Nominations as columns; their ids are their places."""
    if not nominations:
        return {}
    return {
        "participant": once([line.participant for line in nominations]),
        "source": once([line.source for line in nominations]),
        "sink": once([line.sink for line in nominations]),
        "tou": once([line.tou.value for line in nominations]),
        "period": once([line.period for line in nominations]),
        "crr_type": once([line.crr_type.value for line in nominations]),
        "description": once([line.description for line in nominations]),
        "mw": packed([in_steps(line.mw, MW_STEP) for line in nominations]),
    }


def nominations_of(columns: Columns, first_id: int = 1) -> Iterator[Nomination]:
    """The nominations in their order; the first gets that id, the others follow."""
    if not columns:
        return
    lines = line_count(columns)
    texts = {name: each(columns[name], lines) for name in TEXTS}
    rows = zip(
        texts["participant"],
        texts["source"],
        texts["sink"],
        map(Tou, texts["tou"]),
        texts["period"],
        _numbers(columns["mw"], MW_STEP),
        map(CrrType, texts["crr_type"]),
        texts["description"],
        strict=True,
    )
    for line_id, row in enumerate(rows, start=first_id):
        yield Nomination(str(line_id), *row)


def _numbers(column: str | Sequence[int | str], step: Decimal) -> Iterator[Decimal]:
    numbers = unpacked(column)
    return (value * step if isinstance(value, int) else Decimal(value) for value in numbers)
