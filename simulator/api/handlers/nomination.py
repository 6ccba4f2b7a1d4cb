"""Nomination portfolios (wire contract 4)."""

from __future__ import annotations

from typing import Any, cast

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.portfolios import change, create, every, kind_checked, status_row, whole
from simulator.api.router import handles
from simulator.api.types import nomination as wire
from simulator.domain import (
    Hedge,
    MarketKind,
    Nomination,
    Portfolio,
)

ALLOCATION = MarketKind.ALLOCATION


@handles("nomination", "portfolioCreation")
async def portfolio_creation(call: Call) -> wire.PortfolioStatus:
    """Save a portfolio with all its nominations, or nothing."""
    return _status(await create(call, ALLOCATION))


@handles("nomination", "portfolioSubmission")
async def portfolio_submission(call: Call) -> wire.PortfolioStatus:
    """SUBMITTED, or INVALID with the sums that are above what is allowed."""
    return await _change(call, "submit_portfolio", call.body.marketName, call.body.portfolioName)


@handles("nomination", "portfolioRetraction")
async def portfolio_retraction(call: Call) -> wire.PortfolioStatus:
    """SUBMITTED becomes VALID."""
    return await _change(call, "retract_portfolio", call.body.marketName, call.body.portfolioName)


@handles("nomination", "deletePortfolio")
async def delete_portfolio(call: Call) -> wire.PortfolioStatus:
    """What is not submitted goes."""
    return await _change(
        call, "delete_portfolio", call.query["marketName"], call.query["portfolioName"]
    )


@handles("nomination", "portfolio")
async def portfolio(call: Call) -> wire.Portfolio:
    """One portfolio with its nominations."""
    market = await _market(call)
    found, _ = await call.read(whole(market, call.participant, call.query["portfolioName"]))
    return wire_portfolio(found)


@handles("nomination", "portfolioList")
async def portfolio_list(call: Call) -> list[wire.Portfolio]:
    """Every portfolio of the participant in a market, by name."""
    market = await _market(call)
    return [wire_portfolio(found) for found in await call.read(every(market, call.participant))]


@handles("nomination", "portfolioStatus")
async def portfolio_status(call: Call) -> wire.PortfolioStatus:
    """Where a portfolio stands."""
    market, name = await _market(call), call.query["portfolioName"]
    row = await call.read(status_row(market, call.participant, name))
    return _status({"portfolio": name, **row})


async def _market(call: Call) -> str:
    market = call.query["marketName"]
    await kind_checked(call, market, ALLOCATION)
    return market


async def _change(call: Call, kind: str, market: Any, name: str) -> wire.PortfolioStatus:
    market = market or ""  # the document lets it be left out; no market has no name
    await kind_checked(call, market, ALLOCATION)
    return _status(await change(call, kind, market, name))


def _status(answer: dict[str, Any]) -> wire.PortfolioStatus:
    return wire.PortfolioStatus(
        portfolioName=answer["portfolio"],
        marketName=answer["market"],
        status=answer["status"],
        errorMessage=answer["message"] or UNSET,
    )


def wire_portfolio(found: Portfolio) -> wire.Portfolio:
    """A portfolio as `getPortfolio` shows it to its owner."""
    return wire.Portfolio(
        portfolioName=found.name,
        marketName=found.market,
        nominations=[_nomination(line) for line in found.nominations],
    )


def _nomination(line: Nomination) -> wire.Nomination:
    crr_type = line.crr_type.value
    assert crr_type in ("LSE", "OBAALSE"), crr_type
    return wire.Nomination(
        nominationId=int(line.nomination_id),
        assetOwner=line.participant,
        source=line.source,
        sink=line.sink,
        hedgeType=Hedge.OBL.value,
        tou=line.tou.value,
        period=line.period,
        crrType=cast("wire.CrrType", crr_type),
        mw=plain(line.mw),
        description=line.description or UNSET,
    )
