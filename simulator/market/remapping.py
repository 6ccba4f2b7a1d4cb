"""Rights on retired locations: what stands for their ends when they are settled or nominated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from simulator.domain import Crr, Market, MarketTerm, Period, Product, Tou
from simulator.market.model_data import models_in_force, period_model
from simulator.market.world import World
from simulator.rules.caps import PairKey
from simulator.settlement.remap import Replacement, remapped
from simulator.store import Transaction


def settled_as(world: World, day: date, crrs: Iterable[Crr]) -> tuple[Crr, ...]:
    """The rights that are in effect on a trading day, at the locations that they settle at.

    A retired location settles at its replacement in the model of the day's month, which is the
    mapping that was published for the month's auction (rulebook 3.7).
    """
    effective = [crr for crr in crrs if crr.effective_on(day)]
    return tuple(crr for crr in remapped(effective, _moves(world, day)) if crr.effective_on(day))


def moves_by(world: World, day: date) -> tuple[Replacement, ...]:
    """The retired locations that settle at another one on `day`, in the order of their moves."""
    return tuple(move for move in _moves(world, day) if move.first_day <= day)


def nominated_as(
    tx: Transaction, world: World, market: Market, pairs: Mapping[PairKey, Decimal]
) -> dict[PairKey, Decimal]:
    """Signature pairs with the ends that they have in the market's model; equal ones are summed."""
    found: dict[PairKey, Decimal] = {}
    models = {
        (product.period.name, product.tou): model
        for product, model in models_in_force(tx, world, market).items()
    }
    for key, mw in pairs.items():
        model = models[key.period, key.tou]
        here = key._replace(source=model.here(key.source), sink=model.here(key.sink))
        found[here] = found.get(here, Decimal(0)) + mw
    return found


def _moves(world: World, day: date) -> list[Replacement]:
    """Those of the model of the day's month, in order of their day."""
    month = Period.month(day.year, day.month)
    as_of = month.start - timedelta(days=world.settings.clearing.source_sink_v1_days)
    model = period_model(world, MarketTerm.MONTHLY, Product(month, Tou.ON), 1, as_of)
    retired = {item.location: item.retired for item in world.folder.retirements}
    moves = [
        Replacement(item.retired, retired[item.retired], item.replacement)
        for item in model.replacements
    ]
    return sorted(moves, key=lambda move: (move.first_day, move.location))
