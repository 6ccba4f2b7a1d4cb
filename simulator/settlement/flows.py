"""Flows that many hours share, worked out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from simulator.domain import Tou
from simulator.settlement.case import ConstraintHour
from simulator.settlement.kernel import HourFlow, NetFlow, options_pay
from simulator.settlement.rights import Book, Indices, NetRows, Rights
from simulator.settlement.rounding import Floats
from simulator.timeline.hours import Hour

_Key = tuple[tuple[int, ...], bytes]  # the factors' rows, and the rights in force


NO_FLOW: Floats = np.zeros((0, 0))
BOOKS_KEPT = 8  # two times of use, obligations and options, of this day and the day before


@dataclass(frozen=True, eq=False)
class HourFlows:
    """`shift_factors` (k, locations) of an hour and the obligations' net `flow` on them."""

    shift_factors: Floats
    flow: NetFlow
    options: Indices


@dataclass(eq=False)
class Flows:
    """Remembers, for each time of use, the last day's book and the last factors' flows.

    It changes nothing in a result: hours with the same rights and factors have the same flows.
    """

    rights: Rights
    _factor_rows: list[Floats] = field(default_factory=list)
    _position: dict[int, tuple[int, Mapping[str, float]]] = field(default_factory=dict)
    _books: dict[Tou, tuple[date, Book]] = field(default_factory=dict)
    _hours: dict[Tou, tuple[_Key, HourFlows]] = field(default_factory=dict)
    _nets: dict[bytes, NetRows] = field(default_factory=dict)

    def of(self, hour: Hour, rows: Sequence[ConstraintHour]) -> HourFlows:
        """The flows of the rights in force in `hour` on the constraints of `rows` (k,)."""
        known_rows = self._position
        for row in rows:
            if id(row.shift_factors) not in known_rows:
                self._remember(row.shift_factors)
        positions = [known_rows[id(row.shift_factors)][0] for row in rows]
        book = self._book(hour)
        key = (tuple(positions), book.obligations.tobytes())
        known = self._hours.get(hour.tou)
        if known is None or known[0] != key:
            # By columns in memory: every hour's flows read them location by location.
            shift_factors = np.array(
                [self._factor_rows[position] for position in positions], order="F"
            )
            flow = NetFlow(self._net_rows(book.obligations).flow_mw(shift_factors))
            known = self._hours[hour.tou] = (key, HourFlows(shift_factors, flow, book.options))
        remembered = known[1]
        return HourFlows(remembered.shift_factors, remembered.flow, book.options)

    def settling(self, of_hour: HourFlows, shadow_price: Floats) -> HourFlow:
        """The net flow of what settles at these prices: obligations, and the options that pay."""
        options, factors = of_hour.options, of_hour.shift_factors
        counts = options_pay(self.rights, options, factors, shadow_price)
        owned = np.bincount(self.rights.owner[options[counts]], minlength=len(self.rights.owners))
        owners = np.flatnonzero(owned)
        if not len(owners):
            return HourFlow(of_hour.flow, owners, NO_FLOW)
        added = self._net_rows(options).flow_of_some_mw(factors, counts, owners)
        return HourFlow(of_hour.flow, owners, added)

    def _net_rows(self, rows: Indices) -> NetRows:
        key = rows.tobytes()
        if key not in self._nets:
            if len(self._nets) == BOOKS_KEPT:
                self._nets.clear()
            self._nets[key] = self.rights.net_rows(rows)
        return self._nets[key]

    def _book(self, hour: Hour) -> Book:
        known = self._books.get(hour.tou)
        if known is None or known[0] != hour.day:
            known = self._books[hour.tou] = (hour.day, self.rights.book(hour.day, hour.tou))
        return known[1]

    def _remember(self, shift_factors: Mapping[str, float]) -> None:
        """Keep `shift_factors` as a row over the rights' locations; missing ones are 0."""
        position = len(self._factor_rows)
        self._factor_rows.append(
            np.array([float(shift_factors.get(place, 0.0)) for place in self.rights.locations])
        )
        # Holding the mapping keeps its identity from being given to another one.
        self._position[id(shift_factors)] = (position, shift_factors)
