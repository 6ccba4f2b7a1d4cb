"""Clear a case: every (period, time of use) on its own, in the order the folder listing tells.

Build the problem, solve it with no transmission rows, screen every limit in MW, add the violated
ones, solve again, and stop when none is violated; then settle ties, round, price, prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.metadata import version

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.clearing.certificate import award_mw, prove
from simulator.clearing.interior import SolverFailed
from simulator.clearing.price_range import price_ranges
from simulator.clearing.problem import Problem, build_problem, products
from simulator.clearing.result import ClearingResult, ProblemSummary, ShadowPriceRange
from simulator.clearing.round import round_awards, whole_steps
from simulator.clearing.round_groups import rounded_path_mw
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.search import optimum
from simulator.clearing.solve import OWN
from simulator.clearing.tables import (
    binding_constraints,
    infeasible_base,
    product_awards,
    product_prices,
    relaxed_constraints,
    shadow_price_ranges,
)
from simulator.clearing.timer import Clock, Timer
from simulator.clearing.tolerances import ALLOWED_LOSS_SHARE, FEASIBLE_MW, PROVEN_GAP
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

MW_DECIMALS = Decimal("0.000001")


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
        ranges=tuple(item for part in parts for item in part.ranges),
        problems=tuple(part.summary for part in parts if part.summary),
        solver=" and ".join(sorted({part.solver for part in parts})) or OWN,
        warnings=(*case.warnings, *(warning for part in parts for warning in part.warnings)),
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
    ranges: tuple[ShadowPriceRange, ...] = ()
    summary: ProblemSummary | None = None
    solver: str = OWN
    warnings: tuple[str, ...] = ()


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
    timer = Timer(shared.clock, {"read": shared.read_seconds, "network": network_seconds})
    problem = build_problem(case, *product)
    view = screen.view(problem)
    relaxed = view.relaxed()
    if case.infeasible_base == "refuse" and len(relaxed):
        return _Part(findings=infeasible_base(relaxed_constraints(problem, screen, relaxed)))
    rows, solution, rounds = optimum(problem, view, timer)
    rounded = round_awards(problem, solution.piece_mw, solution.shadow_price, rows, view)
    steps = rounded.steps
    proof = prove(problem, rows, solution, steps)
    violation_mw = view.worst_mw(rounded_path_mw(problem, steps))
    _refuse_unproven(problem, proof.relative_gap, violation_mw)
    price = solution.shadow_price
    binding = binding_constraints(problem, view, rows, price, steps)
    with timer.lap("solve"):
        ranges = price_ranges(problem, view, rows, solution)
    full = steps >= whole_steps(problem)
    return _Part(
        awards=product_awards(problem, rows, price, steps),
        prices=product_prices(problem, rows, price),
        binding=binding,
        relaxed=relaxed_constraints(problem, screen, relaxed),
        ranges=shadow_price_ranges(problem, screen, ranges),
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
            unique_prices=ranges.unique,
            ranges_not_sought=ranges.unsought,
            complementary_slackness=proof.complementary_slackness,
            fully_awarded=int(np.sum(full)),
            partly_awarded=int(np.sum(~full & (steps > 0))),
            not_awarded=int(np.sum(~full & (steps == 0))),
            seconds=timer.seconds(),
        ),
        solver=solution.solver,
        warnings=_warnings(problem, solution.ties_shared, rounded.loss_share),
    )


def _refuse_unproven(problem: Problem, relative_gap: float, violation_mw: float) -> None:
    """An answer whose own certificate does not hold is no answer."""
    if relative_gap > PROVEN_GAP or violation_mw > FEASIBLE_MW:
        raise SolverFailed(
            f"{problem.period} {problem.tou} is not proven: relative gap {relative_gap:.1e} "
            f"(at most {PROVEN_GAP:.0e}), violation {violation_mw:.6f} MW (at most {FEASIBLE_MW})"
        )


def _warnings(problem: Problem, ties_shared: bool, loss_share: float) -> tuple[str, ...]:
    where = f"{problem.period} {problem.tou}"
    said = []
    if not ties_shared:
        said.append(f"{where}: equal bids at the margin do not share pro rata")
    if loss_share > ALLOWED_LOSS_SHARE:
        said.append(
            f"{where}: rounding awards to 0.001 MW costs {loss_share:.1e} of their value "
            f"(at most {ALLOWED_LOSS_SHARE:.0e} where the market is large enough for it)"
        )
    return tuple(said)
