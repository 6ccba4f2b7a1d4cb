"""The optimum as the market's nouns: awards, prices, binding and relaxed limits."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from simulator.clearing.certificate import award_mw
from simulator.clearing.price import (
    FINE_STEP,
    PRICE_STEP,
    decimal_of,
    location_prices,
    path_prices,
)
from simulator.clearing.price_range import PriceRanges
from simulator.clearing.problem import Floats, Ints, Problem, entry_id, is_sale
from simulator.clearing.result import ShadowPriceRange
from simulator.clearing.round_groups import rounded_path_mw
from simulator.clearing.rows import Rows
from simulator.clearing.screen import Found, ProblemScreen, SecurityScreen
from simulator.domain import (
    Award,
    Bid,
    BindingConstraint,
    CrrType,
    Direction,
    Finding,
    Hedge,
    LocationPrice,
    RelaxedConstraint,
    TransactionType,
)


def product_awards(
    problem: Problem, rows: Rows, shadow_price: Floats, steps: Ints
) -> tuple[Award, ...]:
    """One award for every entry, zero ones too; nominations have no price."""
    prices = path_prices(problem, rows, shadow_price)
    awards = []
    for entry, path, step in zip(
        problem.entries, problem.entry_path.tolist(), steps.tolist(), strict=True
    ):
        is_bid = isinstance(entry, Bid)
        awards.append(
            Award(
                bid_id=entry_id(entry),
                participant=entry.participant,
                transaction=TransactionType.SELL if is_sale(entry) else TransactionType.BUY,
                hedge=entry.hedge if isinstance(entry, Bid) else Hedge.OBL,
                source=entry.source,
                sink=entry.sink,
                tou=entry.tou,
                period=entry.period,
                submitted_mw=entry.mw,
                awarded_mw=award_mw(step),
                clearing_price_usd_per_mw=prices[path] if is_bid else None,
                crr_id=entry.crr_id if isinstance(entry, Bid) else "",
                crr_type=CrrType.AUC if isinstance(entry, Bid) else entry.crr_type,
            )
        )
    return tuple(awards)


def product_prices(problem: Problem, rows: Rows, shadow_price: Floats) -> tuple[LocationPrice, ...]:
    """The price of every location, biddable or not; an allocation has none."""
    if problem.objective != "bid_value":
        return ()
    prices = location_prices(rows, shadow_price)
    return tuple(
        LocationPrice(name, problem.tou, problem.period, price)
        for name, price in zip(problem.locations, prices, strict=True)
    )


def binding_constraints(
    problem: Problem, view: ProblemScreen, rows: Rows, shadow_price: Floats, steps: Ints
) -> tuple[BindingConstraint, ...]:
    """Rows with a shadow price, at the flow of the rounded awards.

    Shadow prices of an allocation are around 1 and get three decimals more than USD.
    """
    flow = view.flow_of(rows, rounded_path_mw(problem, steps))
    step = PRICE_STEP if problem.objective == "bid_value" else FINE_STEP
    binding = []
    for position, key in enumerate(rows.keys()):
        price = decimal_of(shadow_price[position], step)
        if price > 0:
            place = _place(view.screen, *key)
            binding.append(
                BindingConstraint(
                    *place,
                    tou=problem.tou,
                    period=problem.period,
                    flow_mw=decimal_of(flow[position]),
                    limit_mw=decimal_of(rows.limit_mw[position]),
                    shadow_price_usd_per_mw=price,
                )
            )
    return tuple(binding)


def relaxed_constraints(
    problem: Problem, screen: SecurityScreen, found: Found
) -> tuple[RelaxedConstraint, ...]:
    """Limits that the rights held exceed, lifted to their flow."""
    return tuple(
        RelaxedConstraint(
            *_place(screen, *key),
            tou=problem.tou,
            period=problem.period,
            original_limit_mw=decimal_of(limit),
            limit_mw=decimal_of(loading),
            fixed_flow_mw=decimal_of(loading),
        )
        for key, limit, loading in zip(found.keys(), found.limit_mw, found.loading_mw, strict=True)
    )


def infeasible_base(relaxed: tuple[RelaxedConstraint, ...]) -> tuple[Finding, ...]:
    """The same as findings, for a market that refuses to relax."""
    return tuple(
        Finding(
            "CLR0001",
            f"the fixed CRRs of {item.period} {item.tou} exceed the limit of {item.name} "
            f"{item.direction}, {item.contingency}",
            "fixed_crrs.csv",
            f"{item.fixed_flow_mw} MW",
            f"{item.original_limit_mw} MW",
            'set infeasible_base = "relax" in market.toml, or correct limits or rights',
            "rulebook 3.6",
        )
        for item in relaxed
    )


class _Place(NamedTuple):
    name: str
    device_type: str
    from_bus: int
    to_bus: int
    circuit: str
    contingency: str
    direction: Direction


def _place(screen: SecurityScreen, element: int, outage: int, direction: int) -> _Place:
    item = screen.elements[element]
    return _Place(
        item.name,
        item.device_type,
        *item.key,
        screen.contingency_name(outage),
        Direction.FROM_TO if direction > 0 else Direction.TO_FROM,
    )


def shadow_price_ranges(
    problem: Problem, screen: SecurityScreen, ranges: PriceRanges
) -> tuple[ShadowPriceRange, ...]:
    """Limits whose shadow price could be another, with the decimals of the published ones."""
    step = PRICE_STEP if problem.objective == "bid_value" else FINE_STEP
    figures = zip(
        ranges.rows.keys(),
        ranges.published.tolist(),
        ranges.least.tolist(),
        ranges.greatest.tolist(),
        strict=True,
    )
    return tuple(
        ShadowPriceRange(
            *_place(screen, *key),
            tou=problem.tou,
            period=problem.period,
            shadow_price_usd_per_mw=decimal_of(published, step),
            least_usd_per_mw=decimal_of(least, step),
            greatest_usd_per_mw=decimal_of(greatest, step) if isfinite(greatest) else None,
        )
        for key, published, least, greatest in figures
    )
