"""Dates that no calendar can reckon with are findings, wherever a body may have a date."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from api_document_kit import OPERATIONS

from simulator.api.body import BodyReader
from simulator.domain import Refused

EXTREMES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z",
    "3000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
)  # fmt: skip


def dates(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the dates of an example are."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from dates(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from dates(inner, (*path, number))
    elif isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        yield path


PLACES = [
    pytest.param(operation, example, path, id=f"{operation.operation_id} {path[-1]} {number}")
    for operation in OPERATIONS
    if operation.request
    for example in operation.request_examples.values()
    for number, path in enumerate(dates(example))
]


def test_the_documents_have_such_places_in_all_four_services():
    assert {place.values[0].service for place in PLACES} == {
        "secondary_market", "tor_conversion", "historical_forecasted_load", "load_migration",
    }  # fmt: skip


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize(("operation", "example", "path"), PLACES)
def test_a_date_out_of_bounds_is_a_finding_at_its_place(operation, example, path, extreme):
    body = copy.deepcopy(example)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = extreme
    with pytest.raises(Refused) as refusal:
        BodyReader(operation).read(json.dumps(body).encode())
    (finding,) = refusal.value.findings
    assert finding.code == "SER0030"
    assert finding.where.endswith(f".{path[-1]}")
