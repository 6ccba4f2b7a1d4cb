"""One product of one market as a clearing case, from what is in the store and in the world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulator.clearing.case import ClearingCase
from simulator.domain import Market, MarketKind, MarketTerm, Nomination, Portfolio, Product
from simulator.market import hubs
from simulator.market.base_loading import base_loading
from simulator.market.facilities import known_to
from simulator.market.model_data import model_in_force
from simulator.market.world import World
from simulator.network.model import Interface
from simulator.store import Transaction, tables


def product_case(
    tx: Transaction, world: World, market: Market, product: Product, portfolios: Iterable[Portfolio]
) -> ClearingCase:
    """The problem of one (period, time of use), with the model that this market released."""
    folder, settings = known_to(tx, world, market.name).folder.model, world.settings.clearing
    lines = tuple(portfolios)
    period = model_in_force(tx, world, market, product)
    wanted = product.period.name, product.tou
    auction = market.kind == MarketKind.AUCTION
    return ClearingCase(
        name=f"{market.name} {product}",
        kind=market.kind.value.lower(),
        objective="bid_value" if auction else settings.allocation_objective,
        network=period.network,
        outages=period.outages,
        locations=period.locations,
        contingencies=period.enforced.contingencies,
        interfaces=_interfaces(tx, world, market, product),
        monitored=folder.monitored,
        fixed_crrs=base_loading(tx, market.name, product),
        bids=tuple(
            bid for portfolio in lines for bid in portfolio.bids if (bid.period, bid.tou) == wanted
        ),
        nominations=hubs.by_leg(period.locations, nominations_of(lines, product)),
        limit_scale=market.limit_scale,
        base_rating=settings.base_rating,
        contingency_rating=settings.contingency_rating,
        infeasible_base=settings.infeasible_base,
        curve=settings.curve,
    )


def nominations_of(portfolios: Iterable[Portfolio], product: Product) -> tuple[Nomination, ...]:
    """What was nominated for one product, in the order of the portfolios."""
    return tuple(
        line
        for portfolio in portfolios
        for line in portfolio.nominations
        if (line.period, line.tou) == (product.period.name, product.tou)
    )


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
