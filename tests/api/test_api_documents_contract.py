"""The documents against the tables of the wire contract, letter by letter, where it is at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.api.documents import SCHEMA_PREFIX, load_documents

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "wire_contract.md"
pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="needs the wire contract beside us")

SECTIONS = {
    2: "app_status",
    3: "auction",
    4: "nomination",
    5: "market_status",
    6: "market_data",
    7: "messages",
    8: "historical_forecasted_load",
    9: "secondary_market",
    10: "load_migration",
    11: "tor_conversion",
}
PATTERNS = {
    "NAME*": "^[a-zA-Z0-9. _-]*$",
    "NAME+": "^[a-zA-Z0-9. _-]*$",  # with minLength 1
    "PNAME": "^[. _-]*[a-zA-Z0-9][a-zA-Z0-9. _-]*$",
    "TEXT*": "^[a-zA-Z0-9. _#@-]*$",
    "TEXT* plus backslash": "^[a-zA-Z0-9. _#@-]*$",  # a defect, section 14
    "MSG*": "^[a-zA-Z0-9. _#@()-]*$",
    "FILE*": "^[a-zA-Z0-9. _()-]*$",
    "PHONE*": "^[0-9. _-]*$",
    "EMAIL*": "^[a-zA-Z0-9@._-]*$",
    "DIGITS*": "^[0-9]*$",
}
# Answers that the contract writes out, and that have a name in our documents.
ANSWERS = {
    "{status: string: ≤2048; e.g. up}": "AppStatus",
    "{marketStatus: LMMarketStatus}": "LoadMigrationMarketStatus",
    "ZIP bytes, `application/octet-stream`": None,
    "—": None,
}
OPERATION = re.compile(
    r"^\| ([RW]) \| (GET|POST|DELETE) `([^`]+)` \| (\S+) \| (.*?) \| (.*?) \| (.*?) \|$", re.M
)
OBJECT = re.compile(
    r"^\*\*(\w+)\*\*\n\n\| property \| req \| type \|\n\|---\|---\|---\|\n((?:\|.*\|\n)+)", re.M
)


def section(number):
    text = CONTRACT.read_text(encoding="utf-8")
    return re.search(rf"^## {number}\. (.*?)(?=^## {number + 1}\. )", text, re.M | re.S)[1]


def limits(cell):
    """What a cell of a type column says, in the words of a schema."""
    array = re.fullmatch(r"\[(\w+)\](?: \(min (\d+)(?:, max (\d+))?\))?", cell)
    if array:
        said = {"items": array[1], "minItems": array[2], "maxItems": array[3]}
        return {name: value for name, value in said.items() if value}
    kind = re.fullmatch(r"(string|number|integer)(?:\(([\w-]+)\))?(?:: (.*))?", cell)
    if not kind:
        return {"$ref": cell}
    said = {"type": kind[1]}
    rest = (kind[3] or "").split("e.g. ")[0]
    if kind[2]:
        said["format"] = kind[2]
    if rest.startswith("one of"):
        return said | {"enum": re.findall(r"`([^`]+)`", rest)}
    for part in filter(None, (part.strip() for part in rest.split(";"))):
        if part in PATTERNS:
            said["pattern"] = PATTERNS[part]
        else:
            name, value = re.fullmatch(r"(≤|min |max |step )([\d.]+)", part).groups()
            words = {"≤": "maxLength", "min ": "minimum", "max ": "maximum", "step ": "multipleOf"}
            said[words[name]] = value
    return said


def as_said(node):
    """A schema in the contract's terms: as texts, without what is ours."""
    if "$ref" in node:
        return {"$ref": node["$ref"].removeprefix(SCHEMA_PREFIX)}
    if node["type"] == "array":
        said = {key: str(node[key]) for key in ("minItems", "maxItems") if key in node}
        return said | {"items": node["items"]["$ref"].removeprefix(SCHEMA_PREFIX)}
    keys = ("type", "format", "maxLength", "minimum", "maximum", "multipleOf", "pattern")
    said = {key: str(node[key]) for key in keys if key in node}
    return said | ({"enum": [str(each) for each in node["enum"]]} if "enum" in node else {})


