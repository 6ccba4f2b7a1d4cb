"""The one door to power-flow cases in files: RAW (`.raw`) or MATPOWER (`.m`)."""

from __future__ import annotations

from pathlib import Path

from simulator.domain import Finding, Refused
from simulator.network.case import Case
from simulator.network.matpower.reader import read_matpower
from simulator.network.raw.lexer import LARGEST_FILE_BYTES
from simulator.network.raw.reader import read_raw


def read_case(path: Path, *, version: int | None = None) -> Case:
    """The case in `path`; `version` overrides the RAW version that the file states.

    Raises Refused when the file is missing, unreadable or wrong, with all findings.
    """
    suffix = path.suffix.lower()
    if suffix not in (".raw", ".m"):
        raise Refused(
            [
                Finding(
                    "FILE_KIND",
                    "the kind of file is not known by its name",
                    where=str(path),
                    found=suffix or "no extension",
                    allowed=".raw (PSS/E) or .m (MATPOWER)",
                    remedy="give the file the extension of its format",
                )
            ]
        )
    data = read_bytes(path)
    if suffix == ".m":
        return read_matpower(data, path.name)
    return read_raw(data, path.name, version)


def read_bytes(path: Path) -> bytes:
    """The file's bytes; Refused when it is missing, a folder, unreadable or too large."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise OSError(f"larger than {LARGEST_FILE_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            [
                Finding(
                    "FILE_UNREADABLE",
                    "the file cannot be read",
                    where=str(path),
                    found=error.strerror or str(error),
                    allowed="a readable file",
                    remedy="check the path and its permissions",
                )
            ]
        ) from None
