"""The fixtures as a world to trade in: the network, its outages, who lives there, their load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from simulator.clearing.day_ahead_inputs import DayAheadInputs, read_day_ahead_folder
from simulator.domain import Finding, Refused, refuse_if_any
from simulator.domain.table import (
    Column,
    TableRow,
    integer,
    number,
    read_table,
)
from simulator.market.outages import (
    OUTAGE_COLUMNS,
    PlannedOutage,
    planned_outage,
)
from simulator.market.retirements import (
    RETIREMENT_COLUMNS,
    Retirement,
    retirement,
    retirement_findings,
)
from simulator.network.branch import BranchKey
from simulator.network.folder import read_network_folder
from simulator.network.model import NetworkModel
from simulator.participants.layer import MarketLayer, market_layer
from simulator.participants.load import LoadCurve, load_curve

Made = TypeVar("Made")


@dataclass(frozen=True)
class WorldFolder:
    """Everything that is read once; `raw_text` is the power-flow case as released."""

    model: NetworkModel
    raw_text: str
    outages: tuple[PlannedOutage, ...]
    retirements: tuple[Retirement, ...]
    layer: MarketLayer
    load_curve: LoadCurve
    day_ahead: DayAheadInputs
    coordinates: dict[int, tuple[float, float]]


_COORDINATES = (Column("Bus", integer), Column("Latitude", number), Column("Longitude", number))


def read_world_folder(network: Path, participants: Path, load_history: Path) -> WorldFolder:
    """The three folders' files, every fault of all of them at once in one refusal."""
    findings: list[Finding] = []
    model = _collected(findings, lambda: _model(network))
    places = _texts(findings, network / "location_zones.csv", network / "rights.csv")
    roster = _texts(findings, participants / "roster.csv")
    layer = (
        _collected(findings, lambda: market_layer(*places, *roster)) if places and roster else None
    )
    levels = _texts(findings, load_history / "levels.csv", load_history / "shapes.csv")
    curve = _collected(findings, lambda: load_curve(*levels)) if levels else None
    dispatch = (
        _collected(findings, lambda: read_day_ahead_folder(network, model)) if model else None
    )
    outages = _table(network / "planned_outages.csv", OUTAGE_COLUMNS, findings)
    retired = _table(network / "retirements.csv", RETIREMENT_COLUMNS, findings)
    coordinates = _table(network / "coordinates.csv", _COORDINATES, findings)
    released = _texts(findings, network / "network.raw", encoding="latin-1")
    if model is not None and layer is not None:
        findings += _reference_findings(model, outages, layer) + retirement_findings(retired, model)
    refuse_if_any(findings)
    assert model is not None
    assert layer is not None
    assert curve is not None
    assert dispatch is not None
    return WorldFolder(
        model,
        released[0],
        tuple(planned_outage(row) for row in outages),
        tuple(retirement(row) for row in retired),
        layer,
        curve,
        dispatch,
        {row["Bus"]: (row["Latitude"], row["Longitude"]) for row in coordinates},
    )


def _collected(findings: list[Finding], read: Callable[[], Made]) -> Made | None:
    """What `read` makes; None, and its findings with the others, when it refuses."""
    try:
        return read()
    except Refused as refusal:
        findings.extend(refusal.findings)
        return None


def _model(folder: Path) -> NetworkModel:
    model = read_network_folder(folder)
    if model.locations is None:
        raise Refused([_missing(folder / "locations.csv")])
    return model


def _texts(findings: list[Finding], *files: Path, encoding: str = "utf-8") -> list[str]:
    """The files' texts; none at all, and findings, when one is missing or unreadable."""
    texts = []
    for file in files:
        try:
            texts.append(file.read_text(encoding=encoding))
        except FileNotFoundError:
            findings.append(_missing(file))
        except (OSError, UnicodeDecodeError) as error:
            findings.append(_unreadable(file, error))
    return texts if len(texts) == len(files) else []


def _table(
    path: Path, columns: tuple[Column, ...], findings: list[Finding]
) -> tuple[TableRow, ...]:
    """The rows of an optional file; a file that is not there holds none."""
    if not path.exists():
        return ()
    rows: tuple[TableRow, ...] = ()
    for content in _texts(findings, path):
        rows, faults = read_table(content, str(path), columns)
        findings += faults
    return rows


def _branch(row: TableRow) -> BranchKey:
    return BranchKey(row["FromBus"], row["ToBus"], row["Circuit"])


def _reference_findings(
    model: NetworkModel, outages: tuple[TableRow, ...], layer: MarketLayer
) -> list[Finding]:
    findings = []
    for row in outages:
        try:
            position, _ = model.network.branch_index(_branch(row))
            findings += _limit_findings(row, float(model.network.rating_mw[position, 0]))
        except KeyError:
            found = f"{row['FromBus']},{row['ToBus']},{row['Circuit']}"
            findings.append(
                Finding(
                    "NET0001",
                    "the outage names no branch of the network",
                    row.where(),
                    found,
                    "a branch of network.raw",
                    "correct the bus numbers or the circuit",
                )
            )
        if row["Start"] >= row["End"]:
            findings.append(
                Finding(
                    "NET0002",
                    "the outage ends before it starts",
                    row.where("End"),
                    row["End"].isoformat(),
                    f"a date after {row['Start']}",
                    "End is the first day back in service",
                )
            )
    assert model.locations is not None
    unknown = sorted(name for name in layer.places if name not in model.locations)
    findings += [
        Finding(
            "NET0003",
            "the place is no location",
            "location_zones.csv column SourceSink",
            name,
            "a SourceSink of locations.csv",
            "correct the name",
        )
        for name in unknown
    ]
    return findings


def _limit_findings(row: TableRow, rating_mw: float) -> list[Finding]:
    """A derate lowers a limit that there is."""
    limit_mw = row.get("LimitMW")
    if limit_mw is None or limit_mw < rating_mw:
        return []
    return [
        Finding(
            "NET0007",
            "the outage does not lower the limit of the branch",
            row.where("LimitMW"),
            f"{limit_mw:g}",
            f"below its rating A of {rating_mw:g} MW" if rating_mw else "blank: it has no limit",
            "lower the limit, or leave it blank for out of service",
            "rulebook 3.5",
        )
    ]


def _missing(path: Path) -> Finding:
    return Finding(
        "NET0004",
        "the file is missing",
        where=str(path),
        allowed="a file with the columns that the README of the shipped fixtures tells",
        remedy="add the file",
    )


def _unreadable(path: Path, error: OSError | UnicodeDecodeError) -> Finding:
    return Finding(
        "NET0005",
        "the file cannot be read",
        where=str(path),
        found=str(error.strerror if isinstance(error, OSError) else error),
        allowed="a file of UTF-8 text",
        remedy="put the right file there, or save it as UTF-8",
    )
