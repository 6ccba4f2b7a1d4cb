"""The folder of a run: made ready before, filled afterwards (outer contract, section 4)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from simulator.domain import Finding, Refused
from simulator.market.publication import run_files
from simulator.market.report import report_view
from simulator.market.room import MarketRoom
from simulator.publish.report import render

DATABASE = "market.db"
FILES = (
    "summary.json",
    "journal.jsonl",
    "report.html",
    DATABASE,
    f"{DATABASE}-wal",
    f"{DATABASE}-shm",
)
FOLDERS = ("published", "private")


def make_ready(out: Path, keep: bool) -> None:
    """A place for a run; unless `keep`, what another run left there goes, and nothing else."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if keep:
            return
        for name in FILES:
            (out / name).unlink(missing_ok=True)
        for name in FOLDERS:
            if (out / name).exists():
                shutil.rmtree(out / name)
    except OSError as error:
        raise Refused([_unwritable(out, error)]) from error


def write_files(room: MarketRoom, out: Path) -> None:
    """The journal, the report, and everything that somebody could have downloaded."""
    with room.store.reading() as tx:
        for path, content in run_files(tx, room.world):
            _write(out / path, content)
    journal = "".join(f"{entry.public_line()}\n" for entry in room.store.entries())
    _write(out / "journal.jsonl", journal.encode())
    _write(out / "report.html", render(report_view(room)).encode())


def write_summary(summary: dict[str, Any], out: Path) -> None:
    """`summary.json`."""
    _write(out / "summary.json", f"{json.dumps(summary, indent=2)}\n".encode())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise Refused([_unwritable(path, error)]) from error


def _unwritable(path: Path, error: OSError) -> Finding:
    return Finding(
        "RUN0004",
        "the results cannot be written",
        where=str(error.filename or path),
        found=str(error.strerror or error),
        allowed="a writable folder with free space",
        remedy="choose another --out or make room; --resume goes on with what is committed",
    )
