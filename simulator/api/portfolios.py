"""What auction and nomination portfolios have in common on the wire (wire contract 3 and 4)."""

from __future__ import annotations

from typing import Any

from simulator.api.call import Call
from simulator.api.door import Reading
from simulator.api.new_portfolio import NewPortfolio
from simulator.domain import (
    Finding,
    Hedge,
    MarketKind,
    MarketState,
    Portfolio,
    Refused,
    refuse_if_any,
)
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.store import Transaction, books, tables

ANNOUNCING = ("setup", "preload")  # the commands after which there are other markets


async def kind_checked(call: Call, market: str, kind: MarketKind) -> None:
    """MKT0001 unless there is such a market and it is of the service's kind."""
    kinds = await call.door.view("market kinds", _kinds, ANNOUNCING)
    if kinds.get(market) is not kind:
        allowed = ", ".join(name for name, other in kinds.items() if other is kind)
        raise Refused([_unknown_market(market, allowed)])


def status_row(market: str, participant: str, name: str) -> Reading[dict[str, Any]]:
    """A reading of where a portfolio stands, without what is in it; POR0100 for none."""

    def read(tx: Transaction, world: World) -> dict[str, Any]:
        row = tx.one(tables.portfolio, market=market, participant=participant, name=name)
        if row is None:
            raise Refused([_unknown_portfolio(name)])
        return row

    return read


def whole(market: str, participant: str, name: str) -> Reading[tuple[Portfolio, MarketState]]:
    """A reading of a portfolio with all that is in it, and of its market; POR0100 for none."""

    def read(tx: Transaction, world: World) -> tuple[Portfolio, MarketState]:
        state = known_market(tx, market)
        found = books.portfolios(tx, market=market, participant=participant, name=name)
        if not found:
            raise Refused([_unknown_portfolio(name)])
        return found[0], state

    return read


def every(market: str, participant: str) -> Reading[tuple[Portfolio, ...]]:
    """A reading of all portfolios of a participant in a market, by name."""

    def read(tx: Transaction, world: World) -> tuple[Portfolio, ...]:
        return books.portfolios(tx, market=market, participant=participant)

    return read


async def create(call: Call, kind: MarketKind) -> dict[str, Any]:
    """Save the portfolio of the body; what the market says of it."""
    body: NewPortfolio = call.body
    await kind_checked(call, body.marketName, kind)
    refuse_if_any(map(_no_option, body.options))
    arguments = {
        "market": body.marketName,
        "participant": call.participant,
        "portfolio": body.portfolioName,
        "bids": body.bids,
        "nominations": body.nominations,
    }
    return await call.command("create_portfolio", arguments)


async def change(call: Call, kind: str, market: str, name: str) -> dict[str, Any]:
    """Submit, retract or delete a portfolio; what the market says of it then."""
    arguments = {"market": market, "participant": call.participant, "portfolio": name}
    return await call.command(kind, arguments)


def _kinds(tx: Transaction, world: World) -> dict[str, MarketKind]:
    return {state.market.name: state.market.kind for state in books.markets(tx)}


def _unknown_market(market: str, allowed: str) -> Finding:
    remedy = "take a name from the list of active markets"
    return Finding("MKT0001", "the market name is unknown", "marketName", market, allowed, remedy)


def _unknown_portfolio(name: str) -> Finding:
    return Finding(
        "POR0100",
        "there is no such portfolio for this market and participant",
        where="portfolioName",
        found=name,
        remedy="create it first, or correct the name",
    )


def _no_option(number: int) -> Finding:
    return Finding(
        "SER0030",
        "allocations give obligations only",
        where=f"nomination {number}, hedgeType",
        found=Hedge.OPT.value,
        allowed=Hedge.OBL.value,
        remedy="nominate an obligation",
        rule="rulebook 2.4",
    )
