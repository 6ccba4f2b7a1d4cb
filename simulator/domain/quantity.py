"""Exact quantities at the edges: MW in 0.001 steps, money in cents, both as Decimal."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

MW_STEP = Decimal("0.001")
CENT = Decimal("0.01")

Number = Decimal | int | float | str


def mw(value: Number) -> Decimal:
    """`value` in MW, rounded half up to 0.001 MW."""
    return _rounded(value, MW_STEP, ROUND_HALF_UP)


def mw_down(value: Number) -> Decimal:
    """`value` in MW, rounded towards zero to 0.001 MW: the rule for awards."""
    return _rounded(value, MW_STEP, ROUND_DOWN)


def usd(value: Number) -> Decimal:
    """`value` in USD, rounded half up to the cent (half away from zero for negative amounts)."""
    return _rounded(value, CENT, ROUND_HALF_UP)


def _rounded(value: Number, step: Decimal, how: str) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(step, how) + Decimal(0)  # nobody owes minus nothing
