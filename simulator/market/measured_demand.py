"""The balancing account's month goes to measured demand (rulebook 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from simulator.domain import Period, Role, StatementLine
from simulator.market.settlement_inputs import trading_days, won_awards
from simulator.market.statements import NOTHING
from simulator.market.world import KW_PER_MW, World
from simulator.participants.load import hourly_load_kw
from simulator.settlement import AuctionAward, MeasuredDemand, SettlementCalendar, award_amount_usd
from simulator.settlement.auction import revenue_of_month
from simulator.settlement.measured_demand import distribute_to_measured_demand
from simulator.store import Transaction, tables
from simulator.timeline.hours import hours_of_day

AT_ONCE = "at_once"
NOT_SPREAD = ("AUCTION", "MEASURED_DEMAND")  # entries that are shared out in their own way


def measured_demand(world: World, month: Period) -> tuple[MeasuredDemand, ...]:
    """MWh of each load-serving entity in the hours settled, apart what existing rights serve."""
    calendar = world.settings.calendar
    scheduled = Decimal(str(world.settings.day_ahead.right_schedule_share))
    hours = [hour for day in trading_days(world, month) for hour in hours_of_day(day, calendar)]
    found = []
    for person in world.load_servers():
        if person.participant.role != Role.OBAALSE:  # its load is metered elsewhere
            layer, curve = world.folder.layer, world.folder.load_curve
            load_kw = hourly_load_kw(person, layer, curve, hours, world.seed)
            rights_kw = int(world.rights_mw(person.participant, month) * scheduled * KW_PER_MW)
            excluded_kw = int(np.minimum(load_kw, rights_kw).sum())
            found.append(
                MeasuredDemand(
                    person.participant_id, int(load_kw.sum()) / KW_PER_MW, excluded_kw / KW_PER_MW
                )
            )
    return tuple(found)


def month_balance(tx: Transaction, world: World, last: date, month: Period) -> Decimal:
    """What the account has to share out for the month that ends with `last`.

    Congestion revenue that holders did not get, and the month's part of the auctions' money: all
    of it where the setting says `at_once`, else its share of the products' days.
    """
    days = tuple(day for day in trading_days(world, month) if day <= last)
    rows = tx.rows(tables.balancing, trading_day=days)
    congestion = (row["amount_usd"] for row in rows if row["item"] not in NOT_SPREAD)
    parts = auction_parts(tx, world, last, month)
    return sum(congestion, NOTHING) + sum((part.amount_usd for part in parts), NOTHING)


@dataclass(frozen=True)
class AuctionPart:
    """What a month has of the auctions' money: of one product period, or all of it at once.

    `period` None: all auctions that settled in the month. `money_usd` is what the account received
    for the whole period by the month's end.
    """

    period: Period | None
    money_usd: Decimal
    amount_usd: Decimal


def auction_parts(
    tx: Transaction, world: World, last: date, month: Period
) -> tuple[AuctionPart, ...]:
    """The auctions' money of the month that ends with `last`, by product period (rulebook 6.5)."""
    if world.settings.settlement.auction_revenue_spread == AT_ONCE:
        days = tuple(day for day in trading_days(world, month) if day <= last)
        rows = tx.rows(tables.balancing, trading_day=days, item="AUCTION")
        received = sum((row["amount_usd"] for row in rows), NOTHING)
        return (AuctionPart(None, received, received),)
    money = _auction_money(tx, world, last)
    return tuple(
        AuctionPart(period, money[period], amount)
        for period, amount in revenue_of_month(money, month).items()
    )


def shares(
    tx: Transaction, world: World, last: date, calendar: SettlementCalendar
) -> tuple[StatementLine, ...]:
    """Everybody's share of the month, kept in the account where nobody has measured demand."""
    demand = measured_demand(world, calendar.month)
    if not any(row.demand_mwh > row.excluded_mwh for row in demand):
        return ()
    return distribute_to_measured_demand(
        month_balance(tx, world, last, calendar.month),
        {row.coordinator: row.demand_mwh for row in demand},
        last,
        calendar,
        {row.coordinator: row.excluded_mwh for row in demand},
    )


def remember_demand(tx: Transaction, world: World, month: Period) -> None:
    """Keep the month's measured demand beside the statements that share over it."""
    tx.delete(tables.measured_demand, {"month": month.name})
    tx.insert(
        tables.measured_demand,
        (
            {
                "month": month.name,
                "coordinator": row.coordinator,
                "demand_mwh": row.demand_mwh,
                "excluded_mwh": row.excluded_mwh,
            }
            for row in measured_demand(world, month)
        ),
    )


def _auction_money(tx: Transaction, world: World, last: date) -> dict[Period, Decimal]:
    """What the account received by product period, of the auctions settled by `last`."""
    money: dict[Period, Decimal] = {}
    for trading in world.scenario.trading_days():
        if trading.day > last:
            break
        for award in won_awards(tx, world, trading.day):
            period = Period.parse(award.period)
            settled = AuctionAward(
                award.crr_id,
                award.participant,
                award.transaction,
                award.awarded_mw,
                award.clearing_price_usd_per_mw or Decimal(0),
            )
            money[period] = money.get(period, NOTHING) - award_amount_usd(settled)
    return money
