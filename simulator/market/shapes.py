"""Shapes that plain values of commands may have; whether a value fits is told without raising."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from simulator.domain import CrrType, Hedge, Tou, TransactionType
from simulator.domain.columns import (
    STEPS_MAX,
    ReadBids,
    ReadNominations,
    different,
    line_count,
)
from simulator.domain.packed import unpacked

TEXT_MAX = 10_000  # characters; longer than any text that a service takes
AMOUNT_MAX = Decimal(10) ** 12  # what a column of the books can hold with its decimals
DIGITS_MAX = 30  # of an amount, so that reading it is no work
WHOLE_MAX = 2**63 - 1
SERIAL_MAX = 2**160 - 1  # RFC 5280 4.1.2.2: twenty octets


@dataclass(frozen=True)
class Shape:
    """`says` is what a finding names as allowed; `fits` never raises."""

    says: str
    fits: Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_MAX and value.isprintable()


def _prose(value: Any) -> bool:
    return isinstance(value, str) and _text(" ".join(value.split()))


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _amount(value: Any) -> bool:
    """As text or number; what a later step rounds or compares must be finite and of a size."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return False
    if len(str(value) if not isinstance(value, int) else "") > DIGITS_MAX:
        return False
    try:
        amount = Decimal(value if isinstance(value, int) else str(value))
    except InvalidOperation:
        return False
    return amount.is_finite() and abs(amount) <= AMOUNT_MAX


def _whole(most: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        if isinstance(value, str):
            plain = value.isascii() and value.isdigit() and len(value) <= len(str(most))
            return plain and int(value) <= most
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most

    return fits


def _number(value: Any) -> bool:
    """A whole number that the books can look up; other short text is unknown to them, no fault."""
    return _whole(WHOLE_MAX)(value) or (isinstance(value, str) and _text(value) and len(value) < 19)


def _columns(
    texts: Mapping[str, type[StrEnum] | None], read: type[Any], curves: bool
) -> Callable[[Any], bool]:
    """Lines in columns (`simulator.domain.columns`): all of them, equally long; {} or [] is none.

    An enumeration says what may stand in a column; a curve is so many of the points. What is of
    the type `read` was looked at when it was read.
    """
    numbers = {"mw", "price"} if curves else {"mw"}
    names = {*texts, *numbers, *({"points"} if curves else ())}

    def fits(value: Any) -> bool:
        if isinstance(value, read) or value in ({}, []):
            return True
        if not isinstance(value, dict) or set(value) != names:
            return False
        if not isinstance(value["points"] if curves else [], list | tuple):
            return False
        try:
            found = {name: unpacked(value[name]) for name in numbers}
        except ValueError:
            return False
        if not all(isinstance(column, array | list | tuple) for column in found.values()):
            return False
        lines = line_count(value)
        if not all(_texts(value[name], lines, allowed) for name, allowed in texts.items()):
            return False
        points = value["points"] if curves else [1] * lines
        if not set(map(type, points)) <= {int}:
            return False
        if min(points, default=0) < 0:
            return False
        return all(_steps(column, sum(points)) for column in found.values())

    return fits


def _texts(column: Any, lines: int, allowed: type[StrEnum] | None) -> bool:
    if not isinstance(column, str):
        if not isinstance(column, list | tuple) or len(column) != lines:
            return False
        if not set(map(type, column)) <= {str}:
            return False
    values = different(column)
    if allowed:
        return values <= set(allowed)
    return max(map(len, values), default=0) <= TEXT_MAX and "".join(values).isprintable()


def _steps(column: Any, count: int) -> bool:
    """Steps as whole numbers; what keeps to no step is text of a number."""
    kinds = {int} if isinstance(column, array) else set(map(type, column))
    if len(column) != count or not kinds <= {int, str}:
        return False
    if kinds == {int}:  # as nearly always, and looked at in the rush before a close
        return count == 0 or bool(min(column) > -STEPS_MAX and max(column) < STEPS_MAX)
    return all(
        abs(value) < STEPS_MAX if isinstance(value, int) else _decimal(value) for value in column
    )


def _decimal(text: str) -> bool:
    try:
        return len(text) <= DIGITS_MAX and Decimal(text) is not None
    except InvalidOperation:
        return False


TEXT = Shape(f"text of at most {TEXT_MAX} characters", _text)
PROSE = Shape(f"text of at most {TEXT_MAX} characters", _prose)
DAY = Shape("a date like 2024-04-01", _day)
AMOUNT = Shape(f"a number up to {AMOUNT_MAX:,f}", _amount)
WHOLE = Shape("a whole number from 0 on", _whole(WHOLE_MAX))
NUMBER = Shape("the number of a request", _number)
SERIAL = Shape("a serial number", _whole(SERIAL_MAX))
YES_NO = Shape("true or false", lambda value: isinstance(value, bool))
LIST = Shape("a list", lambda value: isinstance(value, list | tuple))
NOMINATIONS = Shape(
    "nominations in columns",
    _columns(
        {
            "participant": None, "source": None, "sink": None, "tou": Tou, "period": None,
            "crr_type": CrrType, "description": None,
        },
        ReadNominations,
        curves=False,
    ),
)  # fmt: skip
BIDS = Shape(
    "bids in columns",
    _columns(
        {
            "participant": None, "transaction": TransactionType, "hedge": Hedge, "source": None,
            "sink": None, "tou": Tou, "period": None, "crr_type": CrrType, "crr_id": None,
            "description": None,
        },
        ReadBids,
        curves=True,
    ),
)  # fmt: skip


def or_blank(shape: Shape) -> Shape:
    """The same, or "" for none."""
    return Shape(f"{shape.says}, or blank", lambda value: value == "" or shape.fits(value))
