"""Credit in the flow: margins from the congestion history, verdicts on portfolios and accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from simulator.domain import (
    Bid,
    Finding,
    Market,
    MarketStatus,
    MarketTerm,
    Period,
    Portfolio,
    PortfolioStatus,
    Product,
    Tou,
    refuse_if_any,
    usd,
)
from simulator.market.command import Command
from simulator.market.congestion import congestion_history
from simulator.market.holding import holding
from simulator.market.messages import send
from simulator.market.migration_credit import add_on, sold_before
from simulator.market.plain import understood
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
from simulator.rules.figure import Figure, Quantity
from simulator.rules.margins import credit_margin, product_days
from simulator.store import Transaction, books, tables
from simulator.store.transaction import Row
from simulator.timeline.hours import local

COLLATERAL_USD_MAX = Decimal(10) ** 12  # what the books can hold, with cents


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
    return verify(account(tx, world, market, owner), required)


def verify_collateral_command(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The calendar's event: who may take part in the auction, and who may not and why.

    Before the window opens that is the floor of the market's term; afterwards it is everything
    that is submitted. Portfolios of those who are short no longer count (rulebook 5.1, 5.4).
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
    accounts = [account(tx, world, market, name) for name in sorted(world.participants)]
    verdicts = verify_collateral(accounts, required, market.term, world.settings.credit)
    tx.delete(tables.collateral_check, {"market": market.name})
    tx.insert(tables.collateral_check, (_row(market, found) for found in verdicts))
    out = 0
    for short in (found for found in verdicts if found.finding is not None):
        out += _exclude(tx, command.at, market, short, by_owner.get(short.participant, ()))
    passed = sum(found.passed for found in verdicts)
    told = {"market": market.name, "passed": passed, "not_passed": len(verdicts) - passed}
    return {**told, "portfolios_excluded": out} if out else told


def set_collateral(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator enters what a participant has put up from now on, in USD."""
    with understood(command):
        name = str(command.arguments["participant"])
        amount_usd = usd(Decimal(str(command.arguments["amount_usd"])))
        fits = 0 <= amount_usd <= COLLATERAL_USD_MAX
    findings: list[Finding] = []
    if name not in world.participants:
        findings.append(
            Finding(
                "SER0002",
                "the participant name is invalid",
                "participant",
                name,
                "a participant",
                "correct the name",
                "rulebook 5.1",
            )
        )
    if not fits:
        allowed = f"0.00 to {COLLATERAL_USD_MAX} USD"
        findings.append(
            Finding(
                "SER0017",
                "the request is invalid",
                "amount_usd",
                f"{amount_usd}",
                allowed,
                "correct the amount",
                "rulebook 5.1",
            )
        )
    refuse_if_any(findings)
    tx.delete(tables.collateral, {"participant": name})
    tx.insert(tables.collateral, [{"participant": name, "amount_usd": amount_usd}])
    send(tx, command.at, f"the collateral of {name} is {amount_usd} USD", name)
    return {"participant": name, "amount_usd": amount_usd}


def account(tx: Transaction, world: World, market: Market, owner: str) -> Account:
    """What the owner has put up, less what it takes to hold its CRRs on the market's first day."""
    row = tx.one(tables.collateral, participant=owner)
    opens_at = known_market(tx, market.name).opens_at
    today = local(opens_at, world.settings.calendar.timezone).date()
    held = tx.derived(("holding", owner, today), lambda: _liability(tx, world, owner, today))
    return Account(owner, row["amount_usd"] if row else Decimal(0), held)


def _liability(tx: Transaction, world: World, owner: str, today: date) -> Decimal:
    """What holding its CRRs takes, and what load migration may ask back of those it sold."""
    held = holding(tx, world, books.crrs(tx, owner=owner), today)
    return held.value + add_on(tx, world, owner, sold_before(tx, owner), today).value


def _exclude(
    tx: Transaction, at: int, market: Market, short: Verdict, portfolios: Iterable[Portfolio]
) -> int:
    """Tell the participant that it is short, and take out what it submitted; how many."""
    assert short.finding is not None
    text = f"{market.name}: {short.finding.message}"
    send(tx, at, text, short.participant)
    excluded = tuple(portfolios)
    for portfolio in excluded:
        books.set_portfolio_status(tx, portfolio, PortfolioStatus.VALID, f"{text};")
    return len(excluded)


def _row(market: Market, found: Verdict) -> Row:
    return {
        "market": market.name,
        "participant": found.participant,
        "required_usd": found.required.value,
        "available_usd": found.available.value,
        "passed": int(found.passed),
    }


def _requirement(
    tx: Transaction, world: World, market: Market, portfolios: Sequence[Portfolio]
) -> Figure:
    bids = [bid for portfolio in portfolios for bid in portfolio.bids]
    exposure = portfolio_exposure(bids, margin_of(tx, world))
    owner = next((portfolio.participant for portfolio in portfolios), "")
    offered = _add_on(tx, world, market, owner, bids)
    return auction_requirement(exposure, market.term, offered, world.settings.credit)


def _add_on(
    tx: Transaction, world: World, market: Market, owner: str, bids: Iterable[Bid]
) -> Quantity:
    """For seasonal allocated CRRs that are offered in an annual auction (rulebook 5.3)."""
    if market.term != MarketTerm.ANNUAL:
        return 0
    sold = []
    for bid in bids:
        period = Period.parse(bid.period)
        for crr in books.crrs(tx, crr_id=int(bid.crr_id)) if bid.crr_id else ():
            sold.append(replace(crr, mw=bid.curve[-1].mw, start=period.start, end=period.end))
    first = min(product.period.start for product in market.products)
    return add_on(tx, world, owner, sold, first) if sold else 0
