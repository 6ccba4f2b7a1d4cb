"""Auction portfolios (wire contract 3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.portfolios import change, create, every, kind_checked, status_row, whole
from simulator.api.router import handles
from simulator.api.types import auction as wire
from simulator.domain import (
    Bid,
    Finding,
    MarketKind,
    Portfolio,
    PortfolioStatus,
    Refused,
    TransactionType,
)
from simulator.market.credit import margin_of
from simulator.market.world import World
from simulator.rules.credit import auction_requirement, portfolio_exposure
from simulator.store import Transaction

AUCTION = MarketKind.AUCTION
CREDIT_KNOWN = (PortfolioStatus.VALID, PortfolioStatus.SUBMITTED)


@handles("auction", "portfolioCreation")
async def portfolio_creation(call: Call) -> wire.PortfolioStatus:
    """Save a portfolio with all its records, or nothing."""
    return _status(await create(call, AUCTION))


@handles("auction", "portfolioSubmission")
async def portfolio_submission(call: Call) -> wire.PortfolioStatus:
    """SUBMITTED, or INVALID or REJECTED with the reasons."""
    return await _change(call, "submit_portfolio", call.body.marketName, call.body.portfolioName)


@handles("auction", "postPortfolioRetraction")
async def post_portfolio_retraction(call: Call) -> wire.PortfolioStatus:
    """SUBMITTED becomes VALID."""
    return await _change(call, "retract_portfolio", call.body.marketName, call.body.portfolioName)


@handles("auction", "deletePortfolio")
async def delete_portfolio(call: Call) -> wire.PortfolioStatus:
    """What is not submitted goes."""
    return await _change(
        call, "delete_portfolio", call.query["marketName"], call.query["portfolioName"]
    )


@handles("auction", "getPortfolio")
async def get_portfolio(call: Call) -> wire.Portfolio:
    """One portfolio with its bids and offers."""
    market = await _market(call)
    portfolio, _ = await call.read(whole(market, call.participant, call.query["portfolioName"]))
    return wire_portfolio(portfolio)


@handles("auction", "getPortfolioList")
async def get_portfolio_list(call: Call) -> list[wire.Portfolio]:
    """Every portfolio of the participant in a market, by name."""
    market = await _market(call)
    found = await call.read(every(market, call.participant))
    return [wire_portfolio(portfolio) for portfolio in found]


@handles("auction", "getPortfolioStatus")
async def get_portfolio_status(call: Call) -> wire.PortfolioStatus:
    """Where a portfolio stands."""
    market, name = await _market(call), call.query["portfolioName"]
    row = await call.read(status_row(market, call.participant, name))
    return _status({"portfolio": name, **row})


@handles("auction", "getPortfolioRequiredCredit")
async def get_portfolio_required_credit(call: Call) -> wire.PortfolioCredit:
    """What the portfolio by itself takes of the participant's collateral."""
    market, name = await _market(call), call.query["portfolioName"]

    def read(tx: Transaction, world: World) -> Decimal:
        portfolio, state = whole(market, call.participant, name)(tx, world)
        if portfolio.status not in CREDIT_KNOWN:
            raise Refused([_no_credit(portfolio)])
        exposure = portfolio_exposure(portfolio.bids, margin_of(tx, world))
        term, settings = state.market.term, world.settings.credit
        return auction_requirement(exposure, term, settings=settings).value

    required = await call.read(read)
    return wire.PortfolioCredit(
        portfolioName=name, marketName=market, requiredCredit=max(plain(required), Decimal(0))
    )


async def _market(call: Call) -> str:
    market = call.query["marketName"]
    await kind_checked(call, market, AUCTION)
    return market


async def _change(call: Call, kind: str, market: str, name: str) -> wire.PortfolioStatus:
    await kind_checked(call, market, AUCTION)
    return _status(await change(call, kind, market, name))


def _status(answer: dict[str, Any]) -> wire.PortfolioStatus:
    return wire.PortfolioStatus(
        portfolioName=answer["portfolio"],
        marketName=answer["market"],
        status=answer["status"],
        errorMessage=answer["message"] or UNSET,
    )


def wire_portfolio(portfolio: Portfolio) -> wire.Portfolio:
    """A portfolio as `getPortfolio` shows it to its owner."""
    return wire.Portfolio(
        portfolioName=portfolio.name,
        marketName=portfolio.market,
        bids=[
            wire.Bid(**_shown(bid))
            for bid in portfolio.bids
            if bid.transaction is TransactionType.BUY
        ],
        offers=[
            wire.Offer(crrId=int(bid.crr_id), **_shown(bid))
            for bid in portfolio.bids
            if bid.transaction is TransactionType.SELL
        ],
    )


def _shown(bid: Bid) -> dict[str, Any]:
    return {
        "bidId": int(bid.bid_id),
        "assetOwner": bid.participant,
        "source": bid.source,
        "sink": bid.sink,
        "hedgeType": bid.hedge.value,
        "tou": bid.tou.value,
        "period": bid.period,
        "crrType": bid.crr_type.value,
        "bidCurve": [
            wire.BidPoint(mw=plain(point.mw), price=plain(point.price_usd_per_mw))
            for point in bid.curve
        ],
        "description": bid.description or UNSET,
    }


def _no_credit(portfolio: Portfolio) -> Finding:
    return Finding(
        "POR0308",
        "the required credit cannot be given now",
        where="portfolioName",
        found=portfolio.status.value,
        allowed=", ".join(CREDIT_KNOWN),
        remedy="put valid bids or offers into the portfolio",
    )
