"""The CRR balancing account takes what is left, so that every cent has an owner (rulebook 6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain import ChargeCode, StatementLine, usd
from simulator.settlement.month import ConstraintMonth
from simulator.settlement.rounding import cents


class Entry(StrEnum):
    """Why money moves in or out of the account."""

    CONGESTION_REVENUE = "CONGESTION_REVENUE"
    AUCTION = "AUCTION"
    HOURLY = "HOURLY_SETTLEMENT"
    ADJUSTMENT = "ADJUSTMENT"
    REVERSAL = "CONGESTION_REVERSAL"
    CLAWBACK = "CLAWBACK"
    ROUNDING = "REVENUE_ROUNDING"
    MEASURED_DEMAND = "MEASURED_DEMAND"  # what was shared out; the balance is what was there before


_ENTRY_OF = {
    ChargeCode.HOURLY: Entry.HOURLY,
    ChargeCode.AUCTION: Entry.AUCTION,
    ChargeCode.ADJUSTMENT: Entry.ADJUSTMENT,
    ChargeCode.REVERSAL: Entry.REVERSAL,
    ChargeCode.CLAWBACK: Entry.CLAWBACK,
}


TO_HOLDERS = (Entry.HOURLY, Entry.ADJUSTMENT, Entry.REVERSAL, Entry.CLAWBACK)


@dataclass(frozen=True, order=True)
class AccountEntry:
    """`amount_usd` is positive where the account receives."""

    trading_day: date
    entry: Entry
    amount_usd: Decimal


@dataclass(frozen=True)
class BalancingAccount:
    """The account of one month: `entries` by day, and the same balance explained.

    balance = net auction money + what was clawed back + surplus left on constraints
    - shortfall that nobody could bear + what rounding to cents left over. What holders were paid
    is net of what was clawed back from them, and includes congestion given back to existing rights.
    """

    entries: tuple[AccountEntry, ...]
    congestion_revenue_usd: Decimal
    auction_net_usd: Decimal
    clawed_back_usd: Decimal
    given_back_usd: Decimal
    paid_to_holders_usd: Decimal
    residual_surplus_usd: Decimal
    unborne_deficit_usd: Decimal

    @property
    def balance_usd(self) -> Decimal:
        """What the account took: the sum of its entries."""
        return sum((entry.amount_usd for entry in self.entries), Decimal(0))

    @property
    def rounding_usd(self) -> Decimal:
        """The cents that rounding took from or left with the holders."""
        explained = self.auction_net_usd + self.clawed_back_usd + self.residual_surplus_usd
        return self.balance_usd - explained + self.unborne_deficit_usd

    @property
    def residual_usd(self) -> Decimal:
        """Money in less money out: 0.00, always (contract section 5)."""
        money_in = self.congestion_revenue_usd + self.auction_net_usd
        return money_in - self.paid_to_holders_usd - self.balance_usd


def balancing_account(
    revenue_by_day: Sequence[tuple[date, Decimal]],
    lines: Iterable[StatementLine],
    constraints: Iterable[ConstraintMonth],
) -> BalancingAccount:
    """The account's month. Revenue is exact by day and rounded to the cent once, for the month.

    `lines` are all statement lines of the holders: hourly, adjustments, clawback and auction.
    """
    moved: dict[tuple[date, Entry], Decimal] = {}
    for day, collected in revenue_by_day:
        _add(moved, day, Entry.CONGESTION_REVENUE, collected)
    for line in lines:
        _add(moved, line.trading_day, _ENTRY_OF[line.charge_code], -line.amount_usd)
    collected = _total(moved, Entry.CONGESTION_REVENUE)
    if usd(collected) != collected:
        last = max(day for day, _ in revenue_by_day)
        _add(moved, last, Entry.ROUNDING, usd(collected) - collected)
    months = tuple(constraints)
    return BalancingAccount(
        entries=tuple(AccountEntry(*key, amount) for key, amount in sorted(moved.items())),
        congestion_revenue_usd=usd(collected),
        auction_net_usd=_total(moved, Entry.AUCTION),
        clawed_back_usd=_total(moved, Entry.CLAWBACK),
        given_back_usd=-_total(moved, Entry.REVERSAL) + Decimal(0),
        paid_to_holders_usd=-sum(
            (_total(moved, entry) for entry in TO_HOLDERS),
            Decimal(0),
        ),
        residual_surplus_usd=cents(sum(month.residual_usd for month in months)),
        unborne_deficit_usd=cents(sum(month.unborne_usd for month in months)),
    )


def _add(
    moved: dict[tuple[date, Entry], Decimal], day: date, entry: Entry, amount: Decimal
) -> None:
    moved[day, entry] = moved.get((day, entry), Decimal(0)) + amount


def _total(moved: dict[tuple[date, Entry], Decimal], entry: Entry) -> Decimal:
    return sum((amount for (_, of), amount in moved.items() if of == entry), Decimal("0.00"))
