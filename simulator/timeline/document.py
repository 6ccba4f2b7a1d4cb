"""A TOML document read field by field: typed values out, findings with their line collected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any

from simulator.domain import Finding, Refused, refuse_if_any
from simulator.timeline.locate import Lines, locate

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but tab and line feed
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


REMEDIES = {
    "SCN_TYPE": "write it in the form that is allowed",
    "SCN_RANGE": "use a value within these bounds",
    "SCN_VALUE": "use what is allowed",
    "SCN_DATE": "choose another day",
    "SCN_ORDER": "move one of them",
    "SCN_REFERENCE": "correct the name, or add what it names",
}
LONG_NUMBER = 10**18
LONG_WORDS = 200


class Document:
    """The parsed text, where everything stands in it, and what was found wrong so far."""

    def __init__(self, text: str, file_name: str) -> None:
        """Parse `text`; Refused with line and column when it is not TOML."""
        self.file_name = file_name
        self._faults: list[tuple[int, Finding]] = []
        self.placeholders: Mapping[str, str] = {}
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # its own error, huge numbers, deep nesting
            raise Refused([_syntax_finding(str(error), text, file_name)]) from None
        self._lines: Lines = locate(text)
        self._paths: dict[str, dict[int, tuple[str | int, ...]]] = {}

    def line(self, *path: str | int) -> int:
        """The line of `path` or of what encloses it."""
        return self._lines.of(*path)

    def fault(
        self,
        code: str,
        path: tuple[str | int, ...],
        message: str,
        found: object = "",
        allowed: str = "",
        remedy: str = "",
    ) -> None:
        """Note one thing that is wrong at `path`; without a remedy its code's own is given."""
        line = self.line(*path)
        where = f"{self.file_name}:{line}"
        names = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
        field = "".join(names).lstrip(".")
        where = f"{where} {field}" if field else where
        remedy = remedy or REMEDIES.get(code, "")
        finding = Finding(code, message, where, _shown(found), allowed, remedy)
        self._faults.append((line, finding))

    def refuse_if_faulty(self) -> None:
        """Raise `Refused` with every fault noted, once and by line; return when there is none."""
        refuse_if_any(finding for _, finding in sorted(set(self._faults)))

    def top(self) -> Table:
        """The keys that stand before the first header, and the tables, as one table."""
        return Table(self, (), self.data)

    def table(self, name: str) -> Table | None:
        """The table `[name]`, or None when there is none."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault("SCN_TYPE", (name,), f"{name} is not a table", value, f"[{name}]")
            return None
        return Table(self, (name,), value)

    def tables(self, name: str) -> tuple[Table, ...]:
        """The tables `[[name]]` in the order of the file."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault("SCN_TYPE", (name,), f"{name} is not a list of tables", "", f"[[{name}]]")
            return ()
        return tuple(Table(self, (name, index), item) for index, item in enumerate(value))

    def path_at(self, name: str, line: int) -> tuple[str | int, ...]:
        """The path of the table `[[name]]` that begins on `line`."""
        if name not in self._paths:
            self._paths[name] = {table.line: table.path for table in self.tables(name)}
        return self._paths[name].get(line, (name,))


