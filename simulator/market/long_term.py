"""Tier LT: what the priority tier has just given, held for nine years more (rulebook 1.3, 2.4).

The first year of such a right is the priority award itself, whose seasonal CRR is already there.
So the tier asks what fits from the second year on: its model is loaded with what is still held
then, not with the seasonal CRRs that end before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from simulator.domain import Award, Crr, Market, MarketKind, Period, Tier
from simulator.market.model_data import models_in_force
from simulator.market.world import World
from simulator.rules import terms
from simulator.rules.caps import ALLOCATED, PairKey
from simulator.store import Transaction, books


def process_tiers(tx: Transaction, market: Market) -> dict[str, Tier]:
    """The tiers of the same allocation, by market: those that share its products."""
    return {
        state.market.name: state.market.tier
        for state in books.markets(tx)
        if state.market.kind == MarketKind.ALLOCATION and state.market.products == market.products
    }


def loading_period(market: Market, period: Period) -> Period:
    """The period whose holdings load the model of a product: in tier LT that of the next year."""
    return period.in_year(period.start.year + 1) if market.tier == Tier.LT else period


def awarded_pairs(
    tx: Transaction, world: World, market: Market, owner: str
) -> dict[PairKey, Decimal]:
    """The pairs that tier LT takes from a participant: its awards of the priority tier, in MW."""
    pairs: dict[PairKey, Decimal] = {}
    for key, crr in _priority_awards(tx, world, market, owner):
        pairs[key] = pairs.get(key, Decimal(0)) + crr.mw
    return dict(sorted(pairs.items()))


def long_term_crrs(
    tx: Transaction, world: World, market: Market, awards: Iterable[Award]
) -> list[tuple[Crr, ...]]:
    """The CRRs of the nine later years, award by award; their parent is the priority award."""
    first_years = {
        (crr.owner, *key): crr for key, crr in reversed(_priority_awards(tx, world, market))
    }
    made = []
    for award in awards:
        path = (award.source, award.sink, award.period, award.tou)
        first = first_years[(award.participant, *path)]
        made.append(terms.long_term(replace(first, mw=award.awarded_mw, market=market.name)))
    return made


def _priority_awards(
    tx: Transaction, world: World, market: Market, owner: str | None = None
) -> list[tuple[PairKey, Crr]]:
    """What the priority tier gave, by id, with its ends as they are in the market's model."""
    found = []
    models = models_in_force(tx, world, market)
    for name, tier in process_tiers(tx, market).items():
        if tier != Tier.PNP:
            continue
        for crr in books.allocations(tx, market=name):
            if crr.crr_type not in ALLOCATED:
                continue
            for product, model in models.items():
                if crr.tou == product.tou and crr.spans(product.period):
                    ends = model.here(crr.source), model.here(crr.sink)
                    found.append((PairKey(*ends, product.period.name, crr.tou), crr))
    return [(key, crr) for key, crr in found if owner in (None, crr.owner)]
