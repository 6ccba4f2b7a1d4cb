"""The rights as arrays, so that a day of a hundred thousand of them is a few array operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

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
        held = np.bincount(self.owner[self.in_force(day)], minlength=len(self.owners))
        holders = np.flatnonzero(held)
        return tuple(self.owners[position] for position in holders)

    def book(self, day: date, tou: Tou) -> Book:
        """What settles in the hours of `tou` on `day`."""
        rows = self.in_force(day) & (self.is_on_peak == (tou == Tou.ON))
        return Book(
            obligations=np.flatnonzero(rows & ~self.is_option),
            options=np.flatnonzero(rows & self.is_option),
        )

    def net_rows(self, rows: Indices) -> NetRows:
        """`rows` netted by owner and location."""
        owner = np.concatenate([self.owner[rows], self.owner[rows]])
        location = np.concatenate([self.source[rows], self.sink[rows]])
        cells, at = np.unique(owner * len(self.locations) + location, return_inverse=True)
        cell_owner = cells // max(len(self.locations), 1)
        return NetRows(
            ticks=self.ticks[rows],
            source_cell=at[: len(rows)],
            sink_cell=at[len(rows) :],
            cell_location=cells % max(len(self.locations), 1),
            first_cell=np.searchsorted(cell_owner, np.arange(len(self.owners) + 1)),
        )

    def flow_mw(self, rows: Indices, shift_factors: Floats) -> Floats:
        """(owners, k): net flow of `rows` on the k constraints of `shift_factors` (k, locations).

        MW times (factor at the source - factor at the sink), summed by owner (rulebook 6.1).
        """
        return self.net_rows(rows).flow_mw(shift_factors)


@dataclass(frozen=True, eq=False)
class NetRows:
    """Rights netted by cells of (owner, location), sorted: built once, used for many hours.

    Sums run over whole ticks, in the order of names, so that row order never shows in them.
    """

    ticks: Floats
    source_cell: Indices
    sink_cell: Indices
    cell_location: Indices
    first_cell: Indices

    def flow_mw(self, shift_factors: Floats) -> Floats:
        """(owners, k) net flow on `shift_factors` (k, locations)."""
        return _flow_mw(self._matrix(self.ticks, shift_factors.shape[1]), shift_factors)

    def flow_of_some_mw(self, shift_factors: Floats, counts: Flags, owners: Indices) -> Floats:
        """(owners, k) net flow of the rows that count, for `owners` alone."""
        matrix = self._matrix(self.ticks * counts, shift_factors.shape[1])
        return _flow_mw(matrix[owners], shift_factors)

    def _matrix(self, ticks: Floats, locations: int) -> csr_array:
        """(owners, locations): net ticks."""
        cells = len(self.cell_location)
        net = np.bincount(self.source_cell, ticks, cells)
        net -= np.bincount(self.sink_cell, ticks, cells)
        shape = (len(self.first_cell) - 1, locations)
        return csr_array((net, self.cell_location, self.first_cell), shape=shape)


def _flow_mw(ticks: csr_array, shift_factors: Floats) -> Floats:
    flow: Floats = ticks @ np.ascontiguousarray(shift_factors.T)
    flow /= _TICKS_PER_MW
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
