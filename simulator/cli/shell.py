"""What every command shares: how it answers, how it fails, and where the shipped data are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.domain import Finding, Refused

OK, FAILED, REFUSED = 0, 1, 2

WorkersOption = Annotated[
    int, typer.Option(min=1, help="Clear in so many processes; the answer is the same.")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(help="Clear on the Dask cluster of this scheduler, tcp://host:8786."),
]

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The folder `scenarios`, `fixtures` or `features`: inside a wheel, or beside the sources."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def say(text: str) -> None:
    """A line for people, on standard output."""
    sys.stdout.write(f"{text}\n")


def say_json(value: Any) -> None:
    """One JSON object on standard output, and nothing else there; ASCII, as any terminal can.

    ValueError for figures that are not finite: JSON has none.
    """
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")


def write_whole(path: Path, content: bytes) -> None:
    """The file with all of its content, or as it was before."""
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


@contextmanager
def file_faults(folder: Path) -> Iterator[None]:
    """What the system will not read or write below `folder`, as a finding with a remedy."""
    try:
        yield
    except OSError as error:
        finding = Finding(
            "CLI0001",
            "a file or folder cannot be used",
            where=str(error.filename or folder),
            found=error.strerror or str(error),
            allowed="files that can be read, a folder that can be written, free space",
            remedy="choose another place, or make room and repeat the command",
        )
        raise Refused([finding]) from error


def complain(findings: Iterable[Finding], label: str = "") -> None:
    """Findings on standard error, one a line, each after `label`."""
    for finding in findings:
        sys.stderr.write(f"{label}{finding}\n")


def complain_about_usage(error: Any) -> None:
    """The parser's own words on standard error, and what it found where a value was wrong."""
    error.show()
    for fault in getattr(error.__cause__, "errors", list)():
        sys.stderr.write(f"found: {fault['input']}\n")
