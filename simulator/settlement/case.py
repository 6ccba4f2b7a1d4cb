"""What a settlement needs: the calendar, the rights, the day-ahead congestion, the auction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from simulator.domain import Crr, Period, TransactionType
from simulator.domain.settings import CalendarSettings, SettlementSettings
from simulator.timeline.business import add_business_days
from simulator.timeline.hours import Hour


@dataclass(frozen=True)
class SettlementCalendar:
    """The month that is trued up, and when the statements of its trading days come out."""

    month: Period
    calendar: CalendarSettings = field(default_factory=CalendarSettings)
    statement_offset_business_days: int = SettlementSettings.statement_offset_business_days

    def statement_date(self, trading_day: date) -> date:
        """T + n business days (rulebook 6.6, C13)."""
        return add_business_days(trading_day, self.statement_offset_business_days, self.calendar)

    @property
    def last_trading_day(self) -> date:
        """The day whose statement carries the month's true-up."""
        return self.month.end - timedelta(days=1)


@dataclass(frozen=True)
class ConstraintHour:
    """One constraint in one hour of the day-ahead market.

    `shift_factors` are by location; a location without one has factor 0 (contract section 5).
    Pass the same mapping for every hour in which the factors are the same: it is read once.
    """

    hour: Hour
    constraint: str
    shadow_price_usd_per_mwh: Decimal
    revenue_usd: Decimal
    shift_factors: Mapping[str, float]


@dataclass(frozen=True)
class AuctionAward:
    """MW bought or sold once for the whole product, at a price per MW of the product."""

    crr_id: str
    owner: str
    transaction: TransactionType
    mw: Decimal
    clearing_price_usd_per_mw: Decimal


@dataclass(frozen=True)
class SettlementCase:
    """One month: `crrs` in any order, `constraint_hours` in any order, awards settled once."""

    calendar: SettlementCalendar
    crrs: tuple[Crr, ...]
    constraint_hours: tuple[ConstraintHour, ...]
    auction_awards: tuple[AuctionAward, ...] = ()
