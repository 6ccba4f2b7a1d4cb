"""CSV text as typed rows: every fault found with its file, row and column, all at once."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from operator import getitem
from typing import Any

from simulator.domain.finding import Finding

# A cell's parser gives the value, or raises ValueError with what would have been allowed.
Parser = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column: how its cells are read; `optional` ones may be missing from the header."""

    name: str
    parse: Parser
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: `line` counts from 1 with the header as line 1; missing columns have no value."""

    file: str
    line: int
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def get(self, column: str, default: Any = None) -> Any:
        """The value, or `default` where the column is missing."""
        return self.values.get(column, default)

    def where(self, column: str = "") -> str:
        """The place, as findings name it."""
        return place(self.file, self.line, column)


def place(file: str, line: int, column: str = "") -> str:
    """`bids.csv row 7 column MW`."""
    return f"{file} row {line}" + (f" column {column}" if column else "")


def read_table(
    text: str, file: str, columns: Sequence[Column]
) -> tuple[tuple[TableRow, ...], list[Finding]]:
    """The rows without a fault, and a finding for every fault; blank lines do not count."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        numbered = [(lines.line_num, cells) for cells in lines]
    except csv.Error as error:
        finding = Finding(
            "TAB0001",
            "the file is not comma-separated text",
            place(file, lines.line_num),
            str(error),
            "UTF-8 text with commas and matching quotes",
            "correct the line",
        )
        return (), [finding]
    header = [name.strip() for name in numbered[0][1]] if numbered else []
    findings = _header_findings(header, file, columns)
    if findings:
        return (), findings
    by_name = {column.name: column.parse for column in columns}
    readers = [_Reader(by_name[name]) for name in header]
    rows = []
    for line, cells in numbered[1:]:
        if not any(map(str.strip, cells)):
            continue
        try:
            values = map(getitem, readers, cells if len(cells) == len(readers) else ())
            rows.append(TableRow(file, line, dict(zip(header, values, strict=True))))
        except ValueError:
            findings += _faults(header, readers, cells, place(file, line))
    return tuple(rows), findings


class _Reader(dict[str, Any]):
    """Values of one column by their cells: each different cell is read once."""

    def __init__(self, parse: Parser) -> None:
        self._parse = parse

    def __missing__(self, cell: str) -> Any:
        value = self[cell] = self._parse(cell.strip())
        return value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file: a header row and `rows`, lines ended by a newline on every machine."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def _header_findings(header: list[str], file: str, columns: Sequence[Column]) -> list[Finding]:
    allowed = ",".join(column.name for column in columns)
    if not any(column.name in header for column in columns):
        found = ",".join(header) or "an empty file"
        remedy = "begin with these names, separated by commas"
        message = "the file has no header row"
        return [Finding("TAB0002", message, place(file, 1), found, allowed, remedy)]
    findings = [
        Finding(
            "TAB0002",
            f"column {column.name} is missing",
            place(file, 1),
            ",".join(header),
            allowed,
            "add the column to the header row",
        )
        for column in columns
        if not column.optional and column.name not in header
    ]
    known = {column.name for column in columns}
    for position, name in enumerate(header):
        if name not in known or name in header[:position]:
            fault = "is there twice" if name in header[:position] else "is not known"
            remedy = "remove the column or correct its name"
            message = f"column {name!r} {fault}"
            findings.append(Finding("TAB0003", message, place(file, 1), name, allowed, remedy))
    return findings


def _faults(
    header: Sequence[str], readers: Sequence[_Reader], cells: Sequence[str], row: str
) -> list[Finding]:
    """What is wrong with a row that cannot be read."""
    if len(cells) != len(readers):
        finding = Finding(
            "TAB0004",
            "the row does not have as many cells as the header",
            row,
            str(len(cells)),
            str(len(readers)),
            "add or remove cells, or put quotes around a cell that holds a comma",
        )
        return [finding]
    findings = []
    for name, read, cell in zip(header, readers, cells, strict=True):
        try:
            read[cell]
        except ValueError as error:
            remedy = "correct the cell"
            message = f"{name} cannot be read"
            where = f"{row} column {name}"
            findings.append(Finding("TAB0005", message, where, cell.strip(), str(error), remedy))
    return findings


def text(cell: str) -> str:
    """Any text but none."""
    if not cell:
        raise ValueError("some text")
    return cell


def any_text(cell: str) -> str:
    """Any text, also none."""
    return cell


def choice(options: Collection[str]) -> Parser:
    """One of `options`, spelt exactly."""

    def parse(cell: str) -> str:
        if cell not in options:
            raise ValueError(" or ".join(sorted(options)))
        return cell

    return parse


def integer(cell: str) -> int:
    """A whole number."""
    try:
        return int(cell)
    except ValueError:
        raise ValueError("a whole number") from None


def number(cell: str) -> float:
    """A finite number."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("a finite number")
    return value


def optional_number(cell: str) -> float | None:
    """A finite number, or nothing."""
    return number(cell) if cell else None


def decimal(places: int) -> Parser:
    """A finite decimal with at most `places` decimals."""

    def parse(cell: str) -> Decimal:
        allowed = f"a number with at most {places} decimals"
        try:
            value = Decimal(cell)
            # Rounding what is not finite, or too large to have decimals, is invalid too.
            exact = value == round(value, places)
        except (InvalidOperation, ValueError, OverflowError):
            raise ValueError(allowed) from None
        if not exact:
            raise ValueError(allowed)
        return value

    return parse


def iso_date(cell: str) -> date:
    """A date as 2024-04-01."""
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError("a date such as 2024-04-01") from None
