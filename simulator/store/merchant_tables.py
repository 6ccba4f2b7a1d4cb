"""What sponsors build, and the rights that it gave them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from simulator.store.columns import mw
from simulator.store.schema import key, metadata

merchant_facility = Table(
    "merchant_facility",
    metadata,
    key("facility"),
    Column("sponsor", String, nullable=False),
    Column("lines", Text, nullable=False),  # as they were given, as JSON
    Column("start", Date, nullable=False),  # the first day in service
    Column("life_years", BigInteger, nullable=False),
    Column("awarded_at", BigInteger, nullable=False),
)

merchant_award = Table(
    "merchant_award",
    metadata,
    key("facility"),
    key("place", Integer),  # in the order of the sponsor's election, on peak first
    Column("source", String, nullable=False),
    Column("sink", String, nullable=False),
    Column("hedge", String, nullable=False),
    Column("tou", String, nullable=False),
    Column("without_mw", mw(), nullable=False),
    Column("with_mw", mw(), nullable=False),
    Column("mw", mw(), nullable=False),
    Column("crr_id", String, nullable=False),  # "" where nothing was added
)
