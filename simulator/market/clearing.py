"""Clear a market: every product its own problem, results kept unseen until they are posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.interior import SolverFailed
from simulator.clearing.result import ClearingResult
from simulator.domain import (
    BindingConstraint,
    Finding,
    Market,
    MarketStatus,
    Product,
    Refused,
    RelaxedConstraint,
)
from simulator.market import hubs
from simulator.market.cases import nominations_of, product_case
from simulator.market.command import Command
from simulator.market.portfolios import submitted
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.store import Transaction, tables
from simulator.store.canonical import canonical_json
from simulator.store.transaction import Row


def clear_market(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The simultaneous feasibility test and the optimum of every product of a closed market."""
    state = known_market(tx, command.arguments["market"])
    if state.status != MarketStatus.CLOSED:
        raise Refused([_not_closed(state.market, state.status)])
    if tx.rows(tables.cleared_product, market=state.market.name):
        raise Refused([_cleared_already(state.market)])
    portfolios = submitted(tx, state.market.name)
    awarded = Decimal(0)
    products = state.market.products
    cases = [product_case(tx, world, state.market, item, portfolios) for item in products]
    results = world.workers.map(_cleared, None, cases)
    for product, case, result in zip(products, cases, results, strict=True):
        lines = nominations_of(portfolios, product)
        awards = hubs.put_together(tx, state.market, case.locations or {}, lines, result.awards)
        _keep(tx, state.market, product, replace(result, awards=awards))
        awarded += sum((award.awarded_mw for award in result.awards), Decimal(0))
    submissions = sum(len(item.bids) + len(item.nominations) for item in portfolios)
    return {
        "market": state.market.name,
        "products": len(state.market.products),
        "portfolios": len(portfolios),
        "submissions": submissions,
        "awarded_mw": awarded,
    }


class UnsolvedCase(RuntimeError):
    """A product that no optimum was reached for: why, and the case to look into."""

    def __init__(self, reason: str, case: ClearingCase) -> None:
        super().__init__(reason, case)
        self.reason = reason
        self.case = case

    def __str__(self) -> str:
        return f"{self.case.name}: {self.reason}"


def _cleared(_: None, case: ClearingCase) -> ClearingResult:
    try:
        return clear(case)
    except SolverFailed as failure:
        raise UnsolvedCase(str(failure), case) from failure


def _keep(tx: Transaction, market: Market, product: Product, result: ClearingResult) -> None:
    key = {"market": market.name, "period": product.period.name, "tou": product.tou.value}
    tx.insert(
        tables.award,
        (
            {
                "bid_id": int(award.bid_id),
                "market": market.name,
                "awarded_mw": award.awarded_mw,
                "clearing_price_usd_per_mw": award.clearing_price_usd_per_mw,
                "crr_id": award.crr_id,
            }
            for award in result.awards
        ),
    )
    tx.insert(
        tables.location_price,
        (
            {**key, "location": price.location, "price_usd_per_mw": price.price_usd_per_mw}
            for price in result.prices
        ),
    )
    tx.insert(tables.binding_constraint, _constraint_rows(market, result.binding))
    tx.insert(tables.relaxed_constraint, _constraint_rows(market, result.relaxed))
    summary = result.summary()
    objective = Decimal(repr(float(summary["objective"]))).quantize(Decimal("0.000001"))
    tx.insert(
        tables.cleared_product,
        [{**key, "objective": objective, "summary": canonical_json(summary)}],
    )


def _constraint_rows(
    market: Market, constraints: Iterable[BindingConstraint] | Sequence[RelaxedConstraint]
) -> list[Row]:
    rows = []
    for constraint in constraints:
        row = {
            name: str(value) if name in _TEXTS else value
            for name, value in asdict(constraint).items()
        }
        rows.append({"market": market.name, **row})
    return rows


_TEXTS = ("tou", "direction")


def _not_closed(market: Market, status: MarketStatus) -> Finding:
    return Finding(
        "MKT0004",
        "a market is cleared after its window has closed",
        where=market.name,
        found=status.value,
        allowed=MarketStatus.CLOSED.value,
        remedy="check the order of the calendar's events",
        rule="rulebook 8.3",
    )


def _cleared_already(market: Market) -> Finding:
    return Finding(
        "MKT0008",
        "a market is cleared once",
        where=market.name,
        found="results that wait to be posted",
        allowed="a market that is not cleared yet",
        remedy="post the results",
        rule="rulebook 8.3",
    )
