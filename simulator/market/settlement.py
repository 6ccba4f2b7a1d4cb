"""Statements for a trading day, the month's true-up, and what the balancing account takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from simulator.domain import Award, Finding, Period, Refused, StatementLine, Tou
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.posting import market_awards
from simulator.market.remapping import settled_as
from simulator.market.world import World
from simulator.settlement import AuctionAward, ConstraintHour, SettlementCalendar
from simulator.settlement.auction import settle_auction
from simulator.settlement.day import DaySettlement, settle_day
from simulator.settlement.month import ConstraintMonth, MonthEnd, month_end
from simulator.settlement.rights import Rights
from simulator.store import Transaction, books, tables
from simulator.timeline.hours import Hour, local

DAY, MONTH, AUCTION = "DAY", "MONTH", "AUCTION"
SIX_DECIMALS = Decimal("0.000001")


def settle_trading_day(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Statements of one trading day; on the last one of a month, the true-up with them."""
    day = date.fromisoformat(command.arguments["day"])
    if not tx.rows(tables.day_ahead_hour, day=day):
        raise Refused([_no_day_ahead(day)])
    calendar = settlement_calendar(world, day)
    settled = settled_day(tx, world, day, calendar)
    auction = settle_auction(_auction_awards(tx, world, day), day, calendar)
    _state(tx, DAY, settled.lines)
    _state(tx, AUCTION, auction)
    _balance(tx, day, "CONGESTION_REVENUE", settled.total_revenue_usd)
    _balance(tx, day, "HOLDERS", -_total(settled.lines))
    _balance(tx, day, "AUCTION", -_total(auction))
    if command.arguments["ends_month"]:
        _true_up(tx, world, day, calendar)
    return {
        "trading_day": day,
        "statements": len({line.owner for line in (*settled.lines, *auction)}),
        "paid_usd": _total(settled.lines),
        "congestion_revenue_usd": settled.total_revenue_usd,
    }


def statements_available(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The calendar says that settlement results are out; Refused when there are none."""
    stated = tx.rows(tables.statement)
    if not stated:
        finding = Finding(
            "SET0002",
            "no statement is out yet",
            where=command.key,
            found="none",
            allowed="statements of the first trading day",
            remedy="put the event after the first statement date",
            rule="rulebook 6.6",
        )
        raise Refused([finding])
    send(tx, command.at, command.arguments["text"])
    return {
        "first_trading_day": min(row["trading_day"] for row in stated),
        "statement_lines": len(stated),
    }


def settlement_calendar(world: World, day: date) -> SettlementCalendar:
    """The month of `day`, and the scenario's statement offset."""
    settings = world.settings
    return SettlementCalendar(
        Period.month(day.year, day.month),
        settings.calendar,
        settings.settlement.statement_offset_business_days,
    )


def settled_day(
    tx: Transaction, world: World, day: date, calendar: SettlementCalendar
) -> DaySettlement:
    """One trading day settled from what the day-ahead market left in the store."""
    crrs = settled_as(world, day, books.crrs(tx))
    return settle_day(day, Rights.of(crrs), constraint_hours(tx, day), calendar)


def constraint_hours(tx: Transaction, day: date) -> tuple[ConstraintHour, ...]:
    """Every binding constraint of every hour of a day, with its shift factors."""
    factors: dict[str, dict[str, float]] = defaultdict(dict)
    for row in tx.rows(tables.shift_factor, day=day):
        factors[row["constraint"]][row["location"]] = float(row["factor"])
    hours = {
        row["hour"]: Hour(row["day"], row["hour_ending"], row["hour"], Tou(row["tou"]))
        for row in tx.rows(tables.day_ahead_hour, day=day)
    }
    return tuple(
        ConstraintHour(
            hours[row["hour"]],
            row["constraint"],
            row["shadow_price_usd_per_mwh"],
            row["revenue_usd"],
            factors[row["constraint"]],
        )
        for row in tx.rows(tables.day_ahead_constraint, hour=tuple(hours))
    )


def month_settled(
    tx: Transaction, world: World, last: date, calendar: SettlementCalendar
) -> tuple[tuple[DaySettlement, ...], MonthEnd]:
    """All the month's trading days up to `last`, and what they come to."""
    first = calendar.month.start
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    traded = {trading.day for trading in world.scenario.trading_days()}
    settled = tuple(settled_day(tx, world, day, calendar) for day in days if day in traded)
    return settled, month_end(settled, calendar, trading_day=last)


def _true_up(tx: Transaction, world: World, last: date, calendar: SettlementCalendar) -> None:
    settled, month = month_settled(tx, world, last, calendar)
    _state(tx, MONTH, month.lines)
    _balance(tx, last, "TRUE_UP", -_total(month.lines))
    hours = Counter(
        row.constraint for of_day in settled for detail in of_day.hours for row in detail.rows
    )
    tx.insert(
        tables.constraint_month,
        (_month_row(calendar.month, item, hours[item.constraint]) for item in month.constraints),
    )


def _month_row(month: Period, item: ConstraintMonth, hours: int) -> dict[str, Any]:
    return {
        "month": month.name,
        "constraint": item.constraint,
        "hours": hours,
        "revenue_usd": _six(item.revenue_usd),
        "notional_usd": _six(item.notional_usd),
        "deficit_usd": _six(item.deficit_usd),
        "given_back_usd": _six(item.given_back_usd),
        "residual_usd": _six(item.residual_usd),
    }


def _auction_awards(tx: Transaction, world: World, day: date) -> list[AuctionAward]:
    """Awards of the auctions whose first trading day after posting is `day` (rulebook 6.4)."""
    timezone = world.settings.calendar.timezone
    awards: list[Award] = []
    for state in books.markets(tx):
        if state.posted_at is not None and state.market.tier == "":
            posted_on = local(state.posted_at, timezone).date()
            if posted_on + timedelta(days=1) == day:
                awards += market_awards(tx, state.market.name)
    return [
        AuctionAward(
            award.crr_id or award.bid_id,
            award.participant,
            award.transaction,
            award.awarded_mw,
            award.clearing_price_usd_per_mw or Decimal(0),
        )
        for award in awards
        if award.awarded_mw > 0
    ]


def _state(tx: Transaction, item: str, lines: Iterable[StatementLine]) -> None:
    tx.insert(
        tables.statement,
        (
            {
                "owner": line.owner,
                "trading_day": line.trading_day,
                "charge_code": line.charge_code.value,
                "item": item,
                "statement_date": line.statement_date,
                "amount_usd": line.amount_usd,
            }
            for line in lines
        ),
    )


def _balance(tx: Transaction, day: date, item: str, amount_usd: Decimal) -> None:
    row = {"trading_day": day, "item": item, "amount_usd": amount_usd}
    tx.insert(tables.balancing, [row])


def _total(lines: Iterable[StatementLine]) -> Decimal:
    return sum((line.amount_usd for line in lines), Decimal("0.00"))


def _six(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SIX_DECIMALS) + Decimal(0)


def _no_day_ahead(day: date) -> Finding:
    return Finding(
        "SET0001",
        "a trading day is settled after its day-ahead market",
        where=day.isoformat(),
        found="no day-ahead hours",
        remedy="run the day-ahead market of that day first",
        rule="rulebook 6.1",
    )
