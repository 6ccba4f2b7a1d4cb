"""What a load-migration market tells whom: the hours to measure in, percentages and CRRs (7.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from simulator.domain import Crr, Period
from simulator.market import inventory
from simulator.market.migration import PREFIX, udc_names
from simulator.market.reference_load import reference_mw
from simulator.market.world import World
from simulator.rules.load_window import NHour, n_hours
from simulator.store import Transaction, special_tables
from simulator.store.unit import Row
from simulator.timeline.process import ProcessSpec


@dataclass(frozen=True)
class MigratedCrr:
    """A CRR with what a market did to it: made it with `initial_mw`, or changed its MW."""

    crr: Crr
    initial_mw: Decimal | None
    adjusted_mw: Decimal | None


def n_hour_data(tx: Transaction, world: World, spec: ProcessSpec, owner: str) -> tuple[NHour, ...]:
    """The hours of the market's year that fix the rates at the owner's default LAPs."""
    participant = world.participants[owner]
    sinks = [sink for sink in participant.sinks if sink.startswith(PREFIX)]
    year = spec.periods[0].start.year
    settings = world.settings
    found: list[NHour] = []
    for number in range(1, 5) if sinks else ():
        season = Period.parse(f"{year}_S{number:02}")
        load = {at: mw for at, mw in reference_mw(tx, world, season).items() if at.sink in sinks}
        found += n_hours(load, season, settings.eligibility, settings.calendar)
    return tuple(found)


def load_shares_of(tx: Transaction, world: World, market: str, owner: str) -> list[tuple[int, Row]]:
    """The market's shares that concern a participant, each with its number among all of them.

    They concern the two entities, and the utility of the area.
    """
    rows = enumerate(tx.rows(special_tables.migration_share, market=market), start=1)
    utilities = udc_names(world)
    return [
        (number, row)
        for number, row in rows
        if owner in (row["from_lse"], row["to_lse"], utilities.get(row["udc"]))
    ]


def crr_results(tx: Transaction, market: str, owner: str) -> tuple[MigratedCrr, ...]:
    """What the market made or changed for a participant, by CRR."""
    rows = tx.rows(special_tables.migration_result, market=market, owner=owner)
    crrs = _as_made(tx, {row["crr_id"] for row in rows}) if rows else {}
    return tuple(
        MigratedCrr(crrs[row["crr_id"]], row["initial_mw"], row["adjusted_mw"])
        for row in sorted(rows, key=lambda row: int(row["crr_id"]))
    )


def _as_made(tx: Transaction, wanted: Iterable[str]) -> dict[str, Crr]:
    """CRRs as they were last written down; some may have been sold or cut since."""
    known = frozenset(wanted)
    return {
        item["crr_id"]: inventory.crr_from(item)
        for row in tx.rows(special_tables.inventory_change)
        for item in json.loads(row["made"])
        if item["crr_id"] in known
    }
