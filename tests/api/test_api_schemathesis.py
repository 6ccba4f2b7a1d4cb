"""Schemathesis against every document, authenticated: no 5xx, and no answer that breaks a schema.

Half of the cases keep the document and half break it. Every window is open, and those that keep it
take much from a request that is answered with 200, so that they come further than the door.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from api_document_kit import OPERATIONS
from api_open_windows import EVERY, moments, right_requests
from api_server import REQUEST_ID as ID
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode

from simulator.api.documents import load_documents
from simulator.api.router import known_handlers

CASES = 30  # of each operation and kind
DEEP = 65  # operations of which made-up cases, not only the right request, must have got a 200
NAMES = ("Kept", "Ready", "In", "New")  # of portfolios; "Away" is there to be deleted
load_all_checks()
HELD = CHECKS.get_by_names(
    [
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    ]
)  # fmt: skip
LABELS = {
    f"{each.method.upper()} {each.path}": each
    for each in OPERATIONS
    if (each.service, each.operation_id) in known_handlers()
}
ASKED = {
    found.ok().label: found.ok()
    for told in load_documents()
    for found in schemathesis.openapi.from_dict(told.raw).get_all_operations()
    if found.ok().label in LABELS
}
KINDS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
ANSWERED: Counter[tuple[str, int]] = Counter()
RIGHT: set[str] = set()


@pytest.fixture(scope="module")
def market(special_start, tmp_path_factory):
    with moments(special_start, tmp_path_factory.mktemp("hostile")) as at:
        yield at, right_requests(at)


def sent(calling, case):
    """The answer to a case, as the checks want it."""
    said = requests.Request(**case.as_transport_kwargs(base_url="https://sandbox/crr")).prepare()
    parts = urlsplit(said.url)
    body = said.body.encode() if isinstance(said.body, str) else said.body or b""
    headers = [
        (
            name.lower().encode("latin-1"),
            value.encode("latin-1") if isinstance(value, str) else value,
        )
        for name, value in said.headers.items()
    ]
    answer = calling.call(EVERY, said.method, parts.path, parts.query.encode(), body, headers)
    told = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status, told, answer.body, said, 0.0, False)


def come_further(case, right, draw):
    """Put what stands in a right request into a case that keeps its document."""
    for name in case.query:
        if name in right.query and draw(st.integers(0, 3)):
            case.query[name] = right.query[name]
    if case.query.get("portfolioName") == "Kept":
        case.query["portfolioName"] = draw(st.sampled_from(NAMES))
    if right.body is not None:
        whole = not draw(st.integers(0, 3))
        case.body = right.body if whole else mixed(case.body, right.body, draw)
        if case.path.endswith("/portfolioCreation"):
            case.body = {**case.body, "portfolioName": f"Made {sum(ANSWERED.values())}"}


def mixed(node, right, draw):
    """Parts of a right body in the places where the other has some."""
    if type(node) is not type(right) or not isinstance(node, dict | list) or not node:
        return node if right is None or draw(st.booleans()) else right
    if isinstance(node, list):
        return [mixed(each, right[0], draw) if right else each for each in node]
    return {
        name: right[name]
        if name in right and draw(st.integers(0, 3))
        else mixed(value, right.get(name), draw)
        for name, value in node.items()
    }


@pytest.mark.parametrize("label", LABELS)
def test_a_right_request_is_answered_by_its_document(market, label):
    at, rights = market
    operation, right = LABELS[label], rights[LABELS[label].service, LABELS[label].operation_id]
    case = ASKED[label].Case(
        method=operation.method.upper(), query=dict(right.query), headers={"caiso-request-id": ID},
        **({} if right.body is None else {"body": right.body, "media_type": "application/json"}),
    )  # fmt: skip
    answer = sent(at[right.moment].calling, case)
    assert answer.status_code == 200, answer.content
    case.validate_response(answer, checks=HELD)
    RIGHT.add(label)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.value for kind in KINDS])
@pytest.mark.parametrize("label", LABELS)
def test_no_answer_breaks_its_document(market, label, kind):
    at, rights = market
    right = rights[LABELS[label].service, LABELS[label].operation_id]

    @settings(
        max_examples=CASES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=ASKED[label].as_strategy(generation_mode=kind), data=st.data())
    def check(case, data):
        moment = right.moment
        if kind is GenerationMode.POSITIVE and data.draw(st.integers(0, 3)):
            come_further(case, right, data.draw)
            moment = data.draw(st.sampled_from((right.moment, 0, 1)))
        answer = sent(at[moment].calling, case)
        ANSWERED[label, answer.status_code] += 1
        where = at[moment].stand.log.getvalue().splitlines()[-1]  # the log tells which line broke
        assert answer.status_code < 500, where
        case.validate_response(answer, checks=HELD)

    check()


def of_operation(label):
    return sum(number for (asked, _), number in ANSWERED.items() if asked == label)


def test_there_were_thousands_of_cases(record_property):
    if {label for label, _ in ANSWERED} != set(LABELS):
        pytest.skip("counts the cases of all tests above, and not all of them were run")
    total = sum(ANSWERED.values())
    by_status = Counter()
    for (_, status), number in sorted(ANSWERED.items(), key=lambda item: item[0][1]):
        by_status[status] += number
    shown = ", ".join(f"{number:,} x {status}" for status, number in by_status.items())
    record_property(
        "counted", f"schemathesis: {total:,} cases of {len(LABELS)} operations: {shown}"
    )
    for service in sorted({each.service for each in LABELS.values()}):
        told = [
            f"{LABELS[label].operation_id} {ANSWERED[label, 200]} of {of_operation(label)}"
            for label in LABELS
            if LABELS[label].service == service
        ]
        record_property("counted", f"  {service}, 200 of all: {', '.join(told)}")
    assert total >= 2 * CASES * len(LABELS) * 0.9
    assert {label for label in LABELS if ANSWERED[label, 200]} | RIGHT == set(LABELS)
    assert min(map(of_operation, LABELS)) >= CASES
    deep = {label for label in LABELS if ANSWERED[label, 200]}
    assert len(deep) >= DEEP, sorted(set(LABELS) - deep)
    assert by_status[400] > 0
