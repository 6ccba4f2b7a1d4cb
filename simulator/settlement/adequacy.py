"""Revenue adequacy: per constraint and month what was sold, owed, collected, and why they differ.

Where the rights' net flow on a constraint is above the flow that the day-ahead market collected
revenue on, the rights were sold on more capacity than the day-ahead market had: an outage, a derate
or loop flow that the CRR model did not know. Flow that small shift factors hide is the cut-off's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulator.settlement.case import ConstraintHour, SettlementCase
from simulator.settlement.flows import Flows
from simulator.settlement.kernel import paying_options
from simulator.settlement.rights import Rights
from simulator.settlement.rounding import Floats
from simulator.settlement.settle import SettlementResult


@dataclass(frozen=True)
class Adequacy:
    """One constraint's month. Flows are means over the priced hours, weighted by the price, MW.

    `crr_flow_mw` is what the rights claim, `day_ahead_flow_mw` what revenue was collected on;
    their difference times the prices is the offset. `funded_share` is what was paid, after the
    true-up, of what would have been owed to holders of positive value.
    """

    constraint: str
    priced_hours: int
    crr_flow_mw: float
    day_ahead_flow_mw: float
    notional_usd: float
    revenue_usd: float
    offset_usd: float
    unrecovered_usd: float
    funded_share: float


def adequacy(result: SettlementResult) -> tuple[Adequacy, ...]:
    """The view of every constraint of a settled month, sorted by name."""
    prices: dict[str, list[float]] = {}
    bearing: dict[str, float] = {}
    for day in result.days:
        for hour in day.hours:
            for k, row in enumerate(hour.rows):
                if row.shadow_price_usd_per_mwh:
                    price = float(row.shadow_price_usd_per_mwh)
                    prices.setdefault(row.constraint, []).append(price)
                owed = bearing.get(row.constraint, 0.0) + float(hour.bearing[k])
                bearing[row.constraint] = owed
    rows = []
    for month in result.month.constraints:
        priced = prices.get(month.constraint, [])
        total = sum(priced)
        owed = bearing[month.constraint]
        rows.append(
            Adequacy(
                constraint=month.constraint,
                priced_hours=len(priced),
                crr_flow_mw=month.notional_usd / total if total else 0.0,
                day_ahead_flow_mw=month.revenue_usd / total if total else 0.0,
                notional_usd=month.notional_usd,
                revenue_usd=month.revenue_usd,
                offset_usd=month.offset_usd,
                unrecovered_usd=month.unrecovered_usd,
                funded_share=1 - month.unrecovered_usd / owed if owed else 1.0,
            )
        )
    return tuple(rows)


def payments_by_right(case: SettlementCase) -> dict[tuple[str, str], float]:
    """By CRR id and owner: the month's hourly settlement before adjustments, in USD, unrounded."""
    crrs = sorted(case.crrs, key=lambda crr: (crr.crr_id, crr.start))
    rights = Rights.of(crrs)
    flows = Flows(rights)
    paid: Floats = np.zeros(len(crrs))
    by_hour: dict[int, list[ConstraintHour]] = {}
    for row in sorted(case.constraint_hours, key=lambda row: (row.hour.start, row.constraint)):
        by_hour.setdefault(row.hour.start, []).append(row)
    for rows in by_hour.values():
        hour = rows[0].hour
        price = np.array([float(row.shadow_price_usd_per_mwh) for row in rows])
        of_hour, book = flows.of(hour, rows), rights.book(hour.day, hour.tou)
        paying = paying_options(rights, book.options, of_hour.shift_factors, price)
        settling = np.concatenate([book.obligations, paying])
        minus_mcc = price @ of_hour.shift_factors
        spread = minus_mcc[rights.source[settling]] - minus_mcc[rights.sink[settling]]
        paid[settling] += rights.mw[settling] * spread
    totals: dict[tuple[str, str], float] = {}
    for crr, amount in zip(crrs, paid.tolist(), strict=True):
        key = (crr.crr_id, crr.owner)
        totals[key] = totals.get(key, 0.0) + amount
    return totals


@dataclass(frozen=True, order=True)
class CutOffEffect:
    """What one right's month is under a shift-factor cut-off, against none."""

    cut_off: float
    crr_id: str
    owner: str
    without_cut_off_usd: float
    payment_usd: float

    @property
    def changes_sign(self) -> bool:
        """Whether the cut-off turns a payment into a charge or a charge into a payment."""
        return self.without_cut_off_usd * self.payment_usd < 0


def cut_off_lens(case: SettlementCase, cut_offs: tuple[float, ...]) -> tuple[CutOffEffect, ...]:
    """The rights whose payment each cut-off changes, sorted by cut-off, id and owner.

    A cut-off counts factors whose absolute value is below it as 0, as some markets do.
    """
    whole = payments_by_right(case)
    effects = []
    for cut_off in sorted(cut_offs):
        payments = payments_by_right(with_cut_off(case, cut_off))
        for (crr_id, owner), amount in sorted(payments.items()):
            if amount != whole[crr_id, owner]:
                effects.append(CutOffEffect(cut_off, crr_id, owner, whole[crr_id, owner], amount))
    return tuple(effects)


def with_cut_off(case: SettlementCase, cut_off: float) -> SettlementCase:
    """The case with every shift factor below `cut_off` counted as 0."""
    kept: dict[int, Mapping[str, float]] = {}
    for row in case.constraint_hours:
        if id(row.shift_factors) not in kept:
            kept[id(row.shift_factors)] = {
                place: factor
                for place, factor in row.shift_factors.items()
                if abs(factor) >= cut_off
            }
    rows = tuple(
        replace(row, shift_factors=kept[id(row.shift_factors)]) for row in case.constraint_hours
    )
    return replace(case, constraint_hours=rows)
