"""Existing CRRs, market data and results as ZIP files (wire contract 6).

The rows are those of a run's folder, from the same functions; only CSV or JSON is chosen here.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.api.call import Call, Download
from simulator.api.router import handles
from simulator.api.zipped import zipped
from simulator.domain import Finding, Market, MarketKind, MarketStatus, Refused
from simulator.market import downloads
from simulator.market.downloads import PostedResults
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.publish.download import DownloadType, FileFormat, Rows, file_name, render
from simulator.store import Transaction, books

AUCTION, ALLOCATION = MarketKind.AUCTION, MarketKind.ALLOCATION
NO_DATA, NO_OWN_DATA = "DWL0005", "DWL0006"

Reader = Callable[[Transaction, World, DownloadType], Rows]


@handles("market_data", "getPublicGeneralData")
async def get_public_general_data(call: Call) -> Download:
    """Everybody's CRRs, or where retired locations went."""

    def rows(tx: Transaction, world: World, kind: DownloadType) -> Rows:
        if kind is DownloadType.PUBLIC_EXISTING_CRR:
            return downloads.existing_crrs(tx)
        return downloads.all_replacements(tx, world)

    return await _file(call, "", rows, NO_OWN_DATA)


@handles("market_data", "getPublicMarketData")
async def get_public_market_data(call: Call) -> Download:
    """What a market is made of."""
    name = call.query["marketName"]

    def rows(tx: Transaction, world: World, kind: DownloadType) -> Rows:
        return downloads.market_rows(tx, world, known_market(tx, name).market, kind)

    return await _file(call, name, rows)


@handles("market_data", "getPublicAllocationResult")
async def get_public_allocation_result(call: Call) -> Download:
    """What was allocated, or the limits that it used up."""
    return await _public_result(call, ALLOCATION)


@handles("market_data", "getPublicAuctionResult")
async def get_public_auction_result(call: Call) -> Download:
    """What was bought and sold, at which prices, or the limits that it used up."""
    return await _public_result(call, AUCTION)


@handles("market_data", "getPrivateGeneralData")
async def get_private_general_data(call: Call) -> Download:
    """One's own CRRs by where they came from."""

    def rows(tx: Transaction, world: World, kind: DownloadType) -> Rows:
        return downloads.own_crrs(tx, world, call.participant).get(kind, ())

    return await _file(call, "", rows, NO_OWN_DATA, private=True)


@handles("market_data", "getPrivateAllocationMarketData")
async def get_private_allocation_market_data(call: Call) -> Download:
    """What one may nominate."""
    name = call.query["nominationCapCalcName"]

    def rows(tx: Transaction, world: World, kind: DownloadType) -> Rows:
        market = _calculated(tx, name, kind)
        if not downloads.caps_posted(tx, market):
            raise Refused([_caps_not_posted(name)])
        return downloads.cap_rows(tx, world, market, kind, call.participant)

    return await _file(call, name, rows, NO_OWN_DATA, private=True)


@handles("market_data", "getPrivateAllocationResult")
async def get_private_allocation_result(call: Call) -> Download:
    """What became of one's own nominations."""
    return await _private_result(call, ALLOCATION)


@handles("market_data", "getPrivateAuctionResult")
async def get_private_auction_result(call: Call) -> Download:
    """What became of one's own bids and offers."""
    return await _private_result(call, AUCTION)


async def _public_result(call: Call, kind_of_market: MarketKind) -> Download:
    name = call.query["marketName"]

    def rows(tx: Transaction, world: World, kind: DownloadType) -> Rows:
        return PostedResults.read(tx, _posted(tx, name, kind_of_market)).public(kind)

    return await _file(call, name, rows)


async def _private_result(call: Call, kind_of_market: MarketKind) -> Download:
    name = call.query["marketName"]

    def rows(tx: Transaction, world: World, kind: DownloadType) -> Rows:
        market = _posted(tx, name, kind_of_market)
        return PostedResults.read(tx, market).private(call.participant)

    return await _file(call, name, rows, NO_OWN_DATA, private=True)


async def _file(
    call: Call, about: str, rows: Reader, no_data: str = NO_DATA, private: bool = False
) -> Download:
    """The file that was asked for; Refused with `no_data` when it would have no rows."""
    kind, form = _kind(call), FileFormat(call.query["fileFormat"])
    owner = call.participant if private else ""
    name = file_name(about, kind, form, owner)

    def read(tx: Transaction, world: World) -> bytes:
        found = rows(tx, world, kind)
        if not found:
            raise Refused([_nothing(no_data, kind, about, owner)])
        return zipped(name, render(kind, found, form).encode())

    return Download(await call.read(read), f"{name.rpartition('.')[0]}.zip")


def _kind(call: Call) -> DownloadType:
    value = next(value for name, value in call.query.items() if name.endswith("DownloadType"))
    return DownloadType(value)


def _posted(tx: Transaction, name: str, kind: MarketKind) -> Market:
    """The market; MKT0001, SER0005 or MKT0007 when it has no such results."""
    state = known_market(tx, name)
    if state.market.kind is not kind:
        raise Refused([_wrong_kind(state.market, kind)])
    if state.status is not MarketStatus.POSTED:
        raise Refused([_not_posted(name, state.status)])
    return state.market


def _calculated(tx: Transaction, name: str, kind: DownloadType) -> Market:
    """The allocation whose nomination caps have this name; CAP0001 when there is none."""
    having = {
        downloads.calculation_of(state.market): state.market
        for state in books.markets(tx)
        if kind in downloads.cap_kinds(state.market)
    }
    if name not in having:
        raise Refused([_unknown_calculation(name, kind, sorted(having))])
    return having[name]


def _wrong_kind(market: Market, kind: MarketKind) -> Finding:
    return Finding(
        "SER0005",
        "the market has the wrong type for this call",
        where="marketName",
        found=f"{market.name}: {market.kind}",
        allowed=kind.value,
        remedy=f"take a market of type {kind}, or the call for {market.kind} results",
    )


def _not_posted(name: str, status: MarketStatus) -> Finding:
    return Finding(
        "MKT0007",
        "the results of the market are not posted",
        where="marketName",
        found=f"{name}: {status}",
        allowed=MarketStatus.POSTED.value,
        remedy="ask again when its status is POSTED",
        rule="rulebook 8.3",
    )


def _unknown_calculation(name: str, kind: DownloadType, having: list[str]) -> Finding:
    return Finding(
        "CAP0001",
        f"the nomination-cap name is unknown for {kind}",
        where="nominationCapCalcName",
        found=name,
        allowed=", ".join(having) or "none in this calendar",
        remedy=f"take the name of an allocation with {downloads.CALCULATION_PREFIX} for "
        f"{downloads.ALLOCATION_PREFIX}",
    )


def _caps_not_posted(name: str) -> Finding:
    return Finding(
        "CAP0002",
        "the nomination caps are not posted",
        where="nominationCapCalcName",
        found=name,
        remedy="ask again when the calendar has published them",
    )


def _nothing(code: str, kind: DownloadType, about: str, owner: str) -> Finding:
    whom = f" for {owner}" if owner else ""
    return Finding(
        code,
        f"there is no data of this type{whom}",
        where="download type",
        found=" ".join(filter(None, (kind.value, about))),
        remedy="ask again later, or for another type",
    )
