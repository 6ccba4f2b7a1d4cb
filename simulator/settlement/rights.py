"""The rights as arrays, so that a day of a hundred thousand of them is a few array operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

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

        MW times (factor at the source - factor at the sink), summed by owner (rulebook 6.1).
        """
        holders, holder = np.unique(self.owner[rows], return_inverse=True)
        shape = (len(holders), len(self.locations))
        cells = shape[0] * shape[1]
        injected = np.bincount(holder * shape[1] + self.source[rows], self.ticks[rows], cells)
        withdrawn = np.bincount(holder * shape[1] + self.sink[rows], self.ticks[rows], cells)
        net_mw = (injected - withdrawn).reshape(shape) / _TICKS_PER_MW
        flow: Floats = np.zeros((len(self.owners), len(shift_factors)))
        flow[holders] = net_mw @ shift_factors.T
        return flow


@dataclass(frozen=True, eq=False)
class Book:
    """Rows in `Rights` that settle on one day in one time of use.

    Obligations flow all day; which options count is decided hour by hour.
    """

    obligations: Indices
    options: Indices


@dataclass(eq=False)
class FactorRows:
    """Shift factors as rows over the rights' locations; each mapping becomes one row, once."""

    locations: tuple[str, ...]
    _rows: list[Floats] = field(default_factory=list)
    _known: dict[int, tuple[int, Mapping[str, float]]] = field(default_factory=dict)

    def position(self, shift_factors: Mapping[str, float]) -> int:
        """The row that `shift_factors` has in `table`."""
        known = self._known.get(id(shift_factors))
        if known is not None:
            return known[0]
        position = len(self._rows)
        self._rows.append(
            np.array([float(shift_factors.get(place, 0.0)) for place in self.locations])
        )
        # Holding the mapping keeps its identity from being given to another one.
        self._known[id(shift_factors)] = (position, shift_factors)
        return position

    def table(self, positions: Indices) -> Floats:
        """(positions, locations): the asked rows."""
        if not len(positions):
            return np.zeros((0, len(self.locations)))
        return np.array([self._rows[position] for position in positions])


def _ticks(mw: Decimal) -> int:
    return int(mw * _TICKS_PER_MW)
