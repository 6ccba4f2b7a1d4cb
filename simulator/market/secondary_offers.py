"""The requests of the secondary market as the books keep them (rulebook 7.2)."""

from __future__ import annotations

from typing import Any

from simulator.domain import CrrType, Hedge, Tou
from simulator.rules.offer import Offer, OfferStatus, PostType, Side
from simulator.store import Transaction, special_tables


def offers(tx: Transaction, **equal: Any) -> tuple[Offer, ...]:
    """Every request, by id; columns may be named to narrow it."""
    return tuple(
        Offer(
            **{
                **row,
                "request_id": str(row["request_id"]),
                "side": Side(row["side"]),
                "tou": Tou(row["tou"]),
                "hedge": Hedge(row["hedge"]),
                "crr_type": CrrType(row["crr_type"]),
                "status": OfferStatus(row["status"]),
                "post_type": PostType(row["post_type"]),
                "response_id": str(row["response_id"] or ""),
            }
        )
        for row in tx.rows(special_tables.secondary_offer, **equal)
    )
