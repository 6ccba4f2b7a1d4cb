"""The recurring part of a calendar: a day-ahead market and a statement for every trading day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from simulator.domain import Period
from simulator.domain.settings import Settings
from simulator.timeline.business import add_business_days
from simulator.timeline.hours import epoch


@dataclass(frozen=True)
class SettlementPlan:
    """Trading days from the first to the last, both included, and the times of the daily work.

    `follows` is the id of the event that starts the settlements ("" when a day is named).
    """

    first_trading_day: date
    last_trading_day: date
    day_ahead_time: time
    statement_time: time
    follows: str = ""


@dataclass(frozen=True)
class TradingDay:
    """One day of settlement: when its day-ahead market runs and when its statements come out."""

    day: date
    day_ahead_at: int
    statement_date: date
    statement_at: int


@dataclass(frozen=True)
class TradingMonth:
    """The trading days of one month; the constraints' surpluses are given back at `settle_at`."""

    period: Period
    days: tuple[TradingDay, ...]

    @property
    def settle_at(self) -> int:
        """When the last statement of the month is out."""
        return self.days[-1].statement_at


def trading_day(day: date, plan: SettlementPlan, settings: Settings) -> TradingDay:
    """T of T+nB: the market runs the day before, statements follow n business days after."""
    calendar = settings.calendar
    offset = settings.settlement.statement_offset_business_days
    statement_date = add_business_days(day, offset, calendar)
    return TradingDay(
        day=day,
        day_ahead_at=epoch(day - timedelta(days=1), plan.day_ahead_time, calendar.timezone),
        statement_date=statement_date,
        statement_at=epoch(statement_date, plan.statement_time, calendar.timezone),
    )


def trading_days(plan: SettlementPlan, settings: Settings) -> tuple[TradingDay, ...]:
    """Every trading day of the plan, in order."""
    count = (plan.last_trading_day - plan.first_trading_day).days + 1
    return tuple(
        trading_day(plan.first_trading_day + timedelta(days=offset), plan, settings)
        for offset in range(count)
    )


def trading_months(plan: SettlementPlan, settings: Settings) -> tuple[TradingMonth, ...]:
    """The same days month by month, in order."""
    months: dict[Period, list[TradingDay]] = {}
    for day in trading_days(plan, settings):
        months.setdefault(Period.month(day.day.year, day.day.month), []).append(day)
    return tuple(TradingMonth(period, tuple(days)) for period, days in months.items())
