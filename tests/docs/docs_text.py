"""What the documentation shows: its commands, its links, its tables."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CASE_FOLDERS = ROOT / "docs" / "case-folders.md"
WRITTEN_BY_US = (README, *sorted((ROOT / "docs").glob("*.md")))

FENCED = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
CELL_COMMAND = re.compile(r"^\| `(marketsim [^`]+)` \|", re.MULTILINE)


def shown_commands(file: Path) -> list[str]:
    """Every command line of the tables, then of the fenced examples, in reading order."""
    text = file.read_text(encoding="utf-8")
    fenced = [
        line.partition("  #")[0].strip()
        for block in FENCED.findall(text)
        for line in block.splitlines()
        if line.strip()
    ]
    return CELL_COMMAND.findall(text) + fenced


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row."""
    return [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def links(file: Path) -> list[str]:
    """Where the file points to inside the repository."""
    found = LINK.findall(file.read_text(encoding="utf-8"))
    return [link for link in found if not link.startswith(("http:", "https:"))]
