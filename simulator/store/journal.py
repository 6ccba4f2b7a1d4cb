"""The journal: one line a command, each hashed over the line before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from simulator.domain import Finding, Refused
from simulator.store.canonical import canonical_json, digest

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """What the chain holds of a command.

    `actor` is the participant (or the operator) for whom `user` asked. `arguments` and `effect`
    may hold bids; only their digests go into the chain, so the chain can be shown to anybody.
    """

    seq: int
    key: str
    at: int
    actor: str
    user: str
    command: str
    status: str  # "done" or "refused"
    arguments_digest: str
    effect_digest: str
    previous: str
    hash: str
    arguments: str = ""
    effect: str = ""

    def answer(self) -> Any:
        """What the command answered; raises Refused with its findings when it was refused."""
        effect = msgspec.json.decode(self.effect)
        if self.status == "refused":
            raise Refused(Finding(**found) for found in effect)
        return effect

    def public_line(self) -> str:
        """The line of `journal.jsonl`."""
        return canonical_json(
            {
                "seq": self.seq,
                "key": self.key,
                "at": self.at,
                "actor": self.actor,
                "user": self.user,
                "command": self.command,
                "status": self.status,
                "arguments_digest": self.arguments_digest,
                "effect_digest": self.effect_digest,
                "previous": self.previous,
                "hash": self.hash,
            }
        )


@dataclass(frozen=True)
class Place:
    """Where in the journal a command's arguments stand, and their digest."""

    seq: int
    arguments_digest: str


def chain(
    place: Place,
    previous: str,
    *,
    key: str,
    at: int,
    actor: str,
    user: str,
    command: str,
    status: str,
    arguments: str,
    effect: str,
    effect_digest: str,
) -> Entry:
    """The entry that follows the one whose hash is `previous`; `place` is that of `arguments`."""
    seq, arguments_digest = place.seq, place.arguments_digest
    line = [seq, key, at, actor, user, command, status, arguments_digest, effect_digest, previous]
    return Entry(
        seq=seq,
        key=key,
        at=at,
        actor=actor,
        user=user,
        command=command,
        status=status,
        arguments_digest=arguments_digest,
        effect_digest=effect_digest,
        previous=previous,
        hash=digest(canonical_json(line)),
        arguments=arguments,
        effect=effect,
    )


def first_break(entries: Iterable[Entry]) -> int | None:
    """The sequence number of the first entry that does not follow from the one before, or None."""
    previous = GENESIS
    for expected_seq, entry in enumerate(entries, start=1):
        rebuilt = digest(
            canonical_json(
                [
                    expected_seq,
                    entry.key,
                    entry.at,
                    entry.actor,
                    entry.user,
                    entry.command,
                    entry.status,
                    entry.arguments_digest,
                    entry.effect_digest,
                    previous,
                ]
            )
        )
        if rebuilt != entry.hash or entry.previous != previous:
            return expected_seq
        if entry.arguments and digest(entry.arguments) != entry.arguments_digest:
            return expected_seq
        previous = entry.hash
    return None
