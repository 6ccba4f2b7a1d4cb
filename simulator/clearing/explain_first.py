"""What would have been, had one bid been put first: what wins all of it, and at whose expense.

The market is cleared again with this bid before all others. The price that its path then has is
what its last MW had to beat; the bids that then get less are the set that it lost to: together
they are worth more than it offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.problem import entry_value, is_sale
from simulator.domain import Bid, CurvePoint, usd

FIRST_IN_LINE = 1000
"""A bid put first offers this many times the highest price anybody bid."""
NAMED = 10
"""How many of the bids that would have got less are named."""

Json = dict[str, Any]


@dataclass(frozen=True)
class First:
    """The market with a bid put first: MW by id, and the price that wins all of the bid.

    None as price: the limits cannot carry all of it.
    """

    awarded_mw: Mapping[str, Decimal]
    price: float | None


def put_first(case: ClearingCase, bid: Bid) -> First:
    """Clear the bid's product again with the bid before all others."""
    prices = [abs(point.price_usd_per_mw) for item in case.bids for point in item.curve]
    first = (max(prices) + 1) * FIRST_IN_LINE * (-1 if is_sale(bid) else 1)
    eager = replace(bid, curve=(CurvePoint(Decimal(0), first), CurvePoint(bid.mw, first)))
    product = tuple(
        eager if item.bid_id == bid.bid_id else item
        for item in case.bids
        if (item.period, item.tou) == (bid.period, bid.tou)
    )
    held = tuple(crr for crr in case.fixed_crrs if (crr.period, crr.tou) == (bid.period, bid.tou))
    result = clear(replace(case, bids=product, fixed_crrs=held))
    awarded = {award.bid_id: award for award in result.awards}
    price = awarded[bid.bid_id].clearing_price_usd_per_mw
    assert price is not None
    all_of_it = awarded[bid.bid_id].awarded_mw >= bid.mw and abs(price) < abs(first) / 2
    return First(
        {name: award.awarded_mw for name, award in awarded.items()},
        float(usd(price)) if all_of_it else None,
    )


def lost_to(case: ClearingCase, bid: Bid, awarded_mw: Mapping[str, Decimal], first: First) -> Json:
    """The bids that would have got less with the bid put first, and what both sides are worth.

    `own_value` is what the bid itself offered for the MW it would have got more, `their_value`
    what all others together would have been worth less, in USD.
    """

    def change(item: Bid) -> Decimal:
        """What the item is worth more at its MW as awarded than with the bid put first."""
        now, then = awarded_mw[item.bid_id], first.awarded_mw[item.bid_id]
        worth = (entry_value(item, case.objective, case.curve, mw) for mw in (now, then))
        return next(worth) - next(worth)

    others = [i for i in case.bids if i.bid_id in first.awarded_mw and i.bid_id != bid.bid_id]
    less = [i for i in others if first.awarded_mw[i.bid_id] < awarded_mw[i.bid_id]]
    less.sort(key=lambda i: (first.awarded_mw[i.bid_id] - awarded_mw[i.bid_id], i.bid_id))
    return {
        "own_value": float(usd(-change(bid))),
        "their_value": float(usd(sum((change(item) for item in others), Decimal(0)))),
        "bids": len(less),
        "largest": [
            {
                "id": item.bid_id,
                "participant": item.participant,
                "awarded_mw": float(awarded_mw[item.bid_id]),
                "would_have_got_mw": float(first.awarded_mw[item.bid_id]),
            }
            for item in less[:NAMED]
        ],
    }