class Table:
    """One table: each reader gives the value, or its default after noting what is wrong."""

    def __init__(self, document: Document, path: tuple[str | int, ...], values: dict[str, Any]):
        self.document = document
        self.path = path
        self.values = values

    @property
    def line(self) -> int:
        """Where the table begins."""
        return self.document.line(*self.path)

    def fault(self, code: str, key: str, message: str, allowed: str = "", remedy: str = "") -> None:
        """Note what is wrong with the value of `key` (or with the table, when `key` is "")."""
        path = (*self.path, key) if key else self.path
        self.document.fault(code, path, message, self.values.get(key, ""), allowed, remedy)

    def only(self, known: Collection[str]) -> None:
        """Every key that is not among `known` is a fault."""
        for key in self.values:
            if key not in known:
                allowed = ", ".join(sorted(known))
                remedy = "correct the spelling or remove the field"
                self.fault("SCN_UNKNOWN_FIELD", key, f"unknown field {key}", allowed, remedy)

    def text(self, key: str, default: str | None = None, *, verbatim: bool = False) -> str:
        """A string, its placeholders filled in unless `verbatim`; required without a default."""
        value = self._of_type(key, str, "a text in quotes", default)
        if isinstance(value, str) and _CONTROL.search(value):
            self.fault("SCN_VALUE", key, f"{key} holds a control character", "printable text")
        return value if verbatim or not isinstance(value, str) else self._filled(key, value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty when it is missing."""
        value = self._of_type(key, list, "a list of texts", [])
        if not all(isinstance(item, str) for item in value):
            self.fault("SCN_TYPE", key, f"{key} has an entry that is not a text", "texts in quotes")
            return ()
        return tuple(self._filled(key, item) for item in value)

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        value = self._of_type(key, int, "a whole number", low if default is None else default)
        if key not in self.values and default is None:
            self._missing(key, f"{low} to {high}")
        if not low <= value <= high:
            self.fault("SCN_RANGE", key, f"{key} is out of range", f"{low} to {high}")
            return low
        return int(value)

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str | None:
        """One of `allowed`, or None after noting that it is not."""
        value = self.text(key, default)
        if value in allowed:
            return value
        if key in self.values and isinstance(self.values[key], str):
            self.fault("SCN_VALUE", key, f"unknown {key}", ", ".join(allowed), "use one of these")
        return None

    def clock(self, key: str, default: str | None = None) -> time:
        """A time of day such as "17:00"; midnight after noting that it is none."""
        value = self.text(key, default)
        match = _CLOCK.fullmatch(value)
        if match is None:
            if isinstance(self.values.get(key), str):
                self.fault("SCN_VALUE", key, f"{key} is not a time of day", '"00:00" to "23:59"')
            return time.min
        return time(int(match[1]), int(match[2]))

    def day(self, key: str) -> date | None:
        """A date, bare or in quotes."""
        value = self.values.get(key)
        try:
            if type(value) is date:
                return value
            if isinstance(value, str):
                return date.fromisoformat(value)
        except ValueError:
            pass
        if key in self.values:
            self.fault("SCN_TYPE", key, f"{key} is not a date", "a date such as 2024-04-01")
        else:
            self._missing(key, "a date such as 2024-04-01")
        return None

    def _of_type(self, key: str, kind: type, allowed: str, default: Any) -> Any:
        if key not in self.values:
            if default is None:
                self._missing(key, allowed)
            return "" if default is None else default
        value = self.values[key]
        if type(value) is not kind:
            self.fault("SCN_TYPE", key, f"{key} has the wrong type", allowed)
            return kind() if default is None else default
        return value

    def _missing(self, key: str, allowed: str) -> None:
        self.fault("SCN_MISSING_FIELD", "", f"{key} is missing", f"{key} = {allowed}", f"add {key}")

    def _filled(self, key: str, value: str) -> str:
        for name in _PLACEHOLDER.findall(value):
            if name not in self.document.placeholders:
                allowed = ", ".join(f"{{{known}}}" for known in self.document.placeholders)
                self.fault("SCN_VALUE", key, f"unknown placeholder {{{name}}}", allowed)
        for name, text in self.document.placeholders.items():
            value = value.replace(f"{{{name}}}", text)
        return value


def _shown(found: object) -> str:
    """What stands in the file, short enough for a message."""
    if isinstance(found, int) and abs(found) >= LONG_NUMBER:
        return "a very large number"
    words = " ".join(str(found).split())
    return words if len(words) <= LONG_WORDS else f"{words[:LONG_WORDS]}..."


def _syntax_finding(error: str, text: str, file_name: str) -> Finding:
    lines = text.splitlines() or [""]
    match = _AT_LINE.search(error)
    line = min(int(match[1]), len(lines)) if match else len(lines)
    message = _AT_LINE.sub("", error).strip()
    found = lines[line - 1].strip()
    remedy = "correct the TOML (toml.io)"
    return Finding("SCN_SYNTAX", message, f"{file_name}:{line}", found, "TOML 1.0", remedy)
