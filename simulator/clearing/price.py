"""What the shadow prices say a MW is worth: at every location and on every path.

Path price = sum over rows of shadow price x (factor at source - factor at sink), which a buyer
pays and a seller is paid (rulebook 4.6, W13); an option pays the positive part of each row. The
price of a location is that sum with the bus average of its island as zero, so that it depends on
no reference bus. Shadow prices that are not unique: see `smallest` for the choice.

Published prices have 6 decimals; a path's price is the difference of its published ends.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from simulator.clearing.problem import Floats, Problem
from simulator.clearing.rows import Rows, carried_effect
from simulator.clearing.tolerances import NOISE_DECIMALS

PRICE_STEP = Decimal("0.000001")
FINE_STEP = Decimal("0.000000001")


def decimal_of(value: float, step: Decimal = PRICE_STEP) -> Decimal:
    """A float as published: `step` decimals, no negative zero.

    Noise is rounded away first: what is exactly between two printed digits goes one way.
    """
    finer = step.scaleb(-NOISE_DECIMALS)
    return Decimal(repr(float(value))).quantize(finer).quantize(step, ROUND_HALF_EVEN) + Decimal(0)


def location_prices(rows: Rows, shadow_price: Floats) -> list[Decimal]:
    """(L,) published price of every location."""
    return [decimal_of(price) for price in (shadow_price @ rows.factor).tolist()]


def path_prices(problem: Problem, rows: Rows, shadow_price: Floats) -> list[Decimal]:
    """(P,) published price of every path."""
    nodal = location_prices(rows, shadow_price)
    prices = [
        nodal[source] - nodal[sink]
        for source, sink in zip(problem.source.tolist(), problem.sink.tolist(), strict=True)
    ]
    options = problem.option_paths
    effect = carried_effect(problem, rows.factor)[:, len(problem.used_locations) :]
    for path, price in zip(options.tolist(), (shadow_price @ effect).tolist(), strict=True):
        prices[path] = decimal_of(price)
    return prices
