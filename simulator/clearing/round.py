"""Awards in 0.001 MW steps that keep every limit (rulebook 4.7).

Awards are rounded down. Where that would break a limit (sales and counter-flow relieve less) or
cost more than half a cent per 1,000 USD, each award takes the step below or above its exact value
so that flows on binding rows stay closest to the optimum's; what still breaks a limit is taken
away, step by step, where it helps most. Ties go to the entry that comes first by id.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.rows import Rows, carried_effect
from simulator.clearing.screen import ProblemScreen
from simulator.clearing.tolerances import (
    COUNTED,
    GAIN,
    LOSS_SHARE,
    NEAR_ROW_MW,
    RELIEVED,
    ROUNDING_ROUNDS,
    SNAP_STEPS,
    TARGET_MW,
)

STEPS_PER_MW = 1000
STEP_MW = 1.0 / STEPS_PER_MW


class RoundingFailed(RuntimeError):
    """No rounded awards within tolerance were found; cannot happen while zero is feasible."""


def round_awards(
    problem: Problem, piece_mw: Floats, shadow_price: Floats, rows: Rows, view: ProblemScreen
) -> Ints:
    """(E,) awards in steps of 0.001 MW; feasible within `TARGET_MW` on every constraint."""
    groups = _equal_entries(problem, problem.entry_mw(piece_mw) * STEPS_PER_MW)
    price = dict(zip(rows.keys(), shadow_price.tolist(), strict=True))
    steps = groups.down
    for attempt in range(ROUNDING_ROUNDS):
        found = view.violated(rounded_path_mw(problem, groups.spread(steps)), TARGET_MW)
        if len(found):
            rows = rows.joined(view.rows(found))
        lossy = attempt == 0 and _loss(problem, groups, steps) > LOSS_SHARE
        if not len(found) and not lossy:
            return groups.spread(steps).astype(np.int64)
        grid = _Grid(problem, groups, rows, price, everyone=attempt >= ROUNDING_ROUNDS // 2)
        steps = grid.relieved(grid.balanced())
    raise RoundingFailed("no rounded awards keep every limit")


def whole_steps(problem: Problem) -> Ints:
    """(E,) the most steps that fit into each entry; an award of so many is a full one."""
    return np.array([int(entry.mw * STEPS_PER_MW) for entry in problem.entries], dtype=np.int64)


def rounded_path_mw(problem: Problem, steps: Floats | Ints) -> Floats:
    """(P,) MW on every path for awards in steps, held rights included."""
    weights = problem.entry_sign * steps * STEP_MW
    change = np.bincount(problem.entry_path, weights=weights, minlength=len(problem.source))
    return problem.fixed_mw + change


@dataclass(frozen=True, eq=False)
class _Groups:
    """Equal entries (same path, size and exact award) are rounded alike. G groups."""

    of_entry: Ints  # (E,)
    size: Floats  # (G,)
    exact: Floats  # (G,) steps of each member
    cap: Floats  # (G,) steps each member can get
    down: Floats  # (G,) the step below the exact award, noise apart
    up: Floats  # (G,) the step above

    def spread(self, steps: Floats) -> Floats:
        """(E,) steps of the entries from steps of the groups."""
        return np.asarray(steps[self.of_entry])


def _equal_entries(problem: Problem, exact: Floats) -> _Groups:
    cap = np.floor(problem.entry_mw(problem.piece_mw) * STEPS_PER_MW + SNAP_STEPS)
    likeness = np.round(exact / SNAP_STEPS)
    key = np.stack([problem.entry_path, problem.entry_sign, cap, likeness], axis=1)
    _, first, of_entry, size = np.unique(
        key, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)  # groups in the order of their first entry
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    first = first[order]
    down = np.minimum(np.floor(exact + SNAP_STEPS), cap)[first]
    between = exact[first] - down > SNAP_STEPS
    up = np.where(between, np.minimum(down + 1, cap[first]), down)
    of_entry = place[of_entry.reshape(-1)]
    return _Groups(of_entry, size[order].astype(float), exact[first], cap[first], down, up)


def _loss(problem: Problem, groups: _Groups, steps: Floats) -> float:
    """Share of the optimum's value that rounding costs."""
    worth = problem.value(problem.fill(groups.spread(groups.exact) * STEP_MW))
    rounded = problem.value(problem.fill(groups.spread(steps) * STEP_MW))
    return (worth - rounded) / max(abs(worth), STEP_MW)


