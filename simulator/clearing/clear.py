"""Clear a case: every (period, time of use) on its own, in the order the folder listing tells.

Build the problem, solve it with no transmission rows, screen every limit in MW, add the violated
ones, solve again, and stop when none is violated; then settle ties, round, price, prove.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.clearing.certificate import award_mw, prove
from simulator.clearing.interior import SolverFailed
from simulator.clearing.price import (
    FINE_STEP,
    SHADOW_STEP,
    decimal_of,
    location_prices,
    path_prices,
)
from simulator.clearing.problem import Floats, Ints, Problem, build_problem, is_sale, products
from simulator.clearing.result import ClearingResult, ProblemSummary
from simulator.clearing.round import round_awards, rounded_path_mw
from simulator.clearing.rows import Rows
from simulator.clearing.screen import Found, ProblemScreen, SecurityScreen
from simulator.clearing.solve import Solution, Solver
from simulator.clearing.validate import case_findings
from simulator.domain import (
    Award,
    Bid,
    BindingConstraint,
    Direction,
    Finding,
    Hedge,
    LocationPrice,
    RelaxedConstraint,
    Tou,
    TransactionType,
    refuse_if_any,
)

SCREEN_TOLERANCE_MW = 1e-6
"""A constraint loaded less than this beyond its limit is not violated."""
MAX_ROUNDS = 60
SOLVER = "HiGHS dual simplex (flat curves); interior point with polish (sloped curves, ties)"
MW_DECIMALS = Decimal("0.000001")

Clock = Callable[[], float]


def clear(
    case: ClearingCase, workers: int = 1, clock: Clock | None = None, read_seconds: float = 0.0
) -> ClearingResult:
    """The market's answer; the same bytes for any number of `workers` (processes).

    Raises `Refused` with every finding (bad input, or an infeasible base case that the market
    refuses to relax) and `SolverFailed` when no optimum was reached. `clock` gives seconds for
    the summary (`read_seconds` is what reading took before); without one it carries none.
    """
    refuse_if_any(case_findings(case))
    wanted = products(case)
    if workers > 1 and len(wanted) > 1:
        with ProcessPoolExecutor(
            min(workers, len(wanted)), initializer=_prepare, initargs=(case,)
        ) as pool:
            parts = list(
                pool.map(
                    _clear_in_worker, wanted, [clock] * len(wanted), [read_seconds] * len(wanted)
                )
            )
    else:
        started = clock() if clock else 0.0
        screen = SecurityScreen(case)
        spent = {"read": read_seconds, "network": clock() - started if clock else 0.0}
        parts = [_clear_product(case, screen, item, _Timer(clock, spent)) for item in wanted]
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
        versions={name: version(name) for name in ("highspy", "numpy", "scipy")},
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


_worker: tuple[ClearingCase, SecurityScreen] | None = None


def _prepare(case: ClearingCase) -> None:
    global _worker
    _worker = (case, SecurityScreen(case))


def _clear_in_worker(product: tuple[str, Tou], clock: Clock | None, read_seconds: float) -> _Part:
    assert _worker is not None
    return _clear_product(*_worker, product, _Timer(clock, {"read": read_seconds, "network": 0.0}))


def _clear_product(
    case: ClearingCase,
    screen: SecurityScreen,
    product: tuple[str, Tou],
    timer: _Timer,
) -> _Part:
    problem = build_problem(case, *product)
    view = screen.view(problem)
    relaxed = view.relaxed()
    if case.infeasible_base == "refuse" and len(relaxed):
        return _Part(findings=tuple(_infeasible(case, screen, problem, relaxed)))
    rows, solution, rounds = optimum(problem, view, timer)
    steps = round_awards(problem, solution.piece_mw, solution.shadow_price, rows, view)
    proof = prove(problem, rows, solution, steps)
    binding = _binding(problem, screen, view, rows, solution.shadow_price, steps)
    full = np.array([float(entry.mw) for entry in problem.entries]) * 1000 - steps < 1
    return _Part(
        awards=_awards(case, problem, rows, solution.shadow_price, steps),
        prices=_prices(case, problem, rows, solution.shadow_price),
        binding=binding,
        relaxed=tuple(_relaxed(screen, problem, relaxed)),
        summary=ProblemSummary(
            period=problem.period,
            tou=problem.tou,
            bids=len(problem.entries),
            objective=proof.objective,
            dual_objective=proof.dual_objective,
            relative_gap=proof.relative_gap,
            max_violation_mw=view.worst_mw(rounded_path_mw(problem, steps)),
            constraints_screened=screen.count(),
            constraints_in_final_problem=len(rows),
            binding=len(binding),
            rounds=rounds,
            awarded_value=proof.awarded_value,
            awarded_mw=sum((award_mw(step) for step in steps.tolist()), Decimal(0)),
            complementary_slackness=proof.complementary_slackness,
            fully_awarded=int(np.sum(full)),
            partly_awarded=int(np.sum(~full & (steps > 0))),
            not_awarded=int(np.sum(~full & (steps == 0))),
            seconds=timer.seconds(),
        ),
    )


def optimum(
    problem: Problem, view: ProblemScreen, timer: _Timer | None = None
) -> tuple[Rows, Solution, int]:
    """Rows, solution and rounds: solve and screen until no limit is violated, ties shared."""
    timer = timer or _Timer(None, {})
    solver = Solver(problem)
    rows = view.rows(Found.none())
    for count in range(1, MAX_ROUNDS + 1):
        with timer.lap("solve"):
            solution = solver.solve(rows)
        with timer.lap("screen"):
            found = view.violated(problem.path_mw(solution.piece_mw), SCREEN_TOLERANCE_MW)
        if not _fresh(rows, found):
            with timer.lap("solve"):
                solution = solver.share_ties(rows, solution)
            with timer.lap("screen"):
                found = view.violated(problem.path_mw(solution.piece_mw), SCREEN_TOLERANCE_MW)
        if not _fresh(rows, found):
            return rows, solution, count
        with timer.lap("screen"):
            rows = rows.joined(view.rows(found.worst()))
    raise SolverFailed(f"limits were still violated after {MAX_ROUNDS} rounds")


def _fresh(rows: Rows, found: Found) -> bool:
    """Whether something was found that is not a row yet."""
    known = set(rows.keys())
    return any(key not in known for key in found.keys())  # noqa: SIM118


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


# -- tables -----------------------------------------------------------------------------------


def _awards(
    case: ClearingCase, problem: Problem, rows: Rows, shadow_price: Floats, steps: Ints
) -> tuple[Award, ...]:
    prices = path_prices(problem, rows, shadow_price) if case.kind == "auction" else None
    awards = []
    for entry, path, step in zip(
        problem.entries, problem.entry_path.tolist(), steps.tolist(), strict=True
    ):
        common = {
            "participant": entry.participant,
            "source": entry.source,
            "sink": entry.sink,
            "tou": entry.tou,
            "period": entry.period,
            "submitted_mw": entry.mw,
            "awarded_mw": award_mw(step),
        }
        if isinstance(entry, Bid):
            award = Award(
                bid_id=entry.bid_id,
                transaction=TransactionType.SELL if is_sale(entry) else TransactionType.BUY,
                hedge=entry.hedge,
                clearing_price_usd_per_mw=prices[path] if prices else None,
                crr_id=entry.crr_id,
                **common,
            )
        else:
            award = Award(
                bid_id=entry.nomination_id,
                transaction=TransactionType.BUY,
                hedge=Hedge.OBL,
                crr_type=entry.crr_type,
                **common,
            )
        awards.append(award)
    return tuple(awards)


def _prices(
    case: ClearingCase, problem: Problem, rows: Rows, shadow_price: Floats
) -> tuple[LocationPrice, ...]:
    if case.kind != "auction":
        return ()
    prices = location_prices(rows, shadow_price)
    return tuple(
        LocationPrice(name, problem.tou, problem.period, price)
        for name, price in zip(problem.locations, prices, strict=True)
    )


def _binding(
    problem: Problem,
    screen: SecurityScreen,
    view: ProblemScreen,
    rows: Rows,
    shadow_price: Floats,
    steps: Ints,
) -> tuple[BindingConstraint, ...]:
    """Rows with a shadow price, at the flow of the rounded awards."""
    flow = view.flow_of(rows, rounded_path_mw(problem, steps))
    step = SHADOW_STEP if problem.objective == "bid_value" else FINE_STEP
    binding = []
    for position, (element, outage, direction) in enumerate(rows.keys()):
        price = decimal_of(shadow_price[position], step)
        if price > 0:
            place = _place(screen, problem, element, outage, direction)
            binding.append(
                BindingConstraint(
                    **place,
                    flow_mw=decimal_of(flow[position], MW_DECIMALS),
                    limit_mw=decimal_of(rows.limit_mw[position], MW_DECIMALS),
                    shadow_price_usd_per_mw=price,
                )
            )
    return tuple(binding)


def _relaxed(screen: SecurityScreen, problem: Problem, found: Found) -> list[RelaxedConstraint]:
    return [
        RelaxedConstraint(
            **_place(screen, problem, *key),
            original_limit_mw=decimal_of(limit, MW_DECIMALS),
            limit_mw=decimal_of(loading, MW_DECIMALS),
            fixed_flow_mw=decimal_of(loading, MW_DECIMALS),
        )
        for key, limit, loading in zip(found.keys(), found.limit_mw, found.loading_mw, strict=True)
    ]


def _place(
    screen: SecurityScreen, problem: Problem, element: int, outage: int, direction: int
) -> dict[str, object]:
    item = screen.elements[element]
    return {
        "name": item.name,
        "device_type": item.device_type,
        "from_bus": item.key.from_bus,
        "to_bus": item.key.to_bus,
        "circuit": item.key.circuit,
        "contingency": screen.contingency_name(outage),
        "direction": Direction.FROM_TO if direction > 0 else Direction.TO_FROM,
        "tou": problem.tou,
        "period": problem.period,
    }


def _infeasible(
    case: ClearingCase, screen: SecurityScreen, problem: Problem, found: Found
) -> list[Finding]:
    findings = []
    for item in _relaxed(screen, problem, found):
        findings.append(
            Finding(
                "CLR0001",
                f"the fixed CRRs of {item.period} {item.tou} exceed the limit of {item.name} "
                f"{item.direction}, {item.contingency}",
                "fixed_crrs.csv",
                f"{item.fixed_flow_mw} MW",
                f"{item.original_limit_mw} MW",
                'set infeasible_base = "relax" in market.toml, or correct limits or rights',
                "rulebook 3.6",
            )
        )
    return findings
