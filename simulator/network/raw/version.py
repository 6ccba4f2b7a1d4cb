"""Which RAW version a file is written in (psse_raw 2 and 7)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.domain import Finding, Refused
from simulator.network.raw.layout import integer, sections
from simulator.network.raw.lexer import Record, record

READ_VERSIONS = range(29, 34)

_IN_COMMENT = re.compile(r"PSS(?:/|\((?:tm|R)\))?E[- ](\d\d)|RAW(\d\d)|REV (\d\d)", re.IGNORECASE)
_IN_TITLE = re.compile(r"\bVER (\d\d)\b", re.IGNORECASE)
_REMEDY = "export the case as RAW version 30 (29 to 33 are read)"


def resolve_version(header: Record, lines: Sequence[str], file: str, override: int | None) -> int:
    """The version to read `lines` with; Refused when it is not one that is read.

    Order: caller's override, REV field, comment of line 1, `VER nn` of line 3, structure, 30.
    A version that the bus records contradict is refused: its fields would be misread in silence.
    """
    if any(line.startswith("@!") for line in lines[:200]):
        raise Refused([_not_read(file, "34 or later (lines starting with @!)")])
    if override is not None:
        return _read_or_refuse(override, file)
    seen = _bus_family(lines)
    stated = _stated(header, file)
    if stated is None:
        in_title = _IN_TITLE.search(lines[2]) if len(lines) > 2 else None
        stated = int(in_title[1]) if in_title else None
        if stated is not None and stated < 29 and seen == 30 and not _is_before_29(lines):
            stated = 30  # an exporter's own "VER": the records are of version 29 or 30
    if stated is None:
        return _by_structure(lines, seen, file)
    version = _read_or_refuse(stated, file)
    if seen is not None and _family(version) != seen:
        raise Refused([_contradiction(file, version, seen)])
    return version


def _stated(header: Record, file: str) -> int | None:
    if len(header.items) > 2 and header.items[2]:
        try:
            return integer(header.items[2])
        except ValueError:
            raise Refused([_not_read(file, header.items[2][:60])]) from None
    match = _IN_COMMENT.search(header.comment)
    return int(next(group for group in match.groups() if group)) if match else None


def _family(version: int) -> int:
    if version <= 30:
        return 30
    return 31 if version <= 32 else 33


def _bus_family(lines: Sequence[str]) -> int | None:
    """30, 31 or 33 by the shape of the first bus record; None when it does not tell."""
    items = _items(lines, 3)
    if len(items) == 13:
        return 33
    if len(items) == 9 and all(map(_is_whole, items[4:7])):
        return 31
    if len(items) == 11 and all(map(_is_whole, items[6:8])):
        return 30 if "." in items[4] or "." in items[5] else None
    return None


def _by_structure(lines: Sequence[str], seen: int | None, file: str) -> int:
    if seen == 33:
        return 33
    if seen == 31:
        ends = sum(1 for line in lines[3:] if _is_bare_zero(line))
        return 32 if ends >= len(sections(32)) else 31
    if _is_before_29(lines):
        raise Refused([_not_read(file, "28 or earlier (transformers inside branch records)")])
    return 30


def _is_before_29(lines: Sequence[str]) -> bool:
    """Up to version 27 a branch record has RATIO and ANGLE, so its status is item 16."""
    ends = [number for number, line in enumerate(lines) if number > 2 and _is_end(line)]
    if len(ends) < 4 or ends[3] == ends[2] + 1:
        return False
    items = _items(lines, ends[2] + 1)
    return len(items) >= 16 and not _is_whole(items[13]) and _is_whole(items[15])


def _items(lines: Sequence[str], number: int) -> list[str]:
    try:
        return record(number + 1, lines[number]).items
    except (IndexError, ValueError):
        return []


def _is_whole(item: str) -> bool:
    try:
        integer(item)
    except ValueError:
        return False
    return "." not in item


def _is_end(line: str) -> bool:
    try:
        return record(0, line).ends_section
    except ValueError:
        return False


def _is_bare_zero(line: str) -> bool:
    """The end of a section, and no line of a multi-terminal DC record that starts with a 0."""
    try:
        return record(0, line).items == ["0"]
    except ValueError:
        return False


def _read_or_refuse(version: int, file: str) -> int:
    if version not in READ_VERSIONS:
        raise Refused([_not_read(file, str(version))])
    return version


def _not_read(file: str, found: str) -> Finding:
    return Finding(
        "RAW_VERSION",
        "this RAW version is not read",
        where=f"{file} line 1",
        found=f"version {found}",
        allowed="versions 29, 30, 31, 32 and 33",
        remedy=_REMEDY,
    )


def _contradiction(file: str, version: int, seen: int) -> Finding:
    names = {30: "29 or 30", 31: "31 or 32", 33: "33"}
    return Finding(
        "RAW_VERSION",
        "the bus records do not have the layout of the version the header states",
        where=f"{file} line 4",
        found=f"header: version {version}; first bus record: version {names[seen]}",
        allowed="records of the stated version",
        remedy=_REMEDY,
    )
