"""A day-ahead market run again with a corrected input; what changes is kept beside what was.

A rerun takes the day's whole market from its own inputs, so prices corrected by hand before it are
replaced. Every price and revenue that it changes is one more correction, shown like the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from simulator.clearing.day_ahead import DaySpec, day_ahead_hours
from simulator.domain import Finding, Refused, refuse_if_any
from simulator.market.command import Command
from simulator.market.corrections import stated
from simulator.market.day_ahead import day_spec, keep, told
from simulator.market.facilities import as_built
from simulator.market.plain import understood
from simulator.market.statements import edition
from simulator.market.world import World
from simulator.network.branch import BranchKey, circuit_name
from simulator.store import Transaction, tables
from simulator.store.canonical import canonical_json
from simulator.store.transaction import Row

NOTHING = Decimal(0)
SMALLEST_LOAD, LARGEST_LOAD = Decimal("0.5"), Decimal("1.5")  # times the load that was taken
AS_IT_WAS = Decimal(1)

Figures = tuple[Decimal, Decimal]  # shadow price in USD/MWh, revenue in USD


@dataclass(frozen=True)
class Correction:
    """What the market should have taken: branches out or back in service, and the load."""

    out: tuple[BranchKey, ...] = ()
    back: tuple[BranchKey, ...] = ()
    load_scale: Decimal = AS_IT_WAS

    def of(self, spec: DaySpec) -> DaySpec:
        """The day with this corrected."""
        back = {branch.undirected for branch in self.back}
        kept = (branch for branch in spec.outages if branch.undirected not in back)
        assert spec.deviation is not None, "a day's load has its deviation"
        scale = float(self.load_scale)
        deviation = np.asarray((1.0 + spec.deviation) * scale - 1.0)
        return replace(spec, outages=(*kept, *self.out), deviation=deviation)


def rerun_day_ahead(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Run the market of `day` again; `out`, `back` (branches) and `load_scale` are corrections.

    Statements follow as they do a corrected price: with the day's next recalculation, at once when
    none is left.
    """
    asked = command.arguments
    with understood(command):
        day = date.fromisoformat(asked["day"])
        plain = {name: asked[name] for name in ("out", "back", "load_scale") if name in asked}
        correction = _correction(plain)
    world = as_built(tx, world)
    before = {_key(row): _figures(row) for row in _constraints(tx, day)}
    refuse_if_any(_findings(tx, world, day, correction))
    hours = day_ahead_hours(world.day_ahead_market, correction.of(day_spec(world, day)))
    reason = str(asked.get("reason", ""))
    run = len(tx.rows(tables.day_ahead_rerun, day=day)) + 1
    number = edition(tx, day) + 1
    told_of_it = {"at": command.at, "correction": canonical_json(plain), "reason": reason}
    tx.insert(tables.day_ahead_rerun, [{"day": day, "run": run, "edition": number, **told_of_it}])
    _replace(tx, day, run)
    keep(tx, day, hours)
    after = {_key(row): _figures(row) for row in _constraints(tx, day)}
    changes = _changes(tx, day, before, after)
    times = {"day": day, "edition": number, "corrected_at": command.at, "reason": reason}
    tx.insert(tables.price_correction, [{**change, **times} for change in changes])
    shown = {"run": run, "changed_prices": len(changes)}
    return {**told(day, hours), **shown, **stated(tx, world, day, command.at)}


def spec_as_run(tx: Transaction, world: World, day: date) -> DaySpec:
    """The day as its market took it, the last rerun's correction included."""
    spec, reruns = day_spec(as_built(tx, world), day), tx.rows(tables.day_ahead_rerun, day=day)
    return _correction(json.loads(reruns[-1]["correction"])).of(spec) if reruns else spec


def _correction(plain: Mapping[str, Any]) -> Correction:
    return Correction(
        tuple(map(_branch, plain.get("out", ()))),
        tuple(map(_branch, plain.get("back", ()))),
        Decimal(str(plain.get("load_scale", AS_IT_WAS))),
    )


