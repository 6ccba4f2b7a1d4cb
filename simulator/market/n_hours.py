"""N-hour data of load-migration markets: posted when a market opens, by the calendar's process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from simulator.domain import Tou
from simulator.market.world import KW_PER_MW, World
from simulator.participants.load import hourly_load_kw
from simulator.rules.n_hours import NHour, n_hour, n_hour_seasons
from simulator.store import Transaction, special_tables
from simulator.timeline.hours import Hour, hours_of_period
from simulator.timeline.process import ProcessSpec

DLAP = "DLAP"  # the kind of a default load aggregation point


def post_n_hours(tx: Transaction, world: World, spec: ProcessSpec, at: int) -> dict[str, int]:
    """The hour of every default LAP, season and time of use that customer rates are for."""
    found = n_hours_of(world, spec)
    tx.insert(
        special_tables.n_hour,
        (
            {
                "market": spec.name,
                "dlap": item.dlap,
                "season": item.season,
                "tou": item.tou.value,
                "day": item.day,
                "hour_ending": item.hour_ending,
                "load_mw": item.load_mw,
                "posted_at": at,
            }
            for item in found
        ),
    )
    return {"n_hours": len(found)}


def posted_n_hours(tx: Transaction, market: str) -> tuple[NHour, ...]:
    """What was posted for a market, by default LAP, season and time of use; () before that."""
    rows = tx.rows(special_tables.n_hour, market=market)
    return tuple(
        sorted(
            NHour(
                row["dlap"],
                row["season"],
                Tou(row["tou"]),
                row["day"],
                row["hour_ending"],
                row["load_mw"],
            )
            for row in rows
        )
    )


def n_hours_posted_at(tx: Transaction, market: str) -> int | None:
    """When the data came out, in epoch seconds; None before that."""
    rows = tx.rows(special_tables.n_hour, market=market)
    return rows[0]["posted_at"] if rows else None


def n_hours_of(world: World, spec: ProcessSpec) -> tuple[NHour, ...]:
    """What a market publishes: it follows from the world alone."""
    made = []
    settings, calendar = world.settings.eligibility, world.settings.calendar
    for season, period in enumerate(n_hour_seasons(spec.periods[0].start), start=1):
        for tou in Tou:
            hours = hours_of_period(period, tou, calendar)
            for dlap, load_mw in _load_by_dlap(world, hours).items():
                made.append(n_hour(dlap, season, tou, hours, load_mw, settings))
    return tuple(sorted(made))


def _load_by_dlap(world: World, hours: Sequence[Hour]) -> Mapping[str, list[Decimal]]:
    """MW that all customers at each default LAP took in each hour."""
    layer, curve = world.folder.layer, world.folder.load_curve
    dlaps = sorted({sink for person in world.people for sink in person.participant.sinks})
    return {
        dlap: _total_mw(
            hourly_load_kw(person, layer, curve, hours, world.seed, dlap)
            for person in world.people
            if dlap in person.participant.sinks
        )
        for dlap in dlaps
        if _is_default_lap(world, dlap)
    }


def _total_mw(loads_kw: Iterable[Iterable[int]]) -> list[Decimal]:
    return [Decimal(sum(map(int, of_hour))) / KW_PER_MW for of_hour in zip(*loads_kw, strict=True)]


def _is_default_lap(world: World, sink: str) -> bool:
    place = world.folder.layer.places.get(sink)
    return place is not None and place.kind == DLAP
