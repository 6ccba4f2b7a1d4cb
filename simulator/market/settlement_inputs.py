"""What the settlement reads from the store: the day-ahead market, the rights, the auctions."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from simulator.domain import (
    Award,
    Crr,
    MarketState,
    Period,
    StatementLine,
    Tou,
    TransactionType,
    usd,
)
from simulator.market import inventory
from simulator.market.day_ahead import EVERY_TOU
from simulator.market.posting import market_awards
from simulator.market.remapping import settled_as
from simulator.market.settlement_rights import right_schedules
from simulator.market.world import World
from simulator.settlement import (
    AuctionAward,
    ConstraintHour,
    SettlementCalendar,
    SettlementCase,
)
from simulator.settlement.day import DaySettlement, settle_day
from simulator.settlement.hedge import Hedge, hedge
from simulator.settlement.rights import Rights
from simulator.store import Transaction, books, tables
from simulator.store.transaction import Row
from simulator.timeline.hours import Hour, local


def settlement_calendar(world: World, day: date) -> SettlementCalendar:
    """The month of `day`, the scenario's statement offset, and the month's last trading day."""
    settings = world.settings
    month = Period.month(day.year, day.month)
    return SettlementCalendar(
        month,
        settings.calendar,
        settings.settlement.statement_offset_business_days,
        trading_days(world, month)[-1],
    )


def trading_days(world: World, month: Period) -> tuple[date, ...]:
    """The days of a month that are settled, in order."""
    days = (trading.day for trading in world.scenario.trading_days())
    return tuple(day for day in days if month.covers(day))


def rights_on(
    tx: Transaction, world: World, day: date, as_of_change: int | None = None
) -> tuple[Crr, ...]:
    """The rights that settle on a day, at the locations that they settle at.

    Those of the inventory now, or as it was after one of its changes.
    """
    if as_of_change is None:
        return settled_as(world, day, books.crrs(tx))
    return settled_as(world, day, inventory.after_change(tx, as_of_change))


@dataclass(frozen=True)
class HedgedDay:
    """A trading day settled from what the schedules of existing rights left of its revenue.

    `collected_usd` is the revenue before anything of it was given back.
    """

    settled: DaySettlement
    hedge: Hedge
    collected_usd: Decimal

    @property
    def lines(self) -> tuple[StatementLine, ...]:
        """Of holders of CRRs, then of existing rights."""
        return *self.settled.lines, *self.hedge.lines


def settled_day(
    tx: Transaction, world: World, day: date, calendar: SettlementCalendar
) -> HedgedDay:
    """One trading day settled from what the store holds now."""
    case = SettlementCase(
        calendar,
        rights_on(tx, world, day),
        constraint_hours(tx, day),
        right_schedules=right_schedules(tx, world, day),
    )
    hedged = hedge(case)
    settled = settle_day(day, Rights.of(case.crrs), hedged.rows, calendar)
    return HedgedDay(settled, hedged, usd(case.collected_usd))


def settled_month(
    tx: Transaction, world: World, last: date, calendar: SettlementCalendar
) -> tuple[DaySettlement, ...]:
    """Every trading day of the month up to `last`."""
    days = (day for day in trading_days(world, calendar.month) if day <= last)
    return tuple(settled_day(tx, world, day, calendar).settled for day in days)


def constraint_hours(
    tx: Transaction, day: date, edition: int | None = None
) -> tuple[ConstraintHour, ...]:
    """Every binding constraint of every hour of a day, with its shift factors.

    Prices, revenue and factors are as corrected, or those of an `edition` of the day's market.
    """
    key = ("constraint hours", day, edition)
    return tx.derived(key, lambda: _constraint_hours(tx, day, edition))


def _constraint_hours(
    tx: Transaction, day: date, edition: int | None
) -> tuple[ConstraintHour, ...]:
    factors: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in _factor_rows(tx, day, edition):
        factors[row["constraint"], row["tou"]][row["location"]] = float(row["factor"])
    hours = {
        row["hour"]: Hour(row["day"], row["hour_ending"], row["hour"], Tou(row["tou"]))
        for row in tx.rows(tables.day_ahead_hour, day=day)
    }
    money = {
        (row["hour"], row["constraint"]): (row["shadow_price_usd_per_mwh"], row["revenue_usd"])
        for row in tx.rows(tables.day_ahead_constraint, hour=tuple(hours))
    }
    if edition is not None:
        money |= _before_correction(tx, day, edition)
        money = {key: figures for key, figures in money.items() if any(figures)}
    found = []
    for (start, constraint), (price, revenue) in sorted(money.items()):
        hour, alike = hours[start], factors.get((constraint, EVERY_TOU))
        own = factors[constraint, hour.tou.value] if alike is None else alike
        found.append(ConstraintHour(hour, constraint, price, revenue, own))
    return tuple(found)


def auction_awards(
    tx: Transaction, world: World, day: date, as_of_run: int | None = None
) -> list[AuctionAward]:
    """Awards of the auctions whose money settles on `day` (rulebook 6.4).

    As they stand, or as they did after a run of an auction again.
    """
    return [
        AuctionAward(crr_id, owner, TransactionType(side), Decimal(mw), Decimal(price), day)
        for state in _settled_on(tx, world, day)
        for crr_id, owner, side, mw, price in (
            _replaced(tx, state.market.name, as_of_run)
            or [list(settled_as_money(award)) for award in _won(tx, state)]
        )
    ]


def won_awards(tx: Transaction, world: World, day: date) -> list[Award]:
    """The same awards as the markets gave them."""
    return [award for state in _settled_on(tx, world, day) for award in _won(tx, state)]


def settled_as_money(award: Award) -> tuple[str, str, str, str, str]:
    """What an award's money follows from, in plain texts: CRR, owner, side, MW, USD per MW."""
    price = award.clearing_price_usd_per_mw or Decimal(0)
    owned = award.crr_id or award.bid_id, award.participant
    return *owned, award.transaction.value, str(award.awarded_mw), str(price)


