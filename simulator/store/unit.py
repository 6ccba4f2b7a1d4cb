"""What the commands of one commit share: the rows that wait to be written, and the counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from simulator.store.derived import Key
from simulator.store.special_tables import counter

Row = dict[str, Any]

# Made once: making a statement costs more than carrying it out.
_insert = cache(insert)
_LAST = select(counter.c.last).where(counter.c.name == bindparam("counter"))
_RAISE = (
    update(counter).where(counter.c.name == bindparam("counter")).values(last=bindparam("reached"))
)


@cache
def key_names(table: Table) -> tuple[str, ...]:
    """The columns of the primary key."""
    return tuple(column.name for column in table.primary_key)


class Unit:
    """Rows are sent to the database when somebody looks at their table, and at the end.

    Sending the rows of many commands at once costs little more than sending one.
    """

    def __init__(
        self, connection: Connection, present: dict[tuple[str, Key], set[Any]] | None = None
    ) -> None:
        """`present` is what a process knows of primary keys (`Derived.present`)."""
        self._connection = connection
        self._present = {} if present is None else present
        self.written: set[str] = set()
        self._waiting: dict[Table, list[Row]] = {}
        self._keys: dict[Table, set[Key]] = {}
        self._counters: dict[str, int] = {}
        self._stored: dict[str, int | None] = {}

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Append rows; the database refuses a primary key that is taken when they are sent."""
        self.written.add(table.name)
        self._waiting.setdefault(table, []).extend(rows)
        keys = [_key(table, row) for row in rows]
        self._keys.setdefault(table, set()).update(keys)
        for *before, last in keys:
            known = self._present.get((table.name, tuple(before)))
            if known is not None:
                known.add(last)

    def has(self, table: Table, key: Key) -> bool:
        """Whether there is a row with this primary key, without a query if possible."""
        *before, last = key
        place = (table.name, tuple(before))
        known = self._present.get(place)
        if known is None:
            self.send(table)
            *columns, named = table.primary_key
            equal = [column == value for column, value in zip(columns, before, strict=True)]
            known = set(self._connection.scalars(select(named).where(*equal)))
            self._present[place] = known
        return last in known

    def gone(self, table: Table, equal: Mapping[str, Any]) -> None:
        """Rows with these values are deleted."""
        key = tuple(map(equal.get, key_names(table)))
        *before, last = key
        if None not in key:
            self._present.get((table.name, tuple(before)), set()).discard(last)
            return
        for place in [place for place in self._present if place[0] == table.name]:
            del self._present[place]

    def look(self, table: Table, equal: Mapping[str, Any]) -> None:
        """Somebody is about to read the rows with these values: none of them may wait."""
        if table in self._waiting:
            asked = tuple(map(equal.get, key_names(table)))
            one_row = all(isinstance(value, str | int) for value in asked)
            if not one_row or asked in self._keys[table]:
                self.send(table)

    def send(self, table: Table) -> None:
        """Write what waits for a table."""
        rows = self._waiting.pop(table, None)
        if rows:
            del self._keys[table]
            self._connection.execute(_insert(table), rows)

    def take(self, name: str, count: int) -> int:
        """The first of `count` numbers that nobody else gets."""
        if name not in self._counters:
            found = self._connection.execute(_LAST, {"counter": name}).scalar()
            self._stored[name] = found
            self._counters[name] = int(found or 0)
        self.written.add(counter.name)
        first = self._counters[name] + 1
        self._counters[name] += count
        return first

    def undo(self) -> None:
        """Forget what has happened since `finish`: the database has taken it back."""
        self._waiting.clear()
        self._keys.clear()
        self._counters.clear()
        self._stored.clear()
        self._present.clear()

    def finish(self) -> None:
        """Write all that waits."""
        for table in list(self._waiting):
            self.send(table)
        for name, last in sorted(self._counters.items()):
            if self._stored[name] is None:
                self._connection.execute(_insert(counter), [{"name": name, "last": last}])
            elif self._stored[name] != last:
                self._connection.execute(_RAISE, {"counter": name, "reached": last})
            self._stored[name] = last


def _key(table: Table, row: Row) -> Key:
    return tuple(map(row.__getitem__, key_names(table)))
