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
    true_up_day: date | None = None

    def statement_date(self, trading_day: date) -> date:
        """T + n business days (rulebook 6.6, C13)."""
        return add_business_days(trading_day, self.statement_offset_business_days, self.calendar)

    @property
    def last_trading_day(self) -> date:
        """The day whose statement carries the month's true-up: `true_up_day`, else the last."""
        return self.true_up_day or self.last_day

    @property
    def last_day(self) -> date:
        """The last day of the month."""
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
    """MW bought or sold once for the whole product, at a price per MW of the product.

    It settles on `trading_day`, the first day of the month unless given.
    """

    crr_id: str
    owner: str
    transaction: TransactionType
    mw: Decimal
    clearing_price_usd_per_mw: Decimal
    trading_day: date | None = None


@dataclass(frozen=True, order=True)
class VirtualAward:
    """`mw` of virtual supply (above zero) or virtual demand (below) at `location` in one hour."""

    owner: str
    hour: Hour
    location: str
    mw: Decimal


@dataclass(frozen=True, order=True)
class IntertieReduction:
    """What real time left of a day-ahead award of `owner` at the intertie `location`.

    `rebid` says that the reduction came from bidding the award again in the fifteen-minute
    market, which has not counted as a virtual award since 2017-05-02 (rulebook 6.3).
    """

    owner: str
    hour: Hour
    location: str
    capacity_mw: Decimal
    day_ahead_mw: Decimal
    real_time_mw: Decimal
    rebid: bool = False


@dataclass(frozen=True)
class RightSchedule:
    """`mw` that `holder` schedules in one hour under an ownership right or existing contract."""

    holder: str
    hour: Hour
    right_id: str
    source: str
    sink: str
    mw: Decimal


@dataclass(frozen=True)
class RealTime:
    """A constraint in real time: its limit in the direction of its factors, and its price."""

    hour: Hour
    constraint: str
    limit_mw: Decimal
    price_usd_per_mwh: Decimal


@dataclass(frozen=True)
class MeasuredDemand:
    """MWh of a coordinator over the month; `excluded_mwh` is served under existing rights."""

    coordinator: str
    demand_mwh: Decimal
    excluded_mwh: Decimal = Decimal(0)

    @property
    def sharing_mwh(self) -> Decimal:
        """What the balancing account is shared over."""
        return self.demand_mwh - self.excluded_mwh


@dataclass(frozen=True)
class SettlementCase:
    """One month: rows in any order; awards settled once.

    Without virtual awards and intertie reductions nothing is clawed back; without measured demand
    the balancing account keeps its balance; without schedules under existing rights all congestion
    revenue is there for CRRs.
    """

    calendar: SettlementCalendar
    crrs: tuple[Crr, ...]
    constraint_hours: tuple[ConstraintHour, ...]
    auction_awards: tuple[AuctionAward, ...] = ()
    virtual_awards: tuple[VirtualAward, ...] = ()
    intertie_reductions: tuple[IntertieReduction, ...] = ()
    real_time: tuple[RealTime, ...] = ()
    measured_demand: tuple[MeasuredDemand, ...] = ()
    right_schedules: tuple[RightSchedule, ...] = ()
    settings: SettlementSettings = field(default_factory=SettlementSettings)

    @property
    def collected_usd(self) -> Decimal:
        """Congestion revenue before anything of it is given back to existing rights, exact."""
        return sum((row.revenue_usd for row in self.constraint_hours), Decimal(0))
