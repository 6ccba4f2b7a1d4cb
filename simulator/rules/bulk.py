"""Whether all lines of a portfolio are right, looked at column by column.

A quick yes for the rush before a close; it never says yes where the rules of
`simulator.rules.bids` or `.nominations` find anything. After a no they are asked, and say what is
wrong. Pairs and places are judged by those rules themselves, each once for a market.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.domain import CENT, MW_STEP, CrrType, Market, TransactionType
from simulator.domain.columns import Columns, different, each, line_count
from simulator.domain.packed import unpacked, whole
from simulator.domain.settings import BiddingSettings
from simulator.rules.bids import POINTS_MIN
from simulator.rules.caps import ALLOCATED
from simulator.rules.listing import Listing, location_findings, pair_findings
from simulator.rules.quantities import LARGEST

Ints = NDArray[np.int64]
Path = tuple[str, str, str, str]  # source, sink, period, time of use

MW_MAX = int(LARGEST / MW_STEP)
PRICE_MAX = int(LARGEST / CENT)
BUY = TransactionType.BUY


class Paths:
    """The paths of a market that are known to be open; what is not is never remembered."""

    def __init__(self, market: Market, listing: Listing, settings: BiddingSettings) -> None:
        self._listing = listing
        self._settings = settings
        self._biddable: set[Path] = set()
        self._listed: set[Path] = set()
        self._products = {(product.period.name, product.tou.value) for product in market.products}

    def all_biddable(self, bids: Columns) -> bool:
        """Whether every path may be bought."""
        # Asking the set, not making one of the paths: a third of the time.
        known = self._biddable.issuperset(_paths(bids))
        return known or all(map(self._is_biddable, set(_paths(bids))))

    def all_listed(self, lines: Columns) -> bool:
        """Whether every path leads from one open location to another."""
        known = self._listed.issuperset(_paths(lines))
        return known or all(map(self._is_listed, set(_paths(lines))))

    def _is_biddable(self, path: Path) -> bool:
        source, sink, *_ = path
        if not self._is_listed(path) or pair_findings(
            source, sink, "", self._listing, self._settings
        ):
            return False
        self._biddable.add(path)
        return True

    def _is_listed(self, path: Path) -> bool:
        source, sink, period, tou = path
        if source == sink or (period, tou) not in self._products:
            return False
        for name in (source, sink):
            if location_findings("", name, "", BUY, self._listing, period):
                return False
        self._listed.add(path)
        return True


def bids_are_right(
    bids: Columns, participant: str, paths: Paths, settings: BiddingSettings
) -> bool:
    """Whether these are bids to buy (no offers) and `bid_findings` has nothing to say of them."""
    return (
        different(bids["transaction"]) == {BUY.value}
        and different(bids["participant"]) == {participant}
        and different(bids["crr_id"]) == {""}
        and different(bids["crr_type"]) == {CrrType.AUC.value}
        and different(bids["hedge"]) <= set(settings.buy_hedges)
        and paths.all_biddable(bids)
        and curves_are_right(bids, settings)
    )


def nominations_are_right(
    nominations: Columns, participant: str, paths: Paths, sinks: Collection[str]
) -> bool:
    """Whether `nomination_findings` has nothing to say of them."""
    mw = _integers(nominations["mw"])
    return (
        mw is not None
        and bool(((mw > 0) & (mw < MW_MAX)).all())
        and different(nominations["participant"]) == {participant}
        and different(nominations["crr_type"]) <= {kind.value for kind in ALLOCATED}
        and different(nominations["sink"]) <= set(sinks)
        and paths.all_listed(nominations)
    )


def curves_are_right(bids: Columns, settings: BiddingSettings) -> bool:
    """Whether all curves of bids to buy are as rulebook 4.4 wants them."""
    points = _integers(bids["points"])
    mw, price = _integers(bids["mw"]), _integers(bids["price"])
    if points is None or mw is None or price is None:
        return False
    if not len(points):
        return not (len(mw) or len(price))
    if points.min() < POINTS_MIN or points.max() > settings.curve_points_max:
        return False
    ends = points.cumsum()
    if not len(mw) == len(price) == ends[-1]:
        return False
    first, last = ends - points, ends - 1
    rises, steps = mw[1:] - mw[:-1], price[1:] - price[:-1]
    rises[last[:-1]], steps[last[:-1]] = 1, 0  # from one curve to the next: nothing wrong
    stays = rises == 0
    return bool(
        not mw[first].any()
        and mw[last].min() > 0
        and rises.min() >= 0
        and not (stays[1:] & stays[:-1]).any()
        and mw.max() < MW_MAX
        and -PRICE_MAX < price.min() <= price.max() < PRICE_MAX
        and _goes_right(steps, settings.curve_direction)
    )


def _goes_right(steps: Ints, direction: str) -> bool:
    if direction == "any":
        return True
    return bool(steps.max() <= 0 if direction == "economic" else steps.min() >= 0)


def _integers(column: str | Sequence[Any]) -> Ints | None:
    """The column as whole numbers, or None when something else is in it."""
    numbers = whole(unpacked(column))
    return None if numbers is None else np.frombuffer(numbers, numbers.typecode).astype(np.int64)


def _paths(lines: Columns) -> Iterator[Path]:
    count = line_count(lines)
    names = (each(lines[name], count) for name in ("source", "sink", "period", "tou"))
    return zip(*names, strict=True)
