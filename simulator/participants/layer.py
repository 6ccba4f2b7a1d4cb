"""The market layer that people live in: places, transmission rights, and the named roster."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from simulator.domain import Finding, Role, refuse_if_any

ZONE_COLUMNS = ("SourceSink", "Kind", "Zone", "DLAP", "GenerationMW", "LoadMW")
RIGHT_COLUMNS = ("RightID", "Holder", "Type", "Source", "Sink", "MW")
ROSTER_COLUMNS = (
    "ParticipantID",
    "Role",
    "Strategy",
    "Sink",
    "PeakLoadMW",
    "CollateralUSD",
    "Sources",
)


class Strategy(StrEnum):
    """What a person wants from the market."""

    LOAD_HEDGE = "LOAD_HEDGE"  # rights from its sources to its load
    PLANT_HEDGE = "PLANT_HEDGE"  # rights from its plants to hubs and load
    VALUE = "VALUE"  # rights that its forecast says are worth more than they cost
    COUNTERFLOW = "COUNTERFLOW"  # be paid to take rights against the usual flow


@dataclass(frozen=True)
class Place:
    """A location; `dlap` is the default LAP of its area, "" outside and for hubs.

    `kind` is GEN, LOAD, HUB, DLAP, SLAP, MLAP, CLAP, SP or ITC; the MW are those of its buses.
    """

    name: str
    kind: str
    zone: str
    dlap: str
    generation_mw: Decimal
    load_mw: Decimal


@dataclass(frozen=True)
class Right:
    """A transmission ownership right (TOR) or existing contract (ETC): capacity kept for it."""

    right_id: str
    holder: str
    right_type: str
    source: str
    sink: str
    mw: Decimal


@dataclass(frozen=True)
class SourceLimit:
    """Where a person's power comes from, and at most how much."""

    name: str
    mw: Decimal


@dataclass(frozen=True)
class RosterEntry:
    """One named participant, before chance gives it a name and traits."""

    participant_id: str
    role: Role
    strategy: Strategy
    sink: str
    peak_load_mw: Decimal
    collateral_usd: Decimal
    sources: tuple[SourceLimit, ...]


@dataclass(frozen=True)
class MarketLayer:
    """Everything a population is made from; `roster` in the order of importance."""

    places: Mapping[str, Place]
    rights: tuple[Right, ...]
    roster: tuple[RosterEntry, ...]


def market_layer(zones: str, rights: str, roster: str) -> MarketLayer:
    """The layer from the texts of `location_zones.csv`, `rights.csv` and `roster.csv`.

    Raises Refused with every fault of the three files.
    """
    findings: list[Finding] = []
    places = {
        row.text("SourceSink"): Place(
            row.text("SourceSink"),
            row.text("Kind"),
            row.text("Zone"),
            row.text("DLAP"),
            row.number("GenerationMW"),
            row.number("LoadMW"),
        )
        for row in _rows("location_zones.csv", zones, ZONE_COLUMNS, findings)
    }
    known_rights = tuple(
        Right(
            row.text("RightID"),
            row.text("Holder"),
            row.text("Type"),
            row.place("Source", places),
            row.place("Sink", places),
            row.number("MW"),
        )
        for row in _rows("rights.csv", rights, RIGHT_COLUMNS, findings)
    )
    entries = tuple(
        _roster_entry(row, places) for row in _rows("roster.csv", roster, ROSTER_COLUMNS, findings)
    )
    findings += _repeated(entries)
    refuse_if_any(findings)
    return MarketLayer(places, known_rights, entries)


def _roster_entry(row: _Row, places: Mapping[str, Place]) -> RosterEntry:
    return RosterEntry(
        row.identifier("ParticipantID"),
        Role(row.choice("Role", tuple(role.value for role in Role))),
        Strategy(row.choice("Strategy", tuple(strategy.value for strategy in Strategy))),
        row.place("Sink", places) if row.text("Sink") else "",
        row.number("PeakLoadMW"),
        row.number("CollateralUSD"),
        row.sources("Sources", places),
    )


def _repeated(entries: tuple[RosterEntry, ...]) -> Iterator[Finding]:
    if not entries:
        yield Finding(
            "roster-empty",
            "nobody takes part",
            "roster.csv",
            "no rows",
            "at least one participant",
            "add a row",
        )
    seen: set[str] = set()
    for entry in entries:
        if entry.participant_id in seen:
            yield Finding(
                "roster-repeated",
                "the participant is listed twice",
                "roster.csv, ParticipantID",
                entry.participant_id,
                "each participant once",
                "delete one of the rows",
            )
        seen.add(entry.participant_id)


@dataclass(frozen=True)
class _Row:
    """One row of a file, whose readers add a finding for what they cannot use."""

    where: str
    cells: Mapping[str, str]
    findings: list[Finding]

    def text(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> Decimal:
        return self._decimal(column, self.cells[column])

    def choice(self, column: str, allowed: tuple[str, ...]) -> str:
        found = self.cells[column]
        if found in allowed:
            return found
        self._finding("roster-choice", "not one of the choices", column, ", ".join(allowed))
        return allowed[0]

    def identifier(self, column: str) -> str:
        found = self.cells[column]
        if not (0 < len(found) <= 10 and found.isascii() and found.isalnum() and found.isupper()):
            self._finding("roster-id", "not a participant id", column, "1 to 10 of A-Z and 0-9")
        return found

    def place(self, column: str, places: Mapping[str, Place]) -> str:
        return self._place(column, self.cells[column], places)

    def sources(self, column: str, places: Mapping[str, Place]) -> tuple[SourceLimit, ...]:
        parts = [part.rpartition(":") for part in self.cells[column].split("|") if part]
        return tuple(
            SourceLimit(self._place(column, name, places), self._decimal(column, number))
            for name, _, number in parts
        )

    def _place(self, column: str, name: str, places: Mapping[str, Place]) -> str:
        if name not in places:
            allowed = "a location of location_zones.csv"
            self._finding("layer-place", f"unknown location {name!r}", column, allowed)
        return name

    def _decimal(self, column: str, text: str) -> Decimal:
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and number >= 0:
            return number
        self._finding("layer-number", "not an amount", column, "a number from 0 up")
        return Decimal(0)

    def _finding(self, code: str, message: str, column: str, allowed: str) -> None:
        where = f"{self.where}, {column}"
        found = self.cells[column]
        self.findings.append(Finding(code, message, where, found, allowed, "correct the cell"))


def _rows(
    name: str, text: str, columns: tuple[str, ...], findings: list[Finding]
) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text))
    header = tuple(next(reader, ()))
    if header != columns:
        allowed, found = ",".join(columns), ",".join(header)
        findings.append(
            Finding(
                "layer-columns", "the columns differ", name, found, allowed, "correct the header"
            )
        )
        return
    for cells in reader:
        where = f"{name}, row {reader.line_num}"
        if len(cells) == len(columns):
            yield _Row(where, dict(zip(columns, cells, strict=True)), findings)
        else:
            findings.append(
                Finding(
                    "layer-cells",
                    "the row has the wrong number of cells",
                    where,
                    str(len(cells)),
                    str(len(columns)),
                    "correct the row",
                )
            )
