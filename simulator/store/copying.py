"""A whole market in one consistent copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, func, insert, inspect, select
from sqlalchemy.schema import CreateSchema

from simulator.domain import Finding, Refused
from simulator.store.lease import FORK_LOCK
from simulator.store.tables import journal, metadata

FORK = "fork_"  # how the schemas of forks begin
_FORKED = (
    "SELECT table_schema FROM information_schema.tables"
    f" WHERE table_name = '{journal.name}' AND left(table_schema, {len(FORK)}) = '{FORK}'"
)
_MAY_CREATE = func.has_database_privilege(func.current_database(), "CREATE")


def backup_file(engine: Engine, target: Path) -> None:
    """A SQLite database into a new file, page by page, as it was at one moment."""
    pooled = engine.raw_connection()
    try:
        source: Any = pooled.driver_connection
        copy = type(source)(str(target))
        try:
            source.backup(copy)  # all in one step: no commit comes between
        finally:
            copy.close()
    finally:
        pooled.close()


def fork_schema(name: str) -> str:
    """The PostgreSQL schema of a fork."""
    return f"{FORK}{name}"


def forked_schemas(connection: Connection) -> list[str]:
    """The names of the forks in a PostgreSQL database."""
    found = connection.exec_driver_sql(_FORKED).scalars()
    return sorted(schema.removeprefix(FORK) for schema in found)


def copy_schema(connection: Connection, schema: str) -> bool:
    """All tables of a market into a new schema of its PostgreSQL database; False if there is one.

    `connection` holds the lock of who writes. It is one transaction: a copy is whole or not there.
    Refused when the role may not make a schema.
    """
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({FORK_LOCK})")
    if inspect(connection).has_schema(schema):
        return False
    if not connection.scalar(select(_MAY_CREATE)):
        raise Refused([_not_allowed(connection, schema)])
    connection.execute(CreateSchema(schema))
    twins = MetaData()
    pairs = [(table, table.to_metadata(twins, schema=schema)) for table in metadata.sorted_tables]
    twins.create_all(connection)
    for table, twin in pairs:
        names = [column.name for column in table.columns]
        connection.execute(insert(twin).from_select(names, select(table)))
    return True


def _not_allowed(connection: Connection, schema: str) -> Finding:
    return Finding(
        "SRV0003",
        "the database does not let us make a schema for the fork",
        where=f"schema {schema}",
        found=f"role {connection.scalar(select(func.current_user()))} without CREATE",
        allowed="a role that may create schemas in the database",
        remedy="GRANT CREATE ON DATABASE to the role, or serve the market on SQLite",
    )
