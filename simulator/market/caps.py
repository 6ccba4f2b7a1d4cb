"""Nomination caps as they are posted: each figure with how it came about (rulebook 2)."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Crr,
    CrrType,
    MarketTerm,
    Participant,
    Product,
    Role,
    Tier,
    Tou,
)
from simulator.domain.market import Market
from simulator.market import load, migration, processes, wheeling
from simulator.market.command import Command
from simulator.market.expired_rights import expired_rights
from simulator.market.long_term import awarded_pairs, process_tiers
from simulator.market.remapping import nominated_as
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.participants.people import Person
from simulator.rules import caps as cap_rules
from simulator.rules import eligibility
from simulator.rules.caps import CapKey, PairKey
from simulator.rules.figure import Figure, figure_from
from simulator.rules.migrated import migrated_mw
from simulator.store import Transaction, books, tables
from simulator.store.transaction import Row


def post_caps(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Post SEQ or MEQ, the upper bounds and the signature pairs of an allocation tier."""
    market = known_market(tx, command.arguments["market"]).market
    rows: list[Row] = []
    pairs: list[Row] = []
    for person in world.load_servers():
        for product in market.products:
            for sink in person.participant.sinks:
                rows += _cap_rows(tx, world, market, person, product, sink)
        if market.tier.by_pair:
            pairs += _signature_rows(tx, world, market, person.participant)
    tx.delete(tables.nomination_cap, {"market": market.name})
    tx.delete(tables.signature, {"market": market.name})
    tx.insert(tables.nomination_cap, rows)
    tx.insert(tables.signature, pairs)
    return {"market": market.name, "figures": len(rows), "signature_pairs": len(pairs)}


def posted_caps(
    tx: Transaction, world: World, market: str, participant: str
) -> dict[CapKey, Decimal]:
    """The caps that bind one participant's nominations."""
    figures = posted_bounds(tx, world, market, participant)
    return {key: figure.value for key, figure in figures.items()}


def posted_bounds(
    tx: Transaction, world: World, market: str, participant: str
) -> dict[CapKey, Figure]:
    """The same with how each came about."""
    role = world.participants[participant].role if participant in world.participants else None
    return {
        CapKey(row["sink"], crr_type_of(role), row["period"], Tou(row["tou"])): figure_from(
            json.loads(row["how"])
        )
        for row in tx.rows(
            tables.nomination_cap, market=market, participant=participant, kind="UPPER_BOUND"
        )
    }


def posted_signatures(tx: Transaction, market: str, participant: str) -> dict[PairKey, Decimal]:
    """The pairs that the participant may nominate again in the priority tier."""
    return {
        PairKey(row["source"], row["sink"], row["period"], Tou(row["tou"])): row["mw"]
        for row in tx.rows(tables.signature, market=market, participant=participant)
    }


def crr_type_of(role: Role | None) -> CrrType:
    """What a load-serving entity is allocated (rulebook 1.2)."""
    return CrrType.OBAALSE if role == Role.OBAALSE else CrrType.LSE


def _cap_rows(
    tx: Transaction, world: World, market: Market, person: Person, product: Product, sink: str
) -> list[Row]:
    quantity, cap = _figures(tx, world, market, person, product, sink)
    kind = "MEQ" if market.term == MarketTerm.MONTHLY else "SEQ"
    return [
        {
            "market": market.name,
            "participant": person.participant_id,
            "sink": sink,
            "period": product.period.name,
            "tou": product.tou.value,
            "kind": name,
            "mw": figure.value,
            "how": json.dumps(figure.as_dict(), sort_keys=True),
        }
        for name, figure in ((kind, quantity), ("UPPER_BOUND", cap))
    ]


def _figures(
    tx: Transaction, world: World, market: Market, person: Person, product: Product, sink: str
) -> tuple[Figure, Figure]:
    owner, settings = person.participant_id, world.settings.eligibility
    metric = _load_metric(tx, world, market, person, product, sink)
    rights_mw = world.rights_mw(person.participant, product.period, sink)
    adjusted = eligibility.adjusted_load_metric(metric, rights_mw)
    allocated = books.allocations(tx, owner=owner)
    process = process_tiers(tx, market)
    earlier = [crr for crr in allocated if crr.market not in process]
    earlier += _expired(world, market, person.participant)
    monthly = market.term == MarketTerm.MONTHLY
    moved = migration.migrated_crrs(tx, owner) if monthly else ()
    by_load = adjusted if monthly else eligibility.seasonal_eligible_quantity(adjusted, settings)
    standing = cap_rules.Standing(
        adjusted,
        _allocated([*earlier, *moved], sink, product, monthly),
        long_term_mw=Decimal(0) if monthly else cap_rules.allocated_mw(earlier, sink, product),
        migrated_mw=Decimal(0)
        if monthly
        else migrated_mw(migration.moved(tx), allocated, sink, _year_before(product)),
        awards_mw={
            tier: cap_rules.allocated_mw(
                [crr for crr in allocated if crr.market == name], sink, product
            )
            for name, tier in process.items()
            if name != market.name
        },
        elected=wheeling.elected(tx, world, owner, product, sink, by_load),
    )
    quantity = cap_rules.eligible_quantity(market, standing, settings)
    return quantity, cap_rules.tier_cap(market, standing, settings)


def _load_metric(
    tx: Transaction, world: World, market: Market, person: Person, product: Product, sink: str
) -> Figure:
    """Of the load that was submitted; of the preloaded load where the calendar has no window."""
    window = processes.load_window(world, market, product.period)
    if window is None:
        load_mw = world.eligible_load_mw(person, market, product, sink)
        return eligibility.load_metric(load_mw, world.settings.eligibility.exceedance_share)
    period = processes.data_period(world, market, product.period)
    owner = person.participant_id
    return load.submitted_metric(tx, window, period, owner, sink, product.tou)


def _expired(world: World, market: Market, participant: Participant) -> list[Crr]:
    return expired_rights(world, market, participant, crr_type_of(participant.role))


def _allocated(earlier: list[Crr], sink: str, product: Product, monthly: bool) -> Decimal:
    """In the month; or in the same season of last year."""
    return cap_rules.allocated_mw(earlier, sink, product if monthly else _year_before(product))


def _year_before(product: Product) -> Product:
    return replace(product, period=product.period.in_year(product.period.start.year - 1))


def _signature_rows(
    tx: Transaction, world: World, market: Market, participant: Participant
) -> list[Row]:
    if market.tier == Tier.LT:
        pairs = awarded_pairs(tx, world, market, participant.participant_id)
    else:
        process = process_tiers(tx, market)
        allocated = books.allocations(tx, owner=participant.participant_id)
        earlier = [crr for crr in allocated if crr.market not in process]
        earlier += _expired(world, market, participant)
        signed = cap_rules.signature_pairs(earlier, market.products)
        pairs = nominated_as(tx, world, market, signed)
    return [
        {
            "market": market.name,
            "participant": participant.participant_id,
            "source": key.source,
            "sink": key.sink,
            "period": key.period,
            "tou": key.tou.value,
            "mw": mw,
        }
        for key, mw in pairs.items()
    ]
