"""Checks that bids and nominations share: MW steps, products of the market, ids used once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from simulator.domain import CENT, MW_STEP, Finding, Market, Tou

DIGITS = 12  # before the point or after it; more is beyond any grid and any purse
LARGEST = Decimal(10) ** DIGITS  # keeps the remainder exact


def is_of_a_size(value: Decimal) -> bool:
    """Whether `value` is finite and neither huge nor minute, so that arithmetic can hold it."""
    return value.is_finite() and -DIGITS <= value.adjusted() < DIGITS


def in_steps(value: Decimal, step: Decimal) -> bool:
    """Whether `value` is finite, of a size that means something, and a multiple of `step`."""
    return is_of_a_size(value) and value % step == 0


def mw_findings(value: Decimal, where: str, least: Decimal) -> list[Finding]:
    """Whether `value` is a finite multiple of 0.001 MW and at least `least` (rulebook 1.5)."""
    if not in_steps(value, MW_STEP) or value < least:
        return [
            Finding(
                "SER0030",
                "the MW are not in the allowed steps",
                where,
                f"{value}",
                f"at least {least:f} MW in steps of {MW_STEP:f} MW",
                "round the MW to three decimals",
                "rulebook 1.5",
            )
        ]
    return []


def price_findings(value: Decimal, where: str) -> list[Finding]:
    """Whether `value` is a finite price in whole cents, of any sign (rulebook 1.5)."""
    if not in_steps(value, CENT):
        return [
            Finding(
                "SER0030",
                "the price is not in whole cents",
                where,
                f"{value}",
                f"steps of {CENT:f} USD per MW",
                "round the price to two decimals",
                "rulebook 1.5",
            )
        ]
    return []


def product_findings(period: str, tou: Tou, market: Market, where: str) -> list[Finding]:
    """Whether the market sells this period and time of use."""
    if any(product.period.name == period and product.tou == tou for product in market.products):
        return []
    products = [str(product) for product in sorted(market.products)]
    return [
        Finding(
            "SER0030",
            f"market {market.name} does not offer period {period}, TOU {tou}",
            f"{where}, period",
            f"{period} {tou}",
            ", ".join(products),
            "choose a product of the market",
            "rulebook 1.3",
        )
    ]


def repeated_ids(noun: str, ids: Iterable[str]) -> list[Finding]:
    """Ids that stand more than once, each reported once, in the order of their repetition."""
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for name in ids:
        if name in seen:
            repeated[name] = None
        seen.add(name)
    return [
        Finding(
            "SER0030",
            f"{noun} id {name} stands more than once",
            f"{noun} {name}",
            name,
            "every id once",
            "number them apart",
            "rulebook 1.6",
        )
        for name in repeated
    ]
