"""The balancing account of one month of a run, written out: what went in, and what each amount is.

Congestion revenue less what holders got is, by constraint, the surplus that nobody's deficit there
claimed (`ConstraintMonth.residual_usd`) less shortfall that nobody could bear; the auctions' money
comes by the days of what was sold; together they are what measured demand shares (rulebook 6.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain.table import csv_text

Record = dict[str, Any]

ACCOUNT_HEADER = ("Entry", "TradingDay", "Period", "AmountUSD", "BalanceUSD")
CONSTRAINT_HEADER = (
    *("Constraint", "RevenueUSD", "NotionalValueUSD", "DeficitUSD", "GivenBackUSD"),
    *("ResidualUSD", "UnborneUSD"),
)
FORMULAS = {
    "CONGESTION_REVENUE": "cents(sum of RevenueUSD of the day's hours in congestion_revenue.csv)",
    "EXISTING_RIGHTS": "-(sum of the day's CONGESTION_REVERSAL lines, each cents(sum over "
    "schedules and constraints of MW * (factor_source - factor_sink) * shadow_price))",
    "HOLDERS": "-(sum of the day's 6700 and CRR_ADJUSTMENT lines of all holders)",
    "TRUE_UP": "-(sum of the month's true-up lines of all holders)",
    "AUCTION": "cents(money_usd * days_until_end / period_days) - "
    "cents(money_usd * days_until_start / period_days)",
    "AUCTION_AT_ONCE": "money_usd",
    "MEASURED_DEMAND": "-(sum of the entries before it)",
}
CONGESTION = (
    "sum of residual_usd - sum of unborne_usd over balancing_constraints.csv + rounding_usd, which "
    "is what rounding everybody's lines to cents left over"
)
BEFORE_AUCTIONS = ("CONGESTION_REVENUE", "EXISTING_RIGHTS", "HOLDERS", "TRUE_UP")


@dataclass(frozen=True)
class Posting:
    """One amount of the account, positive where it receives; `period` of what was sold, or "".

    `inputs` are what its formula names, where files do not tell.
    """

    entry: str
    trading_day: date
    amount_usd: Decimal
    period: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ConstraintResidual:
    """A constraint's month in USD: what it left in the account, or took where nobody could bear."""

    constraint: str
    revenue_usd: Decimal
    notional_usd: Decimal
    deficit_usd: Decimal
    given_back_usd: Decimal
    residual_usd: Decimal
    unborne_usd: Decimal


def account_csv(postings: Iterable[Posting]) -> str:
    """`balancing_account.csv`, with the balance after each posting."""
    balance = Decimal("0.00")
    rows = []
    for item in postings:
        balance += item.amount_usd
        rows.append((item.entry, item.trading_day, item.period, item.amount_usd, balance))
    return csv_text(ACCOUNT_HEADER, rows)


def constraints_csv(constraints: Iterable[ConstraintResidual]) -> str:
    """`balancing_constraints.csv`: which constraint left what."""
    return csv_text(
        CONSTRAINT_HEADER,
        (
            (
                *(item.constraint, item.revenue_usd, item.notional_usd, item.deficit_usd),
                *(item.given_back_usd, item.residual_usd, item.unborne_usd),
            )
            for item in constraints
        ),
    )


def account_records(
    postings: Sequence[Posting], constraints: Sequence[ConstraintResidual]
) -> Iterator[Record]:
    """The lineage of every posting, and of the congestion money among them by constraint."""
    for item in postings:
        at_once = item.entry == "AUCTION" and not item.period
        yield {
            "amount": "balancing_account",
            "entry": item.entry,
            "trading_day": str(item.trading_day),
            "period": item.period,
            "amount_usd": str(item.amount_usd),
            "formula": FORMULAS["AUCTION_AT_ONCE" if at_once else item.entry],
            "inputs": {name: _plain(value) for name, value in item.inputs.items()},
        }
    congestion = sum(
        (item.amount_usd for item in postings if item.entry in BEFORE_AUCTIONS), Decimal("0.00")
    )
    residual = sum((item.residual_usd for item in constraints), Decimal(0))
    unborne = sum((item.unborne_usd for item in constraints), Decimal(0))
    yield {
        "amount": "congestion_money",
        "amount_usd": str(congestion),
        "formula": CONGESTION,
        "inputs": {
            "residual_usd": str(residual),
            "unborne_usd": str(unborne),
            "rounding_usd": str(congestion - residual + unborne),
        },
    }


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)
