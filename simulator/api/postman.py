"""A Postman collection for each service, from its document: requests with the examples, and tests.

Collections are of format 2.1 and plain JSON; `baseUrl` is a variable. Postman and its runner take
the client certificate from their own settings, as a collection cannot carry one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.api.documents import REQUEST_ID_HEADER, Document, Json, Operation

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
DEFAULT_BASE = "https://localhost:8443/crr"
JSON, BYTES = "application/json", "application/octet-stream"


def collection(document: Document, base_url: str = DEFAULT_BASE) -> dict[str, Json]:
    """The collection of one service as plain data: one request an operation, in their order."""
    return {
        "info": {
            "name": f"{document.title} {document.version}",
            "description": document.raw["info"]["description"],
            "schema": SCHEMA,
        },
        "variable": [{"key": "baseUrl", "value": base_url}],
        "item": [_item(document, operation) for operation in document.operations],
    }


def collection_text(document: Document, base_url: str = DEFAULT_BASE) -> str:
    """The collection as the text of its file."""
    return json.dumps(collection(document, base_url), indent=2) + "\n"


def collection_name(document: Document) -> str:
    """The name of its file."""
    return document.file_name.replace("_openapi.yaml", "_postman.json")


def _item(document: Document, operation: Operation) -> dict[str, Json]:
    told = document.raw["paths"][operation.path][operation.method.lower()]
    request: dict[str, Json] = {
        "method": operation.method,
        "description": told["description"],
        "header": [
            {"key": REQUEST_ID_HEADER, "value": "{{$guid}}"},
            {"key": "Accept", "value": BYTES if operation.downloads else JSON},
        ],
        "url": {
            "raw": "{{baseUrl}}" + operation.path + _query_text(operation),
            "host": ["{{baseUrl}}"],
            "path": operation.path.strip("/").split("/"),
            "query": [{"key": each.name, "value": each.example} for each in operation.parameters],
        },
    }
    if operation.request is not None:
        example = next(iter(operation.request_examples.values()))
        request["header"].append({"key": "Content-Type", "value": JSON})
        request["body"] = {"mode": "raw", "raw": json.dumps(example, indent=2)}
    script = {"type": "text/javascript", "exec": _tests(document.schemas, operation)}
    return {
        "name": operation.operation_id,
        "request": request,
        "event": [{"listen": "test", "script": script}],
    }


def _query_text(operation: Operation) -> str:
    pairs = [f"{each.name}={each.example}" for each in operation.parameters]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _tests(schemas: Mapping[str, Any], operation: Operation) -> list[str]:
    """Status and media type; of JSON, that required properties are there and no others."""
    media = BYTES if operation.downloads else JSON
    lines = [
        _test("status is 200", "pm.response.to.have.status(200);"),
        _test(
            f"content is {media}",
            f'pm.expect(pm.response.headers.get("Content-Type")).to.include("{media}");',
        ),
    ]
    if operation.response is None:
        check = 'pm.expect(pm.response.text().slice(0, 2)).to.equal("PK");'
        return [*lines, _test("content is a ZIP file", check)]
    schema = schemas[operation.response.strip("[]")]
    if "properties" not in schema:
        check = f"pm.expect({json.dumps(schema['enum'])}).to.include(pm.response.json());"
        return [*lines, _test("answer is one of its values", check)]
    needed, known = json.dumps(schema["required"]), json.dumps(list(schema["properties"]))
    answers = "pm.response.json()" if operation.response[0] == "[" else "[pm.response.json()]"
    check = (
        f"{answers}.forEach(function (each) {{ "
        f"pm.expect({known}).to.include.members(Object.keys(each)); "
        f"pm.expect(Object.keys(each)).to.include.members({needed}); }});"
    )
    return [*lines, _test("properties are those of the contract", check)]


def _test(name: str, code: str) -> str:
    return f'pm.test("{name}", function () {{ {code} }});'
