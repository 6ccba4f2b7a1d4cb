"""What is downloaded, read again: lists of CRRs, and the names of results."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

from simulator.domain import Crr, CrrType, Hedge, Tou

PUBLIC, PRIVATE = "published", "private"
PUBLIC_CRRS, OWN_CRRS = "PUBLIC_EXISTING_CRR", "PRIVATE_EXISTING_CRR"


def rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file by its header; none of a file that is not there."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def crrs(content: bytes) -> tuple[Crr, ...]:
    """The CRRs of a list of existing ones; both its dates are inclusive."""
    return tuple(
        Crr(
            row["CRRID"], row["AssetOwner"], CrrType(row["CRRType"]), Hedge(row["HedgeType"]),
            row["Source"], row["Sink"], Tou(row["TOU"]), date.fromisoformat(row["StartDate"]),
            date.fromisoformat(row["EndDate"]) + timedelta(days=1), Decimal(row["MW"]),
            row["MarketName"], row["ParentCRRID"],
        )
        for row in rows(content)
    )  # fmt: skip


def owner_of(path: str) -> str:
    """Whose file `private/WHO/...` is."""
    return path.split("/")[1]
