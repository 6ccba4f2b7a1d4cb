"""Assignments of a MATPOWER case file: scalars, matrices and cell arrays, nothing executed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from simulator.domain import Finding

_HARMLESS = re.compile(r"(function\b.*|end(function)?|define_constants|return)?[;\s]*")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)\s*=\s*(.*)", re.DOTALL)
_CLOSES = {"[": "]", "{": "}"}
_TEXT_OR_COMMENT = re.compile(r"'(?:[^'\n]|'')*'|\"[^\"\n]*\"|[%#].*")


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row of a matrix and the line it stands on."""

    line: int
    items: tuple[str, ...]


@dataclass
class Assignments:
    """What the file assigns, by the part of the name behind the last dot."""

    scalars: dict[str, tuple[int, str]] = field(default_factory=dict)
    matrices: dict[str, list[MatrixRow]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_assignments(lines: list[str], file: str) -> Assignments:
    """All assignments; any other statement is a finding, because it may change the data."""
    found = Assignments()
    inside = ""  # name of the matrix being read
    closing = ""
    for number, raw in enumerate(lines, 1):
        text = _TEXT_OR_COMMENT.sub(_keep_text, raw).strip()
        while text:
            if inside:
                body, end, text = text.partition(closing)
                _add_rows(found.matrices[inside], number, body)
                if end:
                    inside = ""
                    text = text.lstrip("; \t")
                continue
            match = _ASSIGNMENT.fullmatch(text)
            if match is None:
                if not _HARMLESS.fullmatch(text):
                    found.findings.append(_statement(file, number, text))
                break
            name, value = match[1].rpartition(".")[2], match[2]
            if name in found.scalars or name in found.matrices:
                found.findings.append(_statement(file, number, text))
                break
            if value[:1] in _CLOSES:
                inside, closing, text = name, _CLOSES[value[0]], value[1:]
                found.matrices[name] = []
            else:
                scalar, _, text = value.partition(";")
                found.scalars[name] = number, scalar.strip()
                text = text.strip()
    if inside:
        found.findings.append(
            Finding(
                "MATPOWER_OPEN", f"the matrix {inside} is not closed", f"{file} line {len(lines)}",
                "end of file", closing, "the file is cut off: take it whole",
            )
        )  # fmt: skip
    return found


def _keep_text(match: re.Match[str]) -> str:
    return "" if match.group()[0] in "%#" else match.group()


def _add_rows(rows: list[MatrixRow], line: int, body: str) -> None:
    if "'" in body:  # a cell array of names, one or more a line
        for name in re.findall(r"'((?:[^']|'')*)'", body):
            rows.append(MatrixRow(line, (name.replace("''", "'"),)))
        return
    for part in body.split(";"):
        items = part.replace(",", " ").split()
        if items:
            rows.append(MatrixRow(line, tuple(items)))


def _statement(file: str, line: int, text: str) -> Finding:
    return Finding(
        "MATPOWER_STATEMENT",
        "this statement is not read, and it may change the data",
        where=f"{file} line {line}",
        found=text[:80],
        allowed="one assignment of numbers to each of mpc.baseMVA, mpc.bus, mpc.gen, mpc.branch",
        remedy="save the case from MATPOWER with savecase, which writes plain numbers",
    )
