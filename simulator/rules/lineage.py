"""A CRR's life as one story: where it came from, what was cut off, moved, migrated, remapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Finding


class LifeKind(StrEnum):
    """What may happen to a CRR."""

    ALLOCATED = "ALLOCATED"
    BOUGHT = "BOUGHT"  # in an auction
    SOLD = "SOLD"  # in an auction or to somebody else, in part or whole
    TRANSFERRED = "TRANSFERRED"  # the buyer's piece of a secondary trade
    SPLIT = "SPLIT"  # a piece that stayed with its owner
    MIGRATED = "MIGRATED"  # made by load migration
    ADJUSTED = "ADJUSTED"  # changed by a later load migration
    CONVERTED = "CONVERTED"  # out of a transmission ownership right
    BUILT = "BUILT"  # what a sponsor's transmission facility adds
    REMAPPED = "REMAPPED"  # a retired location was replaced
    PRELOADED = "PRELOADED"  # there from the start
    RERUN = "RERUN"  # its auction was run again: what was bought has 0 MW, what was sold is back


BIRTHS = (
    LifeKind.ALLOCATED,
    LifeKind.BOUGHT,
    LifeKind.TRANSFERRED,
    LifeKind.SPLIT,
    LifeKind.MIGRATED,
    LifeKind.CONVERTED,
    LifeKind.BUILT,
    LifeKind.PRELOADED,
)


@dataclass(frozen=True)
class LifeEvent:
    """One thing that happened on `day`; `mw` is what the CRR has after it."""

    day: date
    kind: LifeKind
    crr_id: str
    owner: str
    mw: Decimal
    market: str = ""
    parent_crr_id: str = ""
    note: str = ""


def lineage(crr_id: str, events: Sequence[LifeEvent]) -> tuple[LifeEvent, ...]:
    """All that happened to a CRR, to those it came from and to those that came from it.

    In the order of the days, then of `events`. Siblings, that is other pieces of its ancestors,
    are left out: they are somebody else's story.
    """
    family = {*ancestors(crr_id, events), *descendants(crr_id, events)}
    return tuple(
        sorted((event for event in events if event.crr_id in family), key=lambda event: event.day)
    )


def ancestors(crr_id: str, events: Iterable[LifeEvent]) -> tuple[str, ...]:
    """The CRRs it came from, nearest first."""
    parents = {event.crr_id: event.parent_crr_id for event in events if event.kind in BIRTHS}
    found: list[str] = []
    parent = parents.get(crr_id, "")
    while parent and parent not in found:
        found.append(parent)
        parent = parents.get(parent, "")
    return tuple(found)


def owners(crr_id: str, events: Sequence[LifeEvent]) -> tuple[str, ...]:
    """Everybody who has held the MW of this CRR, first holder first."""
    line = {crr_id, *ancestors(crr_id, events)}
    held = (event.owner for event in lineage(crr_id, events) if event.crr_id in line)
    return tuple(dict.fromkeys(held))


def lineage_findings(events: Sequence[LifeEvent]) -> tuple[Finding, ...]:
    """Breaks in the story: a CRR born twice or never, or out of a parent that nobody knows."""
    findings = []
    born: set[str] = set()
    for event in events:
        if event.kind in BIRTHS:
            if event.crr_id in born:
                findings.append(_finding(event, "is made twice", "made once"))
            if event.parent_crr_id and event.parent_crr_id not in born:
                findings.append(_finding(event, "comes from an unknown CRR", "a CRR made before"))
            born.add(event.crr_id)
        elif event.crr_id not in born:
            findings.append(_finding(event, f"is {event.kind} before it is made", "made first"))
    return tuple(findings)


def descendants(crr_id: str, events: Iterable[LifeEvent]) -> tuple[str, ...]:
    """The CRR itself and those that came from it.

    Events stand in the order in which they happened, so one pass finds every generation.
    """
    found = {crr_id: None}
    for event in events:
        if event.kind in BIRTHS and event.parent_crr_id in found:
            found[event.crr_id] = None
    return tuple(found)


def _finding(event: LifeEvent, message: str, allowed: str) -> Finding:
    return Finding(
        "SER0030",
        f"CRR {event.crr_id} {message}",
        f"{event.day.isoformat()}, {event.kind}",
        event.parent_crr_id or event.crr_id,
        allowed,
        "look at the journal of that day",
        "rulebook 7",
    )
