"""Several commands in one commit: each done or refused by itself, one wait for the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from simulator.domain import Refused
from simulator.store.canonical import canonical_json, digest
from simulator.store.derived import Derived
from simulator.store.journal import GENESIS, Entry, Place, chain
from simulator.store.tables import journal
from simulator.store.transaction import Transaction
from simulator.store.unit import Unit

# What a command does inside its transaction: returns its summary, or raises Refused.
Effect = Callable[[Transaction], Any]


@dataclass(frozen=True)
class Ask:
    """One command to be carried out and journalled; a key that is journalled does nothing."""

    key: str
    at: int
    actor: str
    command: str
    arguments: Any
    effect: Effect
    user: str = ""  # who asks for the actor, where that is another one


@dataclass(frozen=True)
class Head:
    """The newest line of the journal."""

    seq: int
    hash: str


NOTHING = Head(0, GENESIS)

# Made once: what every commit asks and writes. Making a statement costs more than carrying it out.
_NEWEST = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
_KNOWN = select(journal).where(journal.c.key.in_(bindparam("keys", expanding=True)))


class HalfDone(Exception):
    """A command was refused after it had written: only a savepoint can take that back."""


class Batch:
    """The commands of one commit on its connection."""

    def __init__(self, connection: Connection, derived: Derived, last_known: Head) -> None:
        """`last_known` is the journal's head as this process left it."""
        self._connection = connection
        self._derived = derived
        self._unit = Unit(connection, derived.present)
        self.head = newest(connection)
        if self.head != last_known:
            derived.forget()  # another process has written since
        self._as_of = derived.commits

    @property
    def written(self) -> set[str]:
        """The tables that the commands wrote to."""
        return self._unit.written

    def carry_out(self, asks: Sequence[Ask], savepoints: bool) -> list[Entry]:
        """Every command in its order; HalfDone when one needs a savepoint and there is none."""
        entries = known_entries(self._connection, [ask.key for ask in asks])
        for ask in asks:
            if ask.key not in entries:
                entries[ask.key] = entry = self._entry(ask, savepoints)
                self._unit.insert(journal, [vars(entry)])
        self._unit.finish()
        return [entries[ask.key] for ask in asks]

    def _entry(self, ask: Ask, savepoints: bool) -> Entry:
        arguments = canonical_json(ask.arguments)
        place = Place(self.head.seq + 1, digest(arguments))
        status, summary, effect_digest = self._attempt(ask.effect, place, savepoints)
        entry = chain(
            place,
            self.head.hash,
            key=ask.key,
            at=ask.at,
            actor=ask.actor,
            user=ask.user or ask.actor,
            command=ask.command,
            status=status,
            arguments=arguments,
            effect=canonical_json(summary),
            effect_digest=effect_digest,
        )
        self.head = Head(entry.seq, entry.hash)
        return entry

    def _attempt(self, effect: Effect, place: Place, savepoints: bool) -> tuple[str, Any, str]:
        transaction = self._transaction(place)
        if savepoints:
            self._unit.finish()
        savepoint = self._connection.begin_nested() if savepoints else None
        try:
            summary = effect(transaction)
        except Refused as refusal:
            if savepoint is not None:
                savepoint.rollback()
                self._unit.undo()
            elif transaction.has_written:
                raise HalfDone from refusal
            findings = [finding.as_dict() for finding in refusal.findings]
            return "refused", findings, self._transaction(place).effect_digest()
        if savepoint is not None:
            self._unit.finish()
            savepoint.commit()
        return "done", summary, transaction.effect_digest()

    def _transaction(self, place: Place) -> Transaction:
        return Transaction(self._connection, self._derived, self._as_of, self._unit, place)


def newest(connection: Connection) -> Head:
    """The head of the journal as it is in the database."""
    last = connection.execute(_NEWEST).first()
    return NOTHING if last is None else Head(last.seq, last.hash)


def known_entries(connection: Connection, keys: Sequence[str]) -> dict[str, Entry]:
    """What the journal holds of these keys."""
    found = connection.execute(_KNOWN, {"keys": list(keys)}).mappings()
    return {row["key"]: Entry(**row) for row in found}
