"""Rows of a CSV file with a fixed heading, every fault found (contract 3)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulator.domain import Finding

LONGEST_CELL = 1_000_000


@dataclass(frozen=True)
class Row:
    """`number` is the line in the file (the heading is 1); cells are stripped text by column."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Table:
    """Rows of one file and the findings made while reading and converting them."""

    file: str
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def fault(
        self, row: Row, column: str, message: str, found: str, allowed: str, remedy: str = ""
    ) -> None:
        """Note what is wrong in one cell."""
        where = f"{self.file} row {row.number} column {column}"
        self.findings.append(
            Finding("TABLE_CELL", message, where, found, allowed, remedy or "correct the cell")
        )

    def integer(self, row: Row, column: str) -> int | None:
        """The cell as a whole number, or None and a finding."""
        try:
            return int(row.cells[column])
        except ValueError:
            self.fault(row, column, "not a whole number", row.cells[column], "a whole number")
            return None

    def real(self, row: Row, column: str) -> float | None:
        """The cell as a finite number, or None and a finding."""
        try:
            value = float(row.cells[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.fault(row, column, "not a number", row.cells[column], "a finite number")
            return None
        return value


def read_table(data: bytes, file: str, columns: Sequence[str]) -> Table:
    """The rows of a UTF-8 CSV file whose heading names exactly `columns`, in any order."""
    table = Table(file)
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        table.findings.append(
            Finding(
                "TABLE_UNREADABLE", "the file is not a UTF-8 CSV file", file, str(error)[:200],
                "UTF-8 text with commas", "save it as CSV (UTF-8)",
            )
        )  # fmt: skip
        return table
    heading = [name.strip() for name in rows[0]] if rows else []
    _check_heading(table, heading, columns)
    if table.findings:
        return table
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heading):
            table.findings.append(
                Finding(
                    "TABLE_ROW", "a row has not as many cells as the heading",
                    f"{file} row {number}", f"{len(cells)} cells", f"{len(heading)} cells",
                    "correct the row (quote cells that hold a comma)",
                )
            )  # fmt: skip
            continue
        stripped = {name: cell.strip() for name, cell in zip(heading, cells, strict=True)}
        table.rows.append(Row(number, stripped))
    return table


def _check_heading(table: Table, heading: Sequence[str], columns: Sequence[str]) -> None:
    allowed = ",".join(columns)
    for name in columns:
        if name not in heading:
            table.findings.append(
                Finding(
                    "TABLE_COLUMN_MISSING", f"the column {name} is missing", f"{table.file} row 1",
                    ",".join(heading)[:200], allowed, "add the column",
                )
            )  # fmt: skip
    for position, name in enumerate(heading):
        if name not in columns or name in heading[:position]:
            twice = "is there twice" if name in columns else "is not known"
            table.findings.append(
                Finding(
                    "TABLE_COLUMN_UNKNOWN", f"the column {name[:80]!r} {twice}",
                    f"{table.file} row 1", name[:80], allowed, "remove the column",
                )
            )  # fmt: skip
