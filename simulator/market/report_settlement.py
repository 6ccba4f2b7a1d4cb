"""The settlement section of the report: statements and months, as the store holds them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from simulator.domain import ChargeCode
from simulator.market.adequacy import adequacy_month
from simulator.market.settlement_files import settled_months
from simulator.market.summary import settlement_sums
from simulator.market.world import World
from simulator.publish.report_view import (
    ConstraintMoney,
    ParticipantMoney,
    SettlementSection,
    StatementRow,
)
from simulator.store import Transaction, books, tables


def settlement_section(tx: Transaction, world: World) -> SettlementSection | None:
    """Who got what, by participant, constraint and trading day; None while nothing is settled."""
    lines = tx.rows(tables.statement)
    if not lines:
        return None
    sums = settlement_sums(tx)
    crrs = Counter(crr.owner for crr in books.crrs(tx))
    by_owner: dict[str, Counter[str]] = defaultdict(Counter)
    for row in lines:
        part = _PART[row["item"], row["charge_code"]]
        by_owner[row["owner"]][part] += row["amount_usd"]
    return SettlementSection(
        congestion_revenue_usd=Decimal(str(sums["congestion_revenue_usd"])),
        auction_net_usd=Decimal(str(sums["auction_net_usd"])),
        paid_to_holders_usd=Decimal(str(sums["paid_to_holders_usd"])),
        balancing_account_usd=Decimal(str(sums["balancing_account_usd"])),
        residual_usd=Decimal(str(sums["residual_usd"])),
        participants=tuple(
            ParticipantMoney(
                owner,
                crrs[owner],
                *(Decimal(parts[name]) for name in PARTS),
            )
            for owner, parts in sorted(by_owner.items())
        ),
        constraints=tuple(_constraints(tx)),
        statements=tuple(_statements(lines)),
        to_measured_demand_usd=Decimal(str(sums["to_measured_demand_usd"])),
        adequacy=tuple(
            adequacy_month(tx, world, case, result) for case, result in settled_months(tx, world)
        ),
    )


PARTS = ("notional", "adjustment", "given", "auction", "demand", "reversal")
_PART = {
    ("DAY", ChargeCode.HOURLY.value): "notional",
    ("DAY", ChargeCode.ADJUSTMENT.value): "adjustment",
    ("MONTH", ChargeCode.ADJUSTMENT.value): "given",
    ("AUCTION", ChargeCode.AUCTION.value): "auction",
    ("DEMAND", ChargeCode.BALANCING.value): "demand",
    ("DAY", ChargeCode.REVERSAL.value): "reversal",
}


def _constraints(tx: Transaction) -> Iterable[ConstraintMoney]:
    months = tx.rows(tables.constraint_month)
    for name in sorted({row["constraint"] for row in months}):
        own = [row for row in months if row["constraint"] == name]
        yield ConstraintMoney(
            name,
            sum(row["hours"] for row in own),
            *(
                sum((row[column] for row in own), Decimal(0))
                for column in (
                    "revenue_usd",
                    "notional_usd",
                    "deficit_usd",
                    "given_back_usd",
                    "residual_usd",
                )
            ),
        )


def _statements(lines: list[Any]) -> Iterable[StatementRow]:
    for day in sorted({row["trading_day"] for row in lines}):
        own = [row for row in lines if row["trading_day"] == day]
        yield StatementRow(
            day.isoformat(),
            own[0]["statement_date"].isoformat(),
            len({row["owner"] for row in own}),
            sum((row["amount_usd"] for row in own), Decimal(0)),
        )
