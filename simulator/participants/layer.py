"""The market layer that people live in: places, transmission rights, and the named roster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Finding, Period, Role, refuse_if_any
from simulator.domain.table import (
    Column,
    TableRow,
    any_text,
    choice,
    decimal,
    iso_date,
    read_table,
    text,
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
    """A transmission ownership right (TOR) or existing contract (ETC): capacity kept for it.

    `end` is the first day on which it is over; None is a right without an end.
    """

    right_id: str
    holder: str
    right_type: str
    source: str
    sink: str
    mw: Decimal
    end: date | None = None

    def in_effect(self, period: Period) -> bool:
        """Whether the right still counts in the period: on one of its days at least."""
        return self.end is None or self.end > period.start


@dataclass(frozen=True)
class LocationLimit:
    """Where a person's power comes from, and at most how much; or where it goes, at its peak."""

    name: str
    mw: Decimal


@dataclass(frozen=True)
class RosterEntry:
    """One named participant, before chance gives it a name and traits.

    `more_loads` are the peak loads at its sinks beside the first.
    """

    participant_id: str
    role: Role
    strategy: Strategy
    sink: str
    peak_load_mw: Decimal
    collateral_usd: Decimal
    sources: tuple[LocationLimit, ...]
    more_loads: tuple[LocationLimit, ...] = ()


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
    zone_rows, findings = read_table(zones, "location_zones.csv", _ZONES)
    right_rows, faults = read_table(rights, "rights.csv", _RIGHTS)
    roster_rows, more_faults = read_table(roster, "roster.csv", _ROSTER)
    findings += faults + more_faults
    places = {row["SourceSink"]: _place(row) for row in zone_rows}
    entries = tuple(_entry(row) for row in roster_rows)
    findings += _repeated(zone_rows, "SourceSink") + _repeated(roster_rows, "ParticipantID")
    findings += _unknown_places(right_rows, roster_rows, places) + _odd_sinks(roster_rows)
    if not roster_rows and not findings:
        findings.append(
            Finding(
                "ROS0001",
                "nobody takes part",
                "roster.csv",
                "no rows",
                "one row or more",
                "add one",
            )
        )
    refuse_if_any(findings)
    return MarketLayer(places, tuple(_right(row) for row in right_rows), entries)


def _amount(cell: str) -> Decimal:
    value: Decimal = decimal(3)(cell)
    if value < 0:
        raise ValueError("a number from 0 up, with at most 3 decimals")
    return value


def _identifier(cell: str) -> str:
    if not (0 < len(cell) <= 10 and cell.isascii() and cell.isalnum() and cell.upper() == cell):
        raise ValueError("1 to 10 of A-Z and 0-9")
    return cell


def _last_day(cell: str) -> date | None:
    return iso_date(cell) if cell else None


def _located(cell: str) -> tuple[LocationLimit, ...]:
    parts = [part.rpartition(":") for part in cell.split("|") if part]
    return tuple(LocationLimit(text(name), _amount(number)) for name, _, number in parts)


_ZONES = (
    Column("SourceSink", text),
    Column("Kind", choice(("GEN", "LOAD", "HUB", "DLAP", "SLAP", "MLAP", "CLAP", "SP", "ITC"))),
    Column("Zone", text),
    Column("DLAP", any_text),
    Column("GenerationMW", _amount),
    Column("LoadMW", _amount),
)
_RIGHTS = (
    Column("RightID", text),
    Column("Holder", text),
    Column("Type", choice(("TOR", "ETC", "CVR"))),
    Column("Source", text),
    Column("Sink", text),
    Column("MW", _amount),
    Column("LastDay", _last_day, optional=True),
)
_ROSTER = (
    Column("ParticipantID", _identifier),
    Column("Role", choice([role.value for role in Role])),
    Column("Strategy", choice([strategy.value for strategy in Strategy])),
    Column("Sink", any_text),
    Column("PeakLoadMW", _amount),
    Column("CollateralUSD", _amount),
    Column("Sources", _located),
    Column("MoreSinks", _located, optional=True),
)


def _place(row: TableRow) -> Place:
    return Place(
        row["SourceSink"],
        row["Kind"],
        row["Zone"],
        row["DLAP"],
        row["GenerationMW"],
        row["LoadMW"],
    )


def _right(row: TableRow) -> Right:
    last: date | None = row.get("LastDay")
    end = last + timedelta(days=1) if last else None
    ends = row["Source"], row["Sink"]
    return Right(row["RightID"], row["Holder"], row["Type"], *ends, row["MW"], end)


def _entry(row: TableRow) -> RosterEntry:
    return RosterEntry(
        row["ParticipantID"],
        Role(row["Role"]),
        Strategy(row["Strategy"]),
        row["Sink"],
        row["PeakLoadMW"],
        row["CollateralUSD"],
        row["Sources"],
        row.get("MoreSinks", ()),
    )


def _repeated(rows: Sequence[TableRow], column: str) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for row in rows:
        if row[column] in seen:
            findings.append(
                Finding(
                    "ROS0002",
                    "there is a row for this already",
                    row.where(column),
                    row[column],
                    "one row each",
                    "delete one of the rows",
                )
            )
        seen.add(row[column])
    return findings


def _unknown_places(
    rights: Sequence[TableRow], roster: Sequence[TableRow], places: Mapping[str, Place]
) -> list[Finding]:
    return [
        Finding(
            "ROS0003",
            "the location is not known",
            row.where(column),
            name,
            "a location of location_zones.csv",
            "correct the name or add the location",
        )
        for row, column, name in _named_places(rights, roster)
        if name not in places
    ]


def _named_places(
    rights: Sequence[TableRow], roster: Sequence[TableRow]
) -> Iterator[tuple[TableRow, str, str]]:
    for row in rights:
        yield row, "Source", row["Source"]
        yield row, "Sink", row["Sink"]
    for row in roster:
        if row["Sink"]:
            yield row, "Sink", row["Sink"]
        for column in ("Sources", "MoreSinks"):
            for at in row.get(column, ()):
                yield row, column, at.name


def _odd_sinks(roster: Sequence[TableRow]) -> list[Finding]:
    """Further sinks stand beside a first one, each once, and not outside the balancing area:
    the need that is shown there is of one scheduling point (rulebook 2.7).
    """
    findings = []
    for row in roster:
        sinks = [row["Sink"], *(at.name for at in row.get("MoreSinks", ()))]
        outside = row["Role"] == Role.OBAALSE.value
        if len(sinks) > 1 and (outside or not row["Sink"] or len(set(sinks)) < len(sinks)):
            findings.append(
                Finding(
                    "ROS0004",
                    "the further sinks do not fit",
                    row.where("MoreSinks"),
                    ", ".join(sinks),
                    "different sinks beside the first, of an entity inside the balancing area",
                    "correct the sinks",
                    "rulebook 2.6",
                )
            )
    return findings