def money_day(world: World, state: MarketState) -> date | None:
    """The trading day on which an auction's money settles: the first after posting."""
    if state.posted_at is None or state.market.tier != "":
        return None
    return local(state.posted_at, world.settings.calendar.timezone).date() + timedelta(days=1)


def _settled_on(tx: Transaction, world: World, day: date) -> list[MarketState]:
    return [state for state in books.markets(tx) if money_day(world, state) == day]


def _won(tx: Transaction, state: MarketState) -> list[Award]:
    return [award for award in market_awards(tx, state.market.name) if award.awarded_mw > 0]


def _replaced(tx: Transaction, market: str, as_of_run: int | None) -> list[list[str]]:
    """The awards that the auction's first run after `as_of_run` replaced; none without one."""
    if as_of_run is not None:
        for row in tx.rows(tables.auction_rerun, market=market):
            if row["run"] > as_of_run:
                awards: list[list[str]] = json.loads(row["awards"])
                return awards
    return []


def _factor_rows(tx: Transaction, day: date, edition: int | None) -> list[Row]:
    """The day's shift factors; those that the first rerun after `edition` replaced."""
    if edition is not None:
        for rerun in tx.rows(tables.day_ahead_rerun, day=day):
            if rerun["edition"] > edition:
                return tx.rows(tables.replaced_factor, day=day, run=rerun["run"])
    return tx.rows(tables.shift_factor, day=day)


def _before_correction(
    tx: Transaction, day: date, edition: int
) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    """What the first correction after `edition` found, by hour and constraint."""
    found: dict[tuple[int, str], tuple[Decimal, Decimal]] = {}
    for row in tx.rows(tables.price_correction, day=day):
        if row["edition"] > edition:
            before = row["before_usd_per_mwh"], row["before_revenue_usd"]
            found.setdefault((row["hour"], row["constraint"]), before)
    return found
