"""What it takes to hold CRRs: the requirement of a whole portfolio, netted (rulebook 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from simulator.domain import Crr, Finding, MarketTerm, Period, Product
from simulator.market.congestion import congestion_history
from simulator.market.world import World
from simulator.rules.credit import (
    Account,
    holding_requirement,
    migration_add_on,
    portfolio_holding,
    verify,
)
from simulator.rules.figure import Figure, usd_figure
from simulator.rules.margins import (
    CongestionHistory,
    credit_margin,
    expected_value,
    product_days,
)
from simulator.rules.migration import seasonal
from simulator.store import Transaction, tables


def holding(tx: Transaction, world: World, crrs: Iterable[Crr], today: date) -> Figure:
    """What holding `crrs` requires for the days after `today`; never below zero.

    The expected value stands for the price of a CRR that no auction priced.
    """
    history = congestion_history(tx)
    parts = (of_crr(world, history, crr, today) for crr in crrs if crr.end > today)
    return portfolio_holding(tuple(parts))


def of_crr(world: World, history: CongestionHistory, crr: Crr, today: date) -> Figure:
    """The requirement of one CRR for what is left of its term; it may be negative."""
    left = Period(max(crr.start, today), crr.end, f"CRR {crr.crr_id}")
    days = product_days(Product(left, crr.tou))
    if days == 0:
        return usd_figure(f"CRR {crr.crr_id}", (crr.mw * 0), "nothing is left of it", (), "5.2")
    values = history.path(crr.source, crr.sink, crr.tou, days)
    expected = expected_value(values)
    margin = credit_margin(values, world.settings.credit)
    found = holding_requirement(expected, expected, margin, crr.mw)
    return replace(found, name=f"CRR {crr.crr_id}")


def counter_flow_add_on(tx: Transaction, world: World, sold: Iterable[Crr], today: date) -> Figure:
    """What a seller of seasonal allocated CRRs must cover beside: the counter-flow that load
    migration could hand it (rulebook 5.3). Load of every entity inside may migrate.
    """
    history = congestion_history(tx)
    offers = [
        (crr.crr_id, of_crr(world, history, _counter(crr), today))
        for crr in sold
        if seasonal(crr) is not None
    ]
    return migration_add_on(offers, MarketTerm.ANNUAL, loses_load=True)


def short_of(
    tx: Transaction, owner: str, holding_usd: Figure, add_on_usd: Figure | None = None
) -> tuple[Finding, ...]:
    """What an account lacks to cover a holding requirement and an add-on; nothing when enough."""
    row = tx.one(tables.collateral, participant=owner)
    limit = row["amount_usd"] if row else holding_usd.value * 0
    parts = (holding_usd,) if add_on_usd is None else (holding_usd, add_on_usd)
    value = sum((part.value for part in parts), holding_usd.value * 0)
    required = usd_figure("required", value, "holding + add-on", parts, "5.2")
    finding = verify(Account(owner, limit), required).finding
    return () if finding is None else (finding,)


def _counter(crr: Crr) -> Crr:
    return replace(crr, source=crr.sink, sink=crr.source)
