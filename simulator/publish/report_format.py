"""How the report writes figures: thousands separated, a real minus sign, nothing as a dash."""

from __future__ import annotations

from decimal import Decimal

from simulator.domain import mw as rounded_mw
from simulator.domain import usd as rounded_usd

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"


def mw(value: Decimal | float) -> str:
    """MW to the kilowatt, as awards are."""
    return _signed(f"{rounded_mw(value):,.3f}")


def whole(value: Decimal | float) -> str:
    """A figure whose decimals do not matter to the reader."""
    return _signed(f"{value:,.0f}")


def usd(value: Decimal | float | None) -> str:
    """Money to the cent."""
    return NONE if value is None else _signed(f"{rounded_usd(value):,.2f}")


def tiny(value: float) -> str:
    """A residual: 0, or its size."""
    return "0" if value == 0 else _signed(f"{value:.1e}")


def percent(value: Decimal | float) -> str:
    """A share as per cent."""
    return _signed(f"{100 * value:.0f} %")


def share(part: Decimal, total: Decimal) -> Decimal:
    """`part` of `total`, 0 of nothing."""
    return part / total if total else Decimal(0)


def short(digest: str) -> str:
    """The first twelve characters of a digest, enough to tell two runs apart by eye."""
    return digest[:12] or NONE


def _signed(text: str) -> str:
    """`text` with a minus sign, and without one on a figure that rounds to zero."""
    if text.startswith("-"):
        bare = text[1:]
        return bare if not bare.strip("0.,% ") else MINUS + bare
    return text
