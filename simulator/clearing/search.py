"""The search for the limits that matter: solve, screen every limit in MW, add what is violated.

Rough answers first, for they show nearly all limits in a tenth of the time; exact ones then, until
none is violated any more. Ties are shared last, and seen to keep every limit too.
"""

from __future__ import annotations

import numpy as np

from simulator.clearing.interior import Program, SolverFailed
from simulator.clearing.problem import Ints, Problem
from simulator.clearing.rows import Rows, carried_over
from simulator.clearing.screen import Found, ProblemScreen
from simulator.clearing.solve import Solution, Solver
from simulator.clearing.timer import Timer
from simulator.clearing.tolerances import (
    FEW_ROWS,
    NEARLY,
    ROUGH_ROUNDS,
    ROUGH_TOLERANCE_MW,
    SCREEN_TOLERANCE_MW,
    SEARCH_ROUNDS,
)


def optimum(
    problem: Problem, view: ProblemScreen, timer: Timer | None = None
) -> tuple[Rows, Solution, int]:
    """Rows, solution and rounds: solve and screen until no limit is violated, ties shared."""
    timer = timer or Timer()
    solver = Solver(problem)
    rows = view.rows(Found.none())
    near = np.zeros(len(rows))
    rough = True
    for count in range(1, SEARCH_ROUNDS + 1):
        with timer.lap("solve"):
            solution = solver.rough(rows) if rough else solver.solve(rows, near)
        tolerance = ROUGH_TOLERANCE_MW if rough else SCREEN_TOLERANCE_MW
        fresh = _violated(view, problem, solution, rows, timer, tolerance)
        if not rough and not len(fresh):
            with timer.lap("solve"):
                solution = solver.share_ties(rows, solver.polish(rows, solution))
            fresh = _violated(view, problem, solution, rows, timer, SCREEN_TOLERANCE_MW)
            if not len(fresh):
                with timer.lap("solve"):
                    return rows, solver.settle_prices(rows, solution), count
        kept = rows
        if rough:
            kept = rows.take(_nearly_binding(solver.program(rows), rows, solution))
            rough = len(fresh) > FEW_ROWS * len(kept) and count < ROUGH_ROUNDS
        with timer.lap("screen"):
            joined = kept.joined(view.rows(fresh))
        near = carried_over(rows, solution.shadow_price, joined)
        rows = joined
    raise SolverFailed(f"limits were still violated after {SEARCH_ROUNDS} rounds")


def _nearly_binding(program: Program, rows: Rows, solution: Solution) -> Ints:
    """Positions of the rows that a rough answer loads to their limit, or nearly so.

    The others are let go; should the next answer violate one, it comes back.
    """
    left = rows.room_mw - program.flow(solution.piece_mw)
    return np.flatnonzero(left <= NEARLY * np.maximum(rows.limit_mw, 1.0))


def _violated(
    view: ProblemScreen,
    problem: Problem,
    solution: Solution,
    rows: Rows,
    timer: Timer,
    tolerance_mw: float,
) -> Found:
    """The worst violations that are not rows yet."""
    with timer.lap("screen"):
        found = view.violated(problem.path_mw(solution.piece_mw), tolerance_mw).worst()
        known = set(rows.keys())
        new = [k for k, key in enumerate(found.keys()) if key not in known]
        return found.take(np.array(new, dtype=np.int64))
