"""Every refusal of a rule or a command says all that its reader needs to act on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from simulator.domain import Finding

SIMULATOR = Path(__file__).resolve().parents[2] / "simulator"
OF_FILES = ("world_folder.py", "retirements.py")  # they refuse shipped files, not a participant
MODULES = [
    path
    for room in ("market", "rules")
    for path in sorted((SIMULATOR / room).glob("*.py"))
    if path.name not in OF_FILES
]
PARTS = [field.name for field in fields(Finding)]


def unsaid(source: str) -> Iterator[str]:
    """Findings that leave a part out, or say nothing in it."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding"):
            continue
        if any(isinstance(each, ast.Starred) for each in node.args):
            continue
        if any(each.arg is None for each in node.keywords):  # read back from plain data
            continue
        said = dict(zip(PARTS, node.args, strict=False))
        said |= {str(each.arg): each.value for each in node.keywords}
        for part in PARTS:
            value = said.get(part)
            if value is None or (isinstance(value, ast.Constant) and value.value == ""):
                yield f"line {node.lineno}: no {part}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_finding_says_where_what_is_allowed_what_to_do_and_by_which_rule(path: Path) -> None:
    assert list(unsaid(path.read_text(encoding="utf-8"))) == []


def test_what_is_left_out_is_found() -> None:
    assert list(unsaid('Finding("A", "b", "c", "d", "", "e", rule="f")')) == ["line 1: no allowed"]
    assert len(list(unsaid('Finding("A", "b")'))) == 5
    assert list(unsaid('Finding("A", "b", "c", "d", "e", "f", "g")')) == []
