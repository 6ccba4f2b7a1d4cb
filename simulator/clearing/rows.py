"""Constraint rows: directed shift factors at every location and the room that is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.clearing.problem import Bools, Floats, Ints, Problem


@dataclass(frozen=True, eq=False)
class Rows:
    """M constraints, sorted by (element, outage, direction).

    `element` and `outage` are positions in the screen's lists (outage -1: the base case),
    `direction` +1 or -1. `factor` (M, L) is MW of directed flow per MW injected at a location,
    `limit_mw` the working limit, `fixed_mw` the directed flow of what is held already. In a
    `relaxed` row that flow is the working limit (rulebook 3.6).
    """

    element: Ints
    outage: Ints
    direction: Ints
    factor: Floats
    limit_mw: Floats
    fixed_mw: Floats
    relaxed: Bools

    def __len__(self) -> int:
        return len(self.element)

    @property
    def room_mw(self) -> Floats:
        """(M,) what the market may add to the flow; never negative."""
        return np.where(self.relaxed, 0.0, np.maximum(self.limit_mw - self.fixed_mw, 0.0))

    def keys(self) -> list[tuple[int, int, int]]:
        """(element, outage, direction) of every row."""
        columns = (self.element.tolist(), self.outage.tolist(), self.direction.tolist())
        return list(zip(*columns, strict=True))

    def take(self, chosen: Ints) -> Rows:
        """The chosen rows, in the order given."""
        return Rows(
            self.element[chosen],
            self.outage[chosen],
            self.direction[chosen],
            self.factor[chosen],
            self.limit_mw[chosen],
            self.fixed_mw[chosen],
            self.relaxed[chosen],
        )

    def joined(self, more: Rows) -> Rows:
        """These rows and more, sorted, each once."""
        first = {key: n for n, key in reversed(list(enumerate([*self.keys(), *more.keys()])))}
        chosen = [first[key] for key in sorted(first)]

        def both(mine: NDArray[Any], theirs: NDArray[Any]) -> NDArray[Any]:
            lines = [*mine, *theirs]
            return np.array([lines[n] for n in chosen], mine.dtype).reshape(-1, *mine.shape[1:])

        return Rows(
            both(self.element, more.element),
            both(self.outage, more.outage),
            both(self.direction, more.direction),
            both(self.factor, more.factor),
            both(self.limit_mw, more.limit_mw),
            both(self.fixed_mw, more.fixed_mw),
            both(self.relaxed, more.relaxed),
        )


def carried_over(old: Rows, value: Floats, new: Rows) -> Floats:
    """(M,) values of old rows at the new ones; 0 for a row that was not there."""
    known = dict(zip(old.keys(), value.tolist(), strict=True))
    return np.array([known.get(key, 0.0) for key in new.keys()])  # noqa: SIM118


def carried_effect(problem: Problem, factor: Floats) -> Floats:
    """(M, U + O) MW of directed flow per MW of what `Problem.carriage` says rows see.

    Laid out by what is seen, as sparse products and comparisons read it.
    """
    options = problem.option_paths
    at_locations = np.ascontiguousarray(factor[:, problem.used_locations].T)
    if not len(options):
        return at_locations.T
    spread = factor[:, problem.source[options]] - factor[:, problem.sink[options]]
    return np.vstack([at_locations, np.maximum(spread, 0.0).T]).T


def path_effect(problem: Problem, factor: Floats) -> Floats:
    """(M, P) MW of directed flow per MW on each path; options never relieve (rulebook 4.2)."""
    effect = factor[:, problem.source] - factor[:, problem.sink]
    return np.where(problem.option, np.maximum(effect, 0.0), effect)
