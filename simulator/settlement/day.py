"""One trading day: rights and day-ahead congestion become statement lines and accruals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

import numpy as np

from simulator.domain import ChargeCode, StatementLine, refuse_if_any
from simulator.settlement.case import ConstraintHour, SettlementCalendar
from simulator.settlement.findings import day_findings
from simulator.settlement.flows import Flows
from simulator.settlement.kernel import HourFlow, HourOutcome, NetFlow, settle_hour
from simulator.settlement.rights import Indices, Rights
from simulator.settlement.rounding import Floats, all_cents
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


def settle_day(
    day: date,
    rights: Rights,
    constraint_hours: Sequence[ConstraintHour],
    calendar: SettlementCalendar,
) -> DaySettlement:
    """Settle `rights` on `day`; rows of `constraint_hours` may come in any order.

    Every owner of a right in force gets one hourly line, 0.00 too; an adjustment line only who
    bore a deficit. Raises Refused when hours are of another day or come twice.
    """
    refuse_if_any(day_findings(day, constraint_hours))
    return settle_checked_day(day, Flows(rights), constraint_hours, calendar)


def settle_checked_day(
    day: date,
    flows: Flows,
    constraint_hours: Sequence[ConstraintHour],
    calendar: SettlementCalendar,
) -> DaySettlement:
    """The same when the rows are known to be sound; the days of a month share `flows`."""
    rights = flows.rights
    constraints = tuple(sorted({row.constraint for row in constraint_hours}))
    column = {constraint: position for position, constraint in enumerate(constraints)}
    notional, surplus = np.zeros(len(constraints)), np.zeros(len(constraints))
    borne = _Borne(len(rights.owners), len(constraints))
    hours = []
    for hour, rows in _by_hour(constraint_hours):
        listed = np.array([column[row.constraint] for row in rows], dtype=np.intp)
        flow, outcome = _settle(flows, hour, rows)
        notional[listed] += outcome.notional
        surplus[listed] += np.maximum(outcome.offset, 0.0)
        borne.add(listed, flow, outcome)
        hours.append(_hour_settlement(hour, rows, outcome))
    deficit = borne.total()
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
    hours: dict[int, list[ConstraintHour]] = {}
    for row in constraint_hours:
        hours.setdefault(row.hour.start, []).append(row)
    for _, rows in sorted(hours.items()):
        rows.sort(key=attrgetter("constraint"))
        yield rows[0].hour, tuple(rows)


class _Borne:
    """Deficits (p, k) summed over hours; hours of one base flow are added before they are shared.

    In an hour in which options of an owner pay, the owner's flow is its own: it is shared at once.
    """

    def __init__(self, owners: int, constraints: int) -> None:
        self._deficit = np.zeros((owners, constraints))
        self._base: NetFlow | None = None
        self._listed = np.arange(constraints)
        self._hours: list[tuple[Indices, HourOutcome]] = []

    def add(self, listed: Indices, flow: HourFlow, outcome: HourOutcome) -> None:
        """The constraints `listed` bore this hour's rates on `flow`."""
        if flow.base is not self._base or not np.array_equal(listed, self._listed):
            self._share_out()
            self._base, self._listed = flow.base, listed
        self._hours.append((flow.owners, outcome))
        if flow.own is not None:
            own = flow.own.borne_by_constraint(outcome.forward_rate, outcome.backward_rate)
            self._put(flow.owners, own)

    def total(self) -> Floats:
        """Everything added so far."""
        self._share_out()
        return self._deficit

    def _share_out(self) -> None:
        """Everybody's hours on the base flow, but for those in which the flow was its own."""
        if self._base is not None:
            on_base = np.ones((len(self._deficit), len(self._hours)))
            for hour, (owners, _) in enumerate(self._hours):
                on_base[owners, hour] = 0.0
            forward = on_base @ np.array([outcome.forward_rate for _, outcome in self._hours])
            backward = np.array([outcome.backward_rate for _, outcome in self._hours])
            backward = on_base @ backward if backward.any() else backward
            self._put(slice(None), self._base.borne_by_constraint(forward, backward))
        self._base, self._hours = None, []

    def _put(self, owners: Indices | slice, borne: Floats) -> None:
        if len(self._listed) == self._deficit.shape[1]:
            self._deficit[owners] += borne
        else:
            at = np.arange(len(self._deficit))[owners]
            self._deficit[np.ix_(at, self._listed)] += borne


def _settle(
    flows: Flows, hour: Hour, rows: Sequence[ConstraintHour]
) -> tuple[HourFlow, HourOutcome]:
    price = np.array([float(row.shadow_price_usd_per_mwh) for row in rows])
    revenue = np.array([float(row.revenue_usd) for row in rows])
    flow = flows.settling(flows.of(hour, rows), price)
    return flow, settle_hour(flow, price, revenue)


def _hour_settlement(
    hour: Hour, rows: tuple[ConstraintHour, ...], outcome: HourOutcome
) -> HourSettlement:
    return HourSettlement(
        hour=hour,
        rows=rows,
        notional=outcome.notional,
        bearing=outcome.bearing,
        offset=outcome.offset,
        deficit=outcome.deficit,
        owner_notional=outcome.owner_notional,
        owner_deficit=outcome.owner_deficit,
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
    paid, borne = all_cents(payment_usd), all_cents(-deficit_usd)
    lines = []
    for position, owner in enumerate(rights.owners):
        if owner not in in_force:
            continue
        lines.append(StatementLine(owner, day, statement_date, ChargeCode.HOURLY, paid[position]))
        if deficit_usd[position] > 0:
            taken = borne[position]
            lines.append(StatementLine(owner, day, statement_date, ChargeCode.ADJUSTMENT, taken))
    return tuple(lines)
