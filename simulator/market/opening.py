"""A window opens: the model is loaded, and what was saved before is held against it."""

from __future__ import annotations

from typing import Any

from simulator.domain import PortfolioStatus
from simulator.market.command import Command
from simulator.market.portfolios import record_findings
from simulator.market.windows import known_market, open_window
from simulator.market.world import World
from simulator.rules.portfolio import error_message
from simulator.store import Transaction, books


def open_market(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """PREP becomes OPEN; a portfolio whose records hold no longer becomes INVALID and says why.

    Portfolios may be saved from the announcement on (wire contract 14), and until the opening
    locations retire and CRRs change hands.
    """
    opened = open_window(tx, world, command)
    invalid = _invalidate(tx, world, opened["market"])
    return {**opened, "portfolios_invalid": invalid} if invalid else opened


def _invalidate(tx: Transaction, world: World, market: str) -> int:
    state, invalid = known_market(tx, market), 0
    for portfolio in books.portfolios(tx, market=market):
        findings = record_findings(tx, world, state, portfolio)
        if findings:
            invalid += 1
            reasons = error_message(findings)
            books.set_portfolio_status(tx, portfolio, PortfolioStatus.INVALID, reasons)
    return invalid
