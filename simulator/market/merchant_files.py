"""What everybody can see of merchant transmission: each facility's test and what it gave."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.domain.table import csv_text
from simulator.rules.terms import merchant_end
from simulator.store import Transaction, tables

NAME = "MERCHANT_TRANSMISSION.csv"
HEADER = (
    "Facility", "Sponsor", "InService", "EndDate", "Source", "Sink", "HedgeType", "TOU",
    "FeasibleWithoutMW", "FeasibleWithMW", "MW", "CRRID",
)  # fmt: skip


def merchant_files(tx: Transaction, public: str) -> Iterator[tuple[str, bytes]]:
    """One line for each elected pair and time of use; nothing where nobody has built anything."""
    built = {row["facility"]: row for row in tx.rows(tables.merchant_facility)}
    rows = [
        (
            row["facility"], facility["sponsor"], facility["start"].isoformat(),
            merchant_end(facility["start"], facility["life_years"]).isoformat(), row["source"],
            row["sink"], row["hedge"], row["tou"], row["without_mw"], row["with_mw"], row["mw"],
            row["crr_id"],
        )
        for row in tx.rows(tables.merchant_award)
        for facility in [built[row["facility"]]]
    ]  # fmt: skip
    if rows:
        yield f"{public}/{NAME}", csv_text(HEADER, rows).encode()
