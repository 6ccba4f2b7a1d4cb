"""The perfect hedge of existing rights: their schedules pay no day-ahead congestion (rulebook 6.2).

A schedule under a transmission ownership right or an existing contract is charged congestion like
any other, and gets it back: on every constraint the price times its flow. What is given back is
not there for CRRs, so each constraint's revenue is less by it before anything is shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, StatementLine, usd
from simulator.settlement.case import ConstraintHour, RightSchedule, SettlementCase

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Reversal:
    """What one schedule gets back on one constraint; below zero it pays counter-flow back."""

    schedule: RightSchedule
    row: ConstraintHour
    factor_source: Decimal
    factor_sink: Decimal

    @property
    def amount_usd(self) -> Decimal:
        """MW x (factor at the source - factor at the sink) x shadow price, exact."""
        flow_mw = self.schedule.mw * (self.factor_source - self.factor_sink)
        return flow_mw * self.row.shadow_price_usd_per_mwh


@dataclass(frozen=True)
class Hedge:
    """`rows` have the revenue that is left for CRRs; `lines` give the rest back to its payers."""

    rows: tuple[ConstraintHour, ...]
    reversals: tuple[Reversal, ...] = ()
    lines: tuple[StatementLine, ...] = ()


def hedge(case: SettlementCase) -> Hedge:
    """The case's congestion less the reversals of its schedules; cents once a holder and day."""
    if not case.right_schedules:
        return Hedge(case.constraint_hours)
    reversals = tuple(_reversals(case))
    by_row: dict[tuple[int, str], Decimal] = {}
    owed: dict[tuple[str, date], Decimal] = {}
    for item in reversals:
        row, holder = (item.row.hour.start, item.row.constraint), item.schedule.holder
        by_row[row] = by_row.get(row, NOTHING) + item.amount_usd
        owed[holder, item.row.hour.day] = (
            owed.get((holder, item.row.hour.day), NOTHING) + item.amount_usd
        )
    rows = tuple(
        replace(row, revenue_usd=row.revenue_usd - by_row[row.hour.start, row.constraint])
        if (row.hour.start, row.constraint) in by_row
        else row
        for row in case.constraint_hours
    )
    lines = tuple(
        StatementLine(
            holder, day, case.calendar.statement_date(day), ChargeCode.REVERSAL, usd(amount)
        )
        for (holder, day), amount in sorted(owed.items())
    )
    return Hedge(rows, reversals, lines)


def _reversals(case: SettlementCase) -> Iterator[Reversal]:
    rows: dict[int, list[ConstraintHour]] = {}
    for row in sorted(case.constraint_hours, key=lambda row: (row.hour.start, row.constraint)):
        if row.shadow_price_usd_per_mwh:
            rows.setdefault(row.hour.start, []).append(row)
    ordered = sorted(
        case.right_schedules, key=lambda item: (item.holder, item.hour.start, item.right_id)
    )
    for schedule in ordered:
        for row in rows.get(schedule.hour.start, ()):
            ends = (schedule.source, schedule.sink)
            source, sink = (Decimal(repr(float(row.shift_factors.get(end, 0.0)))) for end in ends)
            yield Reversal(schedule, row, source, sink)
