"""The rights that load a market's model before anything new is sold (rulebook 3.4)."""

from __future__ import annotations

from simulator.clearing.case import FixedCrr
from simulator.domain import Crr, CrrType, Hedge, Market, Period, Product, Tou
from simulator.market.world import World
from simulator.participants import Right
from simulator.store import Transaction, books, tables
from simulator.store.transaction import Row


def base_loading_rows(tx: Transaction, world: World, market: Market) -> list[Row]:
    """CRRs held through each product's period, and the ownership and contract rights."""
    held = books.crrs(tx)
    return [
        {"market": market.name, "period": product.period.name, "tou": product.tou.value, **row}
        for product in market.products
        for row in (
            *(
                _crr_row(crr)
                for crr in held
                if crr.tou == product.tou and crr.spans(product.period)
            ),
            *(_right_row(right) for right in world.rights),
        )
    ]


def _crr_row(crr: Crr) -> Row:
    return {
        "crr_id": crr.crr_id,
        "owner": crr.owner,
        "crr_type": crr.crr_type.value,
        "source": crr.source,
        "sink": crr.sink,
        "hedge": crr.hedge.value,
        "mw": crr.mw,
    }


def _right_row(right: Right) -> Row:
    return {
        "crr_id": right.right_id,
        "owner": right.holder,
        "crr_type": right.right_type,
        "source": right.source,
        "sink": right.sink,
        "hedge": Hedge.OBL.value,
        "mw": right.mw,
    }


def base_loading(tx: Transaction, market: str, product: Product) -> tuple[FixedCrr, ...]:
    """What was written down for one product when the market opened."""
    return tuple(
        FixedCrr(
            row["crr_id"],
            row["owner"],
            row["source"],
            row["sink"],
            Hedge(row["hedge"]),
            Tou(row["tou"]),
            row["period"],
            row["mw"],
        )
        for row in tx.rows(
            tables.base_loading, market=market, period=product.period.name, tou=product.tou.value
        )
    )


def holdings(tx: Transaction, market: str, owner: str) -> tuple[Crr, ...]:
    """What a participant held when the market opened, one CRR for each product it loads.

    Read from what was written down then, so that it is the same whenever it is asked.
    """
    held = []
    for row in tx.rows(tables.base_loading, market=market, owner=owner):
        if row["crr_type"] in CrrType.__members__:
            period = Period.parse(row["period"])
            held.append(
                Crr(
                    row["crr_id"],
                    owner,
                    CrrType(row["crr_type"]),
                    Hedge(row["hedge"]),
                    row["source"],
                    row["sink"],
                    Tou(row["tou"]),
                    period.start,
                    period.end,
                    row["mw"],
                    market,
                )
            )
    return tuple(held)
