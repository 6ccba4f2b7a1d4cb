"""The folder of a run: made ready before, filled afterwards (outer contract, section 4)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulator.clearing.write import write_case_folder
from simulator.cli.shell import write_whole
from simulator.domain import Finding, Refused
from simulator.market.clearing import UnsolvedCase
from simulator.market.model_publication import case_text
from simulator.market.publication import run_files
from simulator.market.report import report_view
from simulator.market.room import MarketRoom
from simulator.publish.report import render

DATABASE = "market.db"
DATABASE_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
SUMS = "SHA256SUMS"
RESULTS = ("summary.json", "journal.jsonl", "report.html", SUMS)
FOLDERS = ("published", "private", "unsolved")
Digests = dict[str, str]
MARK = ".marketsim-run"
MARK_TEXT = (
    "marketsim run writes this folder: market.db, summary.json, journal.jsonl, report.html,\n"
    "SHA256SUMS, published/ and private/. The next run into it replaces them.\n"
)


def make_folder(out: Path) -> None:
    """A place for a run: marked as one, so that a later run may replace what this one leaves.

    Refused where files of these names are already there and no run made them.
    """
    with _writing(out):
        out.mkdir(parents=True, exist_ok=True)
        owned = (*DATABASE_FILES, *RESULTS, *FOLDERS)
        foreign = [name for name in owned if (out / name).exists()]
        if (out / MARK).exists():
            return
        if foreign:
            raise Refused([_not_ours(out, foreign)])
        (out / MARK).write_text(MARK_TEXT, encoding="utf-8")


def forget_database(out: Path) -> None:
    """The folder's own database goes, for a new run to begin."""
    with _writing(out):
        for name in DATABASE_FILES:
            (out / name).unlink(missing_ok=True)


def clear_results(out: Path) -> None:
    """What another run left in its folder goes, and nothing else."""
    with _writing(out):
        for name in RESULTS:
            (out / name).unlink(missing_ok=True)
        for name in FOLDERS:
            if (out / name).exists():
                shutil.rmtree(out / name)


def write_files(room: MarketRoom, out: Path) -> Digests:
    """The journal, the report, and everything that somebody could have downloaded.

    Files of an earlier moment of the run that are no longer true go: a holder who sold its last
    CRR has no list of them.
    """
    digests: Digests = {}
    with room.store.reading() as tx:
        for path, content in run_files(tx, room.world):
            digests |= _write(out, path, content)
    _prune(out, {out / path for path in digests})
    journal = "".join(f"{entry.public_line()}\n" for entry in room.store.entries())
    digests |= _write(out, "journal.jsonl", journal.encode())
    return digests | _write(out, "report.html", render(report_view(room)).encode())


@contextmanager
def unsolved_kept(room: MarketRoom, out: Path) -> Iterator[None]:
    """The case of a market that no optimum was reached for stays in `out`/unsolved."""
    try:
        yield
    except UnsolvedCase as failure:
        case, kept = failure.case, out / "unsolved"
        with _writing(out):
            with room.store.reading() as tx:
                text = case_text(tx, room.world, case.network)
            write_case_folder(case, kept, text)
        raise RuntimeError(f"{failure}; `marketsim clear {kept}` repeats it") from failure


def write_summary(summary: dict[str, Any], out: Path, digests: Digests) -> None:
    """`summary.json`, and the list of all files of the run as `sha256sum -c` reads it."""
    digests |= _write(out, "summary.json", f"{json.dumps(summary, indent=2)}\n".encode())
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    _write(out, SUMS, "".join(lines).encode())


def _prune(out: Path, keep: Collection[Path]) -> None:
    """Below the result folders only `keep` stays, and no folder without a file."""
    for name in FOLDERS:
        for path in sorted((out / name).rglob("*"), reverse=True):  # what is inside comes first
            with _writing(path):
                if path.is_dir():
                    if not any(path.iterdir()):
                        path.rmdir()
                elif path not in keep:
                    path.unlink()


def _write(out: Path, name: str, content: bytes) -> Digests:
    """Whole or not at all; its SHA-256 by its name."""
    with _writing(out / name):
        write_whole(out / name, content)
    return {name: sha256(content).hexdigest()}


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the system refuses is refused in words."""
    try:
        yield
    except OSError as error:
        raise Refused([_unwritable(path, error)]) from error


def _not_ours(out: Path, foreign: list[str]) -> Finding:
    return Finding(
        "RUN0007",
        "the folder holds files that no run made, and a run would replace them",
        where=str(out),
        found=", ".join(foreign),
        allowed="an empty or new folder, or one that a run made",
        remedy=f"choose another --out; if a run did make it, put an empty file {MARK} there",
    )


def _unwritable(path: Path, error: OSError) -> Finding:
    return Finding(
        "RUN0004",
        "the results cannot be written",
        where=str(error.filename or path),
        found=str(error.strerror or error),
        allowed="a writable folder with free space",
        remedy="choose another --out or make room; --resume goes on with what is committed",
    )
