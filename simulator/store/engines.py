"""Engines for the databases that a market may be kept in, and how their faults are told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from simulator.domain import Finding, Refused
from simulator.store.lease import JOURNAL_LOCK, lock_of

# A portfolio is thirty of SQLite's usual pages long, and each page is written twice. New files get
# these; one that is there keeps its own.
PAGE_BYTES = 32 * 1024
SAFE = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL")


def engine_of(url: str, schema: str = "") -> Engine:
    """The engine for a SQLAlchemy URL; `schema` is where on PostgreSQL, if not where it begins."""
    if url.startswith("sqlite"):
        return _sqlite_engine(url)
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return _server_engine(url, schema)


def begin(connection: Connection, reads: bool) -> RootTransaction:
    """A transaction that only reads, of one moment; or one that writes, after any other.

    Not a listener of the engine's: with one, every statement costs a quarter more.
    """
    transaction = connection.begin()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql" and reads:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    elif connection.dialect.name == "postgresql":
        # The journal is one line after the other, whichever process writes it.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_of(JOURNAL_LOCK)})")
    return transaction


def _server_engine(url: str, schema: str) -> Engine:
    engine = create_engine(url)
    if schema:
        path = engine.dialect.identifier_preparer.quote(schema)

        @event.listens_for(engine, "connect", insert=True)
        def _inside(connection: Any, _record: Any) -> None:
            connection.execute(f"SET search_path TO {path}")
            connection.commit()  # for all that comes, not for one transaction

    return engine


def _sqlite_engine(url: str) -> Engine:
    try:
        import pysqlite3 as driver  # carries a SQLite without the WAL-reset fault of < 3.51.3
    except ImportError:  # not built for this platform: the interpreter's own, single writer only
        import sqlite3 as driver
    engine = create_engine(url, module=driver)

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # `begin` says it itself
        for pragma in (f"page_size={PAGE_BYTES}", *SAFE):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def shown_url(url: str) -> str:
    """The address for people to read: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return url


def unusable(url: str, error: Exception) -> Refused:
    """A fault of the database, in words."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    return Refused(
        [
            Finding(
                "RUN0001",
                "the database cannot be used",
                where=shown_url(url),
                found=reason[0] if reason else type(error).__name__,
                allowed="a writable SQLite file or a reachable PostgreSQL database",
                remedy="check the folder's permissions, the free space and the address; "
                "what was committed before is intact",
            )
        ]
    )
