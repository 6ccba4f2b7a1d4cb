"""MATPOWER case (format version 2) to a `Case`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from simulator.domain import Finding, refuse_if_any
from simulator.network.case import (
    Bus,
    Case,
    DcLink,
    Generator,
    Impedance,
    Line,
    Load,
    Transformer,
    Winding,
)
from simulator.network.check import checked
from simulator.network.matpower.lexer import Assignments, MatrixRow, read_assignments
from simulator.network.raw.layout import integer, real
from simulator.network.raw.lexer import text_lines

T = TypeVar("T")
Branch = Line | Transformer

_BUS = ("BUS_I", "BUS_TYPE", "PD", "QD", "GS", "BS", "AREA", "VM", "VA", "BASE_KV", "ZONE")
_GEN = ("GEN_BUS", "PG", "QG", "QMAX", "QMIN", "VG", "MBASE", "GEN_STATUS", "PMAX", "PMIN")
_BRANCH = (
    "F_BUS", "T_BUS", "BR_R", "BR_X", "BR_B", "RATE_A", "RATE_B", "RATE_C", "TAP", "SHIFT",
    "BR_STATUS",
)  # fmt: skip
_DCLINE = ("F_BUS", "T_BUS", "BR_STATUS", "PF", "PT")
_WHOLE = {"BUS_I", "BUS_TYPE", "GEN_BUS", "F_BUS", "T_BUS", "AREA", "ZONE", "GEN_STATUS", "BR_STATUS"}  # noqa: E501  # fmt: skip
NO_LIMIT = 9999.0  # what PSS/E takes for a machine without a limit
_MAY_BE_INFINITE = {"QMAX", "QMIN", "PMAX", "PMIN", "RATE_A", "RATE_B", "RATE_C"}


def read_matpower(data: bytes, file: str = "network.m") -> Case:
    """The case in `data`; Refused with every fault found.

    Parallel branches have no names in this format: circuits are 1, 2, ... in file order between
    two buses, generators likewise at a bus. A branch with a tap ratio or a shift is a transformer.
    """
    found = read_assignments(text_lines(data, file), file)
    reader = _Reader(file, found)
    base_mva = reader.base_mva()
    buses, loads = reader.buses()
    generators = reader.generators(base_mva)
    branches = reader.branches(base_mva)
    links = reader.dc_links()
    refuse_if_any(found.findings)
    return checked(
        Case(
            base_mva=base_mva,
            buses=buses,
            loads=loads,
            generators=generators,
            lines=tuple(item for item in branches if isinstance(item, Line)),
            transformers=tuple(item for item in branches if isinstance(item, Transformer)),
            dc_links=links,
            format="MATPOWER",
            version=2,
            warnings=tuple(reader.warnings),
        ),
        file,
    )


class _Reader:
    def __init__(self, file: str, found: Assignments) -> None:
        self.file = file
        self.found = found
        self.warnings: list[Finding] = []
        version = found.scalars.get("version", (0, ""))[1].strip("'\"")
        if version != "2":
            line = found.scalars.get("version", (1, ""))[0]
            self._fault(line, "version", "the case format", version or "none", "mpc.version = '2'")

    def base_mva(self) -> float:
        line, text = self.found.scalars.get("baseMVA", (1, ""))
        value = self._convert(line, "baseMVA", text or "none", real, 100.0)
        if value <= 0:
            self._fault(line, "baseMVA", "the MVA base", text, "> 0")
        return value

    def buses(self) -> tuple[tuple[Bus, ...], tuple[Load, ...]]:
        buses, loads = [], []
        names = [row.items[0] for row in self.found.matrices.get("bus_name", [])]
        for number, (row, v) in enumerate(self._rows("bus", _BUS)):
            name = names[number] if number < len(names) else ""
            whole = {key: int(v[key]) for key in ("BUS_I", "BUS_TYPE", "AREA", "ZONE")}
            bus = Bus(
                number=whole["BUS_I"], name=name.strip(), base_kv=v["BASE_KV"],
                type=whole["BUS_TYPE"], gl_mw=v["GS"], bl_mvar=v["BS"], area=whole["AREA"],
                zone=whole["ZONE"], vm_pu=v["VM"], va_deg=v["VA"], line=row.line,
            )  # fmt: skip
            buses.append(bus)
            if v["PD"] or v["QD"]:
                loads.append(
                    Load(bus.number, area=bus.area, zone=bus.zone, p_mw=v["PD"], q_mvar=v["QD"],
                         line=row.line)
                )  # fmt: skip
        return tuple(buses), tuple(loads)

    def generators(self, base_mva: float) -> tuple[Generator, ...]:
        at_bus: Counter[int] = Counter()
        generators = []
        for row, v in self._rows("gen", _GEN):
            bus = int(v["GEN_BUS"])
            at_bus[bus] += 1
            limits = {key: max(-NO_LIMIT, min(NO_LIMIT, v[key])) for key in ("QMAX", "QMIN")}
            power = {key: self._finite_mw(row.line, bus, key, v[key]) for key in ("PMAX", "PMIN")}
            generators.append(
                Generator(
                    bus=bus,
                    id=str(at_bus[bus]),
                    p_mw=v["PG"],
                    q_mvar=v["QG"],
                    q_max_mvar=limits["QMAX"],
                    q_min_mvar=limits["QMIN"],
                    v_set_pu=v["VG"],
                    base_mva=v["MBASE"] or base_mva,
                    status=int(v["GEN_STATUS"] > 0),
                    p_max_mw=power["PMAX"],
                    p_min_mw=power["PMIN"],
                    line=row.line,
                )
            )
        return tuple(generators)

    def branches(self, base_mva: float) -> tuple[Branch, ...]:
        parallel: Counter[tuple[int, int]] = Counter()
        branches: list[Branch] = []
        for row, v in self._rows("branch", _BRANCH):
            ends = int(v["F_BUS"]), int(v["T_BUS"])
            between = min(ends), max(ends)
            parallel[between] += 1
            circuit = str(parallel[between])
            a, b, c = (0.0 if math.isinf(v[key]) else v[key] for key in _BRANCH[5:8])
            status = int(v["BR_STATUS"])
            if v["TAP"] == 0 and v["SHIFT"] == 0:
                branches.append(
                    Line(
                        *ends, circuit, v["BR_R"], v["BR_X"], v["BR_B"], a, b, c,
                        status=status, line=row.line,
                    )
                )  # fmt: skip
                continue
            first = Winding(v["TAP"] or 1.0, 0.0, v["SHIFT"], a, b, c)
            branches.append(
                Transformer(
                    *ends, circuit=circuit, mag2=v["BR_B"], status=status, line=row.line,
                    impedances=(Impedance(v["BR_R"], v["BR_X"], base_mva),),
                    windings=(first, Winding(1.0)),
                )
            )  # fmt: skip
        return tuple(branches)

    def dc_links(self) -> tuple[DcLink, ...]:
        if "dcline" not in self.found.matrices:
            return ()
        return tuple(
            DcLink(
                "two-terminal",
                str(number),
                (
                    (int(v["F_BUS"]), -v["PF"] if v["BR_STATUS"] else 0.0),
                    (int(v["T_BUS"]), v["PT"] if v["BR_STATUS"] else 0.0),
                ),
                line=row.line,
            )
            for number, (row, v) in enumerate(self._rows("dcline", _DCLINE), 1)
        )

    def _finite_mw(self, line: int, bus: int, column: str, mw: float) -> float:
        """Machines share what others lose by PMAX, which has to be a figure for that."""
        if math.isfinite(mw):
            return mw
        read = math.copysign(NO_LIMIT, mw)
        self.warnings.append(
            Finding(
                "INFINITE_MACHINE", f"{column} of a machine at bus {bus} is read as {read:g} MW",
                f"{self.file} line {line}", f"{mw}", "a finite number of MW", "state its capacity",
            )
        )  # fmt: skip
        return read

    def _rows(
        self, matrix: str, columns: Sequence[str]
    ) -> list[tuple[MatrixRow, dict[str, float]]]:
        if matrix not in self.found.matrices:
            self._fault(1, matrix, "a matrix", "missing", f"mpc.{matrix} = [...]")
        rows = []
        for row in self.found.matrices.get(matrix, []):
            if len(row.items) < len(columns):
                allowed = f"at least {len(columns)} columns"
                self._fault(row.line, matrix, "a row", f"{len(row.items)} columns", allowed)
                continue
            values = {
                name: self._number(row.line, name, item)
                for name, item in zip(columns, row.items, strict=False)
            }
            rows.append((row, values))
        return rows

    def _number(self, line: int, column: str, item: str) -> float:
        if column in _MAY_BE_INFINITE and item.lower().lstrip("+-") == "inf":
            return -math.inf if item.startswith("-") else math.inf
        if column in _WHOLE:
            return float(self._convert(line, column, item, integer, 0))
        return self._convert(line, column, item, real, 0.0)

    def _convert(
        self, line: int, column: str, item: str, convert: Callable[[str], T], default: T
    ) -> T:
        try:
            return convert(item)
        except ValueError:
            allowed = "a whole number" if convert is integer else "a number"
            self._fault(line, column, "the value", item[:60], allowed)
            return default

    def _fault(self, line: int, column: str, what: str, found: str, allowed: str) -> None:
        self.found.findings.append(
            Finding(
                "MATPOWER_VALUE", f"{what} of {column} cannot be used",
                f"{self.file} line {line}", found, allowed, "correct the case file",
            )
        )  # fmt: skip
