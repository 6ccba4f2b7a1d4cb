"""The tables. All but `journal` and `program` are part of the state digest, by primary key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from simulator.store import special_tables
from simulator.store.columns import factor, mw, price, usd
from simulator.store.day_ahead_tables import congestion as congestion
from simulator.store.day_ahead_tables import day_ahead_constraint as day_ahead_constraint
from simulator.store.day_ahead_tables import day_ahead_hour as day_ahead_hour
from simulator.store.day_ahead_tables import day_ahead_rerun as day_ahead_rerun
from simulator.store.day_ahead_tables import replaced_factor as replaced_factor
from simulator.store.day_ahead_tables import shift_factor as shift_factor
from simulator.store.merchant_tables import merchant_award as merchant_award
from simulator.store.merchant_tables import merchant_facility as merchant_facility
from simulator.store.message_tables import attachment as attachment
from simulator.store.schema import key as _key
from simulator.store.schema import metadata as metadata
from simulator.store.settlement_tables import auction_rerun as auction_rerun
from simulator.store.settlement_tables import balancing as balancing
from simulator.store.settlement_tables import constraint_month as constraint_month
from simulator.store.settlement_tables import measured_demand as measured_demand
from simulator.store.settlement_tables import price_correction as price_correction
from simulator.store.settlement_tables import statement as statement
from simulator.store.settlement_tables import statement_version as statement_version

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("user", String, nullable=False),
    Column("command", String, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("effect", Text, nullable=False),
    Column("arguments_digest", String, nullable=False),
    Column("effect_digest", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
)

identity = Table("identity", metadata, _key("name"), Column("value", Text, nullable=False))

# Which version of the program made the tables; no part of the market's state.
program = Table("program", metadata, _key("version"))

participant = Table(
    "participant",
    metadata,
    _key("participant_id"),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("sink", String, nullable=False),
)

market = Table(
    "market",
    metadata,
    _key("name"),
    Column("kind", String, nullable=False),
    Column("term", String, nullable=False),
    Column("tier", String, nullable=False),
    Column("limit_scale", factor(), nullable=False),
    Column("status", String, nullable=False),
    Column("opens_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Column("posted_at", BigInteger),
)

product = Table("product", metadata, _key("market"), _key("period"), _key("tou"))

# Its bids and nominations stand in the journal, in the arguments of the entry that made it: one
# text for both, because all that is written makes the rush before a close wait for the disk.
portfolio = Table(
    "portfolio",
    metadata,
    _key("market"),
    _key("participant"),
    _key("name"),
    Column("status", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("required_credit_usd", usd()),
    Column("first_bid_id", BigInteger, nullable=False),
    Column("entry_seq", Integer, nullable=False),
    Column("arguments_digest", String, nullable=False),
)


def _crr_columns() -> tuple[Column[Any], ...]:
    return (
        _key("crr_id", BigInteger),
        Column("owner", String, nullable=False, index=True),
        Column("crr_type", String, nullable=False),
        Column("hedge", String, nullable=False),
        Column("source", String, nullable=False),
        Column("sink", String, nullable=False),
        Column("tou", String, nullable=False),
        Column("start", Date, nullable=False),
        Column("end", Date, nullable=False),
        Column("mw", mw(), nullable=False),
        Column("market", String, nullable=False),
        Column("parent_crr_id", String, nullable=False),
    )


crr = Table("crr", metadata, *_crr_columns())

# What was allocated, whoever owns it now: selling frees no eligibility.
allocation = Table("allocation", metadata, *_crr_columns())

base_loading = Table(
    "base_loading",
    metadata,
    _key("market"),
    _key("period"),
    _key("tou"),
    _key("crr_id"),
    Column("owner", String, nullable=False),
    Column("crr_type", String, nullable=False),  # or TOR, ETC, CVR for a right
    Column("source", String, nullable=False),
    Column("sink", String, nullable=False),
    Column("hedge", String, nullable=False),
    Column("mw", mw(), nullable=False),
    Column("whole", Integer, nullable=False),  # 1: held through the period; 0: a piece of its days
)

award = Table(
    "award",
    metadata,
    _key("bid_id", BigInteger),
    Column("market", String, nullable=False, index=True),
    Column("awarded_mw", mw(), nullable=False),
    Column("clearing_price_usd_per_mw", price()),
    Column("crr_id", String, nullable=False),  # the CRR that was bought or sold; "" until posted
)

location_price = Table(
    "location_price",
    metadata,
    _key("market"),
    _key("period"),
    _key("tou"),
    _key("location"),
    Column("price_usd_per_mw", price(), nullable=False),
)


def _constraint_columns() -> tuple[Column[Any], ...]:
    return (
        _key("market"),
        _key("period"),
        _key("tou"),
        _key("name"),
        _key("contingency"),
        _key("direction"),
        Column("device_type", String, nullable=False),
        Column("from_bus", Integer, nullable=False),
        Column("to_bus", Integer, nullable=False),
        Column("circuit", String, nullable=False),
    )


binding_constraint = Table(
    "binding_constraint",
    metadata,
    *_constraint_columns(),
    Column("flow_mw", price(), nullable=False),
    Column("limit_mw", price(), nullable=False),
    Column("shadow_price_usd_per_mw", factor(), nullable=False),
)

relaxed_constraint = Table(
    "relaxed_constraint",
    metadata,
    *_constraint_columns(),
    Column("original_limit_mw", price(), nullable=False),
    Column("limit_mw", price(), nullable=False),
    Column("fixed_flow_mw", price(), nullable=False),
)

cleared_product = Table(
    "cleared_product",
    metadata,
    _key("market"),
    _key("period"),
    _key("tou"),
    Column("objective", price(), nullable=False),
    Column("summary", Text, nullable=False),
)

nomination_cap = Table(
    "nomination_cap",
    metadata,
    _key("market"),
    _key("participant"),
    _key("sink"),
    _key("period"),
    _key("tou"),
    _key("kind"),  # SEQ, MEQ or UPPER_BOUND
    Column("mw", mw(), nullable=False),
    Column("how", Text, nullable=False),
)

signature = Table(
    "signature",
    metadata,
    _key("market"),
    _key("participant"),
    _key("source"),
    _key("sink"),
    _key("period"),
    _key("tou"),
    Column("mw", mw(), nullable=False),
)

set_aside = Table(
    "set_aside",
    metadata,
    _key("market"),
    _key("period"),
    _key("tou"),
    _key("interface"),
    Column("limit_mw", mw(), nullable=False),
    Column("used_mw", mw(), nullable=False),
    Column("set_aside_mw", mw(), nullable=False),
)

collateral = Table(
    "collateral", metadata, _key("participant"), Column("amount_usd", usd(), nullable=False)
)

collateral_check = Table(
    "collateral_check",
    metadata,
    _key("market"),
    _key("participant"),
    Column("required_usd", usd(), nullable=False),
    Column("available_usd", usd(), nullable=False),
    Column("passed", Integer, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("message_id", Integer, primary_key=True, autoincrement=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("audience", String, nullable=False),  # "" is everybody
    Column("text", Text, nullable=False),
)

source_sink_release = Table(
    "source_sink_release",
    metadata,
    _key("period"),  # what the markets of the list sell: a month, or a year of four seasons
    _key("version", Integer),
    Column("released_at", BigInteger, nullable=False),
)

STATE_TABLES: tuple[Table, ...] = tuple(
    table
    for _, table in sorted(special_tables.metadata.tables.items())
    if table not in (journal, program)
)
