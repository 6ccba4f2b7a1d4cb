"""HiGHS on the same rows, for the day on which the market's own interior point stalls.

Nodal form: pieces load balances of what rows see, and rows see those alone, so that no row is
dense over pieces. Simplex, on one thread: the vertex it ends on depends on nothing but the program.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from simulator.clearing.interior import Program, SolverFailed
from simulator.clearing.problem import Floats
from simulator.clearing.tangents import by_tangents
from simulator.clearing.tolerances import HIGHS_FEASIBILITY, HIGHS_ITERATIONS

OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "solver": "simplex",
    "simplex_iteration_limit": HIGHS_ITERATIONS,
    "primal_feasibility_tolerance": HIGHS_FEASIBILITY,
    "dual_feasibility_tolerance": HIGHS_FEASIBILITY,
}


def by_highs(program: Program) -> tuple[Floats, Floats]:
    """The optimal x (N,) and shadow prices mu (M,) of a program, sloped pieces by their tangents.

    HiGHS's QP method is not used: it was seen to answer wrongly on free variables. Raises
    `SolverFailed` where HiGHS does not call its answer optimal.
    """
    if np.any(program.slope > 0):
        return by_tangents(program, _by_simplex)
    return _by_simplex(program)


def _by_simplex(program: Program) -> tuple[Floats, Floats]:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in OPTIONS.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(program))
    highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(f"HiGHS ended with {highs.modelStatusToString(status)!r}")
    answer = highs.getSolution()
    x = np.array(answer.col_value)[: len(program.upper)]
    mu = np.array(answer.row_dual)[program.carriage.shape[0] :]
    return np.clip(x, 0.0, program.upper), np.where(program.equal, mu, np.maximum(mu, 0.0))


def _model(p: Program) -> highspy.HighsLp:
    """Columns: pieces, then what rows see; rows: a balance for each of those, then the limits."""
    pieces, seen, limits = len(p.upper), p.carriage.shape[0], len(p.room)
    loads = p.carriage[:, p.path] * p.sign
    effect = sparse.csr_array(p.effect)
    matrix = sparse.block_array([[loads, -sparse.eye_array(seen)], [None, effect]], format="csc")
    free = np.full(seen, highspy.kHighsInf)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = pieces + seen, seen + limits
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([p.value, np.zeros(seen)])
    lp.col_lower_ = np.concatenate([np.zeros(pieces), -free])
    lp.col_upper_ = np.concatenate([p.upper, free])
    least = np.where(p.equal, p.room, -highspy.kHighsInf)
    lp.row_lower_ = np.concatenate([np.zeros(seen), least])
    lp.row_upper_ = np.concatenate([np.zeros(seen), p.room])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    return lp
