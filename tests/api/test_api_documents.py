"""The ten documents: valid, coherent with their types and examples, versioned by the rules."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from decimal import Decimal

import api_document_kit as kit
import msgspec
import pytest
import yaml
from api_document_kit import OPERATIONS, WITH_BODY, title
from openapi_spec_validator import OpenAPIV30SpecValidator

from simulator.api import codec
from simulator.api.documents import load_documents
from simulator.api.generate import module_text

DOCUMENTS = load_documents()
by_service = pytest.mark.parametrize("told", DOCUMENTS, ids=lambda told: told.service)


def test_every_service_has_its_operations():
    assert {told.service: len(told.operations) for told in DOCUMENTS} == {
        "app_status": 1,
        "auction": 8,
        "historical_forecasted_load": 8,
        "load_migration": 12,
        "market_data": 8,
        "market_status": 6,
        "messages": 2,
        "nomination": 7,
        "secondary_market": 9,
        "tor_conversion": 8,
    }


@by_service
def test_a_document_is_valid_openapi_3_0(told):
    OpenAPIV30SpecValidator(told.raw).validate()
    assert told.raw["openapi"] == "3.0.3"


@by_service
def test_texts_are_read_as_texts_by_yaml_1_1(told):
    def enums(node):
        if isinstance(node, dict):
            yield from [node] if isinstance(node.get("enum"), list) else []
            for value in node.values():
                yield from enums(value)
        elif isinstance(node, list):
            for value in node:
                yield from enums(value)

    for node in enums(yaml.safe_load((kit.FOLDER / told.file_name).read_bytes())):
        kind = {"string": str, "integer": int}[node["type"]]
        assert {type(value) for value in node["enum"]} == {kind}, node


@by_service
def test_the_types_are_those_of_the_document(told):
    path, text = kit.types_text(told)
    assert path.read_text(encoding="utf-8") == text, f"run `{kit.TOOL} types`"
    ast.parse(text)


@by_service
def test_a_change_of_a_document_is_a_new_version(told):
    content = (kit.FOLDER / told.file_name).read_bytes()
    faults = kit.version_faults(told.file_name, content, kit.released().get(told.service, {}))
    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("The saved portfolio", "A saved portfolio", "1.2.2"),
        ("maxLength: 512", "maxLength: 513", "1.3.0"),
        ("/auction/v1.0/portfolioList:", "/auction/v1.0/portfolios:", "2.0.0"),
    ],
)
def test_the_version_rules_tell_which_number_to_raise(old, new, wanted):
    (told,) = [each for each in DOCUMENTS if each.service == "auction"]
    history = kit.released()["auction"]
    changed = (kit.FOLDER / told.file_name).read_text(encoding="utf-8").replace(old, new)

    (fault,) = kit.version_faults(told.file_name, changed.encode(), history)
    assert f"raise it to {wanted}" in fault

    raised = re.sub(r"^(  version: )1\.2\.1", rf"\g<1>{wanted}", changed, flags=re.M)
    name = told.file_name.replace("1.2.1", wanted)
    faults = kit.version_faults(name, raised.encode(), history)
    assert f"release note for {wanted}" in faults[0]

    noted = raised.replace(
        "x-release-notes:\n", f"x-release-notes:\n    - version: {wanted}\n      note: Why.\n"
    )
    (fault,) = kit.version_faults(name, noted.encode(), history)
    assert "record it" in fault
    now = kit.digests(noted.encode(), yaml.safe_load(noted))
    assert not kit.version_faults(name, noted.encode(), {**history, wanted: now})

    wrong = noted.replace(f": {wanted}", ": 1.9.0")
    faults = kit.version_faults(name.replace(wanted, "1.9.0"), wrong.encode(), history)
    assert f"is version {wanted}, not 1.9.0" in faults[0]


@pytest.mark.parametrize("operation", OPERATIONS, ids=title)
def test_examples_keep_their_schemas_and_survive_their_types(operation):
    parts = [
        (operation.request, operation.request_examples),
        (operation.response, operation.response_examples),
    ]
    for name, examples in parts:
        assert (name is None) == (not examples)
        for value in examples.values():
            kit.validator(operation.service, name).validate(value)
            kind = codec.body_type(operation.service, name)
            there = msgspec.json.decode(json.dumps(value).encode(), type=kind)
            back = codec.encode(there)
            assert json.loads(back, parse_float=Decimal) == json.loads(
                json.dumps(value), parse_float=Decimal
            )
    assert operation.response or operation.downloads


@by_service
def test_errors_are_those_of_the_contract_and_their_examples_valid(told):
    schema = kit.validator(told.service, "CRRServiceException")
    for response in told.raw["components"]["responses"].values():
        for example in response.get("content", {}).get("application/json", {}).get("examples", {}):
            value = response["content"]["application/json"]["examples"][example]["value"]
            schema.validate(value)
            assert value["errorList"][0]["errorCode"] == example
    everywhere = {"SEC0001", "SEC0002", "SER0001", "SER0017", "SER0028", "SER0029", "SER0030"}
    codes = {code for each in told.operations for code in each.codes}
    assert all(everywhere <= set(each.codes) for each in told.operations)
    shown = told.raw["components"]["responses"]["BadRequest"]["content"]["application/json"]
    assert set(shown["examples"]) <= codes


@pytest.mark.parametrize("operation", OPERATIONS, ids=title)
def test_every_answer_of_an_operation_is_told(operation):
    (told,) = [each for each in DOCUMENTS if each.service == operation.service]
    item = told.raw["paths"][operation.path][operation.method.lower()]
    assert sorted(item["responses"]) == ["200", "400", "401", "403", "404", "500"]
    assert item["tags"] == [operation.access]
    assert item["parameters"][0] == {"$ref": "#/components/parameters/RequestId"}
    assert (operation.method == "GET") == (operation.access == "read")
    for parameter in operation.parameters:
        assert re.search(parameter.pattern, parameter.example)
        assert not parameter.enum or parameter.example in parameter.enum


def test_types_come_in_the_order_of_their_documents_whatever_the_machine():
    assert [told.service for told in DOCUMENTS] == sorted(told.service for told in DOCUMENTS)
    assert Counter(map(module_text, DOCUMENTS)).most_common(1)[0][1] == 1
    assert {operation.service for operation in WITH_BODY} == {
        "auction",
        "historical_forecasted_load",
        "load_migration",
        "nomination",
        "secondary_market",
        "tor_conversion",
    }
