"""A Python client generated from a document sends and reads what the service does."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import api_document_kit as kit
import pytest
from api_document_kit import OPERATIONS, title

from simulator.api.codec import decoder
from simulator.api.documents import load_documents

pytest.importorskip("openapi_python_client")

# The generator's own command, for many documents in one process; nothing is formatted.
GENERATE = """
import json, pathlib, sys
from openapi_python_client.cli import app
pathlib.Path("config.yml").write_text("post_hooks: []")
for document, service in json.loads(sys.argv[1]):
    asked = ["--path", document, "--output-path", f"client_{service}", "--config", "config.yml"]
    app(["generate", "--meta", "none", "--fail-on-warning", *asked], standalone_mode=False)
"""


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """A folder with a package for every service, made by a public generator."""
    folder = tmp_path_factory.mktemp("clients")
    jobs = [[str(kit.FOLDER / told.file_name), told.service] for told in load_documents()]
    made = subprocess.run(
        [sys.executable, "-c", GENERATE, json.dumps(jobs)],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Warning" not in made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


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
