"""Participants whom people play: what they do is for them to say, and the engine leaves them be."""

from __future__ import annotations

from typing import Any

from simulator.domain import Finding, Refused
from simulator.market.command import Command
from simulator.market.plain import understood
from simulator.market.world import World
from simulator.store import Transaction, special_tables


def play(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """From now on people play this participant; asked again it changes nothing."""
    with understood(command):
        name = str(command.arguments["participant"])
    if name not in world.participants:
        raise Refused([_stranger(name)])
    if name not in played(tx):
        tx.insert(special_tables.played, [{"participant": name, "since": command.at}])
    return {"participant": name}


def played(tx: Transaction) -> frozenset[str]:
    """Everybody whom people play."""
    return tx.derived("played", lambda: _played(tx))


def _played(tx: Transaction) -> frozenset[str]:
    return frozenset(row["participant"] for row in tx.rows(special_tables.played))


def _stranger(name: str) -> Finding:
    return Finding(
        "SEC0002",
        f"participant {name} is unknown",
        where="participant",
        found=name,
        allowed="a participant of the market",
        remedy="correct the participant's name",
        rule="rulebook 9.4",
    )
