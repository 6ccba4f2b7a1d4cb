"""The load-migration add-on: who sells what load migration may ask back covers it (rulebook 5.3).

A load-serving entity that sells a seasonal allocated CRR, in an annual auction or on the secondary
market, can still be handed the counter-flow when its load leaves. The value of holding that is
covered before the offer is accepted, and for as long as what was sold has days left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from simulator.domain import (
    Crr,
    MarketKind,
    MarketStatus,
    MarketTerm,
    Period,
    PortfolioStatus,
    TransactionType,
)
from simulator.market import migration
from simulator.market.congestion import congestion_history
from simulator.market.holding import of_crr
from simulator.market.secondary_offers import offers
from simulator.market.world import World
from simulator.rules.credit import migration_add_on
from simulator.rules.figure import Figure
from simulator.rules.migration import load_end, seasonal
from simulator.rules.offer import OfferStatus
from simulator.store import Transaction, books, special_tables, tables


def add_on(tx: Transaction, world: World, seller: str, sold: Iterable[Crr], today: date) -> Figure:
    """What `seller` covers for what it offers: CRRs with the MW and the days that are offered.

    Only those count that were allocated to it for a season and whose load may leave it.
    """
    history = congestion_history(tx)
    counters = [
        (crr.crr_id, of_crr(tx, world, history, counter, today))
        for crr, counter in ((crr, replace(crr, source=crr.sink, sink=crr.source)) for crr in sold)
        if crr.end > today and _may_migrate(tx, world, crr, seller)
    ]
    return migration_add_on(counters, MarketTerm.ANNUAL, loses_load=True)


def sold_before(tx: Transaction, seller: str) -> Iterator[Crr]:
    """What `seller` sold on the secondary market and in annual auctions: the MW and the days."""
    held_as = {"status": OfferStatus.APPROVED.value}
    for offer in offers(tx, **held_as):
        if offer.seller == seller:
            yield Crr(
                offer.crr_id, seller, offer.crr_type, offer.hedge, offer.source, offer.sink,
                offer.tou, offer.start, offer.end, offer.mw, "",
            )  # fmt: skip
    for state in books.markets(tx):
        market = state.market
        posted = state.status == MarketStatus.POSTED
        if posted and (market.kind, market.term) == (MarketKind.AUCTION, MarketTerm.ANNUAL):
            yield from _sold_in(tx, market.name, seller)


def _sold_in(tx: Transaction, market: str, seller: str) -> Iterator[Crr]:
    submitted = PortfolioStatus.SUBMITTED.value
    for portfolio in books.portfolios(tx, market=market, participant=seller, status=submitted):
        for bid in portfolio.bids:
            if bid.transaction != TransactionType.SELL:
                continue
            award = tx.one(tables.award, bid_id=int(bid.bid_id))
            of = origin(tx, bid.crr_id)
            if award and award["awarded_mw"] > 0 and of:
                period = Period.parse(bid.period)
                yield replace(
                    of, crr_id=bid.crr_id, mw=award["awarded_mw"], start=period.start,
                    end=period.end,
                )  # fmt: skip


def origin(tx: Transaction, crr_id: str) -> Crr | None:
    """The allocated CRR that a CRR is or was cut from; None when no allocation made it."""
    while crr_id:
        allocated = books.allocations(tx, crr_id=int(crr_id))
        if allocated:
            return allocated[0]
        events = tx.rows(special_tables.life_event, crr_id=crr_id)
        crr_id = next((row["parent_crr_id"] for row in events if row["parent_crr_id"]), "")
    return None


def _may_migrate(tx: Transaction, world: World, crr: Crr, seller: str) -> bool:
    of = origin(tx, crr.crr_id)
    if of is None or (of.owner, of.crr_type) != (seller, crr.crr_type) or seasonal(of) is None:
        return False
    if not world.participants[seller].role.supplies_customers:
        return False
    return migration.udc_at(world).get(load_end(of)) in migration.udc_names(world)
