"""Shadow prices that are not unique: how low and how high each could be at the same optimum.

The optimal shadow prices are the mu >= 0 of the limits that bind at which every path costs what
its awards say: not less than what was refused, not more than what was awarded, exactly what a
partial award says (complementary slackness with one optimum holds for every optimal mu). Among
them `smallest` publishes one; here each limit's least and greatest are found by linear programs
over them, in the few directions that the exact paths leave free. What one more MW of a limit is
worth is its least shadow price, what one MW less would cost its greatest.

What binds takes part, also where the optimum was found without it. A line that many outages load
alike counts once, by the outage that the optimum was found with, else the first (see `likeness`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from simulator.clearing.interior import SolverFailed
from simulator.clearing.likeness import unlike
from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.rows import Rows, carried_over
from simulator.clearing.screen import Found, ProblemScreen
from simulator.clearing.smallest import Face, optimal_face
from simulator.clearing.solve import Solution, as_program
from simulator.clearing.tolerances import BINDING_MW, OPEN, PRICE_NOISE

MOST_LIMITS = 200
"""Ranges of so many limits are sought, those of the highest shadow prices: two small linear
programs each. Beyond, it is only said that there are more; as many that the optimum was found
without take part."""
SAME_USD_PER_MW = 1e-6
"""Ends of a range nearer than a printed digit are one price."""
OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
"""The tightest that HiGHS takes; prices are shares of the highest bid price there."""


@dataclass(frozen=True, eq=False)
class PriceRanges:
    """Limits (`rows`, M) that could have other shadow prices: published, least and greatest.

    A greatest of infinity is no bound: nothing that was awarded could use the limit. `unsought`
    counts limits beyond `MOST_LIMITS`, and those whose linear programs found no end.
    """

    rows: Rows
    published: Floats
    least: Floats
    greatest: Floats
    unsought: int = 0

    @property
    def unique(self) -> bool:
        """Whether no limit could have another shadow price."""
        return not len(self.rows) and not self.unsought


def price_ranges(
    problem: Problem, view: ProblemScreen, rows: Rows, solution: Solution
) -> PriceRanges:
    """The ranges at an optimum whose constraint rows were `rows`; prices in USD per MW."""
    found = _overlooked(problem, view, rows, solution)
    more = found.take(np.arange(min(len(found), MOST_LIMITS)))
    every = rows.joined(view.rows(more))
    published = carried_over(rows, solution.shadow_price, every)
    face = optimal_face(as_program(problem, every), solution.piece_mw)
    loose = face.loose
    order = np.argsort(-published[face.rows[loose]], kind="stable")[:MOST_LIMITS]
    sought = np.sort(loose[order])
    ends = np.array(list(_ends(face, sought))).reshape(-1, 2)
    at, known = face.rows[sought], ~np.isnan(ends).any(axis=1)
    least = np.minimum(ends[:, 0], published[at])
    greatest = np.maximum(ends[:, 1], published[at])
    wide = known & (greatest - least > SAME_USD_PER_MW)
    return PriceRanges(
        every.take(at[wide]),
        published[at[wide]],
        least[wide],
        greatest[wide],
        len(loose) - int(known.sum()) + len(found) - len(more),
    )


def _overlooked(problem: Problem, view: ProblemScreen, rows: Rows, solution: Solution) -> Found:
    """Limits that are used up and like no row."""
    found = view.used_up(problem.path_mw(solution.piece_mw), BINDING_MW)
    return unlike(problem, view.screen.flows, rows, found)


def _ends(face: Face, sought: Ints) -> Iterator[tuple[float, float]]:
    """(least, greatest) shadow price of single rows of the face; NaN where no end was reached."""
    if not len(sought):
        return
    model = _model(face)
    columns = np.arange(face.free.shape[1], dtype=np.int32)
    for row in sought.tolist():
        model.changeColsCost(len(columns), columns, face.free[row])
        ends = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            model.changeObjectiveSense(sense)
            model.run()
            if np.isnan(_end(model, sense)):  # lost on its way from the last end: from the start
                model.clearSolver()
                model.run()
            ends.append(_end(model, sense) * face.money + float(face.base[row]))
        yield max(ends[0], 0.0), ends[1]


def least_cost(face: Face, use: Floats) -> float:
    """The least that `use` (R,) of the face's rows costs at any optimal shadow prices, in USD.

    Raises `SolverFailed` where no end is reached.
    """
    least = float(use @ face.base)
    if np.linalg.norm(use @ face.free) <= OPEN:  # no choice, or none that this use feels
        return least
    noise = PRICE_NOISE * face.money
    model = _model(replace(face, low=face.low - noise, high=face.high + noise))
    columns = np.arange(face.free.shape[1], dtype=np.int32)
    model.changeColsCost(len(columns), columns, use @ face.free)
    model.run()
    end = _end(model, highspy.ObjSense.kMinimize)
    if np.isnan(end):
        raise SolverFailed("HiGHS found no end of the optimal shadow prices")
    return least + end * face.money


def _model(face: Face) -> Any:
    """The face as a linear program over w, in shares of the highest bid price."""
    lines = np.vstack([face.path, face.free])
    low = np.concatenate([face.low, -face.base]) / face.money
    high = np.concatenate([face.high / face.money, np.full(len(face.base), np.inf)])
    said = np.isfinite(low) | np.isfinite(high)
    said &= np.linalg.norm(lines, axis=1) > OPEN
    lines, low, high = lines[said], low[said], high[said]
    rows, columns = lines.shape
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in OPTIONS.items():
        model.setOptionValue(option, value)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = columns, rows
    program.col_cost_ = np.zeros(columns)
    program.col_lower_ = np.full(columns, -highspy.kHighsInf)
    program.col_upper_ = np.full(columns, highspy.kHighsInf)
    program.row_lower_, program.row_upper_ = low, high
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.arange(rows + 1) * columns
    program.a_matrix_.index_ = np.tile(np.arange(columns), rows)
    program.a_matrix_.value_ = lines.reshape(-1)
    model.passModel(program)
    return model


def _end(model: Any, sense: highspy.ObjSense) -> float:
    """The end in shares of the highest bid price; NaN where rounding noise would be larger."""
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        far = max(map(abs, model.getSolution().col_value), default=0.0)
        if far * np.finfo(np.float64).eps > SAME_USD_PER_MW:
            return np.nan
        return float(model.getInfo().objective_function_value)
    if status == highspy.HighsModelStatus.kUnbounded and sense == highspy.ObjSense.kMaximize:
        return np.inf
    return np.nan
