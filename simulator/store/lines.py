"""The bids and nominations of a portfolio as one text, and the text as these nouns again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import msgspec

from simulator.domain import Bid, Nomination, Portfolio, PortfolioStatus
from simulator.domain.columns import Columns, bids_of, line_count, nominations_of
from simulator.store.canonical import canonical_json
from simulator.store.unit import Row

Line = Bid | Nomination


def lines_row(portfolio: Portfolio, bids: Columns, nominations: Columns, first_bid_id: int) -> Row:
    """All lines of a portfolio; the first has that id, the others follow."""
    return {
        "first_bid_id": first_bid_id,
        "market": portfolio.market,
        "participant": portfolio.participant,
        "portfolio": portfolio.name,
        "lines": canonical_json([bids, nominations]),
    }


def portfolio_of(row: Row, lines: Row) -> Portfolio:
    """A portfolio from its row and the row of its lines."""
    bids, nominations = _lines(lines)
    return Portfolio(
        row["name"],
        row["market"],
        row["participant"],
        tuple(bids),
        tuple(nominations),
        PortfolioStatus(row["status"]),
        row["message"],
    )


def lines_of(row: Row) -> Iterator[Line]:
    """Every bid and nomination of a row of lines, in order of their ids."""
    return chain(*_lines(row))


def _lines(row: Row) -> tuple[Iterator[Bid], Iterator[Nomination]]:
    bids, nominations = msgspec.json.decode(row["lines"])
    first = row["first_bid_id"]
    return bids_of(bids, first), nominations_of(nominations, first + line_count(bids))
