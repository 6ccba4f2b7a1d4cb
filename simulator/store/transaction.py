"""One command's view of the database: rows in, rows out, and a digest of all that it wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, func, select, update

from simulator.store.canonical import canonical_row
from simulator.store.derived import Derived, Kept
from simulator.store.journal import Place
from simulator.store.tables import journal
from simulator.store.unit import Row as Row
from simulator.store.unit import Unit, key_names

Value = TypeVar("Value")

ASKED_AT_ONCE = 500  # values in one question; databases have a limit


class Transaction:
    """Reads and writes of one command; nothing is visible to others before the commit.

    `unit` is what it shares with the commands of the same commit, `place` is where the command's
    own arguments will stand.
    """

    def __init__(
        self,
        connection: Connection,
        derived: Derived,
        as_of: int,
        unit: Unit | None = None,
        place: Place | None = None,
    ) -> None:
        self._connection = connection
        self._derived = derived
        self._as_of = as_of
        self._unit = unit or Unit(connection)
        self._place = place
        self._readers: list[set[str]] = []
        self._effect = hashlib.sha256()
        self.has_written = False

    def derived(self, key: object, make: Callable[[], Value]) -> Value:
        """What `make` works out from rows, made anew only when a table that it read has changed.

        `make` must depend on nothing but the key, the rows and what never changes.
        """
        kept = self._derived.get(key)
        if kept is None or not kept.tables.isdisjoint(self._unit.written):
            kept = self._made(make)
            if kept.tables.isdisjoint(self._unit.written):
                self._derived.keep(key, kept)
        if self._readers:
            self._readers[-1] |= kept.tables
        value: Value = kept.value
        return value

    def _made(self, make: Callable[[], Any]) -> Kept:
        self._readers.append(set())
        try:
            value = make()
        finally:
            read = self._readers.pop()
        return Kept(value, frozenset(read), self._as_of)

    def insert(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows; the database refuses a primary key that is taken."""
        listed = [dict(row) for row in rows]
        if not listed:
            return
        self._unit.insert(table, listed)
        for row in listed:
            self._note("insert", table, row)

    def update(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        """Set `values` where every column of `key` is equal; the number of rows it met."""
        self._unit.send(table)
        statement = update(table).where(*_equal(table, key)).values(dict(values))
        count = self._connection.execute(statement).rowcount
        self._note("update", table, {**key, **values})
        return count

    def delete(self, table: Table, key: Mapping[str, Any]) -> int:
        """Remove the rows where every column of `key` is equal; how many there were."""
        self._unit.send(table)
        self._unit.gone(table, key)
        count = self._connection.execute(delete(table).where(*_equal(table, key))).rowcount
        self._note("delete", table, key)
        return count

    def rows(self, table: Table, **equal: Any) -> list[Row]:
        """Rows where every named column is equal (or one of a tuple), in primary-key order."""
        self._read(table, equal)
        statement = select(table).where(*_equal(table, equal))
        result = self._connection.execute(statement)
        names = tuple(result.keys())  # a row's own mapping takes ten times as long to make
        found = [dict(zip(names, row, strict=True)) for row in result.all()]
        # Sorted here, not in SQL: databases disagree on the order of text.
        return sorted(found, key=itemgetter(*key_names(table)))

    def one(self, table: Table, **equal: Any) -> Row | None:
        """The only such row, or None."""
        found = self.rows(table, **equal)
        assert len(found) <= 1, f"{table.name} has {len(found)} rows for {equal}"
        return found[0] if found else None

    def has(self, table: Table, **key: Any) -> bool:
        """Whether there is a row with this primary key."""
        if self._readers:
            self._readers[-1].add(table.name)
        return self._unit.has(table, tuple(map(key.__getitem__, key_names(table))))

    @property
    def place(self) -> Place:
        """Where in the journal the arguments of this command will stand."""
        assert self._place is not None, "a reading is no command"
        return self._place

    def arguments(self, seqs: Sequence[int]) -> Iterator[str]:
        """The arguments of these entries of the journal, in the order of the numbers.

        An entry never changes, so what is worked out from it does not depend on later ones.
        """
        self._unit.send(journal)
        ordered = sorted(seqs)
        for first in range(0, len(ordered), ASKED_AT_ONCE):
            asked = journal.c.seq.in_(ordered[first : first + ASKED_AT_ONCE])
            statement = select(journal.c.arguments).where(asked).order_by(journal.c.seq)
            yield from self._connection.scalars(statement)

    def next_id(self, table: Table) -> int:
        """One more than the largest primary key (of a table whose key is one integer)."""
        self._read(table, {})
        (column,) = table.primary_key
        largest = self._connection.execute(select(func.max(column))).scalar()
        return int(largest or 0) + 1

    def take(self, name: str, count: int) -> int:
        """The first of `count` numbers of a counter; none is ever given twice."""
        self.has_written = True
        first = self._unit.take(name, count)
        self._effect.update(f"take {name} {first} {count}\n".encode())
        return first

    def effect_digest(self) -> str:
        """SHA-256 over everything written so far, in order."""
        return self._effect.hexdigest()

    def _read(self, table: Table, equal: Mapping[str, Any]) -> None:
        self._unit.look(table, equal)
        if self._readers:
            self._readers[-1].add(table.name)

    def _note(self, verb: str, table: Table, row: Mapping[str, Any]) -> None:
        self.has_written = True
        self._unit.written.add(table.name)
        self._effect.update(f"{verb} {table.name} {canonical_row(row)}\n".encode())


def _equal(table: Table, equal: Mapping[str, Any]) -> list[Any]:
    return [
        table.c[name].in_(value) if isinstance(value, tuple) else table.c[name] == value
        for name, value in equal.items()
    ]
