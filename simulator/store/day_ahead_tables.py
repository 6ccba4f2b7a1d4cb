"""Tables of the day-ahead market: its hours, what bound in them, its shift factors, its reruns."""

from __future__ import annotations

from typing import Any

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


def _factor_columns() -> tuple[Column[Any], ...]:
    return (
        key("day", Date),
        key("constraint"),
        key("tou"),  # "" where the factors are the same on peak and off
        key("location"),
        Column("factor", factor(), nullable=False),
    )


shift_factor = Table("shift_factor", metadata, *_factor_columns())

day_ahead_rerun = Table(  # `correction` is the changed input, as it was asked for
    "day_ahead_rerun",
    metadata,
    key("day", Date),
    key("run", Integer),
    Column("edition", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("correction", Text, nullable=False),
    Column("reason", String, nullable=False),
)

replaced_factor = Table(  # what held until rerun number `run` of the day
    "replaced_factor", metadata, key("run", Integer), *_factor_columns()
)
