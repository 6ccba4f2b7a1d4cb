"""What all tables share: one schema, and the columns that make up their keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData, String

metadata = MetaData()


def key(name: str, kind: Any = String) -> Column[Any]:
    """A column of the primary key."""
    return Column(name, kind, primary_key=True)
