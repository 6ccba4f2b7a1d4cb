"""Awards in 0.001 MW steps that keep every limit (rulebook 4.7).

Awards are rounded down. Where that would break a limit (sales and counter-flow relieve less) or
cost more than half a cent per 1,000 USD, each award takes the step below or above its exact value
so that flows on binding rows stay closest to the optimum's; what still breaks a limit is taken
away, step by step, where it helps most. Ties go to the entry that comes first by id.
"""

from __future__ import annotations

import numpy as np

from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.rows import Rows, path_effect
from simulator.clearing.screen import ProblemScreen

STEPS_PER_MW = 1000
STEP_MW = 1.0 / STEPS_PER_MW
SNAP_STEPS = 2e-3
"""An award this little below a step is on it: the solver's own noise (2e-6 MW)."""
TARGET_MW = 5e-4
"""Rounded awards load no constraint beyond this; the market's tolerance is twice as much."""
LOSS_SHARE = 5e-6
MAX_ROUNDS = 20


class RoundingFailed(RuntimeError):
    """No rounded awards within tolerance were found; cannot happen while zero is feasible."""


def round_awards(
    problem: Problem, piece_mw: Floats, shadow_price: Floats, rows: Rows, view: ProblemScreen
) -> Ints:
    """(E,) awards in steps of 0.001 MW; feasible within `TARGET_MW` on every constraint."""
    exact = problem.entry_mw(piece_mw) * STEPS_PER_MW
    cap = np.floor(problem.entry_mw(problem.piece_mw) * STEPS_PER_MW + SNAP_STEPS)
    down = np.minimum(np.floor(exact + SNAP_STEPS), cap)
    up = np.where(exact - down > SNAP_STEPS, np.minimum(down + 1, cap), down)
    price = dict(zip(rows.keys(), shadow_price.tolist(), strict=True))
    steps = down
    for attempt in range(MAX_ROUNDS):
        found = view.violated(rounded_path_mw(problem, steps), TARGET_MW)
        if len(found):
            rows = rows.joined(view.rows(found))
        lossy = attempt == 0 and _loss(problem, exact, steps) > LOSS_SHARE
        if not len(found) and not lossy:
            return steps.astype(np.int64)
        grid = _Grid(problem, exact, rows, price)
        steps = grid.relieved(grid.balanced(down, up), cap)
    raise RoundingFailed("no rounded awards keep every limit")


def rounded_path_mw(problem: Problem, steps: Floats | Ints) -> Floats:
    """(P,) MW on every path for awards in steps, held rights included."""
    weights = problem.entry_sign * steps * STEP_MW
    change = np.bincount(problem.entry_path, weights=weights, minlength=len(problem.source))
    return problem.fixed_mw + change


def _loss(problem: Problem, exact: Floats, steps: Floats) -> float:
    """Share of the optimum's value that rounding costs."""
    worth = problem.value(problem.fill(exact * STEP_MW))
    rounded = problem.value(problem.fill(steps * STEP_MW))
    return (worth - rounded) / max(abs(worth), STEP_MW)


class _Grid:
    """Flows of rounded awards on the rows that rounding can break."""

    def __init__(
        self,
        problem: Problem,
        exact: Floats,
        rows: Rows,
        price: dict[tuple[int, int, int], float],
    ) -> None:
        effect = path_effect(problem, rows.factor)[:, problem.entry_path] * problem.entry_sign
        mu = np.array([price.get(key, 0.0) for key in rows.keys()])  # noqa: SIM118
        excess = effect @ (exact * STEP_MW) - rows.room_mw
        reach = np.sum(np.abs(effect), axis=1) * STEP_MW * 2 + 1e-3
        near = excess + reach > 0
        self._effect = effect[near] * STEP_MW
        self._priced = mu[near] > 0
        self._exact = exact
        self._excess = excess[near]

    def balanced(self, down: Floats, up: Floats) -> Floats:
        """The step below or above for every award, nearest in flow to the exact awards."""
        steps = np.where((up > down) & (self._exact - down > 0.5), up, down)
        size = np.sum(self._effect * self._effect, axis=0)
        for _ in range(4 * len(steps)):
            weight = self._weight(steps)
            flip = np.where(steps > down, down, np.where(up > down, up, steps)) - steps
            gain = 2 * flip * (weight @ self._effect) + flip * flip * size
            best = int(np.argmin(np.where(flip != 0, np.round(gain, 15), np.inf)))
            if not len(gain) or flip[best] == 0 or gain[best] > -1e-12:
                break
            steps[best] += flip[best]
        return steps

    def _weight(self, steps: Floats) -> Floats:
        """Excess on every row; unused room counts only where it has a price."""
        over = self._over(steps)
        return np.where(self._priced, over, np.maximum(over, 0.0))

    def _over(self, steps: Floats) -> Floats:
        return np.asarray(self._excess + self._effect @ (steps - self._exact))

    def relieved(self, steps: Floats, cap: Floats) -> Floats:
        """Awards moved step by step until no row is beyond the target.

        Each move is the one that brings the rows nearest to their limits: a cut, or a step up to
        the one above the exact award. Where no single move helps, what loads the rows most is cut.
        """
        steps = steps.copy()
        highest = np.minimum(cap, np.ceil(self._exact))
        for _ in range(int(steps.sum()) + 2 * len(steps) + 1):
            over = self._over(steps)
            if not len(over) or np.max(over) <= 0.98 * TARGET_MW:
                break
            cut = np.where(steps > 0, self._excess_after(over, -1.0), np.inf)
            rise = np.where(steps < highest, self._excess_after(over, 1.0), np.inf)
            entry, change = int(np.argmin(cut)), -1
            if np.min(rise) < cut[entry]:
                entry, change = int(np.argmin(rise)), 1
            if min(cut[entry], rise[entry]) >= self._badness(over[:, None])[0]:
                load = np.maximum(over, 0.0) @ self._effect
                entry, change = int(np.argmax(np.where(steps > 0, np.round(load, 15), -np.inf))), -1
                if load[entry] <= 0:
                    break
            steps[entry] += change
        return steps

    def _excess_after(self, over: Floats, change: float) -> Floats:
        """(E,) badness when one entry moves by `change` steps."""
        return self._badness(over[:, None] + change * self._effect)

    @staticmethod
    def _badness(over: Floats) -> Floats:
        beyond = np.maximum(over - 0.5 * TARGET_MW, 0.0)
        return np.asarray(np.round(np.sum(beyond * beyond, axis=0), 15))