def same(cell, node):
    wanted, found = limits(cell), as_said(node)
    if wanted.get("maxLength") == "2147483647" or wanted.get("format") == "date-time":
        wanted.pop("maxLength", None)  # no limit at all; a time has its own length
    if wanted.get("format") == "binary":
        wanted["format"] = "byte"  # Base64, as it is inside JSON
    return wanted == found


def by_service(function):
    told = {each.service: each for each in load_documents()}
    cases = [(number, told[service]) for number, service in SECTIONS.items()]
    return pytest.mark.parametrize(("number", "told"), cases, ids=SECTIONS.values())(function)


@by_service
def test_versions_and_file_names(number, told):
    table = CONTRACT.read_text(encoding="utf-8")
    assert f"caiso_crr_{told.service} v{told.version} |" in table


@by_service
def test_operations(number, told):
    rows = [match.groups() for match in OPERATION.finditer(section(number))]
    wanted = [
        (
            {"R": "read", "W": "write"}[access],
            method,
            path,
            operation_id,
            re.findall(r"`(\w+)`(\??)", parameters),
            ANSWERS.get(request, request),
            ANSWERS.get(answer, answer),
        )
        for access, method, path, operation_id, parameters, request, answer in rows
    ]
    found = [
        (
            each.access,
            each.method,
            each.path,
            each.operation_id,
            [(parameter.name, "" if parameter.required else "?") for parameter in each.parameters],
            each.request,
            each.response,
        )
        for each in told.operations
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)


@by_service
def test_query_parameters(number, told):
    line = re.search(r"^Query parameter types: (.*)\.$", section(number), re.M)
    cells = re.findall(r"`(\w+)` (string: .*?)(?:;(?= `\w+` string:)|$)", line[1] if line else "")
    known = {
        node["name"]: node["schema"]
        for node in told.raw["components"]["parameters"].values()
        if node["in"] == "query" and node["schema"].get("format") != "date-time"
    }
    assert set(known) == {name for name, _ in cells}
    wrong = [name for name, cell in cells if not same(cell.strip(), known[name])]
    assert not wrong


@by_service
def test_schemas(number, told):
    text = section(number)
    plain = dict(re.findall(r"^- \*\*(\w+)\*\* — (.*)$", text, re.M))
    wrong = [name for name, cell in plain.items() if not same(cell, told.schemas[name])]
    objects = {match[1]: match[2] for match in OBJECT.finditer(text)}
    for name, rows in objects.items():
        cells = re.findall(r"^\| `(\w+)` \| (yes|no) \| (.*) \|$", rows, re.M)
        node = told.schemas[name]
        assert list(node["properties"]) == [key for key, _, _ in cells], name
        assert node["required"] == [key for key, needed, _ in cells if needed == "yes"], name
        wrong += [
            f"{name}.{key}: {cell}"
            for key, _, cell in cells
            if not same(cell, node["properties"][key])
        ]
    ours = {"AppStatus", "LoadMigrationMarketStatus", "CRRServiceException", "ErrorDetail"}
    assert not wrong
    assert set(told.schemas) - ours == set(plain) | set(objects)


@by_service
def test_codes_are_those_of_the_registry_for_the_service(number, told):
    letters = dict(zip(SECTIONS.values(), ["", *"ANSDML2GT"], strict=True))
    rows = re.findall(
        r"^\| ([A-Z]+\d+(?: / [A-Z]+\d+)*) \| .* \| ([A-Z0-9 ]+|all) \|$",
        CONTRACT.read_text(encoding="utf-8"),
        re.M,
    )
    allowed = {
        code
        for codes, services in rows
        for code in codes.split(" / ")
        if services == "all" or (letters[told.service] and letters[told.service] in services)
    }
    used = {code for operation in told.operations for code in operation.codes}
    assert used <= allowed
