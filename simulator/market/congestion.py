"""The history of congestion that margins and expected values are taken from (rulebook 5.2)."""

from __future__ import annotations

import json
from decimal import Decimal

from simulator.domain import Tou
from simulator.rules.margins import CongestionHistory
from simulator.store import Transaction, tables


def congestion_history(tx: Transaction) -> CongestionHistory:
    """The history that was posted with the preloaded data; read once until it changes."""
    return tx.derived("congestion history", lambda: _read(tx))


def _read(tx: Transaction) -> CongestionHistory:
    return CongestionHistory(
        {
            (row["location"], Tou(row["tou"])): tuple(
                Decimal(value) for value in json.loads(row["daily_mcc_usd"])
            )
            for row in tx.rows(tables.congestion)
        }
    )
