"""Statements for a trading day, the month's true-up, and what the balancing account takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain import Finding, Period, Refused, StatementLine
from simulator.market import measured_demand
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.settlement_inputs import (
    HedgedDay,
    auction_awards,
    settled_day,
    settled_month,
    settlement_calendar,
    trading_days,
)
from simulator.market.statements import Item, Stated, state, total, versions
from simulator.market.world import World
from simulator.settlement import SettlementCalendar
from simulator.settlement.auction import settle_auctions
from simulator.settlement.month import ConstraintMonth, month_end
from simulator.store import Transaction, tables
from simulator.timeline.hours import local

SIX_DECIMALS = Decimal("0.000001")


def settle_trading_day(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Statements of one trading day; on the last one of a month, the true-up with them."""
    day = date.fromisoformat(command.arguments["day"])
    if not tx.rows(tables.day_ahead_hour, day=day):
        raise Refused([_no_day_ahead(day)])
    calendar = settlement_calendar(world, day)
    settled = settled_day(tx, world, day, calendar)
    on = calendar.statement_date(day)
    _state_day(tx, settled, command.at, on)
    auction = _state_auctions(tx, world, day, calendar, command.at, on)
    if command.arguments["ends_month"]:
        state_month(tx, world, day, calendar, command.at, on)
    return {
        "trading_day": day,
        "statements": len(
            {line.owner for line in (*settled.lines, *(auction.lines if auction else ()))}
        ),
        "paid_usd": total(settled.lines),
        "congestion_revenue_usd": settled.collected_usd,
    }


def recalculate(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A later statement of a trading day: a new version with the difference, if anything changed.

    On the last trading day of a month its true-up and what measured demand got come with it.
    """
    day = date.fromisoformat(command.arguments["day"])
    return {"trading_day": day, **restate(tx, world, [day], command.at)}


def restate(tx: Transaction, world: World, days: Iterable[date], at: int) -> dict[str, Any]:
    """State trading days again as they stand now, and their months when those were stated."""
    on = local(at, world.settings.calendar.timezone).date()
    stated: list[Stated | None] = []
    months: dict[date, SettlementCalendar] = {}
    for day in days:
        calendar = settlement_calendar(world, day)
        stated.append(_state_day(tx, settled_day(tx, world, day, calendar), at, on))
        stated.append(_state_auctions(tx, world, day, calendar, at, on))
        months[trading_days(world, calendar.month)[-1]] = calendar
    for last, calendar in months.items():
        if versions(tx, last, Item.MONTH):
            stated += state_month(tx, world, last, calendar, at, on)
    lines = [line for version in stated if version for line in version.lines]
    return {
        "versions": [version.version for version in stated if version],
        "changed_lines": len(lines),
        "changed_usd": total(lines),
        "changes": [_shown(line) for line in lines],
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


def state_month(
    tx: Transaction, world: World, last: date, calendar: SettlementCalendar, at: int, on: date
) -> list[Stated | None]:
    """The true-up of the month that ends with `last`, then measured demand's shares of the rest."""
    settled = settled_month(tx, world, last, calendar)
    month = month_end(settled, calendar, trading_day=last)
    true_up = state(tx, last, Item.MONTH, month.lines, {"TRUE_UP": -total(month.lines)}, at, on)
    hours = Counter(
        row.constraint for of_day in settled for detail in of_day.hours for row in detail.rows
    )
    tx.delete(tables.constraint_month, {"month": calendar.month.name})
    tx.insert(
        tables.constraint_month,
        (_month_row(calendar.month, item, hours[item.constraint]) for item in month.constraints),
    )
    measured_demand.remember_demand(tx, world, calendar.month)
    lines = measured_demand.shares(tx, world, last, calendar)
    account = {"MEASURED_DEMAND": -total(lines)}
    return [true_up, state(tx, last, Item.DEMAND, lines, account, at, on)]


def _state_day(tx: Transaction, day: HedgedDay, at: int, on: date) -> Stated | None:
    account = {
        "CONGESTION_REVENUE": day.collected_usd,
        "EXISTING_RIGHTS": -total(day.hedge.lines),
        "HOLDERS": -total(day.settled.lines),
    }
    return state(tx, day.settled.day, Item.DAY, day.lines, account, at, on)


def _state_auctions(
    tx: Transaction, world: World, day: date, calendar: SettlementCalendar, at: int, on: date
) -> Stated | None:
    lines = settle_auctions(auction_awards(tx, world, day), calendar)
    return state(tx, day, Item.AUCTION, lines, {"AUCTION": -total(lines)}, at, on)


def _shown(line: StatementLine) -> dict[str, Any]:
    return {
        "owner": line.owner,
        "trading_day": line.trading_day,
        "charge_code": line.charge_code.value,
        "change_usd": line.amount_usd,
    }


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
        "unborne_usd": _six(item.unborne_usd),
    }


def _six(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SIX_DECIMALS) + Decimal(0)


def _no_day_ahead(day: date) -> Finding:
    return Finding(
        "SET0001",
        "a trading day is settled after its day-ahead market",
        where=day.isoformat(),
        found="no day-ahead hours",
        allowed="a day whose day-ahead market has run",
        remedy="run the day-ahead market of that day first",
        rule="rulebook 6.1",
    )
