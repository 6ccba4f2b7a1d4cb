"""One spelling for every value, so that equal states have equal digests on every database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks; dates and decimals as text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_text)


def digest(text: str) -> str:
    """SHA-256 of the text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_row(row: Mapping[str, Any]) -> str:
    """One row as a line of JSON."""
    return canonical_json(dict(row))


def _text(value: Any) -> str:
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical spelling")
