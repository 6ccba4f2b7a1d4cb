"""The calendar leads the special processes on; posting one makes its CRRs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.market import migration, processes, tor
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.world import World
from simulator.store import Transaction
from simulator.timeline.process import ProcessKind, ProcessSpec

Posting = Callable[[Transaction, World, ProcessSpec, int], dict[str, Any]]

POSTINGS: Mapping[ProcessKind, Posting] = {
    ProcessKind.LOAD_MIGRATION: migration.post_market,
    ProcessKind.TOR_CONVERSION: tor.post_window,
}
POSTED = "POSTED"


def lead_on(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A process comes to its next state; what that brings about is told."""
    name, status = command.arguments["process"], command.arguments["status"]
    spec = processes.spec_of(world, name)
    if spec is None:
        raise processes.unknown(name)
    processes.set_status(tx, spec, status, command.at)
    done = POSTINGS[spec.kind](tx, world, spec, command.at) if status == POSTED else {}
    send(tx, command.at, command.arguments["text"])
    return {"process": name, "status": status, **done}
