"""Market status and information (wire contract 5)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.api.call import Call
from simulator.api.moments import moment
from simulator.api.router import handles
from simulator.api.types import market_status as wire
from simulator.domain import MarketKind, MarketState, MarketStatus, Period
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.store import Transaction, books
from simulator.timeline.event import EventKind
from simulator.timeline.hours import period_bounds

PUBLISHING = (EventKind.PRELOAD, EventKind.PUBLISH)


@handles("market_status", "getMarketStatus")
async def get_market_status(call: Call) -> str:
    """PREP, OPEN, CLOSED or POSTED."""
    name = call.query["marketName"]
    return await call.read(lambda tx, world: known_market(tx, name).status.value)


@handles("market_status", "getMarketInfo")
async def get_market_info(call: Call) -> wire.Market:
    """One market with its window and its products."""
    name = call.query["marketName"]
    return await call.read(lambda tx, world: _market(known_market(tx, name), world))


@handles("market_status", "getActiveAllocationMarkets")
async def get_active_allocation_markets(call: Call) -> list[wire.Market]:
    """Allocations whose results are not posted."""
    return await call.read(_markets(MarketKind.ALLOCATION, posted=False))


@handles("market_status", "getActiveAuctionMarkets")
async def get_active_auction_markets(call: Call) -> list[wire.Market]:
    """Auctions whose results are not posted."""
    return await call.read(_markets(MarketKind.AUCTION, posted=False))


@handles("market_status", "getPostedAllocationMarkets")
async def get_posted_allocation_markets(call: Call) -> list[wire.Market]:
    """Allocations whose results are posted."""
    return await call.read(_markets(MarketKind.ALLOCATION, posted=True))


@handles("market_status", "getPostedAuctionMarkets")
async def get_posted_auction_markets(call: Call) -> list[wire.Market]:
    """Auctions whose results are posted."""
    return await call.read(_markets(MarketKind.AUCTION, posted=True))


def _markets(kind: MarketKind, posted: bool) -> Callable[[Transaction, World], list[wire.Market]]:
    def read(tx: Transaction, world: World) -> list[wire.Market]:
        return [
            _market(state, world)
            for state in books.markets(tx)
            if state.market.kind is kind and (state.status is MarketStatus.POSTED) is posted
        ]

    return read


def _market(state: MarketState, world: World) -> wire.Market:
    market = state.market
    return wire.Market(
        name=market.name,
        marketType=market.kind.value,
        marketTerm=market.term.value,
        dataPublishDate=moment(_published_at(state, world)),
        submissionWindow=wire.SubmissionWindow(
            openDate=moment(state.opens_at), closeDate=moment(state.closes_at)
        ),
        products=[
            wire.Product(period=_period(product.period, world), tou=product.tou.value)
            for product in market.products
        ],
    )


def _period(period: Period, world: World) -> wire.Period:
    bounds = period_bounds(period, world.settings.calendar)
    return wire.Period(
        name=period.name, startDate=moment(bounds.start), endDate=moment(bounds.last_second)
    )


def _published_at(state: MarketState, world: World) -> int:
    """The calendar's last publication before the window opens, of this market or of all."""
    published = [
        event.at
        for event in world.scenario.events
        if event.kind in PUBLISHING
        and event.market in ("", state.market.name)
        and event.at <= state.opens_at
    ]
    return max(published, default=state.opens_at)
