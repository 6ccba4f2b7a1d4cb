"""A run in one JSON object: events, markets, money, digests (outer contract, section 4)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simulator.domain import ChargeCode, MarketState
from simulator.market.room import MarketRoom
from simulator.store import Entry, Transaction, books, tables

PENDING = "pending"
SHARED_OUT = "MEASURED_DEMAND"  # the account's balance is what it took, before it is shared out


def run_summary(room: MarketRoom) -> dict[str, Any]:
    """`summary.json` of a run, finished or not."""
    world, entries = room.world, room.store.entries()
    by_key = {entry.key: entry for entry in entries}
    with room.store.reading() as tx:
        markets = [_market(tx, state) for state in books.markets(tx)]
        settlement = settlement_sums(tx)
        participants = len(tx.rows(tables.participant))
    return {
        "scenario": world.scenario.name,
        "seed": world.seed,
        "state_digest": room.store.state_digest(),
        "journal_digest": room.store.journal_digest(),
        "simulated": _simulated(entries),
        "events": [
            {
                "id": event.id,
                "week": event.week,
                "day": event.day,
                "at": iso(event.at),
                "kind": event.kind.value,
                "status": by_key[event.id].status if event.id in by_key else PENDING,
            }
            for event in world.scenario.events
        ],
        "markets": markets,
        "settlement": settlement,
        "participants": participants,
    }


def settlement_sums(tx: Transaction) -> dict[str, Any]:
    """Money in, money out, and the residual, which is 0.00 (rulebook 6.5)."""
    lines, account = tx.rows(tables.statement), tx.rows(tables.balancing)
    apart = (ChargeCode.AUCTION.value, ChargeCode.BALANCING.value)
    auction = [row for row in lines if row["charge_code"] == ChargeCode.AUCTION.value]
    others = [row for row in lines if row["charge_code"] not in apart]
    taken = [row for row in account if row["item"] != SHARED_OUT]
    revenue = _sum(row for row in account if row["item"] == "CONGESTION_REVENUE")
    auction_net, paid, balance = -_sum(auction), _sum(others), _sum(taken)
    return {
        "statements": len({(row["owner"], row["trading_day"]) for row in lines}),
        "paid_to_holders_usd": float(paid),
        "congestion_revenue_usd": float(revenue),
        "auction_net_usd": float(auction_net),
        "balancing_account_usd": float(balance),
        "residual_usd": float(revenue + auction_net - paid - balance),
        "to_measured_demand_usd": float(_sum(lines) - paid + auction_net),
    }


def iso(at: int) -> str:
    """Epoch seconds as UTC text."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _market(tx: Transaction, state: MarketState) -> dict[str, Any]:
    name = state.market.name
    awards = tx.rows(tables.award, market=name)
    cleared = tx.rows(tables.cleared_product, market=name)
    return {
        "name": name,
        "kind": state.market.kind.value,
        "status": state.status.value,
        "submitted": len(awards),
        "awarded_mw": float(sum((row["awarded_mw"] for row in awards), Decimal(0))),
        "objective": float(sum((row["objective"] for row in cleared), Decimal(0))),
    }


def _simulated(entries: list[Entry]) -> dict[str, str]:
    if not entries:
        return {"from": "", "to": ""}
    return {"from": iso(entries[0].at), "to": iso(entries[-1].at)}


def _sum(rows: Any) -> Decimal:
    return sum((row["amount_usd"] for row in rows), Decimal("0.00"))
