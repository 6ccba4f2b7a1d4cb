"""Files of `collateral verified`: who passed and who did not, and by how much (rulebook 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.domain.table import csv_text
from simulator.market.command import OPERATOR
from simulator.store import Transaction, tables
from simulator.store.transaction import Row

HEADER = ("MarketName", "Participant", "RequiredUSD", "AvailableUSD", "ShortUSD", "Result")


def collateral_files(tx: Transaction, private: str) -> Iterator[tuple[str, bytes]]:
    """All of it for the operator, its own for each participant; market by market."""
    rows = tx.rows(tables.collateral_check)
    if rows:
        yield f"{private}/{OPERATOR}/COLLATERAL_VERIFIED.csv", _content(rows)
    for owner in sorted({row["participant"] for row in rows}):
        own = [row for row in rows if row["participant"] == owner]
        yield f"{private}/{owner}/COLLATERAL_VERIFIED_{owner}.csv", _content(own)


def _content(rows: Iterable[Row]) -> bytes:
    written = (
        (
            row["market"], row["participant"], row["required_usd"], row["available_usd"],
            max(row["required_usd"] - row["available_usd"], row["required_usd"] * 0),
            "PASSED" if row["passed"] else "NOT_PASSED",
        )
        for row in rows
    )  # fmt: skip
    return csv_text(HEADER, written).encode()
