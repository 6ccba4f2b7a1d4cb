"""HiGHS on the rows that the answer needs, given beforehand: what the search for them costs.

Nodal form: pieces of bids load location balances, and constraint rows see locations only, so that
no row is dense over bids.
"""

from __future__ import annotations

import time

import highspy
import numpy as np
from scipy import sparse

from simulator.clearing.problem import Problem
from simulator.clearing.rows import Rows, carried_effect

METHODS = {
    "interior point": {"solver": "ipm", "run_crossover": "off"},
    "interior point and crossover": {"solver": "ipm"},
    "dual simplex": {"solver": "simplex"},
}


def solve_rows(problem: Problem, rows: Rows, method: str, limit_s: float) -> dict[str, object]:
    """CPU seconds, status and objective of HiGHS with its presolve; stopped after `limit_s`."""
    highs = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "time_limit": limit_s, **METHODS[method]}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(problem, rows))
    started = time.process_time()
    highs.run()
    return {
        "method": method,
        "status": highs.modelStatusToString(highs.getModelStatus()),
        "seconds": round(time.process_time() - started, 2),
        "objective": highs.getInfo().objective_function_value,
    }


def _model(p: Problem, rows: Rows) -> highspy.HighsLp:
    """Columns: pieces, then what rows see; rows: a balance for each of those, then the limits."""
    inf = highspy.kHighsInf
    pieces, seen = len(p.piece_mw), p.carriage.shape[0]
    loads = p.carriage[:, p.piece_path] * p.piece_sign
    effect = sparse.csr_array(carried_effect(p, rows.factor))
    matrix = sparse.block_array([[loads, -sparse.eye_array(seen)], [None, effect]], format="csc")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = pieces + seen, seen + len(rows)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([p.piece_value, np.zeros(seen)])
    lp.col_lower_ = np.concatenate([np.zeros(pieces), np.full(seen, -inf)])
    lp.col_upper_ = np.concatenate([p.piece_mw, np.full(seen, inf)])
    lp.row_lower_ = np.concatenate([np.zeros(seen), np.full(len(rows), -inf)])
    lp.row_upper_ = np.concatenate([np.zeros(seen), rows.room_mw])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    return lp
