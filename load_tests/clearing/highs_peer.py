"""Flat curves make a linear program: HiGHS's dual simplex, one thread, fixed options.

Nodal form: the pieces of the bids load location balances, and constraint rows see locations only,
so that no row is dense over bids. Rows are added to the solved program, which goes on from its
last basis. When shadow prices are not unique they are those of the basis that this deterministic
path ends in; the order of rows and columns is the canonical one, whatever the input's was.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import Floats, Problem
from simulator.clearing.rows import Rows, carried_effect

TOLERANCE = 1e-9


class SimplexProgram:
    """The linear program of one problem; rows come in rounds."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._keys: list[tuple[int, int, int]] = []
        self._highs = _new_solver()
        self._build()

    def _build(self) -> None:
        """Columns: pieces, then what rows see; a balance row for each of the latter."""
        p, inf = self._problem, highspy.kHighsInf
        pieces, seen = len(p.piece_mw), p.carriage.shape[0]
        loads = p.carriage[:, p.piece_path] * p.piece_sign
        matrix = sparse.hstack([loads, -sparse.eye_array(seen)], format="csc")
        matrix.eliminate_zeros()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = pieces + seen, seen
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.concatenate([p.piece_value, np.zeros(seen)])
        lp.col_lower_ = np.concatenate([np.zeros(pieces), np.full(seen, -inf)])
        lp.col_upper_ = np.concatenate([p.piece_mw, np.full(seen, inf)])
        lp.row_lower_ = lp.row_upper_ = np.zeros(seen)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        self._balances = seen
        self._highs.passModel(lp)

    def add(self, rows: Rows) -> None:
        """Add those rows that are not there yet."""
        known = set(self._keys)
        fresh = [i for i, key in enumerate(rows.keys()) if key not in known]
        if not fresh:
            return
        rows = rows.take(np.array(fresh))
        matrix = sparse.csr_array(carried_effect(self._problem, rows.factor))
        self._highs.addRows(
            len(rows),
            np.full(len(rows), -highspy.kHighsInf),
            rows.room_mw,
            matrix.nnz,
            matrix.indptr[:-1],
            matrix.indices + len(self._problem.piece_mw),
            matrix.data,
        )
        self._keys += rows.keys()

    def solve(self, rows: Rows) -> tuple[Floats, Floats]:
        """Awards (N,) of the pieces and shadow prices (M,) of `rows`, all added before."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverFailed(f"simplex ended with {self._highs.modelStatusToString(status)}")
        solution = self._highs.getSolution()
        x = np.array(solution.col_value)[: len(self._problem.piece_mw)]
        dual = np.array(solution.row_dual)[self._balances :]
        price = dict(zip(self._keys, dual.tolist(), strict=True))
        mu = np.array([max(price[key], 0.0) for key in rows.keys()])  # noqa: SIM118
        return np.clip(x, 0.0, self._problem.piece_mw), mu


def _new_solver() -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("solver", "simplex"),
        ("threads", 1),
        ("random_seed", 0),
        ("presolve", "off"),
        ("primal_feasibility_tolerance", TOLERANCE),
        ("dual_feasibility_tolerance", TOLERANCE),
    ):
        highs.setOptionValue(name, value)
    return highs
