"""What a market was asked: the case folder of contract section 3, read a second time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from math import isfinite
from pathlib import Path

from simulator.network.read import read_case
from simulator.verify.electrical import grid_of
from simulator.verify.fleet import After, Machine, Plant, Trip, fleet_of
from simulator.verify.grid import Grid, Positions
from simulator.verify.submission import (
    Holding,
    Problem,
    Submission,
    read_holdings,
    read_submissions,
)
from simulator.verify.table import Row, read_rows, unreadable

BASE_CASE = "Base Case"
RATING = {"A": 0, "B": 1, "C": 2}
WIRE_COLUMNS = ("FromBus", "ToBus", "Circuit")


@dataclass(frozen=True)
class Tie:
    """An interface: wires with weights, and its limits (None: not limited)."""

    name: str
    terms: tuple[tuple[int, float], ...]
    forward_mw: float | None
    reverse_mw: float | None


@dataclass(frozen=True)
class Rules:
    """`market.toml` with the contract's defaults."""

    name: str
    kind: str
    objective: str
    limit_scale: float
    base_rating: str
    contingency_rating: str
    infeasible_base: str
    curve: str
    impedance_correction: bool

    @property
    def auction(self) -> bool:
        """Whether money decides."""
        return self.kind == "auction"


@dataclass(frozen=True)
class Question:
    """Everything that the answer has to answer to. `locations` None: bus numbers are locations."""

    rules: Rules
    plant: Plant
    contingencies: Mapping[str, Trip]
    ties: tuple[Tie, ...]
    watched: frozenset[int] | None
    locations: Mapping[tuple[str, str], Mapping[int, float]] | None
    holdings: tuple[Holding, ...]
    submissions: tuple[Submission, ...]

    @property
    def grid(self) -> Grid:
        """The network with the market's outages out."""
        return self.plant.grid

    def after(self, contingency: str) -> After:
        """The state after a contingency; a name that is none of them is the base case."""
        return self.plant.after(self.contingencies.get(contingency, Trip()), contingency)

    def opened(self, contingency: str) -> Positions:
        """The wires that a contingency takes out."""
        return self.contingencies.get(contingency, Trip()).opened

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every (period, time of use) that somebody asked for or holds, in order."""
        asked = {submission.problem for submission in self.submissions}
        return tuple(sorted(asked | {holding.problem for holding in self.holdings}))

    def injections(self, location: str, tou: str) -> Mapping[int, float]:
        """Bus numbers and shares of `location`, none in the other time of use of a location that
        has only one; `Refused` when it is unknown.
        """
        if self.locations is None:
            if location.isdigit() and int(location) in self.grid.bus_position:
                return {int(location): 1.0}
            raise unreadable("locations", location, "a bus number of the network")
        if location not in self.names:
            raise unreadable("locations.csv", location, "a location of the case")
        return self.locations.get((location, tou)) or self.locations.get((location, ""), {})

    @cached_property
    def names(self) -> frozenset[str]:
        """Every location: each has a price."""
        if self.locations is None:
            return frozenset(str(number) for number in self.grid.bus if number > 0)
        return frozenset(name for name, _ in self.locations)


def read_question(case: Path, private: Sequence[Path] = ()) -> Question:
    """The case folder `case`; submissions may lie in the folders `private`, one a participant."""
    rules = read_rules(case / "market.toml")
    network = next((case / name for name in ("network.raw", "network.m") if _is(case, name)), None)
    if network is None:
        raise unreadable(str(case), "neither file", "network.raw or network.m")
    power_flow = read_case(network)
    grid, fleet = grid_of(power_flow, rules.impedance_correction), fleet_of(power_flow)
    contingencies = _contingencies(grid, fleet, case)
    grid = grid.taken_out(_wires(grid, case / "outages.csv"))
    folders = [case, *private]
    return Question(
        rules=rules,
        plant=Plant(grid, fleet),
        contingencies=contingencies,
        ties=_ties(grid, case / "interfaces.csv"),
        watched=_wires(grid, case / "monitored.csv") if _is(case, "monitored.csv") else None,
        locations=_locations(grid, case / "locations.csv") if _is(case, "locations.csv") else None,
        holdings=read_holdings(case / "fixed_crrs.csv"),
        submissions=read_submissions(folders, auction=rules.auction),
    )


def read_rules(path: Path) -> Rules:
    """The market's rules, with defaults as in the contract."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        kind = str(data["kind"])
        auction = kind == "auction"
        rules = Rules(
            name=str(data["name"]),
            kind=kind,
            objective=str(
                data.get("objective", "bid_value" if auction else "weighted_least_squares")
            ),
            limit_scale=float(data.get("limit_scale", 1.0)),
            base_rating=str(data.get("base_rating", "A")),
            contingency_rating=str(data.get("contingency_rating", "B")),
            infeasible_base=str(data.get("infeasible_base", "relax")),
            curve=str(data.get("curve", "linear")),
            impedance_correction=data.get("impedance_correction", True) is not False,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(str(path), str(error), "the market's settings") from error
    if not isfinite(rules.limit_scale) or not {rules.base_rating, rules.contingency_rating} <= {
        *RATING
    }:
        raise unreadable(str(path), str(rules), "a finite limit_scale, ratings A, B or C")
    return rules


def _is(folder: Path, name: str) -> bool:
    return (folder / name).exists()


def _find(grid: Grid, row: Row) -> tuple[int, float]:
    try:
        return grid.find(row.whole("FromBus"), row.whole("ToBus"), row.text("Circuit") or "1")
    except KeyError as error:
        raise unreadable(row.where, str(error), "a branch of the network") from error


def _wires(grid: Grid, path: Path) -> Positions:
    rows = read_rows(path, WIRE_COLUMNS, optional=True)
    return frozenset().union(*(_opening(grid, row) for row in rows))


def _opening(grid: Grid, row: Row) -> Positions:
    try:
        return grid.opening(row.whole("FromBus"), row.whole("ToBus"), row.text("Circuit") or "1")
    except KeyError as error:
        raise unreadable(row.where, str(error), "a branch of the network") from error


def _contingencies(grid: Grid, fleet: Mapping[Machine, float], case: Path) -> dict[str, Trip]:
    """Wires and machines of one name are lost together."""
    named: dict[str, Trip] = {}
    for row in read_rows(case / "contingencies.csv", ("Contingency", *WIRE_COLUMNS), optional=True):
        trip = named.get(row.text("Contingency"), Trip())
        named[row.text("Contingency")] = Trip(trip.opened | _opening(grid, row), trip.lost)
    file = case / "generator_contingencies.csv"
    for row in read_rows(file, ("Contingency", "Bus", "ID"), optional=True):
        trip = named.get(row.text("Contingency"), Trip())
        named[row.text("Contingency")] = Trip(trip.opened, trip.lost | _machines(fleet, row))
    return {name: named[name] for name in sorted(named)}


def _machines(fleet: Mapping[Machine, float], row: Row) -> frozenset[Machine]:
    bus, name = row.whole("Bus"), row.text("ID").upper()
    found = frozenset(key for key in fleet if key[0] == bus and name in ("", key[1]))
    if not found:
        raise unreadable(row.where, f"{name or 'machines'} at bus {bus}", "machines in service")
    return found


def _ties(grid: Grid, path: Path) -> tuple[Tie, ...]:
    columns = ("Interface", *WIRE_COLUMNS, "Weight", "ForwardLimitMW", "ReverseLimitMW")
    rows = sorted(read_rows(path, columns, optional=True), key=lambda row: row.text("Interface"))
    ties = []
    for name, group in groupby(rows, key=lambda row: row.text("Interface")):
        members = list(group)
        terms = tuple(
            (position, sign * row.number("Weight", blank=1.0))
            for row in members
            for position, sign in [_find(grid, row)]
        )
        limits = [
            next((row.number(column) for row in members if row.text(column)), None)
            for column in ("ForwardLimitMW", "ReverseLimitMW")
        ]
        ties.append(Tie(name, terms, limits[0], limits[1]))
    return tuple(ties)


def _locations(grid: Grid, path: Path) -> dict[tuple[str, str], dict[int, float]]:
    found: dict[tuple[str, str], dict[int, float]] = {}
    for row in read_rows(path, ("SourceSink", "Bus", "Factor", "TOU")):
        when = row.text("TOU").upper()
        shares = found.setdefault((row.text("SourceSink"), "" if when == "BOTH" else when), {})
        bus = row.whole("Bus")
        if bus not in grid.bus_position:
            raise unreadable(row.where, str(bus), "a bus of the network")
        shares[bus] = shares.get(bus, 0.0) + row.number("Factor", blank=1.0)
    for (name, when), shares in found.items():
        if sum(shares.values()) <= 0:
            raise unreadable(f"{path.name} {name} {when}", "nothing", "factors that add to 1")
    return {
        key: {bus: share / sum(shares.values()) for bus, share in shares.items()}
        for key, shares in found.items()
    }
