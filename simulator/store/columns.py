"""Column types that keep decimals exact on every database: scaled integers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator


class Scaled(TypeDecorator[Decimal]):
    """A Decimal with a fixed number of places, stored as an integer; anything finer is an error."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """The integer to store; ValueError where rounding would be needed."""
        if value is None:
            return None
        scaled = value.scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimals")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The Decimal that was stored, with all its places."""
        return None if value is None else Decimal(value).scaleb(-self.places)


def mw() -> Scaled:
    """MW in 0.001 steps."""
    return Scaled(3)


def usd() -> Scaled:
    """Money in cents."""
    return Scaled(2)


def price() -> Scaled:
    """USD per MW or per MWh, six decimals: what the clearing and the day-ahead market publish."""
    return Scaled(6)


def factor() -> Scaled:
    """Shift factors and shares, nine decimals."""
    return Scaled(9)
