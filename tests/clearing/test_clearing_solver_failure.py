"""Where the market's own solver stalls HiGHS is asked, and said to be; both failing is an error."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import numpy as np
import pytest
from clearing_cases import (
    PERIOD,
    allocation,
    auction,
    flat,
    nomination,
    random_case,
    random_network,
)

from simulator.clearing import fallback, search, sift, solve, tangents
from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.fallback import by_highs
from simulator.clearing.interior import EXACT_GAP, Program, SolverFailed, interior_point
from simulator.clearing.problem import Floats, build_problem
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.solve import HIGHS, OWN, as_program
from simulator.domain import Bid, CurvePoint, Tou
from simulator.network.model import Contingency


def market(seed: int, sloped: int = 0) -> ClearingCase:
    """120 bids of prices that differ on 20 buses, every single outage; some bids are `sloped`."""
    random = np.random.default_rng(seed)
    network = random_network(random, 20)
    prices = random.permutation(120)
    bids = []
    for k in range(120):
        source, sink = random.choice(np.arange(1, 21), 2, replace=False).tolist()
        bids.append(
            flat(f"B{k:03d}", source, sink, int(random.integers(1, 30)), 5 + int(prices[k]))
        )
    bids[:sloped] = [_sloped(item) for item in bids[:sloped]]
    contingencies = tuple(Contingency(f"C{k:03d}", (key,)) for k, key in enumerate(network.key))
    return auction(network, *bids, contingencies=contingencies)


def _sloped(bid: Bid) -> Bid:
    first, last = bid.curve[0], bid.curve[-1]
    return replace(bid, curve=(first, CurvePoint(last.mw, last.price_usd_per_mw / 2)))


def stalled(program: Program, gap: float = EXACT_GAP) -> NoReturn:
    raise SolverFailed("interior point stopped at a relative gap of 1.0e+00")


def stall_the_own_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where ties are shared: that is another problem, and exact from the start."""

    def unless_exact(program: Program, gap: float = EXACT_GAP) -> tuple[Floats, Floats]:
        return interior_point(program) if gap == EXACT_GAP else stalled(program)

    monkeypatch.setattr(sift, "interior_point", stalled)
    monkeypatch.setattr(solve, "interior_point", unless_exact)


def test_highs_finds_the_same_answer_where_the_interior_point_stalls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(6):
        case = market(seed)
        own = clear(case)
        assert own.solver == OWN
        assert own.binding, "the market must be congested for the test to mean anything"
        with monkeypatch.context() as patch:
            stall_the_own_solver(patch)
            other = clear(case)
        assert other.solver == HIGHS
        assert other.summary()["solver"] == HIGHS
        assert other.awards == own.awards, seed
        assert other.prices == own.prices, seed
        assert other.binding == own.binding, seed


@pytest.mark.parametrize("sloped", [1, 60, 120])
def test_sloped_curves_too_are_answered_where_the_interior_point_stalls(
    monkeypatch: pytest.MonkeyPatch, sloped: int
) -> None:
    for seed in range(2):
        case = market(seed, sloped)
        own = clear(case)
        with monkeypatch.context() as patch:
            stall_the_own_solver(patch)
            other = clear(case)
        assert (own.solver, other.solver) == (OWN, HIGHS)
        assert other.awards == own.awards, seed
        assert other.prices == own.prices, seed
        assert other.binding == own.binding, seed
        assert other.problems[0].relative_gap <= 1e-9


def test_an_allocation_is_answered_where_the_interior_point_stalls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = market(3)
    asked = (nomination(b.bid_id, int(b.source), int(b.sink), b.mw) for b in case.bids)
    case = allocation(case.network, *asked, contingencies=case.contingencies)
    own = clear(case)
    stall_the_own_solver(monkeypatch)
    other = clear(case)
    assert (own.solver, other.solver) == (OWN, HIGHS)
    assert own.binding, "the allocation must be congested for the test to mean anything"
    assert other.awards == own.awards
    assert other.binding == own.binding


