"""A second DC network, built from the records of the case and solved with outages really removed.

Nothing here knows shift-factor updates or outage factors: an outage takes its branches out, the
islands are found again, and the angles are solved again. Conventions: susceptance 1/(x tap) in
per unit (MATPOWER's), lossless; injections balance in every island (`fleet` sees to it), so that
it does not matter which of its buses is grounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csc_matrix, identity
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from simulator.domain import Refused
from simulator.verify.table import unreadable

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Positions = frozenset[int]
Ends = tuple[int, int, str]
LEAST_PIVOT = 1e-14
"""Beside the wires at a bus, less than this is rounding: reactances of both signs cancel there."""
SYMMETRIC: dict[str, Any] = {"diag_pivot_thresh": 0.01, "options": {"SymmetricMode": True}}
"""Pivots stay on the diagonal unless it is a hundred times smaller than what stands below it."""


def ends_of(from_bus: int, to_bus: int, circuit: str) -> Ends:
    """A wire's name whichever end comes first, without padding or case."""
    return (min(from_bus, to_bus), max(from_bus, to_bus), circuit.strip().upper())


@dataclass(frozen=True)
class Wire:
    """One AC branch: its two buses, circuit, b in MW per radian and ratings A, B, C in MW."""

    from_bus: int
    to_bus: int
    circuit: str
    susceptance_mw: float
    rating_mw: tuple[float, float, float]
    closed: bool

    @property
    def ends(self) -> Ends:
        """The name that does not depend on the direction."""
        return ends_of(self.from_bus, self.to_bus, self.circuit)

    def __str__(self) -> str:
        return f"{self.from_bus}-{self.to_bus} circuit {self.circuit}"


@dataclass(frozen=True)
class Grid:
    """Buses and wires in file order.

    `groups` trip together (multi-section lines); `names` are further names that open several
    wires: a whole multi-section line, two buses of a three-winding transformer.
    """

    bus: tuple[int, ...]
    wires: tuple[Wire, ...]
    groups: tuple[Positions, ...] = ()
    names: Mapping[Ends, Positions] = field(default_factory=dict)

    @cached_property
    def bus_position(self) -> dict[int, int]:
        """Bus number to row."""
        return {number: position for position, number in enumerate(self.bus)}

    @cached_property
    def wire_position(self) -> dict[Ends, int]:
        """Undirected name to position."""
        return {wire.ends: position for position, wire in enumerate(self.wires)}

    @cached_property
    def columns(self) -> tuple[Indices, Indices, Array, NDArray[np.bool_]]:
        """The wires as arrays (nl,): rows of their ends, b in MW per radian, closed or not."""
        row = self.bus_position
        return (
            np.array([row[wire.from_bus] for wire in self.wires], dtype=np.int64),
            np.array([row[wire.to_bus] for wire in self.wires], dtype=np.int64),
            np.array([wire.susceptance_mw for wire in self.wires], dtype=np.float64),
            np.array([wire.closed for wire in self.wires], dtype=np.bool_),
        )

    @cached_property
    def order(self) -> Indices:
        """(nb,) bus rows in an order that fills the factors little, whatever is opened."""
        start, end, _, closed = self.columns
        one = np.ones(int(closed.sum()))
        linked = laplacian(start[closed], end[closed], one, len(self.bus))
        return np.argsort(splu(linked + identity(len(self.bus), format="csc"),
                               permc_spec="MMD_AT_PLUS_A", **SYMMETRIC).perm_c)  # fmt: skip

    def find(self, from_bus: int, to_bus: int, circuit: str) -> tuple[int, float]:
        """Position of the named wire, and +1 or -1 for its direction; KeyError when unknown."""
        position = self.wire_position[ends_of(from_bus, to_bus, circuit)]
        return position, 1.0 if self.wires[position].from_bus == from_bus else -1.0

    def opening(self, from_bus: int, to_bus: int, circuit: str) -> Positions:
        """Every wire that opens when the named one does; KeyError when unknown."""
        ends = ends_of(from_bus, to_bus, circuit)
        if ends not in self.wire_position:
            return self.names[ends]
        position = self.wire_position[ends]
        together = [group for group in self.groups if position in group]
        return frozenset({position}).union(*together)

    def taken_out(self, opened: Positions) -> Grid:
        """The same grid with the wires `opened` out of service for good."""
        wires = tuple(
            replace(wire, closed=wire.closed and position not in opened)
            for position, wire in enumerate(self.wires)
        )
        return replace(self, wires=wires)

    def without(self, opened: Positions, state: str = "network") -> Solved:
        """The network with the wires `opened` removed, ready to solve; `state` is its name."""
        return Solved(self, opened, state)


