"""The tenant matrix: every operation, with every right, for every participant, from the documents.

A caller may do what it was given for its own participant, and nothing for anybody else. The cells
are made from the documents, so an operation that comes later is in the matrix by itself.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from api_document_kit import OPERATIONS, title
from api_in_process import in_process
from api_server import PASSWORD, THREE_AUCTIONS, played

from simulator.api.router import known_handlers
from simulator.market.command import OPERATOR, Command
from simulator.rules.access import Access, Service

OWN, OTHER, NOBODY = "LSEP", "FIN1", "NOBODY"
NAMING = ("participantName", "torHolder", "assetOwner")
FUNCTIONS = {"reader": Access.READ, "writer": Access.WRITE}
SERVED = [each for each in OPERATIONS if (each.service, each.operation_id) in known_handlers()]
PRIVATE = [operation for operation in SERVED if operation.path != "/status"]


@pytest.fixture(scope="module")
def callers(tmp_path_factory):
    """A reader, a writer, and for each service somebody who has all others."""
    with played(tmp_path_factory.mktemp("tenants"), "next-open", THREE_AUCTIONS) as market:
        rights = {name: [(each, kind) for each in Service] for name, kind in FUNCTIONS.items()}
        for service in Service:
            others = [each for each in Service if each is not service]
            rights[f"no-{service}"] = [(each, Access.WRITE) for each in others]
        market.folder.issue(rights, datetime.now(UTC), PASSWORD)
        now = market.door.clock.now()
        for name, functions in rights.items():
            given = {
                "user": name,
                "organisation": "matrix",
                "participant": OWN,
                "functions": [[service.value, kind.value] for service, kind in functions],
            }
            market.room.carry_out(Command(f"provision {name}", "provision", OPERATOR, now, given))
        with in_process(market.application, market.folder) as calling:
            yield calling


def request_of(operation, participant):
    """Query and body of the document's own example, as `participant`."""
    named = {"participantName": participant}
    query = {each.name: each.example for each in operation.parameters}
    query |= {name: value for name, value in named.items() if name in query}
    if operation.request is None:
        return urlencode(query).encode(), b""
    body = next(iter(operation.request_examples.values()))
    return urlencode(query).encode(), json.dumps(_renamed(body, participant)).encode()


def _renamed(node, participant):
    if isinstance(node, list):
        return [_renamed(each, participant) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: participant if name in NAMING else _renamed(value, participant)
        for name, value in node.items()
    }


def cells(operation):
    """Who calls for whom, and what must come of it: None for an answer of the market itself."""
    service = operation.path.split("/")[1]
    may_write = None if operation.access == "read" else (403, "SEC0001")
    for caller, own in (
        ("reader", may_write),
        ("writer", None),
        (f"no-{service}", (403, "SEC0001")),
    ):
        yield caller, OWN, own
        yield caller, OTHER, (403, "SEC0002")
        yield caller, NOBODY, (403, "SEC0002")
    for target in (OWN, OTHER, NOBODY):
        yield "STRANGER", target, (403, "SEC0002")
        yield None, target, (401, "")


COUNT = sum(1 for operation in PRIVATE for _ in cells(operation))


@pytest.mark.parametrize("operation", PRIVATE, ids=title)
def test_nobody_acts_or_reads_for_others(callers, operation):
    wrong = []
    for caller, participant, wanted in cells(operation):
        query, body = request_of(operation, participant)
        answer = callers.call(
            caller, operation.method.upper(), f"/crr{operation.path}", query, body
        )
        found = (answer.status, answer.codes[0] if answer.body and answer.status != 200 else "")
        inside = answer.status in (200, 400)
        if found != wanted if wanted else not inside or found[1].startswith("SEC"):
            wrong.append((caller, participant, wanted, found))
    assert wrong == []


def test_the_matrix_is_whole(record_property):
    rows = Counter(operation.service for operation in PRIVATE)
    record_property("counted", f"tenant matrix: {COUNT:,} cells of {len(PRIVATE)} operations")
    assert sum(rows.values()) == len(PRIVATE)
    assert 15 * len(PRIVATE) == COUNT


@pytest.mark.parametrize("caller", ["reader", "writer", "STRANGER"])
def test_the_status_is_for_every_certificate(callers, caller):
    assert callers.call(caller, "GET", "/crr/status").body == b'{"status":"up"}'
    assert callers.call(None, "GET", "/crr/status").status == 401
