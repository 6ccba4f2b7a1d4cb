"""Versions of statements: the first says everything, a later one only what changed.

Nothing that was stated is ever overwritten; all versions of an item together are its amounts as
they stand (rulebook 6.6). The balancing account moves with them, so that no cent is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain import ChargeCode, StatementLine
from simulator.market import inventory
from simulator.settlement.difference import recalculation
from simulator.store import Transaction, tables

INITIAL = 1
NOTHING = Decimal("0.00")


class Item(StrEnum):
    """What is stated, and restated, as one."""

    DAY = "DAY"  # hourly settlement and deficits of a trading day
    AUCTION = "AUCTION"  # auction money that settles on it
    MONTH = "MONTH"  # the true-up, on the last trading day of a month
    DEMAND = "DEMAND"  # the balancing account's shares of the month, on the same day


@dataclass(frozen=True)
class Stated:
    """A version that came out: its lines, only the changes when it is a later one."""

    version: int
    lines: tuple[StatementLine, ...]


def state(
    tx: Transaction,
    trading_day: date,
    item: Item,
    lines: Iterable[StatementLine],
    account: Mapping[str, Decimal],
    at: int,
    statement_date: date,
) -> Stated | None:
    """State an item as it now is: in full the first time, later what changed, None when nothing.

    `account` is what the balancing account takes for it, by entry. Later lines carry
    `statement_date`; first ones have their own.
    """
    version = INITIAL + versions(tx, trading_day, item)
    amounts = dict(account)
    stated = tuple(lines)
    if version > INITIAL:
        stated = recalculation(
            stated_lines(tx, trading_day, item), stated, lambda _: statement_date
        )
        amounts = {
            name: amount - _taken(tx, trading_day, name)
            for name, amount in account.items()
            if amount != _taken(tx, trading_day, name)
        }
        if not stated and not amounts:
            return None
    key = {"trading_day": trading_day, "item": item.value, "version": version}
    made_from = {
        "edition": edition(tx, trading_day),
        "editions": json.dumps(_editions(tx, trading_day)),
        "inventory": inventory.last_change(tx),
        "auction_run": len(tx.rows(tables.auction_rerun)),
    }
    tx.insert(tables.statement_version, [{**key, "stated_at": at, **made_from}])
    tx.insert(tables.statement, (_row(line, item, version) for line in stated))
    tx.insert(
        tables.balancing,
        (
            {**key, "item": name, "amount_usd": amount + Decimal(0)}
            for name, amount in sorted(amounts.items())
        ),
    )
    return Stated(version, stated)


def edition(tx: Transaction, trading_day: date) -> int:
    """How often the day's market was corrected or run again, 0 as it first ran.

    Corrections of one second are told apart by it.
    """
    changes = (tables.price_correction, tables.day_ahead_rerun)
    rows = (row for table in changes for row in tx.rows(table, day=trading_day))
    return max((row["edition"] for row in rows), default=0)


def _editions(tx: Transaction, month_of: date) -> dict[str, int]:
    """The same of every changed day of a month, by ISO date."""
    changes = (tables.price_correction, tables.day_ahead_rerun)
    days = {row["day"] for table in changes for row in tx.rows(table)}
    own = sorted(day for day in days if day.replace(day=1) == month_of.replace(day=1))
    return {day.isoformat(): edition(tx, day) for day in own}


def versions(tx: Transaction, trading_day: date, item: Item) -> int:
    """How many versions of an item are out."""
    return len(tx.rows(tables.statement_version, trading_day=trading_day, item=item.value))


def stated_lines(
    tx: Transaction, trading_day: date, item: Item, version: int | None = None
) -> list[StatementLine]:
    """The lines of all versions of an item, or of one."""
    only = {} if version is None else {"version": version}
    rows = tx.rows(tables.statement, trading_day=trading_day, item=item.value, **only)
    return [
        StatementLine(
            row["owner"],
            row["trading_day"],
            row["statement_date"],
            ChargeCode(row["charge_code"]),
            row["amount_usd"],
        )
        for row in rows
    ]


def total(lines: Iterable[StatementLine]) -> Decimal:
    """The sum of what the lines pay."""
    return sum((line.amount_usd for line in lines), NOTHING)


def _taken(tx: Transaction, trading_day: date, name: str) -> Decimal:
    rows = tx.rows(tables.balancing, trading_day=trading_day, item=name)
    return sum((row["amount_usd"] for row in rows), NOTHING)


def _row(line: StatementLine, item: Item, version: int) -> dict[str, object]:
    return {
        "owner": line.owner,
        "trading_day": line.trading_day,
        "charge_code": line.charge_code.value,
        "item": item.value,
        "version": version,
        "statement_date": line.statement_date,
        "amount_usd": line.amount_usd,
    }
