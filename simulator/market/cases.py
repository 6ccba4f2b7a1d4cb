"""One product of one market as a clearing case, from what is in the store and in the world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulator.clearing.case import ClearingCase
from simulator.domain import Market, MarketKind, MarketTerm, Period, Portfolio, Product
from simulator.market.base_loading import base_loading
from simulator.market.world import World
from simulator.market.world_folder import PlannedOutage
from simulator.network.branch import BranchKey
from simulator.network.model import Interface
from simulator.store import Transaction, tables


def product_case(
    tx: Transaction, world: World, market: Market, product: Product, portfolios: Iterable[Portfolio]
) -> ClearingCase:
    """The problem of one (period, time of use), with the model that this market released."""
    model, settings = world.folder.model, world.settings.clearing
    lines = tuple(portfolios)
    period, tou = product.period.name, product.tou
    auction = market.kind == MarketKind.AUCTION
    outages = model_outages(world, market, product.period)
    return ClearingCase(
        name=f"{market.name} {product}",
        kind=market.kind.value.lower(),
        objective="bid_value" if auction else settings.allocation_objective,
        network=model.network.without(outages),
        outages=outages,
        locations=world.locations,
        contingencies=model.contingencies,
        interfaces=_interfaces(tx, world, market, product),
        monitored=model.monitored,
        fixed_crrs=base_loading(tx, market.name, product),
        bids=tuple(
            bid
            for portfolio in lines
            for bid in portfolio.bids
            if (bid.period, bid.tou) == (period, tou)
        ),
        nominations=tuple(
            line
            for portfolio in lines
            for line in portfolio.nominations
            if (line.period, line.tou) == (period, tou)
        ),
        limit_scale=market.limit_scale,
        base_rating=settings.base_rating,
        contingency_rating=settings.contingency_rating,
        infeasible_base=settings.infeasible_base,
        curve=settings.curve,
    )


def model_outages(world: World, market: Market, period: Period) -> tuple[BranchKey, ...]:
    """Branches that the market's model has out (rulebook 3.5).

    A monthly model has out what the operator knows to be out for at least `outage_long_days` of
    the month; an annual model only what is known to be out that long within the season.
    """
    least = world.settings.clearing.outage_long_days
    least = min(least, (period.end - period.start).days)
    known = (outage for outage in world.folder.outages if outage.model != "DAM")
    return tuple(sorted(outage.branch for outage in known if _days_within(outage, period) >= least))


def _days_within(outage: PlannedOutage, period: Period) -> int:
    return (min(outage.end, period.end) - max(outage.start, period.start)).days


def _interfaces(
    tx: Transaction, world: World, market: Market, product: Product
) -> tuple[Interface, ...]:
    """The interfaces with the import limits that a posted set-aside leaves (rulebook 2.8)."""
    if market.kind == MarketKind.AUCTION or market.term == MarketTerm.ANNUAL:
        return world.folder.model.interfaces
    held = {
        row["interface"]: float(row["limit_mw"] - row["set_aside_mw"])
        for row in tx.rows(
            tables.set_aside,
            market=market.name,
            period=product.period.name,
            tou=product.tou.value,
        )
    }
    return tuple(
        replace(interface, forward_limit_mw=held.get(interface.name, interface.forward_limit_mw))
        for interface in world.folder.model.interfaces
    )
