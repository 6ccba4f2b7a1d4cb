"""Credit in the flow: margins from the congestion history, verdicts on portfolios and accounts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from simulator.domain import (
    Bid,
    Finding,
    Market,
    MarketStatus,
    Period,
    Portfolio,
    PortfolioStatus,
    Product,
    Tou,
    refuse_if_any,
)
from simulator.market.command import Command
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.rules.credit import (
    Account,
    Verdict,
    auction_requirement,
    portfolio_exposure,
    verify,
    verify_collateral,
)
from simulator.rules.figure import Figure
from simulator.rules.margins import CongestionHistory, credit_margin, product_days
from simulator.store import Transaction, books, tables


def congestion_history(tx: Transaction) -> CongestionHistory:
    """The history that was posted with the preloaded data."""
    return CongestionHistory(
        {
            (row["location"], Tou(row["tou"])): tuple(
                Decimal(value) for value in json.loads(row["daily_mcc_usd"])
            )
            for row in tx.rows(tables.congestion)
        }
    )


def margin_of(tx: Transaction, world: World) -> Callable[[Bid], Decimal]:
    """The credit margin of a bid's path for its product, in USD per MW (rulebook 5.2)."""
    history = congestion_history(tx)

    @cache
    def margin(source: str, sink: str, period: str, tou: Tou) -> Decimal:
        days = _product_days(period, tou)
        refuse_if_any(
            Finding(
                "CRD0001",
                "a location has no congestion history, so its credit margin is not known",
                where=f"{source} to {sink}, {tou}",
                found=location,
                allowed="a location of the day-ahead market",
                remedy="publish the congestion history of the location",
                rule="rulebook 5.2",
            )
            for location in (source, sink)
            if (location, tou) not in history.daily_mcc_usd
        )
        values = history.path(source, sink, tou, days)
        return credit_margin(values, world.settings.credit).value

    return lambda bid: margin(bid.source, bid.sink, bid.period, bid.tou)


@cache
def _product_days(period: str, tou: Tou) -> int:
    return product_days(Product(Period.parse(period), tou))


def verdict(tx: Transaction, world: World, market: Market, portfolio: Portfolio) -> Verdict:
    """Whether the participant's collateral covers this portfolio and all it submitted before."""
    owner = portfolio.participant
    before = books.portfolios(
        tx, market=market.name, participant=owner, status=PortfolioStatus.SUBMITTED.value
    )
    required = _requirement(tx, world, market, (*before, portfolio))
    return verify(_account(tx, owner), required)


def verify_collateral_command(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The calendar's event: who may take part in the auction, and who may not and why.

    Before the window closes that is the floor of the market's term; afterwards it is everything
    that is submitted (rulebook 5.1, 5.4).
    """
    state = known_market(tx, command.arguments["market"])
    market = state.market
    by_owner: dict[str, list[Portfolio]] = {}
    if state.status != MarketStatus.PREP:
        for portfolio in books.portfolios(
            tx, market=market.name, status=PortfolioStatus.SUBMITTED.value
        ):
            by_owner.setdefault(portfolio.participant, []).append(portfolio)
    required = {
        owner: _requirement(tx, world, market, portfolios)
        for owner, portfolios in sorted(by_owner.items())
    }
    accounts = [_account(tx, participant) for participant in sorted(world.participants)]
    verdicts = verify_collateral(accounts, required, market.term, world.settings.credit)
    tx.delete(tables.collateral_check, {"market": market.name})
    tx.insert(
        tables.collateral_check,
        (
            {
                "market": market.name,
                "participant": found.participant,
                "required_usd": found.required.value,
                "available_usd": found.available.value,
                "passed": int(found.passed),
            }
            for found in verdicts
        ),
    )
    passed = sum(found.passed for found in verdicts)
    return {"market": market.name, "passed": passed, "not_passed": len(verdicts) - passed}


def _requirement(
    tx: Transaction, world: World, market: Market, portfolios: Iterable[Portfolio]
) -> Figure:
    bids = [bid for portfolio in portfolios for bid in portfolio.bids]
    exposure = portfolio_exposure(bids, margin_of(tx, world))
    return auction_requirement(exposure, market.term, settings=world.settings.credit)


def _account(tx: Transaction, participant: str) -> Account:
    row = tx.one(tables.collateral, participant=participant)
    return Account(participant, row["amount_usd"] if row else Decimal(0))
