"""What OASIS tells anybody, read from the books (wire contract 13; forms in `publish.oasis`).

A row is there when it has happened and its period overlaps the range that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from simulator.domain import (
    Bid,
    Crr,
    Market,
    MarketKind,
    MarketState,
    MarketStatus,
    MarketTerm,
    Period,
    Tou,
    usd,
)
from simulator.market import results
from simulator.market.calendar import TERMS, calendar_rows, gmt
from simulator.market.portfolios import submitted
from simulator.market.world import World
from simulator.publish.download import Row
from simulator.publish.market_data import Category, category
from simulator.publish.oasis import Report, ReportName
from simulator.store import Transaction, books, tables
from simulator.timeline.hours import Bounds, epoch, local, period_bounds

ALL = "ALL"
MIDNIGHT = time()
# Market and term of CRRs that no market sold (operator notice of 2025-06-02).
_OUTSIDE = {
    Category.SECONDARY_MARKET: "SECONDARY_MARKET",
    Category.SYSTEM: "SYSTEM",
    Category.LOAD_MIGRATION: "LOAD_MIGRATION",
}
_PRICE_ITEM = {Tou.ON: "ON_PRC", Tou.OFF: "LT_OFF_PRC"}
_MW_ITEM = {Tou.ON: "ON_MW", Tou.OFF: "OFF_MW"}
_HEDGES = {"OBL": "OBLIGATION", "OPT": "OPTION"}
_BASE_CASE = "Base Case"
_SEPARATOR = "|"  # of the element, the contingency and the direction in a constraint's name


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see: a range of epoch seconds, values by parameter, and when."""

    bounds: Bounds | None
    now: int
    values: Mapping[str, str] = field(default_factory=dict)

    def wants(self, parameter: str, value: str) -> bool:
        """Whether rows with this value are asked for; a parameter that is not given takes all."""
        given = self.values.get(parameter, ALL)
        return given == ALL or given.casefold() == value.casefold()

    def covers(self, bounds: Bounds) -> bool:
        """Whether any of `bounds` is in the range."""
        wanted = self.bounds
        return wanted is None or (bounds.start < wanted.end and wanted.start < bounds.end)


Reading = Callable[[Transaction, World, Asked], Iterator[Row]]


def report_rows(tx: Transaction, world: World, report: Report, asked: Asked) -> tuple[Row, ...]:
    """The rows of a report; none where nothing is there yet."""
    return tuple(_READINGS[report.name](tx, world, asked))


def is_awaited(tx: Transaction, world: World, report: Report, asked: Asked) -> bool:
    """Whether there will be rows for the range, later than now."""
    if report.name is ReportName.CRR_AGG_REV_ADJ:
        months = [month.period for month in world.scenario.trading_months()]
        return any(asked.covers(_bounds(month, world)) for month in months)
    if report.name is ReportName.PUB_CRR_BID:
        return any(_periods(state.market, world, asked) for state in _auctions(tx, asked))
    return False


def _clearing(tx: Transaction, world: World, asked: Asked) -> Iterator[Row]:
    for state in _auctions(tx, asked):
        if state.status is not MarketStatus.POSTED:
            continue
        name, term = state.market.name, TERMS[state.market.term]
        periods = {period.name: bounds for period, bounds in _periods(state.market, world, asked)}
        for price in results.prices(tx, market=name):
            if price.period in periods and asked.wants("time_of_use", price.tou.value):
                bounds = periods[price.period]
                yield {
                    "MARKET_NAME": name,
                    "MARKET_TERM": term,
                    "TIME_OF_USE": price.tou.value,
                    "START_DATE": _local(bounds.start, world),
                    "END_DATE": _local(bounds.last_second, world),
                    "START_DATE_GMT": gmt(bounds.start),
                    "END_DATE_GMT": gmt(bounds.last_second),
                    "APNODE_ID": price.location,
                    "APNODE_ID_PRICE": usd(price.price_usd_per_mw),
                    "XML_DATA_ITEM": _PRICE_ITEM[price.tou],
                }


def _inventory(tx: Transaction, world: World, asked: Asked) -> Iterator[Row]:
    zone = world.settings.calendar.timezone
    markets = {state.market.name: state.market for state in books.markets(tx)}
    for crr in books.crrs(tx):
        market, term = _origin(crr, markets)
        bounds = Bounds(epoch(crr.start, MIDNIGHT, zone), epoch(crr.end, MIDNIGHT, zone))
        if (
            asked.wants("market_name", market)
            and asked.wants("market_term", term)
            and asked.wants("time_of_use", crr.tou.value)
            and asked.covers(bounds)
        ):
            yield {
                "CRR_MARKET_NAME": market,
                "SOURCE": crr.source,
                "SINK": crr.sink,
                "RESOURCE_NAME": crr.owner,
                "OPTION": crr.hedge.value,
                "INVENTORY_DATE_TIME": gmt(asked.now),
                "START_DATE_TIME": gmt(bounds.start),
                "END_DATE_TIME": gmt(bounds.last_second),
                "REASON": term,
                "STATUS_TYPE": crr.crr_type.value,
                "CRR_CATEGORY": category(crr).value,
                "CRR_NSR": "",  # network service rights: none are sold
                "CRR_SEGMENT": 1,  # a CRR has one source, one sink and one MW
                "OFFER_TYPE": "OWNER",
                "MW": crr.mw,
                "XML_DATA_ITEM": _MW_ITEM[crr.tou],
            }


