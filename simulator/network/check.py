"""What must hold between the records of a case, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from simulator.domain import Finding, refuse_if_any
from simulator.network.branch import BranchKey
from simulator.network.branch_data import case_branches
from simulator.network.case import Case, Line, Transformer

SMALLEST_REACTANCE_PU = 1e-9  # anything smaller counts as none (psse_raw 4.4)
HIGHEST_BUS = {"PSS/E RAW": 999_997, "MATPOWER": 2**31 - 1}


def checked(case: Case, file: str) -> Case:
    """`case` with warnings added; Refused with every fault that its records have together."""
    check = _Check(file, case)
    refuse_if_any(check.faults())
    return replace(case, warnings=(*case.warnings, *check.warnings()))


class _Check:
    def __init__(self, file: str, case: Case) -> None:
        self.file = file
        self.case = case
        self.bus = {bus.number: bus for bus in case.buses}

    def faults(self) -> Iterator[Finding]:
        if not self.case.buses:
            yield Finding("NO_BUSES", "the case has no bus", where=self.file, found="0 buses")
        yield from self._buses()
        yield from self._at_buses()
        yield from self._branches()
        yield from self._groups()

    # --- records at one bus ------------------------------------------------------------------

    def _buses(self) -> Iterator[Finding]:
        highest = HIGHEST_BUS[self.case.format]
        for bus in self.case.buses:
            if not 1 <= bus.number <= highest:
                yield self._finding(bus, "I", "a bus number", bus.number, f"1 to {highest}")
            if bus.type not in (1, 2, 3, 4):
                yield self._finding(bus, "IDE", "a bus type", bus.type, "1, 2, 3 or 4")
            if bus.base_kv < 0:
                yield self._finding(bus, "BASKV", "a base voltage", bus.base_kv, "0 or more")
        yield from self._doubles(self.case.buses, lambda bus: bus.number, "bus")

    def _at_buses(self) -> Iterator[Finding]:
        case = self.case
        for name, records in (
            ("load", case.loads),
            ("generator", case.generators),
            ("fixed shunt", case.fixed_shunts),
        ):
            rows: Sequence[Any] = records
            for record in rows:
                yield from self._known(record, record.bus, "I")
                if record.status not in (0, 1):
                    yield self._finding(record, "STATUS", "a status", record.status, "0 or 1")
            yield from self._doubles(rows, lambda record: (record.bus, record.id), name)
        for link in case.dc_links:
            for bus, _ in link.injections:
                yield from self._known(link, bus, "converter bus")
        for device in case.facts:
            yield from self._known(device, device.from_bus, "I")
            if device.to_bus:
                yield from self._known(device, device.to_bus, "J")

    # --- branches ----------------------------------------------------------------------------

    def _branches(self) -> Iterator[Finding]:
        for line in self.case.lines:
            yield from self._ends(line, (line.from_bus, line.to_bus))
            if line.status not in (0, 1):
                yield self._finding(line, "ST", "a status", line.status, "0 or 1")
            yield from self._ratings(line, line, "RATE")
        for transformer in self.case.transformers:
            yield from self._ends(transformer, transformer.buses)
            yield from self._transformer(transformer)
        two_ended = [
            *self.case.lines,
            *(item for item in self.case.transformers if not item.third_bus),
        ]
        yield from self._doubles(
            two_ended,
            lambda item: BranchKey(item.from_bus, item.to_bus, item.circuit).undirected,
            "branch",
        )
        yield from self._doubles(
            [item for item in self.case.transformers if item.third_bus],
            lambda item: (tuple(sorted(item.buses)), item.circuit),
            "three-winding transformer",
        )

    def _ends(self, record: Line | Transformer, buses: Sequence[int]) -> Iterator[Finding]:
        for bus, field in zip(buses, "IJK", strict=False):
            yield from self._known(record, bus, field)
        if len(set(buses)) < len(buses):
            found = "-".join(map(str, buses))
            yield self._finding(record, "J", "a branch from a bus to itself", found, "two buses")

    def _transformer(self, item: Transformer) -> Iterator[Finding]:
        statuses = (0, 1, 2, 3, 4) if item.third_bus else (0, 1)
        for field, value, allowed in (
            ("CW", item.cw, (1, 2, 3)),
            ("CZ", item.cz, (1, 2, 3)),
            ("STAT", item.status, statuses),
        ):
            if value not in allowed:
                yield self._finding(item, field, "a code", value, f"one of {allowed}")
        if item.cz != 1:
            for impedance in item.impedances:
                if impedance.base_mva <= 0:
                    yield self._finding(
                        item, "SBASE1-2", "an impedance base", impedance.base_mva, "> 0 MVA"
                    )
                watts_pu = impedance.r / (1e6 * impedance.base_mva) if impedance.base_mva else 0
                if item.cz == 3 and abs(watts_pu) > abs(impedance.x):
                    yield self._finding(
                        item, "R1-2", "a load loss beyond |Z|", impedance.r, "less than |Z|"
                    )
        for number, winding in enumerate(item.windings, 1):
            if winding.voltage is not None and winding.voltage <= 0:
                yield self._finding(
                    item, f"WINDV{number}", "a winding voltage", winding.voltage, "> 0"
                )
            bus = self.bus.get(item.buses[number - 1]) if number <= len(item.buses) else None
            needs_kv = item.cw == 2 and winding.voltage is not None
            if bus is not None and needs_kv and bus.base_kv == 0:
                yield self._finding(
                    item, f"WINDV{number}", "a winding voltage in kV at a bus without base kV",
                    winding.voltage, "CW 1, or a base voltage",
                )  # fmt: skip
            yield from self._ratings(item, winding, "RAT")

    def _ratings(self, record: Any, rated: Any, name: str) -> Iterator[Finding]:
        for letter in "abc":
            rating = getattr(rated, f"rate_{letter}_mva")
            if rating < 0:
                yield self._finding(record, name + letter.upper(), "a rating", rating, "0 or more")

    def _groups(self) -> Iterator[Finding]:
        pairs = {frozenset((item.from_bus, item.to_bus)) for item in self.case.lines}
        two_ended = (item for item in self.case.transformers if not item.third_bus)
        pairs |= {frozenset((item.from_bus, item.to_bus)) for item in two_ended}
        for group in self.case.multi_section:
            path = group.path
            for a, b in pairwise(path):
                if frozenset((a, b)) not in pairs:
                    yield self._finding(
                        group, "DUM", "a multi-section line along no branch", f"{a}-{b}",
                        "buses joined by branches of this file",
                    )  # fmt: skip

    # --- warnings ----------------------------------------------------------------------------

    def warnings(self) -> Iterator[Finding]:
        if not any(bus.type == 3 for bus in self.case.buses):
            yield Finding(
                "NO_SWING",
                "the case has no swing bus; the bus of lowest number is the reference",
                where=self.file,
                remedy="give one bus type 3",
            )
        for branch in case_branches(self.case):
            if branch.in_service and abs(branch.z_pu.imag) < SMALLEST_REACTANCE_PU:
                name = f"{branch.key.from_bus}-{branch.key.to_bus}"
                what = f"transformer {name}" if branch.is_transformer else f"line {name}"
                if branch.key.to_bus < 0:
                    what = f"the winding at bus {branch.key.from_bus} of a transformer's star"
                yield self._warning(branch, "ZERO_REACTANCE", f"{what} has no reactance")
        for device in self.case.facts:
            if device.to_bus and device.mode:
                yield self._warning(
                    device, "FACTS_IGNORED", f"series FACTS device {device.name} is not modelled"
                )

    # --- shapes of findings ------------------------------------------------------------------

    def _known(self, record: Any, bus: int, field: str) -> Iterator[Finding]:
        if bus not in self.bus:
            yield Finding(
                "UNKNOWN_BUS",
                "the bus does not exist",
                where=self._where(record, field),
                found=str(bus),
                allowed="a bus of the bus section",
                remedy="add the bus or correct the number",
            )

    def _doubles(self, records: Iterable[Any], key: Any, name: str) -> Iterator[Finding]:
        first: dict[Any, int] = {}
        for record in records:
            identity = key(record)
            if identity in first:
                shown = identity if isinstance(identity, int | BranchKey) else list(identity)
                yield Finding(
                    "DUPLICATE",
                    f"the same {name} is there twice",
                    where=self._where(record, ""),
                    found=f"{shown}, first on line {first[identity]}",
                    allowed="one record for each",
                    remedy="remove one of them or give it its own identifier",
                )
            first.setdefault(identity, record.line)

    def _finding(self, record: Any, field: str, what: str, found: object, allowed: str) -> Finding:
        return Finding(
            "NOT_ALLOWED",
            f"{what} is not allowed here",
            where=self._where(record, field),
            found=str(found),
            allowed=allowed,
            remedy="correct the record",
        )

    def _warning(self, record: Any, code: str, message: str) -> Finding:
        return Finding(code, message, where=self._where(record, ""))

    def _where(self, record: Any, field: str) -> str:
        line = f" line {record.line}" if record.line else ""
        return f"{self.file}{line}" + (f" field {field}" if field else "")
