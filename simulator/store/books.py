"""The market's books: the nouns of the domain as rows, and rows as nouns again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Bid,
    Crr,
    CrrType,
    CurvePoint,
    Hedge,
    Market,
    MarketKind,
    MarketState,
    MarketStatus,
    MarketTerm,
    Nomination,
    Participant,
    Period,
    Portfolio,
    PortfolioStatus,
    Product,
    Role,
    Tier,
    Tou,
    TransactionType,
)
from simulator.store import tables
from simulator.store.transaction import Row, Transaction

NOMINATE = "NOMINATE"


def add_participants(tx: Transaction, participants: Iterable[Participant]) -> None:
    """Register participants."""
    tx.insert(
        tables.participant,
        (
            {
                "participant_id": participant.participant_id,
                "name": participant.name,
                "role": participant.role.value,
                "sink": participant.sink,
            }
            for participant in participants
        ),
    )


def participants(tx: Transaction) -> tuple[Participant, ...]:
    """Everybody, by id."""
    return tuple(
        Participant(row["participant_id"], row["name"], Role(row["role"]), row["sink"])
        for row in tx.rows(tables.participant)
    )


def add_market(tx: Transaction, state: MarketState) -> None:
    """Announce a market with its window and its products."""
    market = state.market
    tx.insert(
        tables.market,
        [
            {
                "name": market.name,
                "kind": market.kind.value,
                "term": market.term.value,
                "tier": market.tier.value,
                "limit_scale": Decimal(str(market.limit_scale)),
                "status": state.status.value,
                "opens_at": state.opens_at,
                "closes_at": state.closes_at,
                "posted_at": state.posted_at,
            }
        ],
    )
    tx.insert(
        tables.product,
        (
            {"market": market.name, "period": product.period.name, "tou": product.tou.value}
            for product in market.products
        ),
    )


def markets(tx: Transaction) -> tuple[MarketState, ...]:
    """Every market, by name."""
    products: dict[str, list[Product]] = {}
    for row in tx.rows(tables.product):
        product = Product(Period.parse(row["period"]), Tou(row["tou"]))
        products.setdefault(row["market"], []).append(product)
    return tuple(
        MarketState(
            Market(
                row["name"],
                MarketKind(row["kind"]),
                MarketTerm(row["term"]),
                Tier(row["tier"]),
                tuple(sorted(products[row["name"]])),
                float(row["limit_scale"]),
            ),
            MarketStatus(row["status"]),
            row["opens_at"],
            row["closes_at"],
            row["posted_at"],
        )
        for row in tx.rows(tables.market)
    )


def market(tx: Transaction, name: str) -> MarketState | None:
    """The market of that name, or None."""
    return next((state for state in markets(tx) if state.market.name == name), None)


def set_market_status(
    tx: Transaction, name: str, status: MarketStatus, posted_at: int | None = None
) -> None:
    """Move a market on."""
    tx.update(tables.market, {"name": name}, {"status": status.value, "posted_at": posted_at})


def save_portfolio(tx: Transaction, portfolio: Portfolio) -> Portfolio:
    """Store a new portfolio; its bids and nominations get the market's own ids."""
    tx.insert(
        tables.portfolio,
        [
            {
                "market": portfolio.market,
                "participant": portfolio.participant,
                "name": portfolio.name,
                "status": portfolio.status.value,
                "message": portfolio.message,
                "required_credit_usd": None,
            }
        ],
    )
    first = tx.next_id(tables.bid)
    lines: tuple[Bid | Nomination, ...] = (*portfolio.bids, *portfolio.nominations)
    rows = [_bid_row(portfolio, number, line) for number, line in enumerate(lines, start=first)]
    tx.insert(tables.bid, rows)
    return _portfolio(
        {
            "market": portfolio.market,
            "participant": portfolio.participant,
            "name": portfolio.name,
            "status": portfolio.status.value,
            "message": portfolio.message,
        },
        rows,
    )


def portfolios(tx: Transaction, **equal: Any) -> tuple[Portfolio, ...]:
    """Portfolios where every named column (market, participant, name, status) is equal."""
    where = {name: equal[name] for name in ("market", "participant") if name in equal}
    by_portfolio: dict[tuple[str, str, str], list[Row]] = {}
    for row in tx.rows(tables.bid, **where):
        key = (row["market"], row["participant"], row["portfolio"])
        by_portfolio.setdefault(key, []).append(row)
    return tuple(
        _portfolio(row, by_portfolio.get((row["market"], row["participant"], row["name"]), []))
        for row in tx.rows(tables.portfolio, **equal)
    )


def set_portfolio_status(
    tx: Transaction, portfolio: Portfolio, status: PortfolioStatus, message: str = ""
) -> None:
    """Move a portfolio on."""
    key = {
        "market": portfolio.market,
        "participant": portfolio.participant,
        "name": portfolio.name,
    }
    tx.update(tables.portfolio, key, {"status": status.value, "message": message})


def remove_portfolio(tx: Transaction, portfolio: Portfolio) -> None:
    """Delete a portfolio with all that is in it."""
    key = {"market": portfolio.market, "participant": portfolio.participant}
    tx.delete(tables.bid, {**key, "portfolio": portfolio.name})
    tx.delete(tables.portfolio, {**key, "name": portfolio.name})


def remember_allocations(tx: Transaction, crrs: Iterable[Crr]) -> None:
    """What was allocated stays known, whoever owns it later."""
    tx.insert(tables.allocation, (_crr_row(crr) for crr in crrs))


def allocations(tx: Transaction, **equal: Any) -> tuple[Crr, ...]:
    """CRRs as they were allocated, by id; whether they were sold since does not matter."""
    return tuple(_crr(row) for row in tx.rows(tables.allocation, **equal))


def add_crrs(tx: Transaction, crrs: Iterable[Crr]) -> None:
    """Rows of CRRs that have their ids; `simulator.market.inventory` says what happened."""
    tx.insert(tables.crr, (_crr_row(crr) for crr in crrs))


def remove_crrs(tx: Transaction, crr_ids: Iterable[str]) -> None:
    """CRRs that are no more, or are something else from now on."""
    for crr_id in crr_ids:
        tx.delete(tables.crr, {"crr_id": int(crr_id)})


def crrs(tx: Transaction, **equal: Any) -> tuple[Crr, ...]:
    """The inventory, by id; columns may be named to narrow it."""
    return tuple(_crr(row) for row in tx.rows(tables.crr, **equal))


def _bid_row(portfolio: Portfolio, number: int, line: Bid | Nomination) -> Row:
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


def _portfolio(row: Row, bid_rows: list[Row]) -> Portfolio:
    return Portfolio(
        row["name"],
        row["market"],
        row["participant"],
        tuple(_bid(line) for line in bid_rows if line["transaction"] != NOMINATE),
        tuple(_nomination(line) for line in bid_rows if line["transaction"] == NOMINATE),
        PortfolioStatus(row["status"]),
        row["message"],
    )


def _bid(row: Row) -> Bid:
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


def _nomination(row: Row) -> Nomination:
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


def _crr_row(crr: Crr) -> Row:
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


def _crr(row: Row) -> Crr:
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
