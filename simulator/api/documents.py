"""The ten OpenAPI documents as data: what the server routes by, and what types are made from.

The documents lie in `simulator/api/openapi`, one per service, and are the source of truth of the
participant API (wire contract 2 to 11). They are read once; everything here is immutable.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

METHODS = ("get", "post", "delete")
REQUEST_ID_HEADER = "caiso-request-id"
FILE_NAME = re.compile(r"caiso_crr_(?P<service>\w+)_v(?P<version>\d+\.\d+\.\d+)_openapi\.yaml")
SCHEMA_PREFIX = "#/components/schemas/"

Json = Any
"""Anything that JSON can say: a document is walked, not typed."""


@dataclass(frozen=True)
class Parameter:
    """One query parameter. `pattern` is a regular expression for the whole value, or ""."""

    name: str
    required: bool
    min_length: int = 0
    max_length: int | None = None
    pattern: str = ""
    enum: tuple[str, ...] = ()
    format: str = ""
    example: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation of one service.

    `path` is without the base (`/auction/v1.0/portfolio`); `access` is read or write. `request`
    and `response` name a schema, `[Name]` an array of it; `request` is None without a body,
    `response` is None for a download. `codes` are the error codes it may answer; `aliases` other
    paths of it that are still served; `downloads` the types of file it gives. Examples are bodies
    by name; of several answers the first is the one of a good day.
    """

    service: str
    operation_id: str
    method: str
    path: str
    access: str
    parameters: tuple[Parameter, ...]
    request: str | None
    response: str | None
    codes: tuple[str, ...]
    aliases: tuple[str, ...]
    downloads: tuple[str, ...]
    request_examples: Mapping[str, Json] = field(hash=False)
    response_examples: Mapping[str, Json] = field(hash=False)


@dataclass(frozen=True)
class Document:
    """One service's document. `schemas` and `raw` are the YAML's own mappings: do not change."""

    service: str
    version: str
    file_name: str
    title: str
    operations: tuple[Operation, ...]
    schemas: Mapping[str, Json]
    raw: Mapping[str, Json]


@cache
def load_documents() -> tuple[Document, ...]:
    """All documents, by service name."""
    folder = resources.files("simulator.api") / "openapi"
    names = sorted(entry.name for entry in folder.iterdir() if FILE_NAME.fullmatch(entry.name))
    return tuple(read_document(name, _package_data(name)) for name in names)


def document_text(told: Document) -> bytes:
    """The document's own file."""
    return _package_data(told.file_name)


def _package_data(name: str) -> bytes:
    content = pkgutil.get_data("simulator.api", f"openapi/{name}")
    assert content is not None, f"{name} is not in the package"
    return content


def document(service: str) -> Document:
    """The document of one service, e.g. `auction`; KeyError when there is none."""
    return {each.service: each for each in load_documents()}[service]


def read_document(file_name: str, content: bytes) -> Document:
    """A document from its file; the name says service and version."""
    said = FILE_NAME.fullmatch(file_name)
    assert said, f"{file_name} is not caiso_crr_<service>_v<version>_openapi.yaml"
    raw = yaml.load(content, yaml.CSafeLoader)
    operations = tuple(
        _operation(raw, said["service"], method, path, item[method])
        for path, item in raw["paths"].items()
        for method in METHODS
        if method in item
    )
    return Document(
        said["service"],
        raw["info"]["version"],
        file_name,
        raw["info"]["title"],
        operations,
        raw["components"]["schemas"],
        raw,
    )


def resolve(raw: Mapping[str, Json], node: Json) -> Json:
    """The node itself, or what its `$ref` points to in the same document."""
    while "$ref" in node:
        target = raw
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _operation(
    raw: Mapping[str, Json], service: str, method: str, path: str, item: Json
) -> Operation:
    asked = item.get("requestBody", {"content": {}})["content"].get("application/json")
    told = item["responses"]["200"]["content"].get("application/json")
    parameters = [resolve(raw, node) for node in item["parameters"]]
    return Operation(
        service,
        item["operationId"],
        method.upper(),
        path,
        item["x-crr-access"],
        tuple(_parameter(node) for node in parameters if node["in"] == "query"),
        _schema_name(asked),
        _schema_name(told),
        tuple(item["x-crr-errors"]),
        tuple(item.get("x-crr-aliases", ())),
        tuple(item.get("x-crr-downloads", ())),
        _examples(asked),
        _examples(told),
    )


def _parameter(node: Json) -> Parameter:
    schema = node["schema"]
    return Parameter(
        node["name"],
        node["required"],
        schema.get("minLength", 0),
        schema.get("maxLength"),
        whole(schema.get("pattern", "")),
        tuple(schema.get("enum", ())),
        schema.get("format", ""),
        node["example"],
    )


def whole(pattern: str) -> str:
    r"""A document's pattern for Python, where `$` alone would let a last line feed through."""
    return pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern


def _schema_name(media: Json) -> str | None:
    if media is None:
        return None
    schema = media["schema"]
    if schema.get("type") == "array":
        return f"[{schema['items']['$ref'].removeprefix(SCHEMA_PREFIX)}]"
    name: str = schema["$ref"].removeprefix(SCHEMA_PREFIX)
    return name


def _examples(media: Json) -> dict[str, Json]:
    examples = {} if media is None else media["examples"]
    return {name: example["value"] for name, example in examples.items()}
