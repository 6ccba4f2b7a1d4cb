"""What the tests of the documents share: schemas as validators, types written, releases recorded.

`python tests/api/api_document_kit.py types` writes the types anew after a change of a document;
`... release` records documents whose version and release notes are right.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from simulator.api.documents import Document, Operation, document, load_documents, read_document
from simulator.api.generate import module_text

API = Path(__file__).resolve().parents[2] / "simulator" / "api"
FOLDER, TYPES = API / "openapi", API / "types"
RELEASED = FOLDER / "released.json"
TOOL = "python tests/api/api_document_kit.py"
PROSE = ("description", "summary", "example", "examples", "x-release-notes", "version")
OPERATIONS = [each for told in load_documents() for each in told.operations]
WITH_BODY = [operation for operation in OPERATIONS if operation.request]


def title(operation: Operation) -> str:
    return f"{operation.service}.{operation.operation_id}"


@cache
def validator(service: str, name: str) -> jsonschema_rs.Draft4Validator:
    """Checks a body against schema `name`, `[Name]` for an array of it."""
    inner = {"$ref": f"#/components/schemas/{name.strip('[]')}"}
    root = {"type": "array", "items": inner} if name.startswith("[") else {"allOf": [inner]}
    raw = document(service).raw
    return jsonschema_rs.Draft4Validator(
        {**root, "components": raw["components"]}, validate_formats=True
    )


def types_text(told: Document) -> tuple[Path, str]:
    return TYPES / f"{told.service}.py", module_text(told)


def released() -> dict[str, dict[str, dict[str, str]]]:
    """Per service and version: digests of the whole file, of what it binds, of its operations."""
    return json.loads(RELEASED.read_text(encoding="utf-8"))


def digests(content: bytes, raw: Any) -> dict[str, str]:
    """A change of `operations` is a major one, of `interface` a minor one, of the rest a mini."""
    paths = {path: sorted(item) for path, item in raw["paths"].items()}
    return {
        "operations": _digest(paths),
        "interface": _digest(_binding(raw)),
        "document": hashlib.sha256(content).hexdigest(),
    }


def _binding(node: Any, named: bool = False) -> Any:
    """A document without its prose; a property may be named as prose is, so names are kept."""
    if isinstance(node, list):
        return [_binding(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _binding(value, name in ("properties", "paths", "schemas", "parameters"))
        for name, value in node.items()
        if named or name not in PROSE
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def version_faults(file_name: str, content: bytes, history: dict[str, dict[str, str]]) -> list[str]:
    """What breaks the version rules of a document whose released versions are `history`."""
    told = read_document(file_name, content)
    notes = [note["version"] for note in told.raw["info"]["x-release-notes"]]
    now = digests(content, told.raw)
    faults = []
    if f"_v{told.version}_" not in file_name:
        faults.append(f"the file's name and info.version ({told.version}) differ")
    if not notes or notes[0] != told.version:
        faults.append(f"put a release note for {told.version} on top of x-release-notes")
    missing = [version for version in history if version not in notes]
    if missing:
        faults.append(f"release notes of {', '.join(missing)} are gone")
    if told.version in history:
        if history[told.version] != now:
            last = history[told.version]
            faults.append(
                f"changed after its release: raise it to {_next(told.version, last, now)}"
            )
    elif history:
        latest = max(history, key=_numbers)
        wanted = _next(latest, history[latest], now)
        if told.version != wanted:
            faults.append(f"after {latest} this change is version {wanted}, not {told.version}")
        else:
            faults.append(f"new version {wanted}: record it with `{TOOL} release`")
    return [f"{file_name}: {fault}" for fault in faults]


def _next(version: str, last: dict[str, str], now: dict[str, str]) -> str:
    major, minor, mini = _numbers(version)
    if last["operations"] != now["operations"]:
        return f"{major + 1}.0.0"
    if last["interface"] != now["interface"]:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{mini + 1}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _release() -> None:
    history = released() if RELEASED.exists() else {}
    for told in load_documents():
        content = (FOLDER / told.file_name).read_bytes()
        known = history.setdefault(told.service, {})
        faults = version_faults(told.file_name, content, known)
        faults = [fault for fault in faults if not re.search("new version .*: record it", fault)]
        if faults:
            sys.exit("\n".join(faults))
        known[told.version] = digests(content, told.raw)
    RELEASED.write_text(json.dumps(history, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _types() -> None:
    for told in load_documents():
        path, text = types_text(told)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    {"types": _types, "release": _release}[sys.argv[1]]()
