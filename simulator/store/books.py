"""The market's books: the nouns of the domain as rows, and rows as nouns again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Crr,
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
)
from simulator.store import tables
from simulator.store.lines import Line, Lines, in_order, lines_of, portfolio_of
from simulator.store.rows import crr_of, crr_row
from simulator.store.transaction import Row, Transaction


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
    return tx.derived("markets", lambda: _markets(tx))


def _markets(tx: Transaction) -> tuple[MarketState, ...]:
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
    by_name = tx.derived(
        "markets by name", lambda: {each.market.name: each for each in markets(tx)}
    )
    return by_name.get(name)


def set_market_status(
    tx: Transaction, name: str, status: MarketStatus, posted_at: int | None = None
) -> None:
    """Move a market on."""
    tx.update(tables.market, {"name": name}, {"status": status.value, "posted_at": posted_at})


def save_portfolio(tx: Transaction, portfolio: Portfolio, lines: int) -> None:
    """Store a new portfolio; its so many lines get the market's own ids.

    They are the `bids` and `nominations` of the command's arguments, and are kept there.
    """
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
                "first_bid_id": tx.take("bid_id", lines),
                "entry_seq": tx.place.seq,
                "arguments_digest": tx.place.arguments_digest,
            }
        ],
    )


def portfolios(tx: Transaction, **equal: Any) -> tuple[Portfolio, ...]:
    """Portfolios where every named column (market, participant, name, status) is equal."""
    found = tx.rows(tables.portfolio, **equal)
    lines = _lines(tx, found)
    return tuple(portfolio_of(row, lines[row["entry_seq"]]) for row in found)


def market_lines(tx: Transaction, market: str) -> dict[str, Line]:
    """Every bid and nomination of a market's portfolios by its id."""
    return {
        line.nomination_id if isinstance(line, Nomination) else line.bid_id: line
        for lines in _lines(tx, tx.rows(tables.portfolio, market=market)).values()
        for line in in_order(lines)
    }


def _lines(tx: Transaction, rows: Sequence[Row]) -> dict[int, Lines]:
    """The lines of portfolios by the numbers of the entries that they stand in, in that order."""
    made = sorted(rows, key=lambda row: int(row["entry_seq"]))
    texts = tx.arguments([row["entry_seq"] for row in made])
    return {
        row["entry_seq"]: lines_of(text, row["first_bid_id"])
        for row, text in zip(made, texts, strict=True)
    }


def set_portfolio_status(
    tx: Transaction, portfolio: Portfolio, status: PortfolioStatus, message: str = ""
) -> None:
    """Move a portfolio on."""
    tx.update(tables.portfolio, _key(portfolio), {"status": status.value, "message": message})


def remove_portfolio(tx: Transaction, portfolio: Portfolio) -> None:
    """Delete a portfolio; the journal keeps what was in it."""
    tx.delete(tables.portfolio, _key(portfolio))


def _key(portfolio: Portfolio) -> Row:
    return {
        "market": portfolio.market,
        "participant": portfolio.participant,
        "name": portfolio.name,
    }


def remember_allocations(tx: Transaction, crrs: Iterable[Crr]) -> None:
    """What was allocated stays known, whoever owns it later."""
    tx.insert(tables.allocation, (crr_row(crr) for crr in crrs))


def allocations(tx: Transaction, **equal: Any) -> tuple[Crr, ...]:
    """CRRs as they were allocated, by id; whether they were sold since does not matter."""
    return tuple(crr_of(row) for row in tx.rows(tables.allocation, **equal))


def add_crrs(tx: Transaction, crrs: Iterable[Crr]) -> None:
    """Rows of CRRs that have their ids; `simulator.market.inventory` says what happened."""
    tx.insert(tables.crr, (crr_row(crr) for crr in crrs))


def remove_crrs(tx: Transaction, crr_ids: Iterable[str]) -> None:
    """CRRs that are no more, or are something else from now on."""
    for crr_id in crr_ids:
        tx.delete(tables.crr, {"crr_id": int(crr_id)})


def crrs(tx: Transaction, **equal: Any) -> tuple[Crr, ...]:
    """The inventory, by id; columns may be named to narrow it."""
    if equal:
        return tuple(crr_of(row) for row in tx.rows(tables.crr, **equal))
    return tx.derived("crrs", lambda: tuple(map(crr_of, tx.rows(tables.crr))))


def crrs_by_id(tx: Transaction) -> Mapping[str, Crr]:
    """The whole inventory."""
    return tx.derived("crrs by id", lambda: {crr.crr_id: crr for crr in crrs(tx)})
