"""The rights as arrays, so that a day of a hundred thousand of them is a few array operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from simulator.domain import MW_STEP, Crr, Hedge, Tou
from simulator.settlement.rounding import Floats

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

_TICKS_PER_MW = int(1 / MW_STEP)


@dataclass(frozen=True, eq=False)
class Rights:
    """One row per CRR; owners and locations are sorted, so row order never shows in a result.

    MW are whole ticks of 0.001, whose sums are exact in any order.
    """

    owners: tuple[str, ...]
    locations: tuple[str, ...]
    owner: Indices
    source: Indices
    sink: Indices
    ticks: Floats
    is_option: Flags
    is_on_peak: Flags
    first_day: NDArray[np.int64]  # proleptic ordinals, half open
    end_day: NDArray[np.int64]

    @staticmethod
    def of(crrs: Iterable[Crr]) -> Rights:
        """The rights `crrs` as arrays."""
        rows = tuple(crrs)
        owners = tuple(sorted({crr.owner for crr in rows}))
        locations = tuple(sorted({place for crr in rows for place in (crr.source, crr.sink)}))
        owner_at = {owner: position for position, owner in enumerate(owners)}
        place_at = {place: position for position, place in enumerate(locations)}
        return Rights(
            owners=owners,
            locations=locations,
            owner=np.array([owner_at[crr.owner] for crr in rows], dtype=np.intp),
            source=np.array([place_at[crr.source] for crr in rows], dtype=np.intp),
            sink=np.array([place_at[crr.sink] for crr in rows], dtype=np.intp),
            ticks=np.array([_ticks(crr.mw) for crr in rows], dtype=np.float64),
            is_option=np.array([crr.hedge == Hedge.OPT for crr in rows], dtype=np.bool_),
            is_on_peak=np.array([crr.tou == Tou.ON for crr in rows], dtype=np.bool_),
            first_day=np.array([crr.start.toordinal() for crr in rows], dtype=np.int64),
            end_day=np.array([crr.end.toordinal() for crr in rows], dtype=np.int64),
        )

    @property
    def mw(self) -> Floats:
        """MW of each row."""
        return self.ticks / _TICKS_PER_MW

    def in_force(self, day: date) -> Flags:
        """Which rows settle on the local date `day`."""
        ordinal = day.toordinal()
        flags: Flags = (self.first_day <= ordinal) & (ordinal < self.end_day)
        return flags

    def owners_in_force(self, day: date) -> tuple[str, ...]:
        """Who holds anything on `day`, sorted."""
        holders = np.unique(self.owner[self.in_force(day)])
        return tuple(self.owners[position] for position in holders)

    def book(self, day: date, tou: Tou) -> Book:
        """What settles in the hours of `tou` on `day`."""
        rows = self.in_force(day) & (self.is_on_peak == (tou == Tou.ON))
        return Book(
            obligations=np.flatnonzero(rows & ~self.is_option),
            options=np.flatnonzero(rows & self.is_option),
        )

    def flow_mw(self, rows: Indices, shift_factors: Floats) -> Floats:
        """(owners, k): net flow of `rows` on the k constraints of `shift_factors` (k, locations).

        MW times (factor at the source - factor at the sink), summed by owner (rulebook 6.1). The
        sum runs over whole ticks by owner and location, in the order of their names.
        """
        injected = np.concatenate([self.ticks[rows], -self.ticks[rows]])
        owner = np.concatenate([self.owner[rows], self.owner[rows]])
        location = np.concatenate([self.source[rows], self.sink[rows]])
        shape = (len(self.owners), len(self.locations))
        net_ticks = coo_array((injected, (owner, location)), shape=shape).tocsr()
        flow: Floats = net_ticks @ shift_factors.T / _TICKS_PER_MW
        return flow


@dataclass(frozen=True, eq=False)
class Book:
    """Rows in `Rights` that settle on one day in one time of use.

    Obligations flow all day; which options count is decided hour by hour.
    """

    obligations: Indices
    options: Indices


def _ticks(mw: Decimal) -> int:
    return int(mw * _TICKS_PER_MW)
