"""Awards in 0.001 MW steps that keep every limit (rulebook 4.7).

Awards are rounded down. Where that would break a limit (sales and counter-flow relieve less) or
cost more than half a cent per 1,000 USD, each award takes the step below or above its exact value
so that flows on binding rows stay closest to the optimum's, and room that is left is used; what
still breaks a limit is taken away, step by step, where it helps most. Equal entries are rounded
alike; where that costs too much they share what all of them get together, and those that come
first by id get the odd steps. Where none of this keeps every limit, or it costs more than a cent
per 1,000 USD, an integer program looks for the best awards near the exact ones. Last of all, awards
are only cut: no awards keep every limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.round_grid import Grid
from simulator.clearing.round_groups import (
    STEP_MW,
    STEPS_PER_MW,
    Groups,
    equal_entries,
    rounded_path_mw,
    together,
)
from simulator.clearing.rows import Rows
from simulator.clearing.screen import ProblemScreen
from simulator.clearing.tolerances import (
    ALLOWED_LOSS_SHARE,
    LOSS_DECIMALS,
    LOSS_SHARE,
    PROGRAM_STEPS,
    ROUNDING_ROUNDS,
    STEP_DECIMALS,
    TARGET_MW,
    TARGET_NOISE_MW,
)

KEPT_MW = TARGET_MW + TARGET_NOISE_MW
"""What is loaded by exactly the target keeps its limit, whatever its last digits."""


class RoundingFailed(SolverFailed):
    """Not even no awards keep every limit; cannot happen, because relaxed limits hold the rest."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """Awards (E,) in steps of 0.001 MW, and the share of the optimum's value that they cost."""

    steps: Ints
    loss_share: float


def round_awards(
    problem: Problem, piece_mw: Floats, shadow_price: Floats, rows: Rows, view: ProblemScreen
) -> Rounded:
    """Awards that are feasible within `TARGET_MW` on every constraint.

    The first that cost no more than `LOSS_SHARE` (of the last tries: `ALLOWED_LOSS_SHARE`), else
    those that cost least of all tried.
    """
    exact = np.round(problem.entry_mw(piece_mw) * STEPS_PER_MW, STEP_DECIMALS)
    price = dict(zip(rows.keys(), shadow_price.tolist(), strict=True))
    limits = _Limits(problem, view, rows, price)
    best: Rounded | None = None
    for tries, enough in ((_tries, LOSS_SHARE), (_last_tries, ALLOWED_LOSS_SHARE)):
        if best is not None and best.loss_share <= ALLOWED_LOSS_SHARE:
            break
        for steps in tries(problem, exact, limits):
            tried = Rounded(steps.astype(np.int64), _loss(problem, exact, steps))
            if best is None or tried.loss_share < best.loss_share:
                best = tried
            if best.loss_share <= enough:
                break
    if best is None:
        raise RoundingFailed("no rounded awards keep every limit")
    return best


def whole_steps(problem: Problem) -> Ints:
    """(E,) the most steps that fit into each entry; an award of so many is a full one."""
    return np.array([int(entry.mw * STEPS_PER_MW) for entry in problem.entries], dtype=np.int64)


def _loss(problem: Problem, exact: Floats, steps: Floats) -> float:
    """Share of the optimum's value that rounding costs."""
    worth = problem.value(problem.fill(exact * STEP_MW))
    rounded = problem.value(problem.fill(steps * STEP_MW))
    return round((worth - rounded) / max(abs(worth), STEP_MW), LOSS_DECIMALS)


class _Limits:
    """The rows that rounding is known to come near to; every screen may add some."""

    def __init__(
        self,
        problem: Problem,
        view: ProblemScreen,
        rows: Rows,
        price: dict[tuple[int, int, int], float],
    ) -> None:
        self._problem, self._view = problem, view
        self.rows, self.price = rows, price

    def kept_by(self, steps: Floats) -> bool:
        """Whether entries' steps (E,) keep every limit; what they break is known from then on."""
        found = self._view.violated(rounded_path_mw(self._problem, steps), KEPT_MW)
        if len(found):
            self.rows = self.rows.joined(self._view.rows(found))
        return not len(found)


def _tries(problem: Problem, exact: Floats, limits: _Limits) -> Iterator[Floats]:
    """(E,) steps that keep every limit, each try with less restraint than the one before.

    Ends: every try is bounded. There may be none.
    """
    alike = equal_entries(problem, exact)
    shared = together(alike)
    found = False
    if limits.kept_by(alike.spread(alike.down)):
        found = True
        yield alike.spread(alike.down)
    for everyone in (False, True):
        for groups in (alike, shared):
            for steps in _near(problem, groups, limits, everyone):
                found = True
                yield steps
        if found:
            return


def _near(problem: Problem, groups: Groups, limits: _Limits, everyone: bool) -> Iterator[Floats]:
    """Awards near the exact ones, once they keep every limit; none where they never do."""
    for _ in range(ROUNDING_ROUNDS):
        known = len(limits.rows)
        grid = Grid(problem, groups, limits.rows, limits.price, everyone)
        moves = grid.relieved(grid.balanced())
        steps = groups.spread(grid.everybody(moves))
        if limits.kept_by(steps):
            yield steps
            fuller = groups.spread(grid.everybody(grid.filled(moves)))
            if limits.kept_by(fuller):
                yield fuller
                return
        if len(limits.rows) == known:
            return


def _last_tries(problem: Problem, exact: Floats, limits: _Limits) -> Iterator[Floats]:
    """(E,) steps that keep every limit, by integer programs; where they find none, awards cut.

    Ends: every try is bounded, and the last one awards nothing.
    """
    alike = equal_entries(problem, exact)
    shared = together(alike)
    for everyone in (False, True):
        found = [
            steps
            for groups in (alike, shared)
            for steps in _best_near(problem, groups, limits, everyone)
        ]
        yield from found
        if found:
            return
    yield from _cut_back(problem, shared, limits)


def _best_near(
    problem: Problem, groups: Groups, limits: _Limits, everyone: bool
) -> Iterator[Floats]:
    """The best awards near the exact ones, once they keep every limit; none where they never do."""
    reach = iter(PROGRAM_STEPS)
    within = next(reach)
    for _ in range(ROUNDING_ROUNDS):
        known = len(limits.rows)
        grid = Grid(problem, groups, limits.rows, limits.price, everyone, anywhere=True)
        moves = grid.best(within)
        if moves is None:
            within = next(reach, 0)
        else:
            steps = groups.spread(grid.everybody(moves))
            if limits.kept_by(steps):
                yield steps
                return
        if not within or (moves is not None and len(limits.rows) == known):
            return


def _cut_back(problem: Problem, groups: Groups, limits: _Limits) -> Iterator[Floats]:
    """Awards that are only cut, and then none at all."""
    for _ in range(ROUNDING_ROUNDS):
        grid = Grid(problem, groups, limits.rows, limits.price, everyone=True, anywhere=True)
        moves = grid.cut_back()
        for tried in (grid.filled(moves), moves):
            steps = groups.spread(grid.everybody(tried))
            if limits.kept_by(steps):
                yield steps
                return
    nothing = np.zeros(len(problem.entries))
    if limits.kept_by(nothing):
        yield nothing
