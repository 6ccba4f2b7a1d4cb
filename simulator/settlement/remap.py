"""A right whose source or sink retires settles at the replacement from that day on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from simulator.domain import Crr, Finding


@dataclass(frozen=True, order=True)
class Replacement:
    """From `first_day` on, `location` is settled at `replaced_by` (rulebook 3.7).

    Without one ("") the location is retired, and no right may span that day.
    """

    location: str
    first_day: date
    replaced_by: str


def retired_findings(
    crrs: Iterable[Crr], replacements: Iterable[Replacement], where: Callable[[int], str]
) -> Iterator[Finding]:
    """Rights, `where` their position says, that run on at a location that retired for good."""
    retired = {move.location: move.first_day for move in replacements if not move.replaced_by}
    for at, crr in enumerate(crrs):
        for place in (crr.source, crr.sink):
            if place in retired and crr.end > retired[place]:
                yield Finding(
                    "SETTLE_CRR_RETIRED",
                    f"CRR {crr.crr_id} spans a retired location",
                    where(at),
                    f"{place} until {crr.end - timedelta(days=1)}",
                    f"days before {retired[place]}, or a replacement",
                    "name ReplacedBy in replacements.csv, or end the right",
                    "rulebook 3.7",
                )


def remapped(crrs: Iterable[Crr], replacements: Iterable[Replacement]) -> tuple[Crr, ...]:
    """`crrs` cut at the days on which one of their ends moves; the slices keep id and owner.

    Replacements are followed in order of their day, so that a replacement may itself retire. A
    slice whose two ends would be the same place settles at nothing and is left out.
    """
    slices = list(crrs)
    moves = (move for move in replacements if move.replaced_by)
    for move in sorted(moves, key=lambda move: (move.first_day, move.location)):
        slices = [part for crr in slices for part in _moved(crr, move)]
    return tuple(slices)


def _moved(crr: Crr, move: Replacement) -> tuple[Crr, ...]:
    if move.location not in (crr.source, crr.sink) or crr.end <= move.first_day:
        return (crr,)
    after = replace(
        crr,
        start=max(crr.start, move.first_day),
        source=move.replaced_by if crr.source == move.location else crr.source,
        sink=move.replaced_by if crr.sink == move.location else crr.sink,
    )
    before = replace(crr, end=max(crr.start, move.first_day))
    return tuple(
        part for part in (before, after) if part.start < part.end and part.source != part.sink
    )
