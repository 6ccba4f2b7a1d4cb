"""Clear a case: every (period, time of use) on its own, in the order the folder listing tells.

Build the problem, solve it with no transmission rows, screen every limit in MW, add the violated
ones, solve again, and stop when none is violated; then settle ties, round, price, prove.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.metadata import version

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.clearing.certificate import award_mw, prove
from simulator.clearing.interior import Program, SolverFailed
from simulator.clearing.problem import Ints, Problem, build_problem, products
from simulator.clearing.result import ClearingResult, ProblemSummary
from simulator.clearing.round import round_awards, rounded_path_mw, whole_steps
from simulator.clearing.rows import Rows, carried_over
from simulator.clearing.screen import Found, ProblemScreen, SecurityScreen
from simulator.clearing.solve import Solution, Solver
from simulator.clearing.tables import (
    binding_constraints,
    infeasible_base,
    product_awards,
    product_prices,
    relaxed_constraints,
)
from simulator.clearing.validate import case_findings
from simulator.clearing.workers import HERE, Workers
from simulator.domain import (
    Award,
    BindingConstraint,
    Finding,
    LocationPrice,
    RelaxedConstraint,
    Tou,
    refuse_if_any,
)

SCREEN_TOLERANCE_MW = 1e-6
"""A constraint loaded less than this beyond its limit is not violated."""
ROUGH_TOLERANCE_MW = 1e-2
"""What counts as violated while the answer is a rough one."""
FEW_ROWS = 0.1
"""When a rough answer shows no more than this share of new rows, exact answers follow."""
ROUGH_ROUNDS = 8
"""After so many rounds every answer is exact, and no row is let go."""
NEARLY = 0.05
"""A row with more than this share of its limit left in a rough answer is let go."""
MAX_ROUNDS = 60
PROVEN_GAP = 1e-6
"""Primal and dual objective of an answer differ by no more, relatively (contract, section 3)."""
FEASIBLE_MW = 1e-3
"""Rounded awards load no constraint beyond its limit by more (contract, section 3)."""
SOLVER = "interior point with polish"
MW_DECIMALS = Decimal("0.000001")

Clock = Callable[[], float]


def clear(
    case: ClearingCase,
    workers: Workers = HERE,
    clock: Clock | None = None,
    read_seconds: float = 0.0,
) -> ClearingResult:
    """The market's answer; the same bytes wherever the `workers` are.

    Raises `Refused` with every finding (bad input, or an infeasible base case that the market
    refuses to relax) and `SolverFailed` when no optimum was reached. `clock` gives seconds for
    the summary (`read_seconds` is what reading took before); without one it carries none.
    """
    refuse_if_any(case_findings(case))
    return clear_checked(case, workers, clock, read_seconds)


def clear_checked(
    case: ClearingCase,
    workers: Workers = HERE,
    clock: Clock | None = None,
    read_seconds: float = 0.0,
) -> ClearingResult:
    """`clear` for a case that is known to have no findings, as one that was read from a folder."""
    parts = workers.map(_clear_product, _Shared(case, clock, read_seconds), products(case))
    refuse_if_any(finding for part in parts for finding in part.findings)
    return ClearingResult(
        name=case.name,
        kind=case.kind,
        status="cleared",
        awards=tuple(sorted((a for p in parts for a in p.awards), key=lambda a: a.bid_id)),
        prices=tuple(price for part in parts for price in part.prices),
        binding=tuple(item for part in parts for item in part.binding),
        relaxed=tuple(item for part in parts for item in part.relaxed),
        problems=tuple(part.summary for part in parts if part.summary),
        solver=SOLVER,
        versions={name: version(name) for name in ("numpy", "scipy")},
    )


@dataclass(frozen=True)
class _Part:
    """The answer of one (period, time of use)."""

    findings: tuple[Finding, ...] = ()
    awards: tuple[Award, ...] = ()
    prices: tuple[LocationPrice, ...] = ()
    binding: tuple[BindingConstraint, ...] = ()
    relaxed: tuple[RelaxedConstraint, ...] = ()
    summary: ProblemSummary | None = None


@dataclass(frozen=True, eq=False)
class _Shared:
    """What the products of a case share; every process makes its screen once, for itself."""

    case: ClearingCase
    clock: Clock | None
    read_seconds: float

    @cached_property
    def screen(self) -> tuple[SecurityScreen, float]:
        """The screen of the network, and the seconds it took."""
        started = self.clock() if self.clock else 0.0
        screen = SecurityScreen(self.case)
        return screen, self.clock() - started if self.clock else 0.0


def _clear_product(shared: _Shared, product: tuple[str, Tou]) -> _Part:
    case = shared.case
    screen, network_seconds = shared.screen
    timer = _Timer(shared.clock, {"read": shared.read_seconds, "network": network_seconds})
    problem = build_problem(case, *product)
    view = screen.view(problem)
    relaxed = view.relaxed()
    if case.infeasible_base == "refuse" and len(relaxed):
        return _Part(findings=infeasible_base(relaxed_constraints(problem, screen, relaxed)))
    rows, solution, rounds = optimum(problem, view, timer)
    steps = round_awards(problem, solution.piece_mw, solution.shadow_price, rows, view)
    proof = prove(problem, rows, solution, steps)
    violation_mw = view.worst_mw(rounded_path_mw(problem, steps))
    _refuse_unproven(problem, proof.relative_gap, violation_mw)
    price = solution.shadow_price
    binding = binding_constraints(problem, view, rows, price, steps)
    full = steps >= whole_steps(problem)
    return _Part(
        awards=product_awards(problem, rows, price, steps),
        prices=product_prices(problem, rows, price),
        binding=binding,
        relaxed=relaxed_constraints(problem, screen, relaxed),
        summary=ProblemSummary(
            period=problem.period,
            tou=problem.tou,
            bids=len(problem.entries),
            objective=proof.objective,
            dual_objective=proof.dual_objective,
            relative_gap=proof.relative_gap,
            max_violation_mw=violation_mw,
            constraints_screened=screen.count(),
            constraints_in_final_problem=len(rows),
            binding=len(binding),
            rounds=rounds,
            awarded_value=proof.awarded_value,
            awarded_mw=sum((award_mw(step) for step in steps.tolist()), Decimal(0)),
            unique_prices=solution.unique_prices,
            complementary_slackness=proof.complementary_slackness,
            fully_awarded=int(np.sum(full)),
            partly_awarded=int(np.sum(~full & (steps > 0))),
            not_awarded=int(np.sum(~full & (steps == 0))),
            seconds=timer.seconds(),
        ),
    )


def _refuse_unproven(problem: Problem, relative_gap: float, violation_mw: float) -> None:
    """An answer whose own certificate does not hold is no answer."""
    if relative_gap > PROVEN_GAP or violation_mw > FEASIBLE_MW:
        raise SolverFailed(
            f"{problem.period} {problem.tou} is not proven: relative gap {relative_gap:.1e} "
            f"(at most {PROVEN_GAP:.0e}), violation {violation_mw:.6f} MW (at most {FEASIBLE_MW})"
        )


def optimum(
    problem: Problem, view: ProblemScreen, timer: _Timer | None = None
) -> tuple[Rows, Solution, int]:
    """Rows, solution and rounds: solve and screen until no limit is violated, ties shared."""
    timer = timer or _Timer(None, {})
    solver = Solver(problem)
    rows = view.rows(Found.none())
    near = np.zeros(len(rows))
    rough, polished = True, False
    for count in range(1, MAX_ROUNDS + 1):
        with timer.lap("solve"):
            solution = solver.rough(rows) if rough else solver.solve(rows, near, polished)
        tolerance = ROUGH_TOLERANCE_MW if rough else SCREEN_TOLERANCE_MW
        fresh = _violated(view, problem, solution, rows, timer, tolerance)
        if not rough and not polished and not len(fresh):
            near, polished = solution.shadow_price, True
            continue
        if not rough and not len(fresh):
            with timer.lap("solve"):
                solution = solver.share_ties(rows, solution)
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
    raise SolverFailed(f"limits were still violated after {MAX_ROUNDS} rounds")


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
    timer: _Timer,
    tolerance_mw: float,
) -> Found:
    """The worst violations that are not rows yet."""
    with timer.lap("screen"):
        found = view.violated(problem.path_mw(solution.piece_mw), tolerance_mw).worst()
        known = set(rows.keys())
        new = [k for k, key in enumerate(found.keys()) if key not in known]
        return found.take(np.array(new, dtype=np.int64))


class _Timer:
    """Seconds by stage, when somebody brought a clock."""

    def __init__(self, clock: Clock | None, spent: dict[str, float]) -> None:
        self._clock = clock
        self._started = clock() if clock else 0.0
        self._spent = {"read": 0.0, "network": 0.0, "screen": 0.0, "solve": 0.0, **spent}
        self._stage = ""
        self._since = 0.0

    def lap(self, stage: str) -> _Timer:
        self._stage = stage
        return self

    def __enter__(self) -> None:
        self._since = self._clock() if self._clock else 0.0

    def __exit__(self, *_: object) -> None:
        if self._clock:
            self._spent[self._stage] += self._clock() - self._since

    def seconds(self) -> dict[str, float]:
        if not self._clock:
            return {}
        total = self._clock() - self._started + self._spent["read"] + self._spent["network"]
        return {**self._spent, "total": total}