def _adjustments(tx: Transaction, world: World, asked: Asked) -> Iterator[Row]:
    """A month's notional value and offset (revenue less notional value) of each constraint."""
    for row in tx.rows(tables.constraint_month):
        bounds = _bounds(Period.parse(row["month"]), world)
        element, contingency = (*row["constraint"].split(_SEPARATOR), "")[:2]
        if asked.covers(bounds) and asked.wants("trans_cnstr_id", element):
            yield {
                "START_DATE_TIME": gmt(bounds.start),
                "END_DATE_TIME": gmt(bounds.last_second),
                "TRANS_CNSTR_ID": element,
                "CNSTR_CASE": contingency or _BASE_CASE,
                "TOTAL_NOTIONAL_VALUE": usd(row["notional_usd"]),
                "TOTAL_OFFSET_VALUE": usd(row["revenue_usd"] - row["notional_usd"]),
            }


def _bids(tx: Transaction, world: World, asked: Asked) -> Iterator[Row]:
    """One row for each point of a curve; nothing in it, nor its order, leads to the bidder.

    Bids are numbered in the order of what they say, whoever made them.
    """
    for state in _auctions(tx, asked):
        periods = {
            period.name: bounds
            for period, bounds in _periods(state.market, world, asked)
            if _bids_are_public(state, bounds, world, asked.now)
        }
        if not periods:
            continue
        bids = (bid for item in submitted(tx, state.market.name) for bid in item.bids)
        for number, bid in enumerate(sorted(bids, key=_said), start=1):
            if bid.period not in periods:
                continue
            for segment, point in enumerate(bid.curve, start=1):
                yield {
                    "STARTTIME": gmt(periods[bid.period].start),
                    "STOPTIME": gmt(periods[bid.period].last_second),
                    "MARKETTERM": TERMS[state.market.term],
                    "MARKETNAME": state.market.name,
                    "SOURCEID": bid.source,
                    "SINKID": bid.sink,
                    "TIMEOFUSE": bid.tou.value,
                    "MWQUANTITY": point.mw,
                    "CRR_PRICE": point.price_usd_per_mw,
                    "CRRBID_ID": number,
                    "CRRBIDSEG_ID": segment,
                    "AUCTIONCLOSEDATE": gmt(state.closes_at),
                    "TRANSACTION_TYPE": bid.transaction.value,
                    "HEDGE_TYPE": _HEDGES[bid.hedge.value],
                }


def _bids_are_public(state: MarketState, bounds: Bounds, world: World, now: int) -> bool:
    """Of a month so many days after the close; of a season when it is over (wire contract 13)."""
    if state.market.term == MarketTerm.ANNUAL:
        return now >= bounds.end
    delay = timedelta(days=world.settings.publication.bid_delay_days)
    return now >= state.closes_at + int(delay.total_seconds())


def _said(bid: Bid) -> tuple[object, ...]:
    curve = [(point.mw, point.price_usd_per_mw) for point in bid.curve]
    return (bid.period, bid.tou, bid.source, bid.sink, bid.transaction, bid.hedge, curve)


def _names(tx: Transaction, world: World, asked: Asked) -> Iterator[Row]:
    for state in books.markets(tx):
        market = state.market
        bounds = [_bounds(product.period, world) for product in market.products]
        whole = Bounds(min(b.start for b in bounds), max(b.end for b in bounds))
        if asked.covers(whole):
            yield {
                "MARKET_NAME": market.name,
                "MARKET_TYPE": market.kind.value,
                "MARKET_TERM": TERMS[market.term],
                "START_DATE_GMT": gmt(whole.start),
                "END_DATE_GMT": gmt(whole.last_second),
            }


def _calendar(tx: Transaction, world: World, asked: Asked) -> Iterator[Row]:
    return calendar_rows(
        world, lambda bounds, name: asked.covers(bounds) and asked.wants("market_name", name)
    )


_READINGS: Mapping[ReportName, Reading] = {
    ReportName.CRR_CLEARING: _clearing,
    ReportName.CRR_INVENTORY: _inventory,
    ReportName.CRR_AGG_REV_ADJ: _adjustments,
    ReportName.PUB_CRR_BID: _bids,
    ReportName.CRR_MRKT_NAMES: _names,
    ReportName.CRR_CALENDAR: _calendar,
}


def _local(at: int, world: World) -> str:
    return local(at, world.settings.calendar.timezone).strftime("%Y-%m-%dT%H:%M:%S")


def _auctions(tx: Transaction, asked: Asked) -> Iterator[MarketState]:
    for state in books.markets(tx):
        market = state.market
        if (
            market.kind == MarketKind.AUCTION
            and asked.wants("market_name", market.name)
            and asked.wants("market_term", TERMS[market.term])
        ):
            yield state


def _periods(market: Market, world: World, asked: Asked) -> list[tuple[Period, Bounds]]:
    """The periods of a market that the range covers."""
    every = sorted({product.period for product in market.products})
    found = [(period, _bounds(period, world)) for period in every]
    return [(period, bounds) for period, bounds in found if asked.covers(bounds)]


def _origin(crr: Crr, markets: Mapping[str, Market]) -> tuple[str, str]:
    """The market's name and term as OASIS knows them."""
    if crr.market in markets:
        return crr.market, TERMS[markets[crr.market].term]
    outside = _OUTSIDE.get(category(crr), "OTHER")
    return outside, outside


def _bounds(period: Period, world: World) -> Bounds:
    return period_bounds(period, world.settings.calendar)
