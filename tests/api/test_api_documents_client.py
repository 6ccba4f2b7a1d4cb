"""A Python client generated from a document sends and reads what the service does."""

from __future__ import annotations

import importlib
import json

import pytest
from api_document_kit import OPERATIONS, title
from api_generated import generated

from simulator.api.codec import decoder
from simulator.api.documents import load_documents

pytest.importorskip("openapi_python_client")


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """A folder with a package for every service, made by a public generator."""
    services = [told.service for told in load_documents()]
    with generated(tmp_path_factory.mktemp("clients"), services) as folder:
        yield folder


def round_trip(service, name, value):
    """`value` read and written again by the client's model of the schema `name`."""
    models = importlib.import_module(f"client_{service}.models")
    spelt = {each.lower(): each for each in models.__all__}
    model = getattr(models, spelt[name.strip("[]").lower()])
    if isinstance(value, list):
        return [model.from_dict(each).to_dict() for each in value]
    return model(value).value if isinstance(value, str) else model.from_dict(value).to_dict()


@pytest.mark.parametrize("operation", OPERATIONS, ids=title)
def test_a_generated_client_reads_answers_and_writes_requests(clients, operation):
    for name, examples in (
        (operation.request, operation.request_examples),
        (operation.response, operation.response_examples),
    ):
        for value in examples.values():
            back = json.dumps(round_trip(operation.service, name, value))
            assert json.loads(back.replace("+00:00", "Z")) == value
            if name is operation.request:
                decoder(operation)(back.encode())


def test_the_request_id_is_a_text_as_http_clients_want_it(clients):
    asked = importlib.import_module("client_auction.api.read.get_portfolio_list")
    sent = asked._get_kwargs(market_name="A", participant_name="B", caiso_request_id="C")
    assert sent["url"] == "/auction/v1.0/portfolioList"
    assert sent["params"] == {"marketName": "A", "participantName": "B"}
    assert sent["headers"] == {"caiso-request-id": "C"}
    assert asked._get_kwargs.__annotations__["caiso_request_id"] in (str, "str")
