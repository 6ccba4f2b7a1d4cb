"""Cutting a CRR along its MW and its days, so that nothing is lost and nothing is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from simulator.domain import Crr


@dataclass(frozen=True)
class Split:
    """`taken` is what goes to somebody else; `kept` are the pieces that stay, by first day."""

    taken: Crr
    kept: tuple[Crr, ...]

    @property
    def pieces(self) -> tuple[Crr, ...]:
        """All pieces: on every day their MW add up to those of the CRR that was cut."""
        return (self.taken, *self.kept)


def holds(crr: Crr, mw: Decimal, start: date, end: date) -> bool:
    """Whether `mw` from `start` up to but not on `end` can be cut from `crr`."""
    return crr.start <= start < end <= crr.end and 0 < mw <= crr.mw


def split(crr: Crr, mw: Decimal, start: date, end: date, new_ids: Iterator[str]) -> Split:
    """`mw` of `crr` from `start` up to but not on `end`, and what is left of it (rulebook 7.2).

    Every piece is a new CRR whose parent is `crr`. The pieces that stay keep its owner: the whole
    MW before and after, the rest of the MW in between. ValueError when the slice is not in it.
    """
    if not holds(crr, mw, start, end):
        raise ValueError(f"CRR {crr.crr_id} does not hold {mw} MW from {start} up to {end}")
    taken = _piece(crr, mw, start, end, new_ids)
    slices = (
        (crr.mw, crr.start, start),
        (crr.mw - mw, start, end),
        (crr.mw, end, crr.end),
    )
    kept = tuple(
        _piece(crr, size, first, after, new_ids)
        for size, first, after in slices
        if size > 0 and first < after
    )
    return Split(taken, kept)


def _piece(crr: Crr, mw: Decimal, start: date, end: date, new_ids: Iterator[str]) -> Crr:
    return replace(crr, crr_id=next(new_ids), parent_crr_id=crr.crr_id, mw=mw, start=start, end=end)
