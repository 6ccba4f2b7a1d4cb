"""Dates that a calendar can reckon with: the types of the documents let any year pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, get_args

import msgspec

from simulator.api.errors import RECORD
from simulator.domain import Finding

# No market is outside; near the years 1 and 9999 a day cannot be moved to another time zone.
FIRST_YEAR, LAST_YEAR = 2000, 2999
ALLOWED = f"a year from {FIRST_YEAR} to {LAST_YEAR}"


def years_check(kind: Any) -> Callable[[Any], list[Finding]]:
    """What finds the dates out of bounds in bodies of the type `kind`, each at its place."""
    record = get_args(kind)[0] if get_args(kind) else kind
    if not _has_dates(record):
        return lambda _body: []
    return lambda body: list(_findings(body, ""))


def _findings(value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, datetime):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            said, remedy = value.isoformat(), "correct the record and send all of them again"
            message = "record invalid: date out of bounds"
            yield Finding(RECORD, message, f"${path}", said, ALLOWED, remedy)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _findings(item, f"{path}[{number}]")
    elif isinstance(value, msgspec.Struct):
        for name in _dated(type(value)):
            yield from _findings(getattr(value, name), f"{path}.{name}")


@cache
def _dated(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a record with a date in them, at whatever depth."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if _has_dates(field.type))


def _has_dates(kind: Any) -> bool:
    return "date-time" in json.dumps(msgspec.json.schema(kind))
