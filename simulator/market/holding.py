"""What it takes to hold CRRs: the requirement of a whole portfolio, netted (rulebook 5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from simulator.domain import Crr, Finding, Period, Product
from simulator.market.auction_prices import price_of_days
from simulator.market.congestion import congestion_history
from simulator.market.world import World
from simulator.rules.credit import (
    Account,
    holding_requirement,
    portfolio_holding,
    verify,
)
from simulator.rules.figure import ZERO, Figure, usd_figure
from simulator.rules.margins import (
    CongestionHistory,
    credit_margin,
    expected_value,
    product_days,
)
from simulator.store import Transaction, tables


def holding(tx: Transaction, world: World, crrs: Iterable[Crr], today: date) -> Figure:
    """What holding `crrs` requires for the days after `today`; never below zero."""
    history = congestion_history(tx)
    parts = (of_crr(tx, world, history, crr, today) for crr in crrs if crr.end > today)
    return portfolio_holding(tuple(parts))


def of_crr(
    tx: Transaction, world: World, history: CongestionHistory, crr: Crr, today: date
) -> Figure:
    """The requirement of one CRR for what is left of its term; it may be negative.

    The expected value stands for the price of a CRR that no auction priced.
    """
    left = Period(max(crr.start, today), crr.end, f"CRR {crr.crr_id}")
    days = product_days(Product(left, crr.tou))
    if days == 0:
        return usd_figure(f"CRR {crr.crr_id}", (crr.mw * 0), "nothing is left of it", (), "5.2")
    values = history.path(crr.source, crr.sink, crr.tou, days)
    expected = expected_value(values)
    margin = credit_margin(values, world.settings.credit)
    price = price_of_days(tx, crr, days) or expected
    found = holding_requirement(price, expected, margin, crr.mw)
    return replace(found, name=f"CRR {crr.crr_id}")


def short_of(
    tx: Transaction, owner: str, holding_usd: Figure, add_on_usd: Figure
) -> Finding | None:
    """What an account lacks to cover a holding requirement and the load-migration add-on."""
    row = tx.one(tables.collateral, participant=owner)
    limit_usd = row["amount_usd"] if row else ZERO
    value = holding_usd.value + add_on_usd.value
    rule = "5.3" if add_on_usd.value > 0 else "5.2"
    required = usd_figure("required", value, "holding + add-on", (holding_usd, add_on_usd), rule)
    finding = verify(Account(owner, limit_usd), required).finding
    remedy = "put up more collateral, or trade less"
    return None if finding is None else replace(finding, remedy=remedy)
