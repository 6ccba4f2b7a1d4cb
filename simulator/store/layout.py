"""Whether a database has the tables that this program keeps, column by column.

The books of one version are for that version: what another one wrote is neither read by guess nor
added to.
"""

from __future__ import annotations

from sqlalchemy import Connection, Inspector, inspect, select

from simulator import __version__
from simulator.domain import Finding, Refused
from simulator.store.tables import metadata, program

TABLES_TOLD = 3  # of those that differ; one is enough to know


def is_empty(connection: Connection, where: str) -> bool:
    """Whether the database has none of our tables yet; Refused when it has others than ours."""
    found = inspect(connection)
    known = metadata.tables.keys() & set(found.get_table_names())
    if not known:
        return True
    differing = list(_differences(found))
    if differing:
        raise Refused([_of_another_version(where, _version(connection, known), differing)])
    return False


def _differences(found: Inspector) -> list[str]:
    columns = {name: rows for (_, name), rows in found.get_multi_columns().items()}
    told = []
    for name, table in sorted(metadata.tables.items()):
        here = {row["name"] for row in columns.get(name, ())}
        ours = {column.name for column in table.columns}
        if not here:
            told.append(f"there is no table {name}")
        elif here != ours:
            lacking, unknown = sorted(ours - here), sorted(here - ours)
            parts = [f"lacks {', '.join(lacking)}"] if lacking else []
            parts += [f"has {', '.join(unknown)}"] if unknown else []
            told.append(f"table {name} {' and '.join(parts)}")
    return told


def _version(connection: Connection, known: set[str]) -> str:
    """What the database says of who made it; the first versions said nothing."""
    if program.name not in known:
        return "an earlier version"
    return f"version {connection.scalar(select(program.c.version))}"


def _of_another_version(where: str, version: str, differing: list[str]) -> Finding:
    more = len(differing) - TABLES_TOLD
    shown = "; ".join(differing[:TABLES_TOLD]) + (f"; and {more} more" if more > 0 else "")
    return Finding(
        "RUN0008",
        "the database was made by another version of the program",
        where=where,
        found=f"{version}: {shown}",
        allowed=f"the tables of version {__version__}",
        remedy="open it with the version that made it, or begin anew: in another folder, "
        "or in an empty database",
    )
