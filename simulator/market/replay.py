"""A journal played again: the proof that it holds all that a market did."""

from __future__ import annotations

import json
from collections.abc import Iterable

from simulator.domain import Finding, Refused
from simulator.market.command import Command
from simulator.market.room import MarketRoom
from simulator.store import Entry


def replay(entries: Iterable[Entry], room: MarketRoom) -> None:
    """Carry out the commands of a journal, in its order, in an empty room of the same world.

    Entries need their arguments, as a store keeps them (the public lines have only digests).
    Refused with RPL0001 at the first command that ends differently than the journal says; after
    a replay that returns, the store's state has the digest of the one the journal came from
    (once both are identified alike).
    """
    for entry in entries:
        arguments = json.loads(entry.arguments)
        command = Command(entry.key, entry.command, entry.actor, entry.at, arguments, entry.user)
        again = room.carry_out(command)
        if again.hash != entry.hash:
            raise Refused([_differs(entry, again)])


def _differs(entry: Entry, again: Entry) -> Finding:
    told = [
        f"{name} {getattr(again, name)}"
        for name in ("seq", "status", "arguments_digest", "effect_digest", "previous")
        if getattr(again, name) != getattr(entry, name)
    ]
    return Finding(
        "RPL0001",
        "the command ends differently than the journal says",
        where=f"journal entry {entry.seq} {entry.key}",
        found=", ".join(told),
        allowed="what the journal holds",
        remedy="replay into an empty store, with the scenario, seed and program of the journal",
        rule="design decision 1",
    )
