"""The inventory and every change of it: each CRR's life is one story that can be played again.

A change is written down before it is carried out (rulebook 7): which CRRs end, which are made,
and what that means in the lives of each. All changes since the beginning give the inventory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain import Crr, CrrType, Finding, Hedge, Period, Refused, Tou, mw
from simulator.market.world import World
from simulator.rules import inventory as changes
from simulator.rules.caps import BY_ALLOCATION
from simulator.rules.inventory import Change
from simulator.rules.lineage import LifeEvent, LifeKind, lineage
from simulator.store import Transaction, books, special_tables
from simulator.store.canonical import canonical_json
from simulator.store.transaction import Row
from simulator.timeline.hours import local

CRR = "crr"


def numbers(tx: Transaction, name: str) -> Iterator[str]:
    """New numbers of a kind (CRRs, requests, ...); one that was given out never comes again."""
    while True:
        yield from _next(tx, name, 1)


def _next(tx: Transaction, name: str, count: int) -> Iterator[str]:
    first = tx.take(name, count)
    return map(str, range(first, first + count))


def local_day(world: World, at: int) -> date:
    """The local date of a moment."""
    return local(at, world.settings.calendar.timezone).date()


def enter(
    tx: Transaction,
    world: World,
    crrs: Iterable[Crr],
    at: int,
    *,
    preloaded: bool = False,
    note: str = "",
) -> tuple[Crr, ...]:
    """New CRRs with the next ids; what is allocated is also remembered as allocated."""
    listed = tuple(crrs)
    ids = _next(tx, CRR, len(listed))
    entered = tuple(replace(crr, crr_id=next(ids)) for crr in listed)
    carry_out(tx, changes.created(entered, local_day(world, at), preloaded, note), at)
    books.remember_allocations(tx, (crr for crr in entered if crr.crr_type in BY_ALLOCATION))
    return entered


def sell(
    tx: Transaction,
    world: World,
    crr_id: str,
    size_mw: Decimal,
    period: Period,
    market: str,
    at: int,
) -> None:
    """An auction took part of a CRR back; the seller keeps the rest of it (rulebook 4.5).

    Refused when the CRR is no longer there: nothing else is handed over in its place.
    """
    crr = next(iter(books.crrs(tx, crr_id=int(crr_id))), None)
    if crr is None:
        raise Refused([_gone(crr_id, market)])
    day = local_day(world, at)
    carry_out(tx, changes.sold(crr, size_mw, period, market, day, numbers(tx, CRR)), at)


def carry_out(tx: Transaction, change: Change, at: int) -> None:
    """Write a change down and make it so."""
    if not change.ended and not change.made and not change.events:
        return
    tx.insert(
        special_tables.inventory_change,
        [
            {
                "change_id": tx.next_id(special_tables.inventory_change),
                "at": at,
                "ended": canonical_json(list(change.ended)),
                "made": canonical_json([asdict(crr) for crr in change.made]),
            }
        ],
    )
    first = tx.next_id(special_tables.life_event)
    tx.insert(
        special_tables.life_event,
        (
            {"event_id": number, **asdict(event), "kind": event.kind.value}
            for number, event in enumerate(change.events, start=first)
        ),
    )
    books.remove_crrs(tx, change.ended)
    books.add_crrs(tx, change.made)


def as_of(tx: Transaction, at: int) -> tuple[Crr, ...]:
    """The inventory as it was just before a moment, played from its changes; by id."""
    return _played(row for row in tx.rows(special_tables.inventory_change) if row["at"] < at)


def after_change(tx: Transaction, change_id: int) -> tuple[Crr, ...]:
    """The inventory as that change of it left it; by id."""
    rows = tx.rows(special_tables.inventory_change)
    return _played(row for row in rows if row["change_id"] <= change_id)


def each_change(tx: Transaction) -> Iterator[tuple[int, tuple[str, ...], tuple[Crr, ...]]]:
    """Every change in order: its number, the ids that it ended, the CRRs that it made."""
    for row in tx.rows(special_tables.inventory_change):
        made = tuple(crr_from(item) for item in json.loads(row["made"]))
        yield row["change_id"], tuple(json.loads(row["ended"])), made


def last_change(tx: Transaction) -> int:
    """The number of the change that was carried out last."""
    return tx.next_id(special_tables.inventory_change) - 1


def _gone(crr_id: str, market: str) -> Finding:
    return Finding(
        "SER0030",
        f"CRR {crr_id} was sold in {market} and is no longer there to be handed over",
        where=market,
        found=f"CRR {crr_id} ended",
        allowed="a CRR that its seller still holds",
        remedy="clear the market again without this offer",
        rule="rulebook 4.5",
    )


def _played(rows: Iterable[Row]) -> tuple[Crr, ...]:
    held: dict[str, Crr] = {}
    for row in rows:
        made = tuple(crr_from(item) for item in json.loads(row["made"]))
        held = changes.apply(held, Change(tuple(json.loads(row["ended"])), made, ()))
    return tuple(held[crr_id] for crr_id in sorted(held, key=int))


def life_events(tx: Transaction) -> tuple[LifeEvent, ...]:
    """Everything that happened to CRRs, in order."""
    return tuple(
        LifeEvent(
            row["day"],
            LifeKind(row["kind"]),
            row["crr_id"],
            row["owner"],
            row["mw"],
            row["market"],
            row["parent_crr_id"],
            row["note"],
        )
        for row in tx.rows(special_tables.life_event)
    )


def story(tx: Transaction, crr_id: str) -> tuple[LifeEvent, ...]:
    """One CRR's life with those of its ancestors and of what came from it."""
    return lineage(crr_id, life_events(tx))


def crr_from(item: dict[str, Any]) -> Crr:
    """A CRR out of the plain data that a change or a pair keeps."""
    return Crr(
        item["crr_id"],
        item["owner"],
        CrrType(item["crr_type"]),
        Hedge(item["hedge"]),
        item["source"],
        item["sink"],
        Tou(item["tou"]),
        date.fromisoformat(item["start"]),
        date.fromisoformat(item["end"]),
        mw(item["mw"]),
        item["market"],
        item["parent_crr_id"],
    )
