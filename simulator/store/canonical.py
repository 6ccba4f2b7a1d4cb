"""One spelling for every value, so that equal states have equal digests on every database."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from typing import Any

import msgspec

from simulator.domain.packed import written


def _plain(value: Any) -> Any:
    if isinstance(value, array):
        return written(value)
    raise TypeError(f"{type(value).__name__} has no canonical spelling")


# Sorted keys and no blanks; dates and decimals as text, whatever type of text they are.
_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="string", enc_hook=_plain)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks; dates and decimals as text, arrays packed."""
    return _ENCODER.encode(value).decode()


def digest(text: str) -> str:
    """SHA-256 of the text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_row(row: Mapping[str, Any]) -> str:
    """One row as a line of JSON."""
    return canonical_json(dict(row))
