"""All CRRs that there are, and how each process changes them: one change, told as life events.

Rulebook 7. A change says which CRRs end, which are made, and what happened; applied to an
inventory it gives the next one. Replaying all changes gives the same inventory again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from simulator.domain import Crr, CrrType, Period
from simulator.rules.fragments import Split, split
from simulator.rules.lineage import LifeEvent, LifeKind
from simulator.rules.migrated import MigrationResult

BIRTH_OF_TYPE: Mapping[CrrType, LifeKind] = {
    CrrType.LSE: LifeKind.ALLOCATED,
    CrrType.OBAALSE: LifeKind.ALLOCATED,
    CrrType.LSE_THCNT: LifeKind.ALLOCATED,
    CrrType.AUC: LifeKind.BOUGHT,
    CrrType.MT: LifeKind.BUILT,
    CrrType.MT_TOR: LifeKind.CONVERTED,
}


@dataclass(frozen=True)
class Change:
    """`ended` ids go, then `made` come; a CRR that is only adjusted stands in both."""

    ended: tuple[str, ...]
    made: tuple[Crr, ...]
    events: tuple[LifeEvent, ...]


def apply(inventory: Mapping[str, Crr], change: Change) -> dict[str, Crr]:
    """The inventory after the change.

    ValueError when something ends that is not there, or is made although it is: a change that
    was made for another inventory must not be half applied.
    """
    missing = [crr_id for crr_id in change.ended if crr_id not in inventory]
    after = {crr_id: crr for crr_id, crr in inventory.items() if crr_id not in change.ended}
    doubled = [crr.crr_id for crr in change.made if crr.crr_id in after]
    if missing or doubled:
        raise ValueError(f"the change does not fit: missing {missing}, already there {doubled}")
    return after | {crr.crr_id: crr for crr in change.made}


def created(crrs: Iterable[Crr], day: date, preloaded: bool = False, note: str = "") -> Change:
    """CRRs out of an allocation, auction, conversion or facility, or there from the start."""
    made = tuple(crrs)
    events = tuple(
        replace(
            _event(day, LifeKind.PRELOADED if preloaded else BIRTH_OF_TYPE[crr.crr_type], crr),
            note=note,
        )
        for crr in made
    )
    return Change((), made, events)


def sold(
    crr: Crr, mw: Decimal, period: Period, market: str, day: date, new_ids: Iterator[str]
) -> Change:
    """An auction took `mw` for `period` back; the seller keeps the rest (rulebook 4.5).

    ValueError when the CRR does not hold that.
    """
    cut = split(crr, mw, period.start, period.end, new_ids)
    note = f"{mw} MW sold for {period.name}"
    gone = replace(_event(day, LifeKind.SOLD, crr), mw=crr.mw - mw, market=market, note=note)
    return Change((crr.crr_id,), cut.kept, (gone, *_splits(cut, day)))


def traded(crr: Crr, cut: Split, price_usd_per_mw: Decimal, day: date) -> Change:
    """A secondary trade: the buyer's piece and what stays with the seller (rulebook 7.2)."""
    taken, price = cut.taken, f"at {price_usd_per_mw:.2f} USD per MW"
    days = f"{taken.start.isoformat()} up to {taken.end.isoformat()}"
    note = f"{taken.mw} MW sold for {days} {price}"
    gone = _event(day, LifeKind.SOLD, crr)
    gone = replace(gone, mw=crr.mw - taken.mw, market=taken.market, note=note)
    bought = replace(_event(day, LifeKind.TRANSFERRED, taken), note=price)
    return Change((crr.crr_id,), cut.pieces, (gone, bought, *_splits(cut, day)))


def migrated(
    results: Iterable[MigrationResult],
    inventory: Mapping[str, Crr],
    effective: date,
    new_ids: Iterator[str],
) -> Change:
    """What a load-migration market made and adjusted (rulebook 7.1).

    An adjusted CRR keeps its id from `effective` on. What it was on the days before becomes a
    piece of its own, because those days are settled with the MW they had. One that is adjusted
    to 0 MW ends; its id comes back when load moves again.
    """
    ended: list[str] = []
    made: list[Crr] = []
    events: list[LifeEvent] = []
    for result in results:
        crr = result.crr
        before = inventory.get(crr.crr_id)
        kind = LifeKind.MIGRATED if result.initial_mw is not None else LifeKind.ADJUSTED
        events.append(replace(_event(effective, kind, crr), market=result.market))
        if before is not None:
            ended.append(crr.crr_id)
            if before.start < crr.start:
                past = replace(
                    before, crr_id=next(new_ids), end=crr.start, parent_crr_id=crr.crr_id
                )
                made.append(past)
                events.append(_event(effective, LifeKind.SPLIT, past))
        if crr.mw > 0:
            made.append(crr)
    return Change(tuple(ended), tuple(made), tuple(events))


def remapped(crr: Crr, source: str, sink: str, market: str, day: date) -> Change:
    """A retired location of the CRR was replaced for one market period (rulebook 3.7)."""
    note = f"{crr.source} to {crr.sink} became {source} to {sink}"
    after = replace(crr, source=source, sink=sink)
    event = replace(_event(day, LifeKind.REMAPPED, after), market=market, note=note)
    return Change((crr.crr_id,), (after,), (event,))


def _splits(cut: Split, day: date) -> Iterator[LifeEvent]:
    return (_event(day, LifeKind.SPLIT, piece) for piece in cut.kept)


def _event(day: date, kind: LifeKind, crr: Crr) -> LifeEvent:
    return LifeEvent(day, kind, crr.crr_id, crr.owner, crr.mw, crr.market, crr.parent_crr_id)
