"""A whole market in one consistent copy, as a SQLite file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from simulator.store.tables import metadata

ROWS_AT_ONCE = 2000


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


def copy_rows(source: Connection, target: Connection) -> None:
    """Every row of every table; `source` must show one moment (REPEATABLE READ)."""
    for table in metadata.sorted_tables:
        found = source.execute(select(table)).mappings()
        while part := found.fetchmany(ROWS_AT_ONCE):
            target.execute(insert(table), [dict(row) for row in part])
