"""What makes large markets fast changes no answer: groups of outages, doubtful bids, rough rows."""

from __future__ import annotations

import numpy as np
import pytest
from clearing_cases import PERIOD, auction, flat, grid, random_network

from simulator.clearing import outages, screen, search, sift
from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.problem import build_problem
from simulator.clearing.result import ClearingResult
from simulator.clearing.rows import path_effect
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.solve import as_program
from simulator.domain import Hedge, Tou
from simulator.network.factors import Factors
from simulator.network.model import Contingency


def crowded(seed: int, hedge_share: float = 0.0) -> ClearingCase:
    """300 flat bids on 40 buses, every single outage."""
    random = np.random.default_rng(seed)
    network = random_network(random, 40)
    bids = []
    for k in range(300):
        source, sink = random.choice(np.arange(1, 41), 2, replace=False).tolist()
        hedge = Hedge.OPT if random.random() < hedge_share else Hedge.OBL
        mw, price = int(random.integers(1, 20)), int(random.integers(1, 1000)) / 8
        bids.append(flat(f"B{k:03d}", source, sink, mw, price, hedge=hedge))
    contingencies = tuple(Contingency(f"C{k:03d}", (key,)) for k, key in enumerate(network.key))
    return auction(network, *bids, contingencies=contingencies)


def figures(result: ClearingResult) -> list[object]:
    (problem,) = result.problems
    return [*result.awards, *result.prices, round(problem.objective, 6), problem.unique_prices]


