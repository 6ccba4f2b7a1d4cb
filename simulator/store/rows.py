"""Portfolios, their lines and CRRs as rows, and rows as these nouns again."""

from __future__ import annotations

import json
from decimal import Decimal

from simulator.domain import (
    Bid,
    Crr,
    CrrType,
    CurvePoint,
    Hedge,
    Nomination,
    Portfolio,
    PortfolioStatus,
    Tou,
    TransactionType,
)
from simulator.store.transaction import Row

NOMINATE = "NOMINATE"


def bid_row(portfolio: Portfolio, number: int, line: Bid | Nomination) -> Row:
    """A bid or nomination of a portfolio, numbered in the market."""
    if isinstance(line, Bid):
        kind, hedge, crr_type, crr_id = (
            line.transaction.value,
            line.hedge,
            CrrType.AUC,
            line.crr_id,
        )
        curve = [[str(point.mw), str(point.price_usd_per_mw)] for point in line.curve]
    else:
        kind, hedge, crr_type, crr_id = NOMINATE, Hedge.OBL, line.crr_type, ""
        curve = []
    return {
        "bid_id": number,
        "market": portfolio.market,
        "participant": portfolio.participant,
        "portfolio": portfolio.name,
        "transaction": kind,
        "hedge": hedge.value,
        "source": line.source,
        "sink": line.sink,
        "tou": line.tou.value,
        "period": line.period,
        "crr_type": crr_type.value,
        "crr_id": crr_id,
        "mw": line.mw,
        "curve": json.dumps(curve),
    }


def portfolio_of(row: Row, bid_rows: list[Row]) -> Portfolio:
    """A portfolio from its row and those of its lines."""
    return Portfolio(
        row["name"],
        row["market"],
        row["participant"],
        tuple(bid_of(line) for line in bid_rows if line["transaction"] != NOMINATE),
        tuple(nomination_of(line) for line in bid_rows if line["transaction"] == NOMINATE),
        PortfolioStatus(row["status"]),
        row["message"],
    )


def bid_of(row: Row) -> Bid:
    """A bid from its row."""
    return Bid(
        str(row["bid_id"]),
        row["participant"],
        TransactionType(row["transaction"]),
        Hedge(row["hedge"]),
        row["source"],
        row["sink"],
        Tou(row["tou"]),
        row["period"],
        tuple(CurvePoint(Decimal(mw), Decimal(price)) for mw, price in json.loads(row["curve"])),
        row["crr_id"],
    )


def nomination_of(row: Row) -> Nomination:
    """A nomination from its row."""
    return Nomination(
        str(row["bid_id"]),
        row["participant"],
        row["source"],
        row["sink"],
        Tou(row["tou"]),
        row["period"],
        row["mw"],
        CrrType(row["crr_type"]),
    )


def crr_row(crr: Crr) -> Row:
    """A CRR that has its id."""
    return {
        "crr_id": int(crr.crr_id),
        "owner": crr.owner,
        "crr_type": crr.crr_type.value,
        "hedge": crr.hedge.value,
        "source": crr.source,
        "sink": crr.sink,
        "tou": crr.tou.value,
        "start": crr.start,
        "end": crr.end,
        "mw": crr.mw,
        "market": crr.market,
        "parent_crr_id": crr.parent_crr_id,
    }


def crr_of(row: Row) -> Crr:
    """A CRR from its row."""
    return Crr(
        str(row["crr_id"]),
        row["owner"],
        CrrType(row["crr_type"]),
        Hedge(row["hedge"]),
        row["source"],
        row["sink"],
        Tou(row["tou"]),
        row["start"],
        row["end"],
        row["mw"],
        row["market"],
        row["parent_crr_id"],
    )
