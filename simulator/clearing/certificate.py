"""The figures that prove an optimum: primal against dual, slackness, worst violation.

By weak duality the dual objective at any non-negative shadow prices bounds every feasible set of
awards; where it meets the primal objective nothing better exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from simulator.clearing.problem import Ints, Problem, entry_value
from simulator.clearing.result import Json
from simulator.clearing.rows import Rows
from simulator.clearing.solve import Solution, as_program
from simulator.domain import MW_STEP


@dataclass(frozen=True)
class Proof:
    """Objectives in the market's own terms; the gap is relative to the larger of 1 and them."""

    objective: float
    dual_objective: float
    relative_gap: float
    complementary_slackness: float
    awarded_value: float


def prove(problem: Problem, rows: Rows, solution: Solution, steps: Ints) -> Proof:
    """The proof for a solution and its rounded awards (E,) in steps."""
    program = as_program(problem, rows)
    primal = problem.value(solution.piece_mw)
    dual = program.dual_objective(solution.shadow_price)
    slack = program.room - program.flow(solution.piece_mw)
    awarded = sum(
        (
            entry_value(entry, problem.objective, problem.curve, award_mw(step))
            for entry, step in zip(problem.entries, steps.tolist(), strict=True)
        ),
        Decimal(0),
    )
    return Proof(
        problem.objective_of(primal),
        problem.objective_of(dual),
        abs(dual - primal) / max(1.0, abs(problem.objective_of(primal))),
        float(np.max(np.abs(slack * solution.shadow_price), initial=0.0)) / max(1.0, abs(primal)),
        problem.objective_of(float(awarded)),
    )


def award_mw(step: int) -> Decimal:
    """Steps as MW."""
    return step * MW_STEP


def certificate(summary: Json, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> Json:
    """`certificate.json`: digests (SHA-256) of what went in and came out, and the whole summary.

    How long it took is no part of it. `summary.json` is not digested because it may carry times;
    everything else that it says is repeated here.
    """
    problems = [
        {key: value for key, value in problem.items() if key != "seconds"}
        for problem in summary["problems"]
    ]
    return {
        "name": summary["name"],
        "inputs": dict(sorted(inputs.items())),
        "outputs": dict(sorted(outputs.items())),
        **{key: value for key, value in summary.items() if key not in ("name", "problems")},
        "problems": problems,
    }
