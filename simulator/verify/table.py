"""CSV and JSON as they lie in a folder: rows with their place, figures that must be figures."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from simulator.domain import Finding, Refused

LARGEST = Decimal("1e15")
"""No MW and no amount of money is larger; a figure beyond this is a broken file."""


@dataclass(frozen=True)
class Row:
    """One row of a CSV file; `where` is file and line."""

    where: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """The cell, stripped; "" when it is missing."""
        return (self.cells.get(column) or "").strip()

    def decimal(self, column: str) -> Decimal:
        """The cell as an exact number; `Refused` when it is none, or beyond `LARGEST`."""
        text = self.text(column)
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value.copy_abs() > LARGEST:
            raise unreadable(f"{self.where}, column {column}", text, "a number of sensible size")
        return value

    def number(self, column: str, blank: float | None = None) -> float:
        """The cell as a float; an empty cell is `blank`, unless that is None."""
        if blank is not None and not self.text(column):
            return blank
        return float(self.decimal(column))

    def whole(self, column: str) -> int:
        """The cell as a whole number; an empty cell is 0."""
        if not self.text(column):
            return 0
        value = self.decimal(column)
        if value != value.to_integral_value():
            raise unreadable(f"{self.where}, column {column}", str(value), "a whole number")
        return int(value)


def unreadable(where: str, found: str, allowed: str) -> Refused:
    """The refusal of something that cannot be read, ready to raise."""
    return Refused(
        [
            Finding(
                "VER0002",
                "cannot be read",
                where=where,
                found=found,
                allowed=allowed,
                remedy="restore the file as it was published",
            )
        ]
    )


def read_rows(path: Path, columns: Sequence[str], optional: bool = False) -> tuple[Row, ...]:
    """All rows of `path`, which must have `columns`; an `optional` file may be missing."""
    if optional and not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            rows = tuple(Row(f"{path.name} line {reader.line_num}", cells) for cells in reader)
            header = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(str(path), str(error), "a CSV file in UTF-8") from error
    missing = [column for column in columns if column not in header]
    if missing:
        raise unreadable(str(path), ", ".join(header), f"the columns {', '.join(columns)}")
    return rows


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(str(path), str(error), "a JSON object") from error
    if not isinstance(content, dict):
        raise unreadable(str(path), type(content).__name__, "a JSON object")
    return content


def exact(figure: object) -> Decimal:
    """A figure of a JSON file as it is printed; not-a-number when it is none."""
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return Decimal("NaN")
    return Decimal(repr(figure))
