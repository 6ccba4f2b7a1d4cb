"""Schemathesis against every document, authenticated: no 5xx, and no answer that breaks a schema.

Half of the cases keep the document and half break it; those that keep it are often about a
participant and markets that exist, so that they come further than the door.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from api_document_kit import OPERATIONS
from api_in_process import in_process
from api_server import THREE_AUCTIONS, played
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode

from simulator.api.documents import load_documents
from simulator.api.router import known_handlers

CASES = 30  # of each operation and kind
ACTOR = "LSEP"  # may read and write every service
NAMING = ("participantName", "torHolder", "assetOwner")
MARKETS = {
    "auction": ("AUC_MN_2024_M05", "AUC_MN_2024_M04", "AUC_AN_2025"),
    "marketstatus": ("AUC_MN_2024_M05", "AUC_AN_2025"),
    "marketdata": ("AUC_MN_2024_M04", "AUC_AN_2025"),
}
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


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    with played(tmp_path_factory.mktemp("hostile"), "next-open", THREE_AUCTIONS) as standing:
        yield standing


@pytest.fixture(scope="module")
def calling(market):
    with in_process(market.application, market.folder) as application:
        yield application


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
    answer = calling.call(ACTOR, said.method, parts.path, parts.query.encode(), body, headers)
    told = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status, told, answer.body, said, 0.0, False)


def come_further(case, draw):
    """Put people and markets that exist into a case that keeps its document."""
    markets = MARKETS.get(case.path.split("/")[1], ())
    for place in (case.query, case.body):
        for each in place if isinstance(place, list) else [place]:
            if isinstance(each, dict):
                each.update({name: ACTOR for name in NAMING if name in each})
                if "marketName" in each and markets:
                    each["marketName"] = draw(st.sampled_from(markets))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.value for kind in KINDS])
@pytest.mark.parametrize("label", LABELS)
def test_no_answer_breaks_its_document(market, calling, label, kind):
    @settings(
        max_examples=CASES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=ASKED[label].as_strategy(generation_mode=kind), data=st.data())
    def check(case, data):
        if kind is GenerationMode.POSITIVE and data.draw(st.booleans()):
            come_further(case, data.draw)
        answer = sent(calling, case)
        ANSWERED[label, answer.status_code] += 1
        where = market.log.getvalue().splitlines()[-1]  # the log tells which line broke
        assert answer.status_code < 500, where
        case.validate_response(answer, checks=HELD)

    check()


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
    assert total >= 2 * CASES * len(LABELS) * 0.9
    assert by_status[200] > 0
    assert by_status[400] > 0
