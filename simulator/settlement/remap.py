"""A right whose source or sink retires settles at the replacement from that day on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    """Replacements in a circle, and rights, `where` their position says, left on a retired place.

    A right is judged as it settles, slice by slice: a replacement may itself retire for good.
    """
    moves = tuple(replacements)
    retired = {move.location: move for move in moves}
    yield from (_circle(move) for move in moves if _followed(move, retired)[-1] == move.location)
    if not moves:
        return
    for at, crr in enumerate(crrs):
        for part in remapped((crr,), moves):
            for place in (part.source, part.sink):
                if place in retired and part.end > retired[place].first_day:
                    yield _spans(crr, part, retired[place], where(at))


def remapped(crrs: Iterable[Crr], replacements: Iterable[Replacement]) -> tuple[Crr, ...]:
    """`crrs` cut at the days on which one of their ends moves; the slices keep id and owner.

    Replacements are followed in order of their day, so that a replacement may itself retire; one
    that has retired by then hands on to its own at once. A slice whose two ends would be the same
    place settles at nothing and is left out.
    """
    slices = list(crrs)
    listed = tuple(replacements)
    retired = {move.location: move for move in listed}
    moves = (move for move in listed if move.replaced_by)
    for move in sorted(moves, key=lambda move: (move.first_day, move.location)):
        final = replace(move, replaced_by=_followed(move, retired, move.first_day)[-1])
        slices = [part for crr in slices for part in _moved(crr, final)]
    return tuple(slices)


def _followed(
    move: Replacement, retired: Mapping[str, Replacement], by: date = date.max
) -> list[str]:
    """The places that stand for a location in turn, as far as they retire until the day `by`.

    The last one is the location itself when they run in a circle.
    """
    places = [move.replaced_by]
    while places[-1] != move.location and len(places) <= len(retired):
        after = retired.get(places[-1])
        if after is None or after.first_day > by or not after.replaced_by:
            break
        places.append(after.replaced_by)
    return places


def _circle(move: Replacement) -> Finding:
    return Finding(
        "SETTLE_REPLACEMENT_CIRCLE",
        f"the replacements of {move.location} lead back to it",
        "replacements.csv",
        f"{move.location} from {move.first_day}, replaced by {move.replaced_by}",
        "replacements that end at a location in service",
        "correct ReplacedBy",
        "rulebook 3.7",
    )


def _spans(crr: Crr, part: Crr, move: Replacement, where: str) -> Finding:
    last = part.end - timedelta(days=1)
    return Finding(
        "SETTLE_CRR_RETIRED",
        f"CRR {crr.crr_id} spans a retired location",
        where,
        f"{move.location} until {last}",
        f"days before {move.first_day}, or a replacement",
        "name ReplacedBy in replacements.csv, or end the right",
        "rulebook 3.7",
    )


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
