"""One trading day: rights and day-ahead congestion become statement lines and accruals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from simulator.domain import ChargeCode, StatementLine, Tou, refuse_if_any
from simulator.settlement.case import ConstraintHour, SettlementCalendar
from simulator.settlement.findings import day_findings
from simulator.settlement.kernel import HourOutcome, settle_hour
from simulator.settlement.rights import Book, FactorRows, Indices, Rights
from simulator.settlement.rounding import Floats, cents
from simulator.timeline.hours import Hour


@dataclass(frozen=True, eq=False)
class HourDetail:
    """One hour as settled, for the hourly report; arrays as in `HourOutcome`, prices (k,)."""

    hour: Hour
    shadow_price: Floats
    revenue: Floats
    outcome: HourOutcome


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
    hours: tuple[HourDetail, ...] = ()

    @property
    def total_revenue_usd(self) -> Decimal:
        """Congestion revenue of the day over all constraints, exact."""
        return sum(self.revenue_usd, Decimal(0))


def settle_day(
    day: date,
    rights: Rights,
    constraint_hours: Sequence[ConstraintHour],
    calendar: SettlementCalendar,
    factor_rows: FactorRows | None = None,
    keep_hours: bool = True,
) -> DaySettlement:
    """Settle `rights` on `day`; rows of `constraint_hours` may come in any order.

    Every owner of a right in force gets one hourly line, 0.00 too; an adjustment line only who
    bore a deficit. `factor_rows` may be shared by the days of a month; `keep_hours` = False leaves
    out the hourly detail. Raises Refused when hours are of another day or come twice.
    """
    refuse_if_any(day_findings(day, constraint_hours))
    constraints = tuple(sorted({row.constraint for row in constraint_hours}))
    hours = tuple(
        _settled_hours(day, rights, constraint_hours, constraints, factor_rows)
        if constraint_hours
        else ()
    )
    shape = (len(rights.owners), len(constraints))
    notional, deficit = np.zeros(shape), np.zeros(shape)
    surplus = np.zeros(len(constraints))
    for detail in hours:
        notional += detail.outcome.notional
        deficit += detail.outcome.deficit
        surplus += np.maximum(detail.outcome.offset, 0.0)
    return DaySettlement(
        day=day,
        owners=rights.owners,
        constraints=constraints,
        deficit_usd=deficit,
        surplus_usd=surplus,
        notional_usd=notional.sum(axis=0),
        revenue_usd=_revenue_by_constraint(constraint_hours, constraints),
        lines=_lines(day, rights, calendar, notional.sum(axis=1), deficit.sum(axis=1)),
        hours=hours if keep_hours else (),
    )


def _settled_hours(
    day: date,
    rights: Rights,
    constraint_hours: Sequence[ConstraintHour],
    constraints: tuple[str, ...],
    factor_rows: FactorRows | None,
) -> list[HourDetail]:
    factor_rows = factor_rows or FactorRows(rights.locations)
    column = {constraint: position for position, constraint in enumerate(constraints)}
    by_hour: dict[int, list[ConstraintHour]] = {}
    for row in sorted(constraint_hours, key=lambda row: (row.hour.start, row.constraint)):
        by_hour.setdefault(row.hour.start, []).append(row)
    books: dict[Tou, _FlowBook] = {}
    details = []
    for rows in by_hour.values():
        hour = rows[0].hour
        if hour.tou not in books:
            books[hour.tou] = _FlowBook(rights, rights.book(day, hour.tou), factor_rows)
        listed = np.array([column[row.constraint] for row in rows], dtype=np.intp)
        positions = np.array(
            [factor_rows.position(row.shift_factors) for row in rows], dtype=np.intp
        )
        outcome = settle_hour(
            rights,
            books[hour.tou].flow_mw(positions),
            books[hour.tou].book.options,
            factor_rows.table(positions),
            price := np.array([float(row.shadow_price_usd_per_mwh) for row in rows]),
            revenue := np.array([float(row.revenue_usd) for row in rows]),
        )
        width = len(constraints)
        details.append(
            HourDetail(
                hour,
                _spread(price, listed, width),
                _spread(revenue, listed, width),
                HourOutcome(
                    _spread(outcome.flow_mw, listed, width),
                    _spread(outcome.notional, listed, width),
                    _spread(outcome.offset, listed, width),
                    _spread(outcome.deficit, listed, width),
                ),
            )
        )
    return details


@dataclass(eq=False)
class _FlowBook:
    """The obligations' flow, worked out once for the factors that several hours share."""

    rights: Rights
    book: Book
    factor_rows: FactorRows
    _positions: bytes | None = None
    _flow_mw: Floats | None = None

    def flow_mw(self, positions: Indices) -> Floats:
        """(p, k) for the factor rows `positions` (k,)."""
        if self._flow_mw is None or self._positions != positions.tobytes():
            self._positions = positions.tobytes()
            self._flow_mw = self.rights.flow_mw(
                self.book.obligations, self.factor_rows.table(positions)
            )
        return self._flow_mw


def _spread(values: Floats, listed: Indices, width: int) -> Floats:
    """`values`, whose last axis is the hour's listed constraints, over all of the day's."""
    if len(listed) == width:
        return values
    whole = np.zeros((*values.shape[:-1], width))
    whole[..., listed] = values
    return whole


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
