"""Tables of the day-ahead market: its hours, what bound in them, and its shift factors."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from simulator.store.columns import factor, mw, price, usd
from simulator.store.schema import key, metadata

congestion = Table(
    "congestion",
    metadata,
    key("location"),
    key("tou"),
    Column("daily_mcc_usd", Text, nullable=False),  # one sum of hourly MCC for each past day
)

day_ahead_hour = Table(
    "day_ahead_hour",
    metadata,
    key("hour", BigInteger),
    Column("day", Date, nullable=False, index=True),
    Column("hour_ending", Integer, nullable=False),
    Column("tou", String, nullable=False),
    Column("load_mw", mw(), nullable=False),
    Column("congestion_revenue_usd", usd(), nullable=False),
)

day_ahead_constraint = Table(
    "day_ahead_constraint",
    metadata,
    key("hour", BigInteger),
    key("constraint"),
    Column("flow_mw", price(), nullable=False),
    Column("limit_mw", price(), nullable=False),
    Column("shadow_price_usd_per_mwh", price(), nullable=False),
    Column("revenue_usd", usd(), nullable=False),
)

shift_factor = Table(
    "shift_factor",
    metadata,
    key("day", Date),
    key("constraint"),
    key("tou"),  # "" where the factors are the same on peak and off
    key("location"),
    Column("factor", factor(), nullable=False),
)
