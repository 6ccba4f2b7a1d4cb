"""Month end: surplus of a constraint goes back to those who bore its deficits (rulebook 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from simulator.domain import ChargeCode, StatementLine
from simulator.settlement.case import SettlementCalendar
from simulator.settlement.day import DaySettlement
from simulator.settlement.kernel import give_back_rate
from simulator.settlement.rounding import Floats, cents, without_noise


@dataclass(frozen=True)
class ConstraintMonth:
    """One constraint over the month, unrounded: what it was worth, collected, owed and returned.

    `unrecovered` stays with the holders, `residual` goes to the balancing account, and
    `unborne` is shortfall that no holder had a positive value to bear from.
    """

    constraint: str
    give_back_rate: float
    revenue_usd: float
    notional_usd: float
    offset_usd: float
    deficit_usd: float
    surplus_usd: float
    given_back_usd: float
    unrecovered_usd: float
    residual_usd: float
    unborne_usd: float


class Adjustment(NamedTuple):
    """What one owner bore and got back on one constraint over the month, unrounded."""

    owner: str
    constraint: str
    deficit_usd: float
    given_back_usd: float


@dataclass(frozen=True, eq=False)
class Adjustments:
    """One for each owner and constraint with a deficit, in their order; made when asked for.

    `deficit_usd` and `given_back_usd` are (owners, constraints).
    """

    owners: tuple[str, ...]
    constraints: tuple[str, ...]
    deficit_usd: Floats
    given_back_usd: Floats

    def __iter__(self) -> Iterator[Adjustment]:
        """By owner, then constraint."""
        at = np.nonzero(self.deficit_usd > 0)
        borne, given = self.deficit_usd[at].tolist(), self.given_back_usd[at].tolist()
        for p, k, *amounts in zip(at[0].tolist(), at[1].tolist(), borne, given, strict=True):
            yield Adjustment(self.owners[p], self.constraints[k], *amounts)


@dataclass(frozen=True)
class MonthEnd:
    """The true-up: its statement lines, and the figures that they come from, all sorted."""

    lines: tuple[StatementLine, ...]
    constraints: tuple[ConstraintMonth, ...]
    adjustments: Iterable[Adjustment]


def month_end(
    days: Sequence[DaySettlement],
    calendar: SettlementCalendar,
    trading_day: date | None = None,
) -> MonthEnd:
    """Trues up the trading days of one month, in any order.

    The lines carry `trading_day`, the last day of the month unless given. Each brings the owner's
    month of adjustments to what it should be to the cent: rounded once, less what its daily
    adjustment lines already took, so that a deficit that is all given back leaves exactly 0.00.
    """
    days = sorted(days, key=lambda settled: settled.day)
    owners = tuple(sorted({owner for settled in days for owner in settled.owners}))
    constraints = tuple(sorted({name for settled in days for name in settled.constraints}))
    deficit = np.zeros((len(owners), len(constraints)))
    surplus, notional, revenue = (np.zeros(len(constraints)) for _ in range(3))
    row = {owner: position for position, owner in enumerate(owners)}
    column = {name: position for position, name in enumerate(constraints)}
    for settled in days:
        at_owner = np.array([row[owner] for owner in settled.owners], dtype=np.intp)
        at = np.array([column[name] for name in settled.constraints], dtype=np.intp)
        deficit[np.ix_(at_owner, at)] += settled.deficit_usd
        surplus[at] += settled.surplus_usd
        notional[at] += settled.notional_usd
        revenue[at] += np.array([float(amount) for amount in settled.revenue_usd])
    rate = give_back_rate(deficit.sum(axis=0), surplus)
    returned = deficit * rate
    return MonthEnd(
        lines=_true_up_lines(days, owners, returned - deficit, calendar, trading_day),
        constraints=_constraint_months(
            constraints, revenue, notional, deficit.sum(axis=0), surplus, rate
        ),
        adjustments=Adjustments(owners, constraints, deficit, returned),
    )


def _true_up_lines(
    days: Sequence[DaySettlement],
    owners: tuple[str, ...],
    adjustment: Floats,
    calendar: SettlementCalendar,
    trading_day: date | None,
) -> tuple[StatementLine, ...]:
    posted = dict.fromkeys(owners, Decimal(0))
    for settled in days:
        for line in settled.lines:
            if line.charge_code == ChargeCode.ADJUSTMENT:
                posted[line.owner] += line.amount_usd
    day = trading_day or calendar.last_trading_day
    statement_date = calendar.statement_date(day)
    totals = zip(owners, adjustment.sum(axis=1), strict=True)
    true_ups = ((owner, cents(total) - posted[owner]) for owner, total in totals)
    return tuple(
        StatementLine(owner, day, statement_date, ChargeCode.ADJUSTMENT, amount)
        for owner, amount in true_ups
        if amount
    )


def _constraint_months(
    constraints: tuple[str, ...],
    revenue: Floats,
    notional: Floats,
    deficit: Floats,
    surplus: Floats,
    rate: Floats,
) -> tuple[ConstraintMonth, ...]:
    given, offset = deficit * rate, revenue - notional
    left = (deficit - given, surplus - given, surplus - deficit - offset)
    dollars = without_noise(np.stack([revenue, notional, offset, deficit, surplus, given, *left]))
    return tuple(
        ConstraintMonth(name, float(share), *map(float, amounts))
        for name, share, amounts in zip(constraints, rate, dollars.T, strict=True)
    )