def laplacian(start: Indices, end: Indices, b: Array, size: int) -> csc_matrix:
    """(size, size) of wires between places; a place below 0 is a reference, and left out."""
    rows = np.concatenate([start, end, start, end])
    columns = np.concatenate([start, end, end, start])
    values = np.concatenate([b, b, -b, -b])
    kept = (rows >= 0) & (columns >= 0)
    return csc_matrix((values[kept], (rows[kept], columns[kept])), shape=(size, size))


class Solved:
    """One state of the grid: islands found, angles solvable; `Refused` where they are not."""

    def __init__(self, grid: Grid, opened: Positions, state: str = "network") -> None:
        self.grid = grid
        self._state = state
        every_from, every_to, every_b, closed = grid.columns
        live = closed.copy()
        live[list(opened)] = False
        self.live = np.flatnonzero(live)
        self._from, self._to = every_from[live], every_to[live]
        self._b = every_b[live]
        buses = len(grid.bus)
        links = coo_matrix((np.ones(len(self.live)), (self._from, self._to)), shape=(buses, buses))
        self.island = connected_components(links, directed=False)[1]
        grounds = np.zeros(buses, dtype=bool)
        grounds[np.unique(self.island, return_index=True)[1]] = True  # one bus of every island
        self._free = grid.order[~grounds[grid.order]]
        self._lu = self._factorised()

    def _factorised(self) -> SuperLU | None:
        if not self._free.size:
            return None
        try:
            solved = splu(self._laplacian(self._b), permc_spec="NATURAL", **SYMMETRIC)
        except RuntimeError as error:
            raise self._unsolvable(str(error)) from error
        pivots = np.abs(solved.U.diagonal()[solved.perm_c])
        wires = self._laplacian(np.abs(self._b)).diagonal()
        if not (pivots > LEAST_PIVOT * wires).all():
            raise self._unsolvable("reactances that cancel each other")
        return solved

    def _unsolvable(self, found: str) -> Refused:
        return unreadable(self._state, found, "reactances that let the flows be solved")

    def _laplacian(self, b: Array) -> csc_matrix:
        """Of the buses that are not a reference, in their order."""
        place = np.full(len(self.grid.bus), -1)
        place[self._free] = np.arange(len(self._free))
        return laplacian(place[self._from], place[self._to], b, len(self._free))

    def flows(self, injection_mw: Array) -> Array:
        """MW from -> to on every wire, (nl, k) for injections (nb, k); opened wires carry 0.

        `Refused` when they are not finite: no comparison with a limit would mean anything.
        """
        angles = np.zeros_like(injection_mw, dtype=float)
        if self._lu is not None:
            angles[self._free] = self._lu.solve(np.ascontiguousarray(injection_mw[self._free]))
        result = np.zeros((len(self.grid.wires), injection_mw.shape[1]))
        result[self.live] = self._b[:, None] * (angles[self._from] - angles[self._to])
        if not np.isfinite(result).all():
            raise self._unsolvable("flows that are not finite")
        return result

    def sensitivity(self, terms: Sequence[tuple[int, float]]) -> Array:
        """(nb,) MW on the weighted sum of wires `terms` per MW injected at each bus.

        Solved as the transpose: one right-hand side per constraint instead of one per bus.
        """
        place = {int(k): index for index, k in enumerate(self.live)}
        right = np.zeros(len(self.grid.bus))
        for position, weight in terms:
            if position in place:
                index = place[position]
                right[self._from[index]] += weight * self._b[index]
                right[self._to[index]] -= weight * self._b[index]
        factors = np.zeros_like(right)
        if self._lu is not None:
            factors[self._free] = self._lu.solve(right[self._free], trans="T")
        return factors
