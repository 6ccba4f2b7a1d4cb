"""The bids and nominations of a portfolio as one text, and the text as these nouns again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Bid,
    CrrType,
    CurvePoint,
    Hedge,
    Nomination,
    Portfolio,
    PortfolioStatus,
    Tou,
    TransactionType,
)
from simulator.store.canonical import canonical_json
from simulator.store.unit import Row

Line = Bid | Nomination


def lines_row(portfolio: Portfolio, first_bid_id: int) -> Row:
    """All lines of a portfolio; the first has that id, the others follow."""
    bids = [
        [
            bid.transaction.value,
            bid.hedge.value,
            bid.source,
            bid.sink,
            bid.tou.value,
            bid.period,
            bid.crr_type.value,
            bid.crr_id,
            [[str(point.mw), str(point.price_usd_per_mw)] for point in bid.curve],
            bid.description,
        ]
        for bid in portfolio.bids
    ]
    nominations = [
        [
            line.source,
            line.sink,
            line.tou.value,
            line.period,
            line.crr_type.value,
            str(line.mw),
            line.description,
        ]
        for line in portfolio.nominations
    ]
    return {
        "first_bid_id": first_bid_id,
        "market": portfolio.market,
        "participant": portfolio.participant,
        "portfolio": portfolio.name,
        "lines": canonical_json({"bids": bids, "nominations": nominations}),
    }


def portfolio_of(row: Row, lines: Row) -> Portfolio:
    """A portfolio from its row and the row of its lines."""
    content = json.loads(lines["lines"])
    owner, first = row["participant"], lines["first_bid_id"]
    return Portfolio(
        row["name"],
        row["market"],
        owner,
        tuple(_bids(content["bids"], owner, first)),
        tuple(_nominations(content["nominations"], owner, first + len(content["bids"]))),
        PortfolioStatus(row["status"]),
        row["message"],
    )


def lines_of(row: Row) -> Iterator[Line]:
    """Every bid and nomination of a row of lines, in order of their ids."""
    content, owner, first = json.loads(row["lines"]), row["participant"], row["first_bid_id"]
    yield from _bids(content["bids"], owner, first)
    yield from _nominations(content["nominations"], owner, first + len(content["bids"]))


def _bids(kept: list[list[Any]], owner: str, first: int) -> Iterator[Bid]:
    for bid_id, line in enumerate(kept, start=first):
        transaction, hedge, source, sink, tou, period, crr_type, crr_id, curve, words = line
        yield Bid(
            str(bid_id),
            owner,
            TransactionType(transaction),
            Hedge(hedge),
            source,
            sink,
            Tou(tou),
            period,
            tuple(CurvePoint(Decimal(mw), Decimal(price)) for mw, price in curve),
            crr_id,
            CrrType(crr_type),
            words,
        )


def _nominations(kept: list[list[str]], owner: str, first: int) -> Iterator[Nomination]:
    for bid_id, line in enumerate(kept, start=first):
        source, sink, tou, period, crr_type, mw, words = line
        yield Nomination(
            str(bid_id),
            owner,
            source,
            sink,
            Tou(tou),
            period,
            Decimal(mw),
            CrrType(crr_type),
            words,
        )
