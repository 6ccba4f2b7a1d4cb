"""One trading day: rights and day-ahead congestion become statement lines and accruals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

import numpy as np

from simulator.domain import ChargeCode, StatementLine, refuse_if_any
from simulator.settlement.case import ConstraintHour, SettlementCalendar
from simulator.settlement.findings import day_findings
from simulator.settlement.flows import Flows, HourFlows
from simulator.settlement.kernel import HourOutcome, settle_hour
from simulator.settlement.rights import Rights
from simulator.settlement.rounding import Floats, cents
from simulator.timeline.hours import Hour


@dataclass(frozen=True, eq=False)
class HourSettlement:
    """One hour as settled, in USD: `rows` (k,) by constraint, and what came of them.

    `notional`, `bearing`, `offset` and `deficit` are (k,); `owner_notional` and `owner_deficit`
    are (p,), over all constraints.
    """

    hour: Hour
    rows: tuple[ConstraintHour, ...]
    notional: Floats
    bearing: Floats
    offset: Floats
    deficit: Floats
    owner_notional: Floats
    owner_deficit: Floats


@dataclass(frozen=True, eq=False)
class DaySettlement:
    """What one trading day leaves behind: its lines now, its accruals for the month's true-up.

    p owners, k constraints, both sorted. `deficit_usd` (p, k) is what the holders bore, and
    `surplus_usd` (k,) what the constraints had left in the hours in which they had any left;
    `notional_usd` (k,) is what the rights were worth. `revenue_usd` is exact.
    """

    day: date
    owners: tuple[str, ...]
    constraints: tuple[str, ...]
    deficit_usd: Floats
    surplus_usd: Floats
    notional_usd: Floats
    revenue_usd: tuple[Decimal, ...]
    lines: tuple[StatementLine, ...]
    hours: tuple[HourSettlement, ...] = ()

    @property
    def total_revenue_usd(self) -> Decimal:
        """Congestion revenue of the day over all constraints, exact."""
        return sum(self.revenue_usd, Decimal(0))


def settle_day(
    day: date,
    rights: Rights,
    constraint_hours: Sequence[ConstraintHour],
    calendar: SettlementCalendar,
    flows: Flows | None = None,
) -> DaySettlement:
    """Settle `rights` on `day`; rows of `constraint_hours` may come in any order.

    Every owner of a right in force gets one hourly line, 0.00 too; an adjustment line only who
    bore a deficit. The days of a month may share `flows` to save time. Raises Refused when
    hours are of another day or come twice.
    """
    refuse_if_any(day_findings(day, constraint_hours))
    constraints = tuple(sorted({row.constraint for row in constraint_hours}))
    column = {constraint: position for position, constraint in enumerate(constraints)}
    flows = flows or Flows(rights)
    notional, surplus = np.zeros(len(constraints)), np.zeros(len(constraints))
    deficit = np.zeros((len(rights.owners), len(constraints)))
    hours = []
    for hour, rows in _by_hour(constraint_hours):
        listed = np.array([column[row.constraint] for row in rows], dtype=np.intp)
        outcome = _settle(rights, flows.of(hour, rows), rows)
        notional[listed] += outcome.notional.sum(axis=0)
        surplus[listed] += np.maximum(outcome.offset, 0.0)
        deficit[:, listed] += outcome.deficit
        hours.append(_hour_settlement(hour, rows, outcome))
    payment = sum((hour.owner_notional for hour in hours), np.zeros(len(rights.owners)))
    return DaySettlement(
        day=day,
        owners=rights.owners,
        constraints=constraints,
        deficit_usd=deficit,
        surplus_usd=surplus,
        notional_usd=notional,
        revenue_usd=_revenue_by_constraint(constraint_hours, constraints),
        lines=_lines(day, rights, calendar, payment, deficit.sum(axis=1)),
        hours=tuple(hours),
    )


def _by_hour(
    constraint_hours: Sequence[ConstraintHour],
) -> Iterator[tuple[Hour, tuple[ConstraintHour, ...]]]:
    """The rows of each hour by constraint, hours in order."""
    ordered = sorted(constraint_hours, key=lambda row: (row.hour.start, row.constraint))
    for _, rows in groupby(ordered, key=lambda row: row.hour.start):
        listed = tuple(rows)
        yield listed[0].hour, listed


def _settle(rights: Rights, flows: HourFlows, rows: Sequence[ConstraintHour]) -> HourOutcome:
    return settle_hour(
        rights,
        flows.flow_mw,
        flows.options,
        flows.shift_factors,
        np.array([float(row.shadow_price_usd_per_mwh) for row in rows]),
        np.array([float(row.revenue_usd) for row in rows]),
    )


def _hour_settlement(
    hour: Hour, rows: tuple[ConstraintHour, ...], outcome: HourOutcome
) -> HourSettlement:
    return HourSettlement(
        hour=hour,
        rows=rows,
        notional=outcome.notional.sum(axis=0),
        bearing=outcome.bearing,
        offset=outcome.offset,
        deficit=outcome.deficit.sum(axis=0),
        owner_notional=outcome.notional.sum(axis=1),
        owner_deficit=outcome.deficit.sum(axis=1),
    )


def _revenue_by_constraint(
    constraint_hours: Sequence[ConstraintHour], constraints: tuple[str, ...]
) -> tuple[Decimal, ...]:
    collected = dict.fromkeys(constraints, Decimal(0))
    for row in constraint_hours:
        collected[row.constraint] += row.revenue_usd
    return tuple(collected.values())


def _lines(
    day: date,
    rights: Rights,
    calendar: SettlementCalendar,
    payment_usd: Floats,
    deficit_usd: Floats,
) -> tuple[StatementLine, ...]:
    statement_date = calendar.statement_date(day)
    in_force = set(rights.owners_in_force(day))
    lines = []
    for position, owner in enumerate(rights.owners):
        if owner not in in_force:
            continue
        paid = cents(payment_usd[position])
        lines.append(StatementLine(owner, day, statement_date, ChargeCode.HOURLY, paid))
        if deficit_usd[position] > 0:
            borne = -cents(deficit_usd[position])
            lines.append(StatementLine(owner, day, statement_date, ChargeCode.ADJUSTMENT, borne))
    return tuple(lines)
