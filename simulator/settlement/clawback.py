"""Clawback: what a holder's own virtual or intertie awards added to its rights (rulebook 6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, StatementLine, Tou, usd
from simulator.domain.settings import SettlementSettings
from simulator.settlement.case import IntertieReduction, SettlementCalendar
from simulator.timeline.hours import Hour

VIRTUAL_THRESHOLD = Decimal(str(SettlementSettings.virtual_clawback_threshold))
INTERTIE_THRESHOLD = Decimal(str(SettlementSettings.intertie_clawback_threshold))
INTERTIE = "INTERTIE"  # the cause of what goes back for an intertie award; else the constraint


@dataclass(frozen=True)
class VirtualHour:
    """One owner on one constraint in one hour.

    `virtual_flow_mw` is the flow of its virtual awards, `crr_flow_mw` the net flow of its rights,
    both positive in the direction of the limit.
    """

    owner: str
    constraint: str
    hour: Hour
    limit_mw: Decimal
    virtual_flow_mw: Decimal
    crr_flow_mw: Decimal
    day_ahead_price_usd_per_mwh: Decimal
    real_time_price_usd_per_mwh: Decimal


@dataclass(frozen=True)
class IntertieHour:
    """A day-ahead intertie award of one owner, what real time left of it, and its rights' pay.

    `rebid` says that the reduction came from bidding the award again in the fifteen-minute
    market, which has not counted as a virtual award since 2017-05-02.
    """

    owner: str
    hour: Hour
    capacity_mw: Decimal
    day_ahead_mw: Decimal
    real_time_mw: Decimal
    crr_revenue_usd: Decimal
    rebid: bool = False


@dataclass(frozen=True, order=True)
class Clawback:
    """What goes back for one owner, day, time of use and cause, to the cent and above zero."""

    owner: str
    trading_day: date
    tou: Tou
    cause: str
    amount_usd: Decimal


def virtual_gain_usd(row: VirtualHour, threshold: Decimal = VIRTUAL_THRESHOLD) -> Decimal:
    """What the virtual awards added to the rights on this constraint in this hour; 0 when nothing.

    It counts only when the flow is more than `threshold` of the limit (just as much is not more),
    and pushes the way in which the rights gain: loading awards raise the day-ahead price, relieving
    ones lower it.
    """
    if abs(row.virtual_flow_mw) <= threshold * row.limit_mw:
        return Decimal(0)
    if row.virtual_flow_mw * row.crr_flow_mw <= 0:
        return Decimal(0)
    raised = row.day_ahead_price_usd_per_mwh - row.real_time_price_usd_per_mwh
    return max(Decimal(0), raised * row.crr_flow_mw)


def intertie_revenue_usd(row: IntertieHour, threshold: Decimal = INTERTIE_THRESHOLD) -> Decimal:
    """The rights' revenue of the hour, all of it, when too much of the capacity was given up."""
    return max(Decimal(0), row.crr_revenue_usd) if is_given_up(row, threshold) else Decimal(0)


def is_given_up(
    award: IntertieReduction | IntertieHour, threshold: Decimal = INTERTIE_THRESHOLD
) -> bool:
    """Whether real time took more than `threshold` of the capacity from the award.

    What flows the other way in real time is nothing of the award: all of it was given up.
    """
    same_way = award.day_ahead_mw * award.real_time_mw > 0
    kept_mw = abs(award.real_time_mw) if same_way else Decimal(0)
    reduction_mw = abs(award.day_ahead_mw) - kept_mw
    return not award.rebid and reduction_mw > threshold * award.capacity_mw


def clawbacks(
    virtual: Iterable[VirtualHour],
    intertie: Iterable[IntertieHour] = (),
    virtual_threshold: Decimal = VIRTUAL_THRESHOLD,
    intertie_threshold: Decimal = INTERTIE_THRESHOLD,
) -> tuple[Clawback, ...]:
    """What goes back by owner, day, time of use and cause, rounded to the cent once for each."""
    gains: dict[tuple[str, date, Tou, str], Decimal] = {}
    for owner, hour, cause, gain in (
        *((v.owner, v.hour, v.constraint, virtual_gain_usd(v, virtual_threshold)) for v in virtual),
        *(
            (i.owner, i.hour, INTERTIE, intertie_revenue_usd(i, intertie_threshold))
            for i in intertie
        ),
    ):
        key = (owner, hour.day, hour.tou, cause)
        gains[key] = gains.get(key, Decimal(0)) + gain
    return tuple(Clawback(*key, usd(gain)) for key, gain in sorted(gains.items()) if usd(gain) > 0)


def settle_clawbacks(
    rows: Iterable[Clawback], calendar: SettlementCalendar
) -> tuple[StatementLine, ...]:
    """One line per owner and trading day, what it pays back; the balancing account receives it."""
    owed: dict[tuple[str, date], Decimal] = {}
    for row in rows:
        key = (row.owner, row.trading_day)
        owed[key] = owed.get(key, Decimal(0)) + row.amount_usd
    return tuple(
        StatementLine(owner, day, calendar.statement_date(day), ChargeCode.CLAWBACK, -amount)
        for (owner, day), amount in sorted(owed.items())
    )
