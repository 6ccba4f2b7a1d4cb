"""What was paid for CRRs that were bought in an auction (rulebook 4.6, 5.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from simulator.domain import Crr, Product
from simulator.rules.figure import Figure, figure, usd_figure
from simulator.rules.lineage import LifeKind
from simulator.rules.margins import product_days
from simulator.store import Transaction, books, special_tables, tables


class _Bought(NamedTuple):
    market: str
    price_usd_per_mw: Decimal


def price_of_days(tx: Transaction, crr: Crr, days: int) -> Figure | None:
    """The auction price of a CRR for `days` days of its time of use, in USD per MW.

    The clearing price is for the whole product; these days have their part of it. None for what no
    auction sold: allocated, migrated and converted CRRs, and those that were there from the start.
    """
    bought = _bought(tx, crr.crr_id)
    product = None if bought is None else _product(tx, bought.market, crr)
    if bought is None or product is None:
        return None
    whole = product_days(product)
    inputs = (
        figure("clearing price", bought.price_usd_per_mw, "USD/MW"),
        figure("days left", days, "days"),
        figure("days of the product", whole, "days"),
    )
    value = bought.price_usd_per_mw * days / whole
    formula = "clearing price x days left / days of the product"
    return usd_figure("auction price", value, formula, inputs, "5.2")


def _bought(tx: Transaction, crr_id: str) -> _Bought | None:
    """Where and at what price the CRR, or the one that it was cut from, was bought."""
    parents, prices = tx.derived("auction_prices", lambda: _prices(tx))
    while crr_id and crr_id not in prices:
        crr_id = parents.get(crr_id, "")
    return prices.get(crr_id)


def _prices(tx: Transaction) -> tuple[dict[str, str], dict[str, _Bought]]:
    events = tx.rows(special_tables.life_event)
    parents = {row["crr_id"]: row["parent_crr_id"] for row in events if row["parent_crr_id"]}
    awards = {
        (row["market"], row["crr_id"]): row["clearing_price_usd_per_mw"]
        for row in tx.rows(tables.award)
    }
    prices = {}
    for row in events:
        price = awards.get((row["market"], row["crr_id"]))
        if row["kind"] == LifeKind.BOUGHT.value and price is not None:
            prices[row["crr_id"]] = _Bought(row["market"], price)
    return parents, prices


def _product(tx: Transaction, name: str, crr: Crr) -> Product | None:
    state = books.market(tx, name)
    products = () if state is None else state.market.products
    return next(
        (
            product
            for product in products
            if product.tou == crr.tou
            and product.period.start <= crr.start
            and crr.end <= product.period.end
        ),
        None,
    )
