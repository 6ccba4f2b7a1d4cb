"""Walks through the records of a RAW file and collects what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from simulator.domain import Finding, Refused
from simulator.network.case import Bus, Owners
from simulator.network.raw.layout import OWNER_ITEMS, Column, allowed_text, integer, real
from simulator.network.raw.lexer import Record, record
from simulator.network.raw.section_end import section_ended

T = TypeVar("T")

MOST_FINDINGS = 1000  # a file with more faults is not a RAW file
_SECTIONS_OF_THE_NETWORK = (
    "bus", "load", "fixed shunt", "generator", "line", "transformer", "two-terminal dc", "vsc dc",
    "multi-terminal dc", "multi-section line", "impedance correction",
)  # fmt: skip
_SECTIONS_NEEDED = ("bus", "load", "generator", "line", "transformer")


class Cursor:
    """Position in the file; `faults` and `warnings` grow as records are read."""

    def __init__(self, lines: Sequence[str], file: str, version: int) -> None:
        self.version = version
        self.faults: list[Finding] = []
        self.warnings: list[Finding] = []
        self._lines = lines
        self._file = file
        self._next = 3  # behind the identification and the two titles
        self.section = ""
        self._data_ended = False
        self._misnamed: list[tuple[Record, str]] = []  # ends of sections by the wrong name
        self._buses_by_name: dict[tuple[str, float], int] = {}

    # --- walking -----------------------------------------------------------------------------

    def enter(self, section: str) -> None:
        """Start reading a section."""
        self.section = section

    def next_of_section(self) -> Record | None:
        """The next record of the section; None behind its end, at `Q` and at the file's end."""
        while not self._data_ended:
            head = self._take()
            if head is None:
                self._file_ended()
                break
            if head.is_blank or not head.items:
                continue
            if head.ends_data:
                self._data_ended = True
                self._missing(head, f"the data end inside or before the {self.section} section")
                break
            if not head.ends_section:
                return head
            if not any(map(_is_figure, head.items[1:])):
                self._check_end(head)
                break
            found = ",".join(head.items)[:60]
            self.fault(head, "", "data stand behind a 0", found, "a number, or a 0 by itself")
        return None

    def continuation(self, head: Record) -> Record | None:
        """The next line of a record of several lines, whatever it starts with."""
        row = None if self._data_ended else self._take()
        if row is None:
            self.fault(head, "", f"the {self.section} record is cut off", "end of file", "")
            self._data_ended = True
        return row

    def _take(self) -> Record | None:
        if self._next >= len(self._lines):
            return None
        self._next += 1
        text = self._lines[self._next - 1]
        try:
            return record(self._next, text)
        except ValueError as error:
            row = Record(self._next, [])
            self.fault(row, "", str(error), text[:60], "quotes in pairs")
            return row

    def _file_ended(self) -> None:
        self._data_ended = True
        where = Record(len(self._lines), [])
        message = f"the file ends inside or before the {self.section} section"
        unfinished = self.section in _SECTIONS_OF_THE_NETWORK and not self._just_ended()
        if unfinished or self.section in _SECTIONS_NEEDED:
            self.fault(where, "", message, "end of file", "a line 0 behind each section")
        else:
            self._missing(where, message)

    def _missing(self, where: Record, message: str) -> None:
        self.warn(where, "SECTIONS_MISSING", message + "; what is missing is read as empty")

    def _just_ended(self) -> bool:
        """Whether the last thing in the file was the end of a section."""
        for number in range(len(self._lines) - 1, 2, -1):
            if self._lines[number].strip():
                try:
                    return record(number + 1, self._lines[number]).ends_section
                except ValueError:
                    return False
        return False

    def _check_end(self, head: Record) -> None:
        if section_ended(head.comment) not in (None, self.section):
            self._misnamed.append((head, self.section))

    def end(self) -> None:
        """Behind the last section: sections whose number is not the version's were misread.

        Junk is harmless there, and so are words behind each 0 that name another section where the
        number is right. Too few are a fault only together with such words: data may end early.
        """
        extra = None if self._data_ended else self._one_more_end()
        self.section = ""
        for row, section in self._misnamed[:1]:
            words = f"the {section} section ends with words that name another"
            if extra is None and not self._data_ended:
                self.warn(row, "SECTION_NAME", words)
                return
            self._shifted(row, words, row.comment[:60])
            return
        if extra is not None:
            words = f"a 0 behind the last section of version {self.version}"
            self._shifted(extra, words, "one 0 too many")

    def _shifted(self, row: Record, message: str, found: str) -> None:
        allowed = f"one line 0 behind each section of version {self.version}"
        fault = self.finding(row.line, "", "RAW_RECORD", message, found, allowed)
        self.faults.insert(0, fault)  # the cause of what else there is

    def _one_more_end(self) -> Record | None:
        while self._next < len(self._lines):
            self._next += 1
            try:
                row = record(self._next, self._lines[self._next - 1])
            except ValueError:
                continue
            if row.ends_data:
                break
            if row.items == ["0"]:
                return row
        return None

    # --- fields ------------------------------------------------------------------------------

    def fields(
        self,
        row: Record,
        columns: Sequence[Column],
        start: int = 0,
        more: int | None = None,
        **defaults: object,
    ) -> dict[str, Any] | None:
        """Values by attribute from item `start` on; None when one of them is wrong.

        `more` items may follow the columns (None with `start`: the caller limits them).
        """
        if start == 0 and len(columns) > 5:
            self.limit_items(row, len(columns) + (more or 0))
        items = row.items
        count = len(items)
        values: dict[str, Any] = {}
        good = True
        for position, column in enumerate(columns, start):
            if column.attribute is None:
                continue
            item = items[position] if position < count else ""
            if not item:
                if column.required:
                    self.fault(row, column.name, "the field is required", "nothing", "a value")
                    good = False
                values[column.attribute] = defaults.get(column.attribute, column.default)
                continue
            try:
                values[column.attribute] = self.bus(item) if column.is_bus else column.convert(item)
            except ValueError:
                allowed = "a bus" if column.is_bus else allowed_text(column.convert)
                self.fault(row, column.name, "the field cannot be read", item[:60], allowed)
                good = False
        return values if good else None

    def value(
        self, row: Record, position: int, name: str, convert: Callable[[str], T], default: T
    ) -> T:
        """One field; the default when it is absent, or wrong (which is a fault)."""
        item = row.items[position] if position < len(row.items) else ""
        if not item:
            return default
        try:
            return convert(item)
        except ValueError:
            allowed = allowed_text(convert)
            self.fault(row, name, "the field cannot be read", item[:60], allowed)
            return default

    def code(
        self, row: Record, position: int, name: str, allowed: Sequence[int], default: int
    ) -> int:
        """A field that is one of a few numbers; the default when it is absent, or wrong."""
        value = self.value(row, position, name, integer, default)
        if value in allowed:
            return value
        self.fault(row, name, "this code is unknown", str(value), ", ".join(map(str, allowed)))
        return default

    def limit_items(self, row: Record, most: int) -> None:
        """More items than the layout has fields mean that another version is being misread."""
        if len(row.items) > most:
            self.fault(
                row, "", f"too many fields in a {self.section} record",
                f"{len(row.items)}", f"at most {most} in version {self.version}",
            )  # fmt: skip

    def owners(self, row: Record, start: int) -> Owners:
        """Up to four (owner, fraction) pairs; padding with zeros means none."""
        pairs = []
        for k in range(start, min(len(row.items), start + OWNER_ITEMS), 2):
            owner = self.value(row, k, f"O{(k - start) // 2 + 1}", _owner, 0)
            share = self.value(row, k + 1, f"F{(k - start) // 2 + 1}", _share, 1.0)
            if owner:
                pairs.append((owner, share))
        return tuple(pairs)

    def bus(self, item: str) -> int:
        """A bus number or extended name, either with a minus sign; ValueError otherwise."""
        try:
            return integer(item)
        except ValueError:
            name = item
        sign = -1 if name.startswith("-") else 1
        name = name.removeprefix("-")
        key = (name[:12].strip(), real(name[12:]))
        if key not in self._buses_by_name:
            raise ValueError(item)
        return sign * self._buses_by_name[key]

    def name_buses(self, buses: Sequence[Bus]) -> None:
        """Make the extended names (12 characters and the base kV) known; doubles name nothing."""
        seen: dict[tuple[str, float], list[int]] = {}
        for bus in buses:
            seen.setdefault((bus.name[:12].strip(), bus.base_kv), []).append(bus.number)
        self._buses_by_name = {key: found[0] for key, found in seen.items() if len(found) == 1}

    # --- findings ----------------------------------------------------------------------------

    def fault(self, row: Record, field: str, message: str, found: str, allowed: str) -> None:
        """Note a fault; too many of them end the reading at once."""
        self.faults.append(self.finding(row.line, field, "RAW_RECORD", message, found, allowed))
        if len(self.faults) >= MOST_FINDINGS:
            self.fault_limit_reached()

    def fault_limit_reached(self) -> None:
        """Refuse now: what follows would be more of the same."""
        self.faults.append(
            self.finding(0, "", "TOO_MANY_FAULTS", "reading stopped", str(MOST_FINDINGS), "")
        )
        self.refuse_if_faulty()

    def warn(self, row: Record, code: str, message: str) -> None:
        """Note what is odd but has one reading."""
        self.warnings.append(self.finding(row.line, "", code, message, "", ""))

    def finding(
        self, line: int, field: str, code: str, message: str, found: str, allowed: str
    ) -> Finding:
        """A finding at a line and field of this file."""
        where = self._file + (f" line {line}" if line else "")
        where += f" field {field}" if field else ""
        section = f" ({self.section} section)" if self.section else ""
        remedy = "correct the record" if code == "RAW_RECORD" else ""
        return Finding(code, message + section, where, found, allowed, remedy)

    def refuse_if_faulty(self) -> None:
        """Raise Refused with all faults so far, if any."""
        if self.faults:
            raise Refused(self.faults)


def _is_figure(item: str) -> bool:
    """A number other than 0: some writers end sections with a row of zeros."""
    try:
        return real(item) != 0
    except ValueError:
        return False


def _owner(item: str) -> int:
    return integer(item)


def _share(item: str) -> float:
    return real(item)
