"""The day-ahead market of each trading day, and of the days before whose congestion is history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from simulator.clearing.day_ahead import DaySpec, day_ahead_days, day_ahead_hours
from simulator.clearing.day_ahead_hour import DayAheadHour
from simulator.clearing.day_ahead_inputs import DayType
from simulator.domain import Tou
from simulator.market.command import Command
from simulator.market.facilities import as_built
from simulator.market.world import World
from simulator.participants.stream import stream
from simulator.store import Transaction, tables
from simulator.store.transaction import Row
from simulator.timeline.holidays import SUNDAY, nerc_holidays
from simulator.timeline.hours import hours_of_day

SATURDAY = 5
LOAD_STREAM = "DAY_AHEAD"  # whose random stream the load's deviations come from
EVERY_TOU = ""  # factors that hold on peak and off
NINE_DECIMALS = Decimal("0.000000001")


def run_day_ahead(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """24 hours (23 or 25 on two days of the year) of optimal power flow with every outage."""
    day, world = date.fromisoformat(command.arguments["day"]), as_built(tx, world)
    hours = day_ahead_hours(world.day_ahead_market, day_spec(world, day))
    keep(tx, day, hours)
    return told(day, hours)


def keep(tx: Transaction, day: date, hours: tuple[DayAheadHour, ...]) -> None:
    """The day's hours, what bound in them, and its shift factors."""
    tx.insert(tables.day_ahead_hour, (_hour_row(day, hour) for hour in hours))
    tx.insert(
        tables.day_ahead_constraint, (row for hour in hours for row in _constraint_rows(hour))
    )
    tx.insert(tables.shift_factor, _factor_rows(day, hours))


def told(day: date, hours: tuple[DayAheadHour, ...]) -> dict[str, Any]:
    """What the journal says of a day's market."""
    revenue = sum((hour.congestion_revenue_usd for hour in hours), Decimal("0.00"))
    return {
        "trading_day": day,
        "hours": len(hours),
        "congested_hours": sum(bool(hour.constraints) for hour in hours),
        "congestion_revenue_usd": revenue,
        "shed_mw": sum((hour.shed_mw for hour in hours), Decimal(0)),
    }


def congestion_before(world: World) -> dict[tuple[str, Tou], tuple[Decimal, ...]]:
    """Daily sums of MCC at every location over the days before the first Monday, by time of use.

    A day without hours of a time of use is left out of that time of use.
    """
    count = world.settings.day_ahead.history_days
    first = world.scenario.first_monday
    days = [first - timedelta(days=offset) for offset in range(count, 0, -1)]
    specs = [day_spec(world, day) for day in days]
    sums: dict[tuple[str, Tou], list[Decimal]] = defaultdict(list)
    for hours in day_ahead_days(world.day_ahead_market, specs):
        for tou in Tou:
            of_tou = [hour for hour in hours if hour.tou == tou]
            if not of_tou:
                continue
            for location in world.day_ahead_market.locations:
                mcc = (hour.mcc_usd_per_mwh[location] for hour in of_tou)
                sums[location, tou].append(sum(mcc, Decimal(0)))
    return {key: tuple(values) for key, values in sums.items()}


def day_spec(world: World, day: date) -> DaySpec:
    """One day of the day-ahead model: its outages, its kind of day, its own load."""
    calendar = world.settings.calendar
    hours = hours_of_day(day, calendar)
    areas = len(world.day_ahead_market.inputs.areas)
    noise = stream(world.seed, LOAD_STREAM, day.isoformat()).standard_normal((1, areas))
    deviation = (noise * world.settings.day_ahead.load_noise).repeat(len(hours), axis=0)
    today = [
        outage for outage in world.folder.outages if outage.model != "CRR" and outage.covers(day)
    ]
    out = tuple(outage.branch for outage in today if outage.limit_mw is None)
    limits_mw = tuple(
        (outage.branch, outage.limit_mw) for outage in today if outage.limit_mw is not None
    )
    return DaySpec(day, _day_type(day), hours, out, deviation, limits_mw)


def _day_type(day: date) -> DayType:
    if day.weekday() == SUNDAY or day in nerc_holidays(day.year):
        return DayType.SUNDAY
    return DayType.SATURDAY if day.weekday() == SATURDAY else DayType.WEEKDAY


def _hour_row(day: date, hour: DayAheadHour) -> Row:
    return {
        "hour": hour.start,
        "day": day,
        "hour_ending": hour.hour_ending,
        "tou": hour.tou.value,
        "load_mw": hour.load_mw,
        "congestion_revenue_usd": hour.congestion_revenue_usd,
    }


def _constraint_rows(hour: DayAheadHour) -> list[Row]:
    return [
        {
            "hour": hour.start,
            "constraint": item.constraint,
            "flow_mw": item.flow_mw,
            "limit_mw": item.limit_mw,
            "shadow_price_usd_per_mwh": item.shadow_price_usd_per_mwh,
            "revenue_usd": item.revenue_usd,
        }
        for item in hour.constraints
    ]


def _factor_rows(day: date, hours: tuple[DayAheadHour, ...]) -> list[Row]:
    """Shift factors once a day and constraint: the day's outages do not change within it.

    Where a location is spread over its buses in another way on peak than off, once for each time
    of use.
    """
    factors: dict[str, dict[str, Mapping[str, float]]] = defaultdict(dict)
    for hour in hours:
        for item in hour.constraints:
            factors[item.constraint][hour.tou.value] = item.shift_factors
    rows = []
    for constraint, by_tou in sorted(factors.items()):
        first, *others = by_tou.values()
        alike = all(other == first for other in others)
        for tou, by_location in ((EVERY_TOU, first),) if alike else sorted(by_tou.items()):
            rows += [
                {
                    "day": day,
                    "constraint": constraint,
                    "tou": tou,
                    "location": location,
                    "factor": Decimal(repr(factor)).quantize(NINE_DECIMALS),
                }
                for location, factor in sorted(by_location.items())
            ]
    return rows
