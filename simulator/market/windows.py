"""A market's window opens and closes; what loads the model is fixed when it opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.domain import Finding, MarketState, MarketStatus, Refused
from simulator.market.base_loading import base_loading_rows
from simulator.market.command import Command
from simulator.market.world import World
from simulator.store import Transaction, books, tables


def known_market(tx: Transaction, name: str) -> MarketState:
    """The market of that name; Refused with MKT0001 when there is none."""
    state = books.market(tx, name)
    if state is None:
        allowed = ", ".join(other.market.name for other in books.markets(tx))
        raise Refused(
            [
                Finding(
                    "MKT0001",
                    "the market name is unknown",
                    where="marketName",
                    found=name,
                    allowed=allowed,
                    remedy="take a name from the list of markets",
                    rule="rulebook 9.4",
                )
            ]
        )
    return state


def for_submissions(tx: Transaction, name: str, at: int) -> MarketState | None:
    """The market as who submits at a moment finds it: CLOSED from its last close on.

    The calendar may be late with closing it, when several processes serve one market and the one
    that keeps the clock has just ended; a submission must not profit from that.
    """
    state = books.market(tx, name)
    if state is not None and state.status == MarketStatus.OPEN and at >= state.closes_at:
        return replace(state, status=MarketStatus.CLOSED)
    return state


def open_window(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """PREP becomes OPEN; the CRRs and rights that load the model are written down."""
    state = _standing(tx, command, MarketStatus.PREP)
    rows = base_loading_rows(tx, world, state.market)
    tx.insert(tables.base_loading, rows)
    books.set_market_status(tx, state.market.name, MarketStatus.OPEN)
    return {"market": state.market.name, "base_loading_crrs": len(rows)}


def close_window(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """OPEN becomes CLOSED; what is not submitted by now does not count."""
    state = _standing(tx, command, MarketStatus.OPEN)
    books.set_market_status(tx, state.market.name, MarketStatus.CLOSED)
    portfolios = tx.rows(tables.portfolio, market=state.market.name)
    submitted = sum(row["status"] == "SUBMITTED" for row in portfolios)
    return {
        "market": state.market.name,
        "portfolios_submitted": submitted,
        "portfolios_not_submitted": len(portfolios) - submitted,
    }


def _standing(tx: Transaction, command: Command, expected: MarketStatus) -> MarketState:
    state = known_market(tx, command.arguments["market"])
    if state.status != expected:
        raise Refused(
            [
                Finding(
                    "MKT0004",
                    f"{command.kind} does not fit where the market stands",
                    where=state.market.name,
                    found=state.status.value,
                    allowed=expected.value,
                    remedy="check the order of the calendar's events",
                    rule="rulebook 8.3",
                )
            ]
        )
    return state
