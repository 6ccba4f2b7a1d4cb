"""Small cases that several test files settle."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, Crr, CrrType, Hedge, Period, Tou
from simulator.settlement import (
    AuctionAward,
    ConstraintHour,
    SettlementCalendar,
    SettlementCase,
    SettlementResult,
)
from simulator.timeline.hours import hours_of_day

JUNE = Period.month(2024, 6)
CALENDAR = SettlementCalendar(JUNE)
THURSDAY = date(2024, 6, 13)
HOURS = hours_of_day(THURSDAY)
ON_HOURS = [hour for hour in HOURS if hour.tou == Tou.ON]


def crr(
    crr_id: str,
    owner: str,
    mw: str | Decimal,
    source: str = "A",
    sink: str = "B",
    hedge: Hedge = Hedge.OBL,
    tou: Tou = Tou.ON,
    start: date = JUNE.start,
    end: date = JUNE.end,
) -> Crr:
    return Crr(crr_id, owner, CrrType.AUC, hedge, source, sink, tou, start, end, Decimal(mw), "AUC")


def congestion(hour, price, revenue, factors=None, constraint="K") -> ConstraintHour:
    return ConstraintHour(
        hour,
        constraint,
        Decimal(str(price)),
        Decimal(str(revenue)),
        {"A": 1.0} if factors is None else factors,
    )


def case(crrs, hours, awards: tuple[AuctionAward, ...] = (), calendar=CALENDAR) -> SettlementCase:
    return SettlementCase(calendar, tuple(crrs), tuple(hours), tuple(awards))


def c7(surplus_hour_revenues=("1000", "425"), holders=(("H1", "60"), ("H2", "30"))):
    """C7: net flows +60, +30 and -10 on one constraint, three hours of June 2024."""
    rights = [crr(str(n), owner, mw) for n, (owner, mw) in enumerate(holders, 1)]
    rights.append(crr("9", "H3", "10", source="B", sink="A"))
    second, third = surplus_hour_revenues
    return case(
        rights,
        [
            congestion(ON_HOURS[0], 20, 1000),
            congestion(ON_HOURS[1], 10, second),
            congestion(ON_HOURS[2], 5, third),
        ],
    )


def paid(result: SettlementResult, owner: str, *codes: ChargeCode) -> Decimal:
    return sum(
        (
            line.amount_usd
            for line in result.lines
            if line.owner == owner and (not codes or line.charge_code in codes)
        ),
        Decimal(0),
    )