class _Grid:
    """Flows of rounded awards on the rows that rounding can break.

    Only groups that are partly awarded move (C of them), unless `everyone` has to.
    """

    def __init__(
        self,
        problem: Problem,
        groups: _Groups,
        rows: Rows,
        price: dict[tuple[int, int, int], float],
        everyone: bool,
    ) -> None:
        partly = (groups.exact > SNAP_STEPS) & (groups.exact < groups.cap - SNAP_STEPS)
        self._chosen = np.flatnonzero(partly | (groups.up > groups.down) | everyone)
        first = np.unique(groups.of_entry, return_index=True)[1][self._chosen]
        paths = problem.carriage[:, problem.entry_path[first]].toarray()
        carried = carried_effect(problem, rows.factor)
        weight = problem.entry_sign[first] * groups.size[self._chosen]
        effect = (carried @ paths) * weight
        exact_mw = rounded_path_mw(problem, groups.spread(groups.exact)) - problem.fixed_mw
        excess = carried @ (problem.carriage @ exact_mw) - rows.room_mw
        mu = np.array([price.get(key, 0.0) for key in rows.keys()])  # noqa: SIM118
        near = excess + np.sum(np.abs(effect), axis=1) * STEP_MW * 2 + NEAR_ROW_MW > 0
        self._effect = effect[near] * STEP_MW
        self._priced = mu[near] > 0
        self._excess = excess[near]
        self._all = groups
        self._exact, self._cap = groups.exact[self._chosen], groups.cap[self._chosen]
        self._down, self._up = groups.down[self._chosen], groups.up[self._chosen]

    def balanced(self) -> Floats:
        """(C,) the step below or above for every award, nearest in flow to the exact awards."""
        down, up = self._down, self._up
        steps = np.where((up > down) & (self._exact - down > 0.5), up, down)
        size = np.sum(self._effect * self._effect, axis=0)
        for _ in range(4 * len(steps)):  # no turn at all when nothing can move
            over = self._over(steps)
            weight = np.where(self._priced, over, np.maximum(over, 0.0))
            flip = np.where(steps > down, down, up) - steps
            gain = 2 * flip * (weight @ self._effect) + flip * flip * size
            best = int(np.argmin(np.where(flip != 0, np.round(gain, COUNTED), np.inf)))
            if flip[best] == 0 or gain[best] > -GAIN:
                break
            steps[best] += flip[best]
        return steps

    def _over(self, steps: Floats) -> Floats:
        """(rows,) MW beyond the limit; unused room is negative."""
        return np.asarray(self._excess + self._effect @ (steps - self._exact))

    def relieved(self, steps: Floats) -> Floats:
        """(G,) awards moved step by step until no row is beyond the target.

        Each move is the one that brings the rows nearest to their limits: a cut, or a step up to
        the one above the exact award. Where no single move helps, what loads the rows most is cut.
        """
        steps = steps.copy()
        highest = np.minimum(self._cap, np.ceil(self._exact))
        for _ in range(int(steps.sum()) + 2 * len(steps) + 1):
            over = self._over(steps)
            if not len(over) or not len(steps) or np.max(over) <= RELIEVED * TARGET_MW:
                break
            cut = np.where(steps > 0, _badness(over[:, None] - self._effect), np.inf)
            rise = np.where(steps < highest, _badness(over[:, None] + self._effect), np.inf)
            place, change = int(np.argmin(cut)), -1
            if np.min(rise) < cut[place]:
                place, change = int(np.argmin(rise)), 1
            if min(cut[place], rise[place]) >= _badness(over):
                load = np.where(
                    steps > 0, np.round(np.maximum(over, 0.0) @ self._effect, COUNTED), 0.0
                )
                place, change = int(np.argmax(load)), -1
                if load[place] <= 0:
                    break
            steps[place] += change
        everybody = self._all.down.copy()
        everybody[self._chosen] = steps
        return everybody


def _badness(over: Floats) -> Floats:
    """How far rows are beyond half the target, squares added up over the first axis."""
    beyond = np.maximum(over - 0.5 * TARGET_MW, 0.0)
    return np.asarray(np.round(np.sum(beyond * beyond, axis=0), COUNTED))
