"""A market's world on the shipped data, and what makes two of them the same: for run and serve."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.cli.shell import shipped
from simulator.domain import Finding, Refused
from simulator.timeline.event import Event, EventKind
from simulator.timeline.scenario import Scenario

if TYPE_CHECKING:  # what a world needs takes a second to import: not before it is asked for
    from simulator.clearing.workers import Workers
    from simulator.market.world import World


def shipped_world(scenario: Scenario, seed: int, workers: Workers | None = None) -> World:
    """The scenario on the shipped network; by default the clearing works where it is called."""
    from simulator.market.world import World
    from simulator.market.world_folder import read_world_folder

    fixtures = shipped("fixtures")
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    made = {} if workers is None else {"workers": workers}
    world = World(scenario, seed, folder, **made)
    assert world.people  # made now: a roster or a number that cannot be is refused before we begin
    return world


def identity(file: Path, world: World) -> dict[str, str]:
    """What makes two runs the same run."""
    return {
        "scenario": world.scenario.name,
        "scenario_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "seed": str(world.seed),
        "participants": str(world.settings.population.participants),
    }


def known_event(scenario: Scenario, event_id: str) -> Event:
    """The event of that id; Refused when there is none."""
    known = {event.id: event for event in scenario.events}
    if event_id not in known:
        finding = Finding(
            "RUN0003",
            "there is no such event",
            where="--until",
            found=event_id,
            allowed=", ".join(known),
            remedy="see `marketsim scenario show`",
        )
        raise Refused([finding])
    return known[event_id]


def announced_first(scenario: Scenario, file: Path) -> None:
    """The first preload announces the markets: nothing about one can happen before it."""
    for event in scenario.events:
        if event.kind is EventKind.PRELOAD:
            return
        if event.market:
            finding = Finding(
                "RUN0006",
                f"{event.id} is about {event.market} before the markets are announced",
                where=f"{file}:{event.line} event {event.id}",
                found=event.local_time,
                allowed="after the first event of kind preload",
                remedy="add an earlier preload, or move it",
            )
            raise Refused([finding])