@pytest.mark.parametrize("hedge_share", [0.0, 0.2])
def test_blocks_find_what_networks_with_a_branch_really_out_show(
    hedge_share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst outage of every element and direction, all bids awarded in full."""
    monkeypatch.setattr(outages, "CHAINS_TOGETHER", 7)
    monkeypatch.setattr(outages, "OUTAGES_TOGETHER", 5)
    for seed in range(4):
        case = crowded(seed, hedge_share)
        problem = build_problem(case, PERIOD, Tou.ON)
        path_mw = problem.path_mw(problem.piece_mw)
        view = SecurityScreen(case).view(problem)
        found = view.violated(path_mw, 1e-3)
        over = {key[:1] + key[2:]: excess for key, excess in
                zip(found.keys(), found.loading_mw - found.limit_mw, strict=True)}  # fmt: skip
        for key, excess in _worst_for_real(case, problem, path_mw, view).items():
            assert over.pop(key, 0.0) == pytest.approx(excess, abs=1e-5), (seed, key)
        assert not over


def test_outages_of_a_long_chain_are_looked_at_in_parts() -> None:
    """A ring is two chains: flows after all its outages at once would grow with its square."""
    ring = grid([(bus, bus % 600 + 1, 0.1, 50) for bus in range(1, 601)])
    contingencies = tuple(Contingency(str(key), (key,)) for key in ring.key)
    case = auction(ring, flat("A", 1, 300, 100, 10), contingencies=contingencies)
    problem = build_problem(case, PERIOD, Tou.ON)
    view = SecurityScreen(case).view(problem)
    places = [group.place for group in view.screen.flows.outages.neighbours]
    assert max(map(len, places)) <= outages.OUTAGES_TOGETHER
    assert sorted(np.concatenate(places).tolist()) == list(range(600))
    found = view.violated(problem.path_mw(problem.piece_mw), 1e-3)
    assert found.loading_mw == pytest.approx(np.full(600, 100))  # all of it goes the other way


def _worst_for_real(case, problem, path_mw, view) -> dict[tuple[int, int], float]:
    """Excess beyond 1e-3 MW by (element, direction), each outage a network of its own."""
    network = case.network
    net = problem.injection(path_mw)[:, None]
    each = problem.path_injection(problem.option_paths)
    option_mw = path_mw[problem.option_paths]
    worst: dict[tuple[int, int], float] = {}
    for lost in ([], *([k] for k in range(network.branch_count))):
        outage = Factors(network).outage(lost)
        rating = network.rating_mw[:, 1 if lost else 0]
        rating = np.where(rating > 0, rating, network.rating_mw[:, 0])
        unit = outage.flows(each)
        for direction in (1, -1):
            load = direction * outage.flows(net)[:, 0]
            load = load + np.maximum(direction * unit, 0.0) @ option_mw
            for element, k in enumerate(view.screen.flows.branches.tolist()):
                excess = load[k] - rating[k] if rating[k] > 0 and k not in lost else 0.0
                if excess > max(1e-3, worst.get((element, direction), 0.0)):
                    worst[element, direction] = excess
    return worst


def test_wrongly_decided_bids_are_found_whatever_the_first_prices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prices of nothing, and of ten times too much: the optimum all the same."""
    monkeypatch.setattr(sift, "FEWEST", 3)
    monkeypatch.setattr(sift, "PER_ROW", 1)
    for seed in range(4):
        case = crowded(seed)
        problem = build_problem(case, PERIOD, Tou.ON)
        rows, solution, _ = search.optimum(problem, SecurityScreen(case).view(problem))
        program = as_program(problem, rows)
        best = problem.value(solution.piece_mw)
        for share in (0.0, 0.5, 10.0):
            x, mu = sift.polished(program, *sift.exact(program, share * solution.shadow_price))
            assert problem.value(x) == pytest.approx(best, rel=1e-12), (seed, share)
            assert program.dual_objective(mu) == pytest.approx(best, rel=1e-12), (seed, share)


def test_an_answer_does_not_depend_on_rows_let_go_or_added_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(6):
        case = crowded(seed)
        expected = figures(clear(case))[:-1]
        with monkeypatch.context() as patch:
            patch.setattr(search, "ROUGH_ROUNDS", 1)
            patch.setattr(search, "NEARLY", 1e9)
            patch.setattr(screen, "ROWS_PER_ROUND", 5)
            assert figures(clear(case))[:-1] == expected, seed


def test_a_row_out_of_reach_of_those_in_doubt_puts_in_doubt_who_can_relieve_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody in doubt at first: every overloaded row finds its own, and no attempt fails."""
    monkeypatch.setattr(sift, "FEWEST", 0)
    monkeypatch.setattr(sift, "PER_ROW", 0)
    monkeypatch.setattr(sift, "RELIEVING", 5)
    case = crowded(1)
    problem = build_problem(case, PERIOD, Tou.ON)
    rows, _, _ = search.optimum(problem, SecurityScreen(case).view(problem))
    program = as_program(problem, rows)
    nobody = np.zeros(len(program.upper), dtype=np.bool_)
    doubtful, x, part, chosen = sift._relieved(program, np.zeros(len(rows)), nobody)
    assert 0 < len(chosen) < len(x)
    assert list(chosen) == list(np.flatnonzero(doubtful))
    assert (program.flow(x) > program.room).any(), "what is decided alone breaks a limit"
    assert (part.least_flow() <= part.room).all()
    every = part.columns(np.arange(len(part.upper)), np.arange(len(rows)))
    assert part.least_flow() == pytest.approx(np.minimum(every, 0.0) @ part.upper)


@pytest.mark.parametrize("hedge_share", [0.0, 0.2])
def test_what_all_rows_see_alike_is_one_thing_and_no_flow_changes(hedge_share: float) -> None:
    case = crowded(1, hedge_share)
    problem = build_problem(case, PERIOD, Tou.ON)
    view = SecurityScreen(case).view(problem)
    rows = view.rows(view.violated(problem.path_mw(problem.piece_mw), 1e-3))
    program = as_program(problem, rows)
    assert program.carriage.shape[0] < problem.carriage.shape[0]
    for x in np.random.default_rng(1).uniform(0.0, 1.0, (5, len(problem.piece_mw))):
        expected = path_effect(problem, rows.factor) @ problem.path_mw(x)
        assert program.flow(x) == pytest.approx(expected, abs=1e-9)
