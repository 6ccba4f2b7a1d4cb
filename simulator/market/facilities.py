"""What sponsors have built: the network that each market and each day is played on (7.4).

A line is in the models that are made after it was entered. Until its first day in service it is
out there, like any other branch that is out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from simulator.domain import Finding
from simulator.market.outages import PlannedOutage
from simulator.market.world import World
from simulator.network.branch import BranchKey, circuit_name
from simulator.network.case import Case, Line
from simulator.network.check import SMALLEST_REACTANCE_PU
from simulator.network.dc import DcNetwork
from simulator.network.upgrade import with_lines
from simulator.store import Transaction, books, tables

NOT_BUILT_YET = "not in service yet"
LARGEST_REACTANCE_PU = 1e4  # what carries next to nothing is no line
LARGEST_LIMIT_MW = 100_000  # more than any line carries, and still exact in 0.001 MW
SHAPE = "2407-2408 circuit 2 x 0.0254 rate 800"


@dataclass(frozen=True)
class Built:
    """The lines of a facility, in service from `start` on; entered at `awarded_at`."""

    name: str
    lines: tuple[Line, ...]
    start: date
    awarded_at: int

    @property
    def keys(self) -> tuple[BranchKey, ...]:
        """The names of its lines."""
        return tuple(BranchKey(line.from_bus, line.to_bus, line.circuit) for line in self.lines)


def line_of(text: str) -> Line:
    """`SHAPE` as a line: ends and circuit, reactance in per unit, MW that it carries.

    The rating holds in the base case and after outages. ValueError for anything else.
    """
    ends, circuit, x_pu, mw = _parts(text)
    from_bus, to_bus = map(int, ends.split("-"))
    return Line(
        from_bus, to_bus, circuit_name(circuit), x_pu=float(x_pu), rate_a_mva=float(mw),
        rate_b_mva=float(mw), rate_c_mva=float(mw),
    )  # fmt: skip


def _parts(text: str) -> tuple[str, str, str, str]:
    words = text.split()
    if len(words) != 7 or words[1::2] != ["circuit", "x", "rate"]:
        raise ValueError(f"{text!r} is not like {SHAPE!r}")
    return words[0], words[2], words[4], words[6]


def built(tx: Transaction) -> tuple[Built, ...]:
    """Every facility that was entered, in that order."""
    return tx.derived("merchant facilities", lambda: tuple(_built(tx)))


def _built(tx: Transaction) -> Iterator[Built]:
    rows = tx.rows(tables.merchant_facility)
    for row in sorted(rows, key=lambda row: (row["awarded_at"], row["facility"])):
        lines = tuple(map(line_of, json.loads(row["lines"])))
        yield Built(row["facility"], lines, row["start"], row["awarded_at"])


def as_built(tx: Transaction, world: World, before: int | None = None) -> World:
    """The world with what was entered before a moment, or by now; the same one without any."""
    known = built(tx) if before is None else tuple(b for b in built(tx) if b.awarded_at < before)
    return grown(world, known) if known else world


def known_to(tx: Transaction, world: World, market: str) -> World:
    """The world that a market's model was made from: with what was entered before it opened."""
    state = books.market(tx, market)
    assert state is not None
    return as_built(tx, world, state.opens_at)


def world_of(tx: Transaction, world: World, network: DcNetwork) -> World:
    """The world whose model a network came from: that with as many facilities as it has."""
    known = built(tx)
    several = (grown(world, known[:count]) for count in range(len(known), 0, -1))
    return next((one for one in several if one.folder.model.network.key == network.key), world)


def grown(world: World, known: tuple[Built, ...]) -> World:
    """The world with these facilities; made once."""
    key = ("as built", known)
    if key not in world.memo:
        folder = world.folder
        waiting = (
            PlannedOutage(name, date.min, each.start, "BOTH", NOT_BUILT_YET)
            for each in known
            for name in each.keys
        )
        lines = (line for each in known for line in each.lines)
        world.memo[key] = replace(
            world,
            folder=replace(
                folder,
                model=with_lines(folder.model, lines),
                outages=(*folder.outages, *waiting),
            ),
        )
    made = world.memo[key]
    assert isinstance(made, World)
    return made


def line_findings(case: Case, lines: tuple[Line, ...]) -> Iterator[Finding]:
    """Lines that lead nowhere, are there already, or have no reactance or no limit."""
    buses = {bus.number for bus in case.buses}
    taken = {
        BranchKey(item.from_bus, item.to_bus, item.circuit).undirected for item in case.lines
    } | {
        BranchKey(item.buses[0], item.buses[1], item.circuit).undirected
        for item in case.transformers
    }  # fmt: skip
    if not lines:
        yield _fault("nothing is built", "lines", "no line", "one line or more")
    for place, line in enumerate(lines):
        where, key = f"lines[{place}]", BranchKey(line.from_bus, line.to_bus, line.circuit)
        for bus in sorted({line.from_bus, line.to_bus} - buses):
            yield _fault(f"bus {bus} is unknown", where, str(bus), "a bus of the network")
        if line.from_bus == line.to_bus:
            yield _fault("the line ends where it begins", where, str(key), "two buses")
        if key.undirected in taken:
            yield _fault(f"branch {key} is there already", where, str(key), "a free circuit")
        if not SMALLEST_REACTANCE_PU <= line.x_pu <= LARGEST_REACTANCE_PU:
            allowed = f"{SMALLEST_REACTANCE_PU:g} to {LARGEST_REACTANCE_PU:g} pu"
            yield _fault("the line has no reactance", where, f"{line.x_pu:g} pu", allowed)
        if not 0 < line.rate_a_mva <= LARGEST_LIMIT_MW:
            allowed = f"above 0 and at most {LARGEST_LIMIT_MW:,} MW"
            yield _fault("the line has no limit", where, f"{line.rate_a_mva:g} MW", allowed)
        taken.add(key.undirected)


def _fault(message: str, where: str, found: str, allowed: str) -> Finding:
    remedy = f"state each line like {SHAPE}"
    return Finding("SER0030", message, where, found, allowed, remedy, "rulebook 7.4")
