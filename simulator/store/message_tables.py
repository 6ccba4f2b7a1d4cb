"""Files that come with messages; a message has one at most."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from simulator.store.schema import key, metadata

attachment = Table(
    "attachment",
    metadata,
    key("message_id", Integer),
    Column("name", String, nullable=False),
    Column("content", Text, nullable=False),  # Base64
)
