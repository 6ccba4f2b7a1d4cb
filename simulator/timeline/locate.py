"""On which line of a TOML text each table and key stands, so that a finding can point at it.

The standard library's parser says nothing about lines. This one only follows headers, keys,
strings and brackets of a text that the parser has already accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|"
    r"#[^\n]*|\n|[\[\]{}]|[^\"'#\n\[\]{}]+",
    re.DOTALL,
)
_KEY_PART = re.compile(r'"((?:\\.|[^"\\])*)"|' + r"'([^']*)'|" + r"([A-Za-z0-9_-]+)")
_HEADER = re.compile(r"(\[\[?)\s*(.+?)\s*\]")


@dataclass(frozen=True)
class Lines:
    """Line numbers, from 1, by path: `("event", 2, "day")` is the key `day` of the third event."""

    by_path: dict[Path, int]

    def of(self, *path: str | int) -> int:
        """The line of `path`, or of the nearest thing around it that has a line; 1 at the top."""
        while path and path not in self.by_path:
            path = path[:-1]
        return self.by_path.get(path, 1)


def locate(text: str) -> Lines:
    """Read the lines of every header and every key; `text` must be valid TOML."""
    by_path: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        if statement.startswith("["):
            match = _HEADER.match(statement)
            assert match is not None, "the parser has accepted this header"
            table = _resolve(_key_parts(match[2]), counts)
            if match[1] == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                by_path.setdefault(table, line)
                table = (*table, index)
            by_path.setdefault(table, line)
        else:
            path: Path = table
            for part in _key_parts(statement):
                path = (*path, part)
                by_path.setdefault(path, line)
    return Lines(by_path)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or assignment with the line it begins on; a header keeps its brackets."""
    line, depth = 1, 0
    begun: tuple[int, str] | None = None
    for token in _TOKEN.findall(text):
        if token == "\n" and depth == 0:
            if begun is not None:
                yield begun
            begun = None
        elif not token.startswith("#") and token.strip():
            begun = (line, token.lstrip()) if begun is None else (begun[0], begun[1] + token)
        if token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
        line += token.count("\n")
    if begun is not None:
        yield begun


def _key_parts(statement: str) -> tuple[str, ...]:
    """The dotted key that `statement` begins with, in parts."""
    parts: list[str] = []
    position = 0
    while match := _KEY_PART.match(statement, position):
        parts.append(next(group for group in match.groups() if group is not None))
        position = match.end()
        while position < len(statement) and statement[position] in " \t.":
            position += 1
    return tuple(parts)


def _resolve(parts: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """Put the newest index after every array of tables on the way to the last part."""
    path: Path = ()
    for position, part in enumerate(parts):
        path = (*path, part)
        if path in counts and position < len(parts) - 1:
            path = (*path, counts[path] - 1)
    return path
