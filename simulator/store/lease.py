"""Which of several processes does what only one may do: a lease that dies with its holder."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

# Advisory locks of PostgreSQL: of who writes, of who keeps the market's clock, of who forks.
JOURNAL_LOCK, CLOCK_LOCK, FORK_LOCK = 7301, 7302, 7303

# A holder whose machine vanished without a word is given up after these seconds.
KEEPALIVE = ("tcp_keepalives_idle = 2", "tcp_keepalives_interval = 1", "tcp_keepalives_count = 3")

_SCHEMA = "quote_ident(current_schema())::regnamespace::oid"  # of a connection: a market or a fork
_KEPT = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND classid = :lock AND objid = {_SCHEMA} AND objsubid = 1)"
)


def is_taken(connection: Connection, lock: int = CLOCK_LOCK) -> bool:
    """Whether any process holds the lock now; of a PostgreSQL database."""
    return bool(connection.execute(_KEPT, {"lock": lock}).scalar())


def lock_of(number: int) -> str:
    """In SQL, the key of a lock: every fork has locks of its own."""
    return f"({number}::bigint << 32) + {_SCHEMA}::bigint"


class Lease(Protocol):
    """Something that one process at a time holds."""

    def held(self) -> bool:
        """Whether this process holds it now; takes it when nobody does."""
        ...

    def close(self) -> None:
        """Leave it to the others."""
        ...


class Alone:
    """The lease of a process that shares its database with nobody."""

    def held(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nobody waits for it."""


class SharedLease:
    """An advisory lock of PostgreSQL: the server takes it back when its connection ends.

    Used by one thread at a time.
    """

    def __init__(self, engine: Engine, lock: int = CLOCK_LOCK) -> None:
        self._engine = engine
        self._lock = lock
        self._connection: Any = None
        self._held = False
        driver: Any = engine.dialect.loaded_dbapi
        self._lost: tuple[type[Exception], ...] = (SQLAlchemyError, driver.Error)

    def held(self) -> bool:
        """Whether the lock is ours, asked of the server each time: a lost connection loses it."""
        try:
            return self._ask()
        except self._lost:
            self.close()
            return False

    def close(self) -> None:
        """End the connection, and with it the lock."""
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            connection.close()

    def _ask(self) -> bool:
        if self._connection is None:
            pooled = self._engine.raw_connection()
            self._connection = pooled.driver_connection
            pooled.detach()  # the pool's rules are not for it
            self._connection.autocommit = True
            for setting in KEEPALIVE:
                self._connection.execute(f"SET {setting}")
        asked = (
            "SELECT true" if self._held else f"SELECT pg_try_advisory_lock({lock_of(self._lock)})"
        )
        self._held = bool(self._connection.execute(asked).fetchone()[0])
        return self._held
