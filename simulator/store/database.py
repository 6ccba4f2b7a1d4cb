"""Opening a database, and the one way to write to it: a command that becomes a journal entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from simulator import __version__
from simulator.domain import Finding, Refused
from simulator.store.batch import NOTHING, Ask, Batch, Effect, HalfDone, known_entries, newest
from simulator.store.canonical import canonical_row
from simulator.store.copying import backup_file, copy_schema, fork_schema, forked_schemas
from simulator.store.derived import Derived
from simulator.store.engines import begin, engine_of, shown_url, unusable
from simulator.store.journal import GENESIS, Entry, first_break
from simulator.store.layout import is_empty
from simulator.store.lease import Alone, Lease, SharedLease, is_taken
from simulator.store.tables import STATE_TABLES, identity, journal, metadata, program
from simulator.store.transaction import Transaction


class Store:
    """The market's database; `open_store` makes one."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self._url = url
        self._writing = Lock()
        self._derived = Derived()
        self._head = NOTHING
        self.shared = not url.startswith("sqlite")  # others may write to the same database

    @property
    def address(self) -> str:
        """Where it is, for people to read."""
        return shown_url(self._url)

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    def record(
        self, *, key: str, at: int, actor: str, command: str, arguments: Any, effect: Effect
    ) -> Entry:
        """Carry out `effect` and journal it in one durable transaction; a known key does nothing.

        `effect` raising Refused undoes its writes; the refusal itself is journalled.
        """
        return self.record_many([Ask(key, at, actor, command, arguments, effect)])[0]

    def record_many(self, asks: Sequence[Ask]) -> list[Entry]:
        """The same for several commands in one commit, in their order; one answer each.

        Each is done or refused by itself, as if it had come alone: only the wait for the disk is
        shared.
        """
        with self._writing, self._guarded():
            try:
                return self._commit(asks, savepoints=False)
            except HalfDone:
                return self._commit(asks, savepoints=True)

    def _commit(self, asks: Sequence[Ask], savepoints: bool) -> list[Entry]:
        try:
            with self._changing() as connection:
                batch = Batch(connection, self._derived, self._head)
                entries = batch.carry_out(asks, savepoints)
        except BaseException:
            self._derived.forget()  # what was worked out in there may never have come true
            raise
        self._head = batch.head
        self._derived.committed(batch.written)
        return entries

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A consistent view for queries; anything written in it is rolled back."""
        as_of = self._derived.commits
        with self._reading() as connection:
            if self.shared and (head := newest(connection)) != self._head:
                self._derived.forget()
                self._head, as_of = head, self._derived.commits
            yield Transaction(connection, self._derived, as_of)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._guarded(), self._engine.connect() as connection:
            outer = begin(connection, reads=True)
            try:
                yield connection
            finally:
                outer.rollback()

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, begin(connection, reads=False):
            yield connection

    def entry(self, key: str) -> Entry | None:
        """The journal entry of that key, or None while the command has not been carried out."""
        with self._reading() as connection:
            return known_entries(connection, [key]).get(key)

    def known(self, keys: Sequence[str]) -> dict[str, Entry]:
        """Those of the keys that the journal holds, with their entries."""
        with self._reading() as connection:
            return known_entries(connection, keys)

    def entries(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """The journal from the entry after number `after` on, at most `limit` of them."""
        with self._reading() as connection:
            statement = select(journal).where(journal.c.seq > after).order_by(journal.c.seq)
            statement = statement.limit(limit)
            return [Entry(**row) for row in connection.execute(statement).mappings()]

    def length(self) -> int:
        """How many entries the journal has."""
        with self._reading() as connection:
            return newest(connection).seq

    def lease(self) -> Lease:
        """What the one process holds that keeps the market's clock."""
        return SharedLease(self._engine) if self.shared else Alone()

    def clock_is_kept(self) -> bool:
        """Whether any process keeps the market's clock; Refused when the database is gone."""
        file = self._engine.url.database
        if not self.shared and file and not Path(file).exists():
            raise unusable(self._url, FileNotFoundError("its file is gone"))
        with self._reading() as connection:
            newest(connection)
            return not self.shared or is_taken(connection)

    def copy_to(self, file: Path) -> None:
        """Everything, as it is at one moment, into a new file; of a SQLite database only."""
        assert not self.shared, "a database that others write to is copied by its own server"
        with self._guarded():
            backup_file(self._engine, file)

    def fork(self, name: str) -> bool:
        """Everything, as it is at one moment, into a schema of its own; of PostgreSQL only.

        False when there is a fork of that name. Nobody can write until it is done.
        """
        with self._writing, self._guarded(), self._changing() as connection:
            return copy_schema(connection, fork_schema(name))

    def forks(self) -> list[str]:
        """The names of all forks in this PostgreSQL database, whoever made them."""
        with self._reading() as connection:
            return forked_schemas(connection)

    def open_fork(self, name: str) -> Store:
        """The store of a fork."""
        return open_store(self._url, fork_schema(name))

    def last_at(self) -> int:
        """The latest moment that the journal knows, in epoch seconds; 0 while it is empty."""
        with self._reading() as connection:
            return int(connection.execute(select(func.max(journal.c.at))).scalar() or 0)

    def first_break(self) -> int | None:
        """Where the journal's chain breaks, or None when it holds."""
        return first_break(self.entries())

    def journal_digest(self) -> str:
        """The hash of the newest entry."""
        entries = self.entries()
        return entries[-1].hash if entries else GENESIS

    def state_digest(self) -> str:
        """SHA-256 over every row of every table but the journal."""
        state = hashlib.sha256()
        with self._reading() as connection:
            for table in STATE_TABLES:
                state.update(f"# {table.name}\n".encode())
                for row in Transaction(connection, Derived(), 0).rows(table):
                    state.update(canonical_row(row).encode() + b"\n")
        return state.hexdigest()

    def identity(self) -> dict[str, str]:
        """What the database was marked with; empty while it is nobody's."""
        with self._reading() as connection:
            return {row.name: row.value for row in connection.execute(select(identity))}

    def identify(self, expected: dict[str, str]) -> None:
        """Mark an empty database as this run's; Refused when it already is another run's."""
        with self._guarded(), self._changing() as connection:
            found = {row.name: row.value for row in connection.execute(select(identity))}
            if not found:
                rows = [{"name": name, "value": value} for name, value in expected.items()]
                connection.execute(insert(identity), rows)
                return
        findings = [
            Finding(
                "RUN0002",
                f"the database belongs to another run: its {name} differs",
                where=self.address,
                found=found.get(name, "nothing"),
                allowed=value,
                remedy="resume with the same scenario and seed, or choose an empty folder",
            )
            for name, value in expected.items()
            if found.get(name) != value
        ]
        if findings:
            raise Refused(findings)

    def _lay_out(self) -> None:
        """Make the tables where there are none; Refused where they are of another version."""
        with self._changing() as connection:
            if is_empty(connection, self.address):
                metadata.create_all(connection)
                connection.execute(insert(program), [{"version": __version__}])

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, DBAPIError) as error:
            raise unusable(self._url, error) from error


def open_store(url: str, schema: str = "") -> Store:
    """The store at a SQLAlchemy URL (`sqlite:///path` or `postgresql://...`), tables made.

    `schema` is where in a PostgreSQL database, if not where it begins. Refused when it cannot be
    reached or written.
    """
    try:
        store = Store(engine_of(url, schema), url)
        with store._guarded():
            store._lay_out()
    except (SQLAlchemyError, NoSuchModuleError, ValueError, ImportError) as error:
        raise unusable(url, error) from error
    return store
