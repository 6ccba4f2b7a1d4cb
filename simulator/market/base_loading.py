"""The rights that load a market's model before anything new is sold (rulebook 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from simulator.clearing.case import FixedCrr
from simulator.domain import Crr, CrrType, Hedge, Market, Period, Product, Tou
from simulator.market import tor
from simulator.market.long_term import loading_period
from simulator.market.model_data import PeriodModel, models_in_force
from simulator.market.world import World
from simulator.participants import Right
from simulator.rules.fragments import held_throughout
from simulator.store import Transaction, books, tables
from simulator.store.transaction import Row


def base_loading_rows(tx: Transaction, world: World, market: Market) -> list[Row]:
    """What is held through each product's period: CRRs, and ownership and contract rights.

    In tier LT those of the year after, where the rights that it gives begin.
    Ends that are retired are those of their replacement on the market's own model; a right whose
    ends fall together there loads nothing (rulebook 3.7).
    """
    held, apart = books.crrs(tx), tor.not_modeled(tx)
    return [
        {"market": market.name, "period": product.period.name, "tou": product.tou.value, **row}
        for product, model in models_in_force(tx, world, market).items()
        for row in _placed(model, _loading(tx, world, _loaded(market, product), held, apart))
    ]


def encumbrances(tx: Transaction, world: World, product: Product) -> Iterator[FixedCrr]:
    """What is held through a product's period: CRRs, and ownership and contract rights."""
    for row in _loading(tx, world, product, books.crrs(tx), tor.not_modeled(tx)):
        yield _fixed({**row, "tou": product.tou.value, "period": product.period.name})


def _loaded(market: Market, product: Product) -> Product:
    return replace(product, period=loading_period(market, product.period))


def _loading(
    tx: Transaction,
    world: World,
    product: Product,
    held: Iterable[Crr],
    apart: Collection[str],
) -> Iterator[Row]:
    modeled = [crr for crr in held if crr.tou == product.tou and crr.crr_id not in apart]
    for crr in modeled:
        if crr.spans(product.period):
            yield _crr_row(crr)
    for piece in _in_pieces(modeled, product.period):
        yield {**_crr_row(piece), "whole": 0}
    yield from _right_rows(tx, world, product)


def _in_pieces(crrs: Iterable[Crr], period: Period) -> Iterator[Crr]:
    """What is held through a period, but by different holders or as different CRRs of its days.

    A CRR of which a trade took some days loads the model as before (rulebook 3.4, 7.2).
    """
    paths: dict[tuple[str, str, Hedge], list[Crr]] = {}
    for crr in crrs:
        if not crr.spans(period):
            paths.setdefault((crr.source, crr.sink, crr.hedge), []).append(crr)
    for pieces in paths.values():
        yield from held_throughout(pieces, period)


def _placed(model: PeriodModel, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        source, sink = model.here(row["source"]), model.here(row["sink"])
        if source != sink:
            yield {**row, "source": source, "sink": sink}


def loaded_locations(tx: Transaction, market: str, period: Period) -> frozenset[str]:
    """Sources and sinks of what loads an opened market's model in one period."""
    rows = tx.rows(tables.base_loading, market=market, period=period.name)
    return frozenset(row[end] for row in rows for end in ("source", "sink"))


def own_crrs(tx: Transaction, world: World, market: Market, owner: str) -> dict[str, Crr]:
    """A participant's CRRs by id, with the ends that they have in the market's model."""
    models = models_in_force(tx, world, market)
    return {crr.crr_id: _here(models, crr) for crr in books.crrs(tx, owner=owner)}


def _here(models: Mapping[Product, PeriodModel], crr: Crr) -> Crr:
    for product, model in models.items():
        if crr.tou == product.tou and crr.spans(product.period):
            return replace(crr, source=model.here(crr.source), sink=model.here(crr.sink))
    return crr


def _crr_row(crr: Crr) -> Row:
    return {
        "crr_id": crr.crr_id,
        "owner": crr.owner,
        "crr_type": crr.crr_type.value,
        "source": crr.source,
        "sink": crr.sink,
        "hedge": crr.hedge.value,
        "mw": crr.mw,
        "whole": 1,
    }


def _right_rows(tx: Transaction, world: World, product: Product) -> Iterator[Row]:
    for right in world.rights_in(product.period):
        left_mw = tor.left_of(tx, right, product)
        if left_mw > 0:
            yield _right_row(right, left_mw)


def _right_row(right: Right, left_mw: Decimal) -> Row:
    return {
        "crr_id": right.right_id,
        "owner": right.holder,
        "crr_type": right.right_type,
        "source": right.source,
        "sink": right.sink,
        "hedge": Hedge.OBL.value,
        "mw": left_mw,
        "whole": 1,
    }


def base_loading(tx: Transaction, market: str, product: Product) -> tuple[FixedCrr, ...]:
    """What was written down for one product when the market opened."""
    rows = tx.rows(
        tables.base_loading, market=market, period=product.period.name, tou=product.tou.value
    )
    return tuple(map(_fixed, rows))


def _fixed(row: Row) -> FixedCrr:
    return FixedCrr(
        row["crr_id"],
        row["owner"],
        row["source"],
        row["sink"],
        Hedge(row["hedge"]),
        Tou(row["tou"]),
        row["period"],
        row["mw"],
    )


def holdings(tx: Transaction, market: str, owner: str) -> tuple[Crr, ...]:
    """What a participant held through a product when the market opened, a CRR for each product.

    Read from what was written down then, so that it is the same whenever it is asked.
    """
    held = []
    for row in tx.rows(tables.base_loading, market=market, owner=owner, whole=1):
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