def _branch(text: str) -> BranchKey:
    """`1001-1002 circuit 1`, as branches are named everywhere."""
    ends, circuit = text.split(" circuit ")
    from_bus, to_bus = map(int, ends.split("-"))
    return BranchKey(from_bus, to_bus, circuit_name(circuit))


def _findings(
    tx: Transaction, world: World, day: date, correction: Correction
) -> Iterator[Finding]:
    if not tx.rows(tables.day_ahead_hour, day=day):
        raise Refused([_wrong("day", str(day), "a day whose day-ahead market has run")])
    network = {branch.undirected for branch in world.folder.model.network.key}
    already = {branch.undirected for branch in day_spec(world, day).outages}
    for branch in correction.out:
        if branch.undirected not in network or branch.undirected in already:
            yield _wrong("out", str(branch), f"a branch that was in service on {day}")
    for branch in correction.back:
        if branch.undirected not in already:
            allowed = ", ".join(sorted(map(str, already))) or "nothing was out"
            yield _wrong("back", str(branch), f"a branch that was out on {day}: {allowed}")
    if not SMALLEST_LOAD <= correction.load_scale <= LARGEST_LOAD:
        allowed = f"{SMALLEST_LOAD} to {LARGEST_LOAD} times the load that was taken"
        yield _wrong("load_scale", str(correction.load_scale), allowed)
    if correction == Correction():
        allowed = "out, back or load_scale: the input that was wrong"
        yield _wrong("correction", "none", allowed)


def _replace(tx: Transaction, day: date, run: int) -> None:
    """Take away what the rerun puts in its place; the factors that statements rest on stay."""
    hours = tx.rows(tables.day_ahead_hour, day=day)
    factors = tx.rows(tables.shift_factor, day=day)
    tx.insert(tables.replaced_factor, ({**row, "run": run} for row in factors))
    tx.delete(tables.shift_factor, {"day": day})
    for row in hours:
        tx.delete(tables.day_ahead_constraint, {"hour": row["hour"]})
    tx.delete(tables.day_ahead_hour, {"day": day})


def _constraints(tx: Transaction, day: date) -> list[Row]:
    hours = tuple(row["hour"] for row in tx.rows(tables.day_ahead_hour, day=day))
    return tx.rows(tables.day_ahead_constraint, hour=hours)


def _changes(
    tx: Transaction,
    day: date,
    before: Mapping[tuple[int, str], Figures],
    after: Mapping[tuple[int, str], Figures],
) -> list[Row]:
    """A correction for each constraint and hour that is not as it was; 0 where it does not bind."""
    earlier = _counts(tx.rows(tables.price_correction, day=day))
    none = NOTHING, NOTHING
    return [
        {
            "hour": key[0],
            "constraint": key[1],
            "version": earlier.get(key, 0) + 1,
            "before_usd_per_mwh": before.get(key, none)[0],
            "after_usd_per_mwh": after.get(key, none)[0],
            "before_revenue_usd": before.get(key, none)[1],
            "after_revenue_usd": after.get(key, none)[1],
        }
        for key in sorted(before.keys() | after.keys())
        if before.get(key, none) != after.get(key, none)
    ]


def _counts(rows: Iterable[Row]) -> dict[tuple[int, str], int]:
    """How many corrections each constraint and hour had: their versions come in order."""
    return {_key(row): row["version"] for row in rows}


def _key(row: Row) -> tuple[int, str]:
    return row["hour"], row["constraint"]


def _figures(row: Row) -> Figures:
    return row["shadow_price_usd_per_mwh"], row["revenue_usd"]


def _wrong(where: str, found: str, allowed: str) -> Finding:
    return Finding(
        "SET0006",
        "the day-ahead market cannot be run again so",
        where,
        found,
        allowed,
        "correct it",
        "rulebook 6.1",
    )
