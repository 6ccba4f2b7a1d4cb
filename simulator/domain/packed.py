"""Columns of whole numbers, thousands of them: four or eight bytes each, and one text when written.

The text is the array's type and its bytes in base64, lowest first: a third of the time and half of
the room that the same numbers take in digits.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

SHORT, LONG = "i", "q"  # 32 and 64 bits
SHORT_MAX = 2**31 - 1


def whole(numbers: Sequence[Any]) -> array[int] | None:
    """The same as an array; None where there is a text among them, or one is too large."""
    if isinstance(numbers, array):
        return numbers
    try:
        return array(LONG, numbers)
    except (TypeError, OverflowError):
        return None


def kind(least: int, most: int) -> str:
    """The type of the shortest array for numbers from `least` to `most`."""
    return SHORT if max(-least, most) <= SHORT_MAX else LONG


def packed(numbers: Sequence[Any]) -> Sequence[Any]:
    """The same as the shortest array, or as they are where that is none."""
    found = whole(numbers)
    if found is None or found is numbers:
        return numbers
    return array(kind(min(found, default=0), max(found, default=0)), found)


def unpacked(column: str | Sequence[Any]) -> Sequence[Any]:
    """The numbers of a column, whether it is written as a text or not.

    ValueError for a text that is none of such numbers.
    """
    if not isinstance(column, str):
        return column
    typecode, text = column[:1], column[1:]
    if typecode not in (SHORT, LONG) or not text.isascii():
        raise ValueError(f"no packed numbers: {column:.20}")
    return _in_native_order(array(typecode, b64decode(text, validate=True)))


def written(numbers: array[int]) -> str:
    """The text of an array."""
    return numbers.typecode + b64encode(_in_native_order(numbers).tobytes()).decode("ascii")


def _in_native_order(numbers: array[int]) -> array[int]:
    """From little endian, and back."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
