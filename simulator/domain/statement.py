"""Money: one line of a settlement statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class ChargeCode(StrEnum):
    """Numbers that a public source names (rulebook 6.4) and, where none does, names of our own."""

    HOURLY = "6700"  # CRR hourly settlement
    AUCTION = "6798"  # CRR auction transaction settlement
    ADJUSTMENT = "CRR_ADJUSTMENT"  # constraint-by-constraint deficit, and its give-back
    REVERSAL = "CONGESTION_REVERSAL"  # day-ahead congestion given back to existing rights
    CLAWBACK = "CRR_CLAWBACK"  # gains that a holder's own virtual or intertie awards made
    BALANCING = "CRR_BALANCING"  # the balancing account's share


@dataclass(frozen=True)
class StatementLine:
    """`amount_usd` is positive where the owner is paid."""

    owner: str
    trading_day: date
    statement_date: date
    charge_code: ChargeCode
    amount_usd: Decimal
