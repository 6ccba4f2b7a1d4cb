"""Cutting a CRR along its MW and its days, so that nothing is lost and nothing is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from simulator.domain import Crr, Period


class Dated(Protocol):
    """So many MW from `start` up to but not on `end`."""

    @property
    def start(self) -> date:
        """The first day."""
        ...

    @property
    def end(self) -> date:
        """The day after the last."""
        ...

    @property
    def mw(self) -> Decimal:
        """How much on each of these days."""
        ...


Piece = TypeVar("Piece", bound=Dated)


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


def held_throughout(pieces: Iterable[Piece], period: Period) -> list[Piece]:
    """The pieces of the day of `period` with the fewest MW, the first such day.

    Their MW are there on every day of it, be it in other pieces: what is cut by days is still one
    right through the period, and what is missing on some day is none.
    """
    found = [item for item in pieces if item.start < period.end and period.start < item.end]
    edges = {day for item in found for day in (item.start, item.end)}
    days = sorted({period.start, *(day for day in edges if period.start < day < period.end)})
    on_day = ([item for item in found if item.start <= day < item.end] for day in days)
    return min(on_day, key=lambda held: sum((item.mw for item in held), Decimal(0)))


def _piece(crr: Crr, mw: Decimal, start: date, end: date, new_ids: Iterator[str]) -> Crr:
    return replace(crr, crr_id=next(new_ids), parent_crr_id=crr.crr_id, mw=mw, start=start, end=end)
