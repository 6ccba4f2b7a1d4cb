"""Bodies of requests and answers: bytes to the generated types, and back.

Numbers are decimals from the first byte on, so a step of 0.01 is checked exactly and nothing is
lost on the way to the market. msgspec would also take a number in quotes for a decimal; the
contract has numbers, not strings, so bodies with quoted numbers are refused here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
    localcontext,
)
from functools import cache
from importlib import import_module
from types import GenericAlias
from typing import Any

import msgspec

from simulator.api.documents import SCHEMA_PREFIX, Json, Operation, document

# The usual context rounds the remainder of a minute number to zero, as if it were a multiple.
EXACT = Context(traps=[DivisionByZero, InvalidOperation, Overflow, Underflow])
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(answer: Any) -> bytes:
    """The JSON of an answer: types, lists of them, or a plain string; decimals as numbers."""
    return _ENCODER.encode(answer)


def plain(value: Decimal) -> Decimal:
    """`value` as the contract writes numbers: no exponent, no trailing zeros (wire contract 14)."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def body_type(service: str, name: str) -> Any:
    """The type of a schema by its name in the document, `[Name]` for an array of it."""
    module = import_module(f"simulator.api.types.{service}")
    kind = getattr(module, name.strip("[]"))
    return GenericAlias(list, kind) if name.startswith("[") else kind


@cache
def decoder(operation: Operation) -> Callable[[bytes], Any]:
    """How the body of an operation's request is read.

    The function raises `msgspec.DecodeError` for what is no JSON, and its subclass
    `ValidationError`, whose text ends in ``- at `$.path` ``, for what breaks the schema.
    """
    assert operation.request is not None, operation.operation_id
    read = msgspec.json.Decoder(body_type(operation.service, operation.request)).decode
    numbers = _number_names(operation)
    quoted = [re.compile(rf'"{name}"\s*:\s*"'.encode()).search for name in numbers]

    def decode(body: bytes) -> Any:
        try:
            with localcontext(EXACT):
                answer = read(body)
        except (UnicodeDecodeError, RecursionError) as error:
            raise msgspec.DecodeError(f"JSON is malformed: {error}") from error
        if b"\\" in body:  # an escape may hide a name: look at it unescaped
            body = msgspec.json.encode(msgspec.json.decode(body))
        if any(search(body) for search in quoted):
            raise msgspec.ValidationError(
                next(quoted_numbers(msgspec.json.decode(body), operation))
            )
        return answer

    return decode


def quoted_numbers(value: Json, operation: Operation) -> Iterator[str]:
    """What is wrong with each number in quotes of a body, or of a part of it."""
    for path in _quoted_paths(value, frozenset(_number_names(operation)), "$"):
        yield f"Expected `number`, got `str` - at `{path}`"


@cache
def _number_names(operation: Operation) -> tuple[str, ...]:
    """Names of all number properties that the body of a request can have."""
    assert operation.request is not None, operation.operation_id
    described, root = document(operation.service), operation.request.strip("[]")
    found: set[str] = set()
    waiting, seen = [root], {root}
    while waiting:
        for name, node in described.schemas[waiting.pop()].get("properties", {}).items():
            inner = node.get("items", node)
            target = inner.get("$ref", "").removeprefix(SCHEMA_PREFIX)
            kind = described.schemas[target] if target else inner
            if kind["type"] == "number":
                found.add(name)
            if target and target not in seen:
                seen.add(target)
                waiting.append(target)
    return tuple(sorted(found))


def _quoted_paths(value: Json, names: frozenset[str], path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in names and isinstance(inner, str):
                yield f"{path}.{name}"
            yield from _quoted_paths(inner, names, f"{path}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _quoted_paths(inner, names, f"{path}[{place}]")
