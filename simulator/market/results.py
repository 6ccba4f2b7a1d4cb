"""What a cleared market's rows say, as the nouns that are published."""

from __future__ import annotations

import json
from typing import Any

from simulator.clearing.price import PRICE_STEP
from simulator.domain import (
    BindingConstraint,
    Direction,
    LocationPrice,
    MarketKind,
    Product,
    RelaxedConstraint,
    Tou,
)
from simulator.store import Transaction, tables
from simulator.store.transaction import Row


def product_key(market: str, product: Product) -> dict[str, str]:
    """The columns that name one product of one market."""
    return {"market": market, "period": product.period.name, "tou": product.tou.value}


def prices(tx: Transaction, **equal: Any) -> tuple[LocationPrice, ...]:
    """Nodal prices."""
    return tuple(
        LocationPrice(row["location"], Tou(row["tou"]), row["period"], row["price_usd_per_mw"])
        for row in tx.rows(tables.location_price, **equal)
    )


def binding(tx: Transaction, **equal: Any) -> tuple[BindingConstraint, ...]:
    """Limits that the awards use up; shadow prices of an auction have the decimals of prices."""
    auctions = {row["name"] for row in tx.rows(tables.market, kind=MarketKind.AUCTION.value)}
    found = []
    for row in tx.rows(tables.binding_constraint, **equal):
        if row["market"] in auctions:
            row["shadow_price_usd_per_mw"] = row["shadow_price_usd_per_mw"].quantize(PRICE_STEP)
        found.append(BindingConstraint(**_place(row)))
    return tuple(found)


def relaxed(tx: Transaction, **equal: Any) -> tuple[RelaxedConstraint, ...]:
    """Limits that the base loading alone exceeds."""
    return tuple(
        RelaxedConstraint(**_place(row)) for row in tx.rows(tables.relaxed_constraint, **equal)
    )


def summary(tx: Transaction, market: str, product: Product) -> dict[str, Any]:
    """The clearing's own summary of one product."""
    row = tx.one(tables.cleared_product, **product_key(market, product))
    assert row is not None, f"{market} {product} is not cleared"
    return dict(json.loads(row["summary"]))


def _place(row: Row) -> dict[str, Any]:
    fields = {name: value for name, value in row.items() if name != "market"}
    return {**fields, "tou": Tou(row["tou"]), "direction": Direction(row["direction"])}
