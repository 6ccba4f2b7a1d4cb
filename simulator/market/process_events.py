"""The calendar leads the special processes on; what a state brings about is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.market import migration, n_hours, processes, tor
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.world import World
from simulator.store import Transaction
from simulator.timeline.process import ProcessKind, ProcessSpec

Consequence = Callable[[Transaction, World, ProcessSpec, int], Mapping[str, Any]]

CONSEQUENCES: Mapping[tuple[ProcessKind, str], Consequence] = {
    (ProcessKind.LOAD_MIGRATION, "OPEN"): n_hours.post_n_hours,
    (ProcessKind.LOAD_MIGRATION, "POSTED"): migration.post_market,
    (ProcessKind.TOR_CONVERSION, "POSTED"): tor.post_window,
}


def lead_on(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A process comes to its next state; what that brings about is told."""
    name, status = command.arguments["process"], command.arguments["status"]
    spec = processes.spec_of(world, name)
    if spec is None:
        raise processes.unknown(name)
    processes.set_status(tx, spec, status, command.at)
    brings = CONSEQUENCES.get((spec.kind, status))
    done = brings(tx, world, spec, command.at) if brings else {}
    send(tx, command.at, command.arguments["text"])
    return {"process": name, "status": status, **done}
