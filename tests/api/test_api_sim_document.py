"""Our own document of the operator's side, and the server: each has what the other has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import yaml
from api_sandbox import sandbox_server
from openapi_spec_validator import validate

from simulator.api.sim import BASE, ROUTES

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "simulator" / "api" / "openapi" / "marketsim_sim_v1.1.0_openapi.yaml"
METHODS = ("get", "post", "delete", "put", "patch")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())


def test_it_is_a_valid_document(document):
    validate(document)


def test_every_path_is_served_and_nothing_else(document):
    told = {
        (BASE + path, method.upper()): item[method]["operationId"]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }
    served = {
        (path, method): route.operation_id
        for path, methods in ROUTES.items()
        for method, route in methods.items()
    }
    assert served == told


def test_bodies_have_the_properties_that_the_document_tells(document):
    schemas = document["components"]["schemas"]
    for path, methods in ROUTES.items():
        for method, route in methods.items():
            if route.body is None:
                continue
            operation = document["paths"][path.removeprefix(BASE)][method.lower()]
            asked = operation["requestBody"]["content"]["application/json"]
            name = asked["schema"]["$ref"].rpartition("/")[2]
            fields = msgspec.structs.fields(route.body)
            assert [field.encode_name for field in fields] == list(schemas[name]["properties"])
            needed = [field.encode_name for field in fields if field.required]
            assert needed == schemas[name]["required"]
            msgspec.convert(asked["example"], route.body)


def test_answers_are_as_the_document_tells(document, tmp_path):
    calls = [
        ("GET", "clock", None), ("GET", "events", None), ("GET", "journal", None),
        ("POST", "clock", {"mode": "paused"}), ("POST", "clock/advance", {"to": "t1-close"}),
        ("POST", "participants", {"name": "desk", "participant": "FIN1"}),
        ("GET", "month", None), ("GET", "state", None), ("GET", "participants", None),
        ("POST", "orders", {"command": "send_message", "arguments": {"text": "x", "audience": ""}}),
        ("POST", "orders", {"command": "set_collateral", "arguments": {"participant": "NOBODY"}}),
        ("POST", "fork", {"name": "try"}), ("POST", "fork", {"name": "crr"}),
        ("POST", "clock/advance", {"to": "settlement-available"}), ("GET", "clock", None),
    ]  # fmt: skip
    with sandbox_server(tmp_path) as served:
        for method, path, body in calls:
            answer = served.sim(method, path, body)
            _schema(document, path, method, answer.status).validate(answer.json)


def _schema(document: dict[str, Any], path: str, method: str, status: int) -> Any:
    told = document["paths"][f"/{path}"][method.lower()]["responses"]
    answer = told.get(str(status)) or told["default"]
    name = answer.get("$ref", "").rpartition("/")[2]
    answer = document["components"]["responses"][name] if name else answer
    schema = answer["content"]["application/json"]["schema"]
    whole = {
        **schema,
        "components": {"schemas": _as_json_schema(document["components"]["schemas"])},
    }
    return jsonschema_rs.validator_for(whole)


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _as_json_schema(value) for key, value in node.items()}
    if found.pop("nullable", False):
        return {"anyOf": [{"type": "null"}, found]}
    if isinstance(found.get("exclusiveMinimum"), bool):
        del found["exclusiveMinimum"]
    return found
