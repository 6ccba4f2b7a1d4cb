"""Moves of rounded awards on the rows that rounding can break; every procedure is bounded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from simulator.clearing.problem import Floats, Problem
from simulator.clearing.round_groups import STEP_MW, Groups, rounded_path_mw
from simulator.clearing.rows import Rows, carried_effect
from simulator.clearing.tolerances import (
    CUTS,
    FILL_PASSES,
    GAIN,
    GAIN_DECIMALS,
    NEAR_ROW_MW,
    OVER_DECIMALS,
    PROGRAM_DECIMALS,
    PROGRAM_FIGURES,
    PROGRAM_NODES,
    RELIEVED,
    SNAP_STEPS,
    TARGET_MW,
    WORTH_DECIMALS,
)

AIM_MW = RELIEVED * TARGET_MW
"""What rows may be loaded beyond their limits by rounding."""


class Grid:
    """Only groups that are partly awarded move (C of them), unless `everyone` has to.

    Rows out of reach of rounding are left out of sight, unless the awards may go `anywhere`.
    """

    def __init__(
        self,
        problem: Problem,
        groups: Groups,
        rows: Rows,
        price: Mapping[tuple[int, int, int], float],
        everyone: bool,
        anywhere: bool = False,
    ) -> None:
        partly = (groups.exact > SNAP_STEPS) & (groups.exact < groups.cap - SNAP_STEPS)
        self._chosen = np.flatnonzero(partly | (groups.up > groups.down) | everyone)
        first = groups.first[self._chosen]
        paths = problem.carriage[:, problem.entry_path[first]].toarray()
        carried = carried_effect(problem, rows.factor)
        effect = (carried @ paths) * (problem.entry_sign[first] * groups.unit[self._chosen])
        exact_mw = rounded_path_mw(problem, groups.exact_steps) - problem.fixed_mw
        excess = carried @ (problem.carriage @ exact_mw) - rows.room_mw
        mu = np.array([price.get(key, 0.0) for key in rows.keys()])  # noqa: SIM118
        reach = np.sum(np.abs(effect), axis=1) * STEP_MW * 2 + NEAR_ROW_MW
        near = (excess + reach > 0) | anywhere
        self._effect = effect[near] * STEP_MW
        self._priced = mu[near] > 0
        self._excess = excess[near]
        self._worth = _worth(problem, groups)[self._chosen]
        self._all = groups
        self._exact, self._cap = groups.exact[self._chosen], groups.cap[self._chosen]
        self._down, self._up = groups.down[self._chosen], groups.up[self._chosen]

    def everybody(self, moves: Floats) -> Floats:
        """(G,) moves of all groups from those of the chosen ones (C,)."""
        every = self._all.down.copy()
        every[self._chosen] = moves
        return every

    def balanced(self) -> Floats:
        """(C,) the move below or above for every award, nearest in flow to the exact awards."""
        down, up = self._down, self._up
        moves = np.where((up > down) & (self._exact - down > 0.5), up, down)
        size = np.sum(self._effect * self._effect, axis=0)
        for _ in range(4 * len(moves)):  # no turn at all when nothing can move
            over = self._over(moves)
            weight = np.where(self._priced, over, np.maximum(over, 0.0))
            flip = np.where(moves > down, down, up) - moves
            gain = 2 * flip * (weight @ self._effect) + flip * flip * size
            best = int(np.argmin(np.where(flip != 0, np.round(gain, GAIN_DECIMALS), np.inf)))
            if flip[best] == 0 or gain[best] > -GAIN:
                break
            moves[best] += flip[best]
        return moves

    def relieved(self, moves: Floats) -> Floats:
        """(C,) awards moved one by one until no row is beyond the target, or moves run out.

        Each move is the one that brings the rows nearest to their limits: a cut, or one up to
        the move above the exact award. Where no single move helps, what loads the rows most is
        cut, and stays so. Where moves run out, the awards that came nearest: cuts for one row that
        call for cuts for another lead nowhere.
        """
        moves = moves.copy()
        highest = np.minimum(self._cap, np.ceil(self._exact))
        nearest, nearest_mw = moves.copy(), np.inf
        for _ in range(4 * (len(moves) + len(self._excess))):
            over = self._over(moves)
            worst_mw = round(float(np.max(over, initial=0.0)), OVER_DECIMALS)
            if worst_mw < nearest_mw:
                nearest, nearest_mw = moves.copy(), worst_mw
            if not len(moves) or worst_mw <= AIM_MW:
                break
            cut = np.where(moves > 0, _badness(over[:, None] - self._effect), np.inf)
            rise = np.where(moves < highest, _badness(over[:, None] + self._effect), np.inf)
            place, change = int(np.argmin(cut)), -1
            if np.min(rise) < cut[place]:
                place, change = int(np.argmin(rise)), 1
            if min(cut[place], rise[place]) >= _badness(over):
                pull = np.round(np.maximum(over, 0.0) @ self._effect, GAIN_DECIMALS)
                load = np.where(moves > 0, pull, 0.0)
                place, change = int(np.argmax(load)), -1
                if load[place] <= 0:
                    break
                highest[place] = moves[place] - 1
            moves[place] += change
        return nearest

    def filled(self, moves: Floats) -> Floats:
        """(C,) room that is left used for what is worth most: buys rise, sales fall."""
        moves = moves.copy()
        toward = np.where(self._worth >= 0, 1.0, -1.0)
        order = np.argsort(-np.abs(self._worth), kind="stable")
        over = self._over(moves)
        for _ in range(FILL_PASSES):
            before = moves.copy()
            for place in order.tolist():
                end = self._up[place] if toward[place] > 0 else self._down[place]
                load = self._effect[:, place] * toward[place]
                loads = load > 0
                fits = np.floor(np.min((AIM_MW - over[loads]) / load[loads], initial=np.inf))
                count = min(max((end - moves[place]) * toward[place], 0.0), max(fits, 0.0))
                moves[place] += count * toward[place]
                over = over + load * count
            if np.array_equal(moves, before):
                break
        return moves

    def best(self, within: int) -> Floats | None:
        """(C,) the moves worth most, `within` so many of the exact awards, that keep every row.

        By an integer program; None where it finds none, or would be too large. An award that moves
        far may be worth less than its last MW says.
        """
        if not 0 < self._effect.size <= PROGRAM_FIGURES:
            return None
        low = np.maximum(np.floor(self._exact) - within, 0.0)
        high = np.minimum(np.ceil(self._exact) + within, self._cap)
        room = AIM_MW - self._excess + self._effect @ (self._exact - low)
        found = milp(
            -self._worth,
            integrality=np.ones(len(low)),
            bounds=Bounds(0.0, np.maximum(high - low, 0.0)),
            constraints=LinearConstraint(
                np.round(self._effect, PROGRAM_DECIMALS), ub=np.round(room, PROGRAM_DECIMALS)
            ),
            options={"node_limit": PROGRAM_NODES},
        )
        return None if found.x is None else np.asarray(low + np.round(found.x))

    def cut_back(self) -> Floats:
        """(C,) awards only cut: on the worst row, what is worth least for what it relieves.

        Ends, for awards only fall and none at all keep every row: after `CUTS` they are halved.
        """
        moves = self._down.copy()
        count = 0
        while np.max(over := self._over(moves), initial=0.0) > AIM_MW and moves.any():
            count += 1
            row = int(np.argmax(np.round(over, OVER_DECIMALS)))
            load = self._effect[row]
            useful = (moves > 0) & (load > 0)
            if count > CUTS or not useful.any():
                moves = np.floor(moves / 2)
                continue
            cost = np.divide(self._worth, load, out=np.full(len(load), np.inf), where=useful)
            place = int(np.argmin(np.round(cost, WORTH_DECIMALS)))
            moves[place] -= min(moves[place], np.ceil((over[row] - AIM_MW) / load[place]))
        return moves

    def _over(self, moves: Floats) -> Floats:
        """(rows,) MW beyond the limit; unused room is negative."""
        return np.asarray(self._excess + self._effect @ (moves - self._exact))


def _badness(over: Floats) -> Floats:
    """How far rows are beyond half the target, squares added up over the first axis."""
    beyond = np.maximum(over - 0.5 * TARGET_MW, 0.0)
    return np.asarray(np.round(np.sum(beyond * beyond, axis=0), GAIN_DECIMALS))


def _worth(problem: Problem, groups: Groups) -> Floats:
    """(G,) USD per MW of the last move of the exact award; a sale's costs, and is negative."""
    full, less = (
        problem.fill(np.maximum(groups.exact_steps - step, 0.0) * STEP_MW) for step in (0.0, 1.0)
    )
    last = (full - less) * (problem.piece_value - 0.5 * problem.piece_slope * (full + less))
    entry = np.bincount(problem.piece_entry, weights=last, minlength=len(problem.entries))
    total = np.bincount(groups.of_entry, weights=entry, minlength=len(groups.members))
    per_mw = total * groups.unit / groups.members / STEP_MW
    return np.asarray(np.round(per_mw, WORTH_DECIMALS))
