"""Text of a RAW file to records: items, comments, quotes, section ends (psse_raw 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.domain import Finding, Refused

LONGEST_LINE = 65_536  # characters; a genuine record has a few hundred
LARGEST_FILE_BYTES = 512 * 1024 * 1024

_QUOTED_OR_COMMENT = re.compile(r"'((?:[^']|'')*)'|\"([^\"]*)\"|/.*", re.DOTALL)
_HIDDEN = "\x00"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # editors put it before UTF-8 text


@dataclass(slots=True)
class Record:
    """One line: its items without quotes and padding; an empty item means the field's default."""

    line: int
    items: list[str]
    comment: str = ""
    quoted: bool = False  # whether it starts with a quote: a name then, not a command

    @property
    def ends_section(self) -> bool:
        """A first item 0 ends a section: no bus, line or transformer has that number."""
        return bool(self.items) and self.items[0] == "0"

    @property
    def ends_data(self) -> bool:
        """`Q` ends all data."""
        return bool(self.items) and self.items[0] in ("Q", "q") and not self.quoted

    @property
    def is_blank(self) -> bool:
        """Whether the line says nothing at all."""
        return not self.items and not self.comment


def text_lines(data: bytes, file: str) -> list[str]:
    """Lines of a RAW file, decoded as Latin-1, which no byte can fail; Refused when not text."""
    if len(data) > LARGEST_FILE_BYTES:
        raise Refused([_too_large(file, len(data))])
    if b"\x00" in data:
        raise Refused([_binary(file, data)])
    text = (
        data.removeprefix(_BYTE_ORDER_MARK)
        .decode("latin-1")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    too_long = [
        _too_long(file, number, len(line))
        for number, line in enumerate(lines, 1)
        if len(line) > LONGEST_LINE
    ]
    if too_long:
        raise Refused(too_long)
    return lines


def record(line: int, text: str) -> Record:
    """One line as a record; ValueError when a quote is not closed."""
    if "'" not in text and '"' not in text:
        body, slash, comment = text.partition("/")
        return Record(line, _split(body), comment.strip() if slash else "")
    quoted: list[str] = []
    comment = ""

    def hide(match: re.Match[str]) -> str:
        nonlocal comment
        single, double = match.group(1), match.group(2)
        if single is None and double is None:
            comment = match.group()[1:].strip()
            return ""
        quoted.append(single.replace("''", "'") if single is not None else double)
        return _HIDDEN

    body = _QUOTED_OR_COMMENT.sub(hide, text)
    if "'" in body or '"' in body:
        raise ValueError("a quote is not closed")
    items = _split(body)
    pending = iter(quoted)
    for position, item in enumerate(items):
        if _HIDDEN in item:
            items[position] = _restore(item, pending)
    return Record(line, items, comment, body.lstrip().startswith(_HIDDEN))


def _restore(item: str, pending: object) -> str:
    parts = item.split(_HIDDEN)
    text = parts[0]
    for tail in parts[1:]:
        text += next(pending) + tail  # type: ignore[call-overload]
    return text.rstrip() if len(text) > 1 else text.strip()


def _split(body: str) -> list[str]:
    if "," not in body:
        return body.split()
    items = [item.strip() for item in body.split(",")]
    while items and not items[-1]:
        items.pop()
    return items


def _too_large(file: str, size: int) -> Finding:
    return Finding(
        "FILE_TOO_LARGE",
        "the file is too large for a power-flow case",
        where=file,
        found=f"{size} bytes",
        allowed=f"at most {LARGEST_FILE_BYTES} bytes",
        remedy="give a RAW or MATPOWER case",
    )


def _binary(file: str, data: bytes) -> Finding:
    return Finding(
        "NOT_TEXT",
        "the file is not text",
        where=file,
        found=f"a zero byte at offset {data.index(0)}",
        allowed="a text file",
        remedy="export the case as a RAW text file (not a saved .sav case)",
    )


def _too_long(file: str, line: int, length: int) -> Finding:
    return Finding(
        "LINE_TOO_LONG",
        "a line is longer than any record",
        where=f"{file} line {line}",
        found=f"{length} characters",
        allowed=f"at most {LONGEST_LINE}",
        remedy="check that the file is a RAW case with one record a line",
    )
