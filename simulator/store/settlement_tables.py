"""Tables of the settlement: versions of statements, the balancing account, corrected prices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from simulator.store.columns import mw, price, usd
from simulator.store.schema import key, metadata

statement = Table(  # version 1 is the initial statement; later ones hold only what changed
    "statement",
    metadata,
    key("owner"),
    key("trading_day", Date),
    key("charge_code"),
    key("item"),  # DAY, MONTH (the true-up), AUCTION or DEMAND (the balancing account's shares)
    key("version", Integer),
    Column("statement_date", Date, nullable=False),
    Column("amount_usd", usd(), nullable=False),
)

statement_version = Table(
    "statement_version",
    metadata,
    key("trading_day", Date),
    key("item"),
    key("version", Integer),
    Column("stated_at", BigInteger, nullable=False),
    Column("edition", Integer, nullable=False),  # of the day's market that it was made from
    Column("editions", Text, nullable=False),  # of the month's days, by day, but those first run
    Column("inventory", Integer, nullable=False),  # the last change of the inventory before it
    Column("auction_run", Integer, nullable=False),  # the last auction run again before it
)

balancing = Table(  # later versions hold only what changed
    "balancing",
    metadata,
    key("trading_day", Date),
    key("item"),
    key("version", Integer),
    Column("amount_usd", usd(), nullable=False),
)

constraint_month = Table(
    "constraint_month",
    metadata,
    key("month"),
    key("constraint"),
    Column("hours", Integer, nullable=False),
    Column("revenue_usd", price(), nullable=False),
    Column("notional_usd", price(), nullable=False),
    Column("deficit_usd", price(), nullable=False),
    Column("given_back_usd", price(), nullable=False),
    Column("residual_usd", price(), nullable=False),
    Column("unborne_usd", price(), nullable=False),
)

price_correction = Table(
    "price_correction",
    metadata,
    key("hour", BigInteger),
    key("constraint"),
    key("version", Integer),
    Column("day", Date, nullable=False),
    Column("edition", Integer, nullable=False),  # of the day's market, from this correction on
    Column("corrected_at", BigInteger, nullable=False),
    Column("before_usd_per_mwh", price(), nullable=False),
    Column("after_usd_per_mwh", price(), nullable=False),
    Column("before_revenue_usd", usd(), nullable=False),
    Column("after_revenue_usd", usd(), nullable=False),
    Column("reason", String, nullable=False),
)

auction_rerun = Table(  # the results that run number `run`, of all auctions, replaced
    "auction_rerun",
    metadata,
    key("run", Integer),
    Column("market", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("asked", Text, nullable=False),
    Column("awards", Text, nullable=False),  # as they settled
    Column("files", Text, nullable=False),  # their downloads by name
)

measured_demand = Table(
    "measured_demand",
    metadata,
    key("month"),
    key("coordinator"),
    Column("demand_mwh", mw(), nullable=False),
    Column("excluded_mwh", mw(), nullable=False),
)