def test_ties_are_shared_where_the_interior_point_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(np.random.default_rng(0), 20)
    case = auction(network, *(flat(f"B{k}", 1, 20, 10_000 * (k + 1), 50) for k in range(3)))
    own = clear(case)
    stall_the_own_solver(monkeypatch)
    monkeypatch.setattr(solve, "interior_point", stalled)
    other = clear(case)
    assert (own.solver, other.solver, other.warnings) == (OWN, HIGHS, ())
    assert other.awards == own.awards


def test_both_failing_is_an_error_that_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    stall_the_own_solver(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(tangents, "TANGENT_ROUNDS", 1)
        with pytest.raises(SolverFailed, match=r"interior point.*tangents stopped at a relative"):
            clear(market(0, sloped=60))
    monkeypatch.setitem(fallback.OPTIONS, "simplex_iteration_limit", 0)
    monkeypatch.setitem(fallback.OPTIONS, "presolve", "off")
    for sloped in (0, 60):
        with pytest.raises(SolverFailed, match=r"interior point.*HiGHS ended with 'Iteration limi"):
            clear(market(0, sloped))


@pytest.mark.parametrize("kind", ["linear", "weighted_least_squares"])
def test_tangents_close_in_on_the_optimum_of_the_interior_point(kind: str) -> None:
    """Options, sales, flat stretches between slopes; the bound of the prices proves each answer."""
    sloped = 0
    for seed in range(12):
        case = random_case(seed, kind)
        problem = build_problem(case, PERIOD, Tou.ON)
        rows, solution, _ = search.optimum(problem, SecurityScreen(case).view(problem))
        program = as_program(problem, rows)
        sloped += int(np.any(program.slope > 0))
        x, mu = by_highs(program)
        worth = float(program.value @ x - 0.5 * (program.slope @ (x * x)))
        assert worth == pytest.approx(problem.value(solution.piece_mw), rel=1e-9, abs=1e-9), seed
        assert program.dual_objective(mu) == pytest.approx(worth, rel=1e-9, abs=1e-9), seed
        assert np.max(program.flow(x) - program.room, initial=0.0) <= 1e-7, seed
    assert sloped >= 8


def test_a_search_that_does_not_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SEARCH_ROUNDS", 1)
    with pytest.raises(SolverFailed, match="after 1 rounds"):
        clear(market(0))


def test_highs_and_the_interior_point_meet_with_equalities() -> None:
    """Shadow prices of rows that must be met may be negative: some are here."""
    negative = 0
    for seed in range(6):
        case = market(seed)
        problem = build_problem(case, PERIOD, Tou.ON)
        rows, solution, _ = search.optimum(problem, SecurityScreen(case).view(problem))
        program = as_program(problem, rows)
        held = program.flow(0.9 * solution.piece_mw)
        equal = np.arange(len(rows)) < 2
        program = Program(
            program.value, program.slope, program.upper, program.path, program.sign,
            program.carriage, program.effect, np.where(equal, held, program.room), equal,
        )  # fmt: skip
        x, mu = by_highs(program)
        own, _ = interior_point(program)
        best = float(program.value @ own)
        assert program.value @ x == pytest.approx(best, rel=1e-8), seed
        assert program.dual_objective(mu) == pytest.approx(best, rel=1e-8), seed
        negative += int(np.any(mu < 0))
    assert negative


def test_a_tie_that_cannot_be_shared_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "_shared", lambda *_: None)
    random = np.random.default_rng(0)
    network = random_network(random, 20)
    equal = [flat(f"B{k}", 1, 20, 10_000, 50) for k in range(3)]
    result = clear(auction(network, *equal))
    assert result.warnings == (f"{PERIOD} ON: equal bids at the margin do not share pro rata",)
    assert result.summary()["warnings"] == list(result.warnings)
