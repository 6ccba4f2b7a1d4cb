"""Bid curves as people draw them: a few points from a size, a value and a wish to gain."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from simulator.domain import CurvePoint

POINTS = (2, 6)  # at least, and fewer than
KW_PER_MW, CENTS_PER_USD = 1000, 100

# How far the prices of one curve spread around its middle, as a share of the value.
SPREAD = (0.02, 0.30)


def buy_curve(
    size_mw: float, value_usd_per_mw: float, margin: float, rng: np.random.Generator
) -> tuple[CurvePoint, ...]:
    """From 0 to `size_mw`, prices falling around value less the share `margin` of its size.

    A negative value is a path that its holder pays for: then the price asked is below it.
    """
    return _curve(size_mw, value_usd_per_mw - margin * abs(value_usd_per_mw), -1.0, rng)


def sell_curve(
    size_mw: float, value_usd_per_mw: float, margin: float, rng: np.random.Generator
) -> tuple[CurvePoint, ...]:
    """From 0 to `size_mw`, prices rising around value plus the share `margin` of its size."""
    return _curve(size_mw, value_usd_per_mw + margin * abs(value_usd_per_mw), 1.0, rng)


def _curve(
    size_mw: float, middle_usd: float, direction: float, rng: np.random.Generator
) -> tuple[CurvePoint, ...]:
    size_kw = max(int(size_mw * KW_PER_MW), 1)
    count = min(int(rng.integers(*POINTS)), size_kw + 1)
    spread = rng.uniform(*SPREAD) * (abs(middle_usd) + 1.0) * direction
    points = []
    for nth in range(count):
        share = nth / (count - 1)
        cents = round((middle_usd + spread * (share - 0.5)) * CENTS_PER_USD)
        kw = size_kw * nth // (count - 1)
        points.append(CurvePoint(Decimal(kw).scaleb(-3), Decimal(cents).scaleb(-2)))
    return tuple(points)
