"""A corrected day-ahead price: kept beside the old one, and stated as a new version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator.domain import Finding, Refused, refuse_if_any, usd
from simulator.market.command import Command
from simulator.market.settlement import restate
from simulator.market.statements import Item, edition, versions
from simulator.market.world import World
from simulator.store import Transaction, tables
from simulator.store.transaction import Row

LARGEST_USD = Decimal(1_000_000_000)
PRICE_STEP = Decimal("0.000001")
WHOLE_HOUR = (
    "the start of an hour of a day-ahead market, with its offset: 2024-04-12T07:00:00-07:00"
)


def correct_price(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Correct one constraint's shadow price in one hour; its revenue follows unless it is given.

    Statements change with the day's next recalculation in the calendar, at once when none is left,
    and not at all while the first one is not out: that one will have the new price.
    """
    asked = command.arguments
    hour = _hour(tx, str(asked.get("hour", "")))
    constraint = str(asked.get("constraint", ""))
    row = tx.one(tables.day_ahead_constraint, hour=hour["hour"], constraint=constraint)
    known = tx.rows(tables.shift_factor, day=hour["day"], constraint=constraint)
    price, revenue, findings = _figures(asked, row)
    if not known:
        findings.append(_unknown_constraint(constraint, hour["day"]))
    refuse_if_any(findings)
    before = _change(tx, hour, constraint, row, price, revenue)
    earlier = tx.rows(tables.price_correction, hour=hour["hour"], constraint=constraint)
    correction = {
        "before_usd_per_mwh": before[0],
        "after_usd_per_mwh": price,
        "before_revenue_usd": before[1],
        "after_revenue_usd": revenue,
        "reason": str(asked.get("reason", "")),
    }
    key = {"hour": hour["hour"], "constraint": constraint, "version": len(earlier) + 1}
    day = hour["day"]
    times = {"day": day, "edition": edition(tx, day) + 1, "corrected_at": command.at}
    tx.insert(tables.price_correction, [{**key, **times, **correction}])
    return {**key, "day": day, **correction, **stated(tx, world, day, command.at)}


def stated(tx: Transaction, world: World, day: date, at: int) -> dict[str, Any]:
    """When the correction shows in statements; now when it would not show later."""
    if not versions(tx, day, Item.DAY):
        return {"stated": "with the initial statement"}
    later = [item for item in world.scenario.recalculations() if item.day == day and item.at > at]
    if later:
        return {"stated": f"with the recalculation of {later[0].statement_date}"}
    return {"stated": "now", **restate(tx, world, [day], at)}


def stated_days(tx: Transaction, world: World, days: Iterable[date], at: int) -> dict[str, Any]:
    """The same for several days: those that no recalculation is left for, now; the others then."""
    out = [day for day in days if versions(tx, day, Item.DAY)]
    waiting = {item.day for item in world.scenario.recalculations() if item.at > at}
    told = restate(tx, world, [day for day in out if day not in waiting], at)
    return {**told, "stated_later": [day for day in out if day in waiting]}


def _change(
    tx: Transaction,
    hour: Row,
    constraint: str,
    row: Row | None,
    price: Decimal,
    revenue: Decimal,
) -> tuple[Decimal, Decimal]:
    """Put the new figures in place; the old ones."""
    key = {"hour": hour["hour"], "constraint": constraint}
    values = {"shadow_price_usd_per_mwh": price, "revenue_usd": revenue}
    if row is None:
        none = Decimal(0)
        tx.insert(
            tables.day_ahead_constraint, [{**key, **values, "flow_mw": none, "limit_mw": none}]
        )
        before = none, none
    else:
        tx.update(tables.day_ahead_constraint, key, values)
        before = row["shadow_price_usd_per_mwh"], row["revenue_usd"]
    collected = hour["congestion_revenue_usd"] + revenue - before[1]
    tx.update(tables.day_ahead_hour, {"hour": hour["hour"]}, {"congestion_revenue_usd": collected})
    return before


def _hour(tx: Transaction, text: str) -> Row:
    """The day-ahead hour that starts at the ISO 8601 time `text`."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is not None and start.tzinfo is not None:
        row = tx.one(tables.day_ahead_hour, hour=int(start.timestamp()))
        if row is not None:
            return row
    finding = Finding(
        "SET0003",
        "there is no such day-ahead hour",
        where="hour",
        found=text or "nothing",
        allowed=WHOLE_HOUR,
        remedy="name an hour whose day-ahead market has run",
        rule="rulebook 6.1",
    )
    raise Refused([finding])


def _figures(asked: Any, row: Row | None) -> tuple[Decimal, Decimal, list[Finding]]:
    """The new price and revenue, and what is wrong with them.

    Without `revenue_usd` the schedules stay: revenue changes in proportion to the price.
    """
    findings: list[Finding] = []
    price = _number(asked.get("shadow_price_usd_per_mwh"), "shadow_price_usd_per_mwh", findings)
    if price < 0 or price != price.quantize(PRICE_STEP):
        findings.append(_wrong("shadow_price_usd_per_mwh", str(price), "six decimals, 0 or more"))
    old = row["shadow_price_usd_per_mwh"] if row else Decimal(0)
    if asked.get("revenue_usd") is not None:
        revenue = _number(asked["revenue_usd"], "revenue_usd", findings)
        if revenue != usd(revenue):
            findings.append(_wrong("revenue_usd", str(revenue), "USD to the cent"))
    elif row is not None and old:
        revenue = usd(row["revenue_usd"] * price / old)
    else:
        revenue = Decimal(0)
        message = "USD to the cent, because the constraint had no price in this hour"
        findings.append(_wrong("revenue_usd", "nothing", message))
    return price, revenue, findings


def _number(value: object, name: str, findings: list[Finding]) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > LARGEST_USD:
        findings.append(_wrong(name, str(value), f"a number up to {LARGEST_USD:,}"))
        return Decimal(0)
    return number


def _wrong(name: str, found: str, allowed: str) -> Finding:
    return Finding(
        "SET0004",
        "the corrected figure cannot be used",
        name,
        found,
        allowed,
        "correct it",
        "rulebook 6.1",
    )


def _unknown_constraint(constraint: str, day: date) -> Finding:
    return Finding(
        "SET0005",
        "the constraint has no shift factors on that day",
        where="constraint",
        found=constraint or "nothing",
        allowed=f"a constraint that bound in some hour of {day}",
        remedy="name it as the day-ahead market does; nothing is settled on a hole",
        rule="rulebook 6.1",
    )
