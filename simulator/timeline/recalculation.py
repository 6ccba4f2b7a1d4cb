"""Later statements of a trading day: `12B` is 12 business days after it, `9M` nine months."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from simulator.domain.settings import CalendarSettings, Settings
from simulator.timeline.business import add_business_days, is_business_day
from simulator.timeline.hours import epoch
from simulator.timeline.plan import SettlementPlan, TradingDay

OFFSET = re.compile(r"([1-9]\d{0,2})([BM])")
BUSINESS_DAYS = "B"
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Recalculation:
    """One later statement: of which trading day, which of the list, and when it comes out."""

    day: date
    offset: str
    statement_date: date
    at: int


def is_offset(text: str) -> bool:
    """Whether `text` says how much later, such as `55B` or `18M`."""
    return OFFSET.fullmatch(text) is not None


def later_date(day: date, offset: str, calendar: CalendarSettings) -> date:
    """The date of a statement `offset` after the trading day (rulebook 6.6).

    Months lead to the same day of the month, or its last one, and on to the next business day.
    """
    match = OFFSET.fullmatch(offset)
    assert match is not None, f"{offset} was checked when it was read"
    count = int(match[1])
    if match[2] == BUSINESS_DAYS:
        return add_business_days(day, count, calendar)
    months = day.year * MONTHS_A_YEAR + day.month - 1 + count
    year, month = divmod(months, MONTHS_A_YEAR)
    later = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    while not is_business_day(later, calendar):
        later += timedelta(days=1)
    return later


def recalculations(
    days: tuple[TradingDay, ...], plan: SettlementPlan, settings: Settings, until: int
) -> Iterator[Recalculation]:
    """The later statements of `days` that come out before epoch second `until`."""
    calendar = settings.calendar
    for trading in days:
        for offset in settings.settlement.recalculations:
            later = later_date(trading.day, offset, calendar)
            at = epoch(later, plan.statement_time, calendar.timezone)
            if trading.statement_at < at < until:
                yield Recalculation(trading.day, offset, later, at)
