"""The bids and nominations of a portfolio, from the arguments of the command that created it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from simulator.domain import Bid, Nomination, Portfolio, PortfolioStatus
from simulator.domain.columns import bids_of, line_count, nominations_of
from simulator.store.unit import Row

Line = Bid | Nomination
Lines = tuple[Iterator[Bid], Iterator[Nomination]]


class _Arguments(msgspec.Struct):
    """What matters here of the arguments of `create_portfolio`: the lines in columns."""

    bids: Any
    nominations: Any


_read = msgspec.json.Decoder(_Arguments).decode


def lines_of(arguments: str, first_bid_id: int) -> Lines:
    """The bids, and then the nominations; the first line has that id, the others follow."""
    sent = _read(arguments)
    first_nomination = first_bid_id + line_count(sent.bids)
    return bids_of(sent.bids, first_bid_id), nominations_of(sent.nominations, first_nomination)


def in_order(lines: Lines) -> Iterator[Line]:
    """Every bid and nomination in order of their ids."""
    return chain(*lines)


def portfolio_of(row: Row, lines: Lines) -> Portfolio:
    """A portfolio from its row and its lines."""
    bids, nominations = lines
    return Portfolio(
        row["name"],
        row["market"],
        row["participant"],
        tuple(bids),
        tuple(nominations),
        PortfolioStatus(row["status"]),
        row["message"],
    )
