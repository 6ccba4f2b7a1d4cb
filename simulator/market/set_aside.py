"""The scheduling points' set-aside, posted between the monthly tiers (rulebook 2.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.clearing.case import FixedCrr
from simulator.domain import Market, Product, Tier, Tou, mw
from simulator.market.base_loading import base_loading
from simulator.market.command import Command
from simulator.market.model_data import PeriodModel, model_in_force
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.model import Interface
from simulator.rules.set_aside import set_aside
from simulator.store import Transaction, books, tables
from simulator.store.transaction import Row

INTERTIE = "ITC"


def post_set_aside(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Hold back part of what tier 1 left of every intertie's import limit."""
    market = known_market(tx, command.arguments["market"]).market
    rows = [row for product in market.products for row in _rows(tx, world, market, product)]
    tx.delete(tables.set_aside, {"market": market.name})
    tx.insert(tables.set_aside, rows)
    return {"market": market.name, "interties": len(rows) // len(market.products)}


def _rows(tx: Transaction, world: World, market: Market, product: Product) -> list[Row]:
    model = model_in_force(tx, world, market, product)
    network = model.network
    tier_1 = _tier_1(tx, market)
    fixed = base_loading(tx, tier_1.name, product)
    awarded = [
        FixedCrr(
            crr.crr_id, crr.owner, model.here(crr.source), model.here(crr.sink), crr.hedge,
            crr.tou, product.period.name, crr.mw,
        )
        for crr in books.allocations(tx, market=tier_1.name)  # whoever owns it by now
        if crr.tou == product.tou and crr.spans(product.period)
    ]  # fmt: skip
    factors = Factors(network)
    flows = [factors.flows(injections(model, product.tou, crrs)) for crrs in (fixed, awarded)]
    rows = []
    for interface in world.folder.model.interfaces:
        place = world.folder.layer.places.get(interface.name)
        if place is None or place.kind != INTERTIE or interface.forward_limit_mw is None:
            continue
        fixed_mw, tier_1_mw = (mw(_flow_mw(network, interface, flow)) for flow in flows)
        limit_mw = mw(interface.forward_limit_mw)
        held = set_aside(interface.name, limit_mw, fixed_mw, tier_1_mw, world.settings.eligibility)
        rows.append(
            {
                "market": market.name,
                "period": product.period.name,
                "tou": product.tou.value,
                "interface": interface.name,
                "limit_mw": limit_mw,
                "used_mw": fixed_mw + tier_1_mw,
                "set_aside_mw": held.set_aside_mw.value,
            }
        )
    return rows


def injections(model: PeriodModel, tou: Tou, crrs: Iterable[FixedCrr]) -> NDArray[np.float64]:
    """(nb,) MW that the CRRs inject at their sources and withdraw at their sinks."""
    network = model.network
    injection_mw = np.zeros(network.bus_count)
    for crr in crrs:
        for end, sign in ((crr.source, 1.0), (crr.sink, -1.0)):
            for bus, factor in model.locations[model.here(end)].factors[tou]:
                injection_mw[network.bus_index(bus)] += sign * factor * float(crr.mw)
    return injection_mw


def _flow_mw(network: DcNetwork, interface: Interface, flow_mw: NDArray[np.float64]) -> float:
    total = 0.0
    for key, weight in interface.terms:
        position, sign = network.branch_index(key)
        total += weight * sign * float(flow_mw[position])
    return round(total, 6)


def _tier_1(tx: Transaction, market: Market) -> Market:
    (found,) = (
        state.market
        for state in books.markets(tx)
        if state.market.tier == Tier.T1 and state.market.products == market.products
    )
    return found
