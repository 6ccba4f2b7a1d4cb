"""Rounding to 0.001 MW: it ends, keeps every limit, and costs less than a cent per 1,000 USD."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import (
    PERIOD,
    allocation,
    auction,
    bid,
    flat,
    grid,
    held,
    nomination,
    random_case,
    random_network,
    triangle,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.clearing import round as rounding
from simulator.clearing import round_grid
from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.folder import read_case_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import build_problem
from simulator.clearing.result import ClearingResult
from simulator.clearing.round import round_awards, whole_steps
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.search import optimum
from simulator.domain import Hedge, Tou
from simulator.network.factors import Factors
from simulator.network.model import Contingency

CENT_PER_1000_USD = 1e-5
HARD = Path(__file__).parent / "hard"


def loss_share(result: ClearingResult) -> float:
    problem = result.problems[0]
    return (problem.objective - problem.awarded_value) / problem.objective


def test_where_hardly_any_steps_keep_all_limits_the_best_of_them_are_found() -> None:
    """Bids of both signs on limits without any room once ended with half of all awards."""
    result = clear(read_case_folder(HARD / "rounding_that_halved_awards"))
    assert 0 <= loss_share(result) < CENT_PER_1000_USD
    assert not result.warnings


def many_equal_bids(seed: int, copies: int) -> ClearingCase:
    """A few sloped curves on a few paths, each bid `copies` times; some rights for sale."""
    random = np.random.default_rng(seed)
    network = random_network(random, 8)
    bids, rights = [], []
    for kind in range(5):
        source, sink = (int(n) for n in random.choice(np.arange(1, 9), 2, replace=False))
        mw, top = float(random.integers(5, 60)) + 0.456, float(random.integers(300, 900))
        hedge = Hedge.OPT if random.random() < 0.2 else Hedge.OBL
        curve = (0, top), (mw, round(top * 0.3, 2))
        bids += [bid(f"B{kind}_{k}", source, sink, *curve, hedge=hedge) for k in range(copies)]
    for k in range(copies):
        rights.append(held(f"R{k}", 1, 8, "1.234"))
        bids.append(bid(f"S{k}", 1, 8, (0, 5), (1.234, 90), sells=f"R{k}"))
    lost = tuple(Contingency(f"L{k}", (network.key[k],)) for k in range(3))
    return auction(network, *bids, fixed_crrs=tuple(rights), contingencies=lost)


def assert_well_rounded(result: ClearingResult) -> None:
    problem = result.problems[0]
    assert problem.max_violation_mw <= 1e-3
    said = any("rounding awards" in warning for warning in result.warnings)
    assert said == (loss_share(result) > CENT_PER_1000_USD)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 120))
def test_many_equal_bids_lose_less_than_a_cent_per_1000_usd(seed: int, copies: int) -> None:
    result = clear(many_equal_bids(seed, copies))
    assert_well_rounded(result)
    assert loss_share(result) <= CENT_PER_1000_USD
    assert not result.warnings


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_equal_bids_differ_by_one_step_at_most_and_the_first_ids_get_it(seed: int) -> None:
    steps: dict[str, list[tuple[int, Decimal]]] = {}
    for award in clear(many_equal_bids(seed, 60)).awards:
        kind, _, number = award.bid_id.partition("_")
        if number:
            steps.setdefault(kind, []).append((number, award.awarded_mw))
    assert steps
    for members in steps.values():
        got = [mw for _, mw in sorted(members)]
        assert got == sorted(got, reverse=True)
        assert got[0] - got[-1] <= Decimal("0.001")


def coarse_counterflow() -> ClearingCase:
    """600 equal bids and 600 equal counter-flow bids: a common step of either is 0.6 MW."""
    network = grid([(1, 2, 0.1, 41), (2, 3, 0.1, 37), (1, 3, 0.13, 29)])
    there = [bid(f"A{k:03}", 1, 3, (0, 14), ("0.9", 3)) for k in range(600)]
    back = [bid(f"C{k:03}", 3, 1, (0, 2), ("0.7", -5)) for k in range(600)]
    return auction(network, *there, *back, flat("D", 1, 2, 20, "6.5"))


def test_the_last_digits_of_the_solver_decide_nothing() -> None:
    """All MW are worth the same here: who gets an odd step was once left to rounding noise."""
    case = random_case(10, "max_mw")
    dice = np.random.default_rng([10, 1])
    machines = {key: mw for key, mw in case.network.machine_mw.items() if dice.random() < 0.4}
    network = replace(case.network, machine_mw=machines)
    lost = [(network.key[k],) for k in np.flatnonzero(Factors(network).bridges)]
    lost += [item.branches for item in case.contingencies]
    outages = tuple(Contingency(f"C{k}", keys) for k, keys in enumerate(lost) if keys)
    case = replace(case, network=network, contingencies=outages)
    problem = build_problem(case, PERIOD, Tou.ON)
    view = SecurityScreen(case).view(problem)
    rows, solution, _ = optimum(problem, view)
    awards = set()
    for _ in range(30):
        mw = solution.piece_mw * (1 + 1e-14 * dice.normal(size=len(solution.piece_mw)))
        steps = round_awards(problem, mw, solution.shadow_price, rows, view).steps
        awards.add(tuple(steps.tolist()))
    assert len(awards) == 1
    assert np.sum((steps > 0) & (steps < whole_steps(problem))) >= 3


def test_equal_bids_in_both_directions_are_rounded() -> None:
    result = clear(coarse_counterflow())
    assert_well_rounded(result)
    assert loss_share(result) <= CENT_PER_1000_USD


def test_where_no_award_near_the_exact_one_is_found_awards_are_cut_and_the_loss_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last resort alone: it keeps every limit, whatever it costs."""
    monkeypatch.setattr(rounding, "_near", lambda *_: iter(()))
    for seed in range(4):
        assert_well_rounded(clear(many_equal_bids(seed, 50)))
    assert_well_rounded(clear(coarse_counterflow()))


def test_cutting_ends_when_its_cuts_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding, "_near", lambda *_: iter(()))
    monkeypatch.setattr(round_grid, "CUTS", 0)
    for seed in (1, 3):  # where awards that are rounded down break a limit
        assert_well_rounded(clear(many_equal_bids(seed, 50)))


def test_without_any_rounds_nothing_is_awarded_rather_than_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounding, "ROUNDING_ROUNDS", 0)
    case = auction(
        triangle(limit_13=10), flat("A", 1, 3, 40, 9), bid("S", 1, 3, (0, 1), (5, 1), sells="R"),
        fixed_crrs=(held("R", 1, 3, "16.001"),),
    )  # fmt: skip
    result = clear(case)
    assert result.problems[0].max_violation_mw <= 1e-3


def test_rounding_that_fails_is_a_solver_failure() -> None:
    assert issubclass(rounding.RoundingFailed, SolverFailed)


def test_a_market_too_small_for_its_steps_says_what_rounding_costs() -> None:
    result = clear(auction(triangle(limit_12=10), flat("A", 1, 2, "0.0019", 9)))
    (warning,) = result.warnings
    assert warning.startswith(f"{PERIOD} ON: rounding awards to 0.001 MW costs 4.7e-01")


def test_a_product_in_which_nobody_asks_for_any_mw_is_cleared_all_the_same() -> None:
    result = clear(allocation(grid([(1, 2, 0.1, 50)]), nomination("N", 1, 2, 0)))
    assert [award.awarded_mw for award in result.awards] == [0]
