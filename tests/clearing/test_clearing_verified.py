"""The second opinion agrees with every answer, and every limit holds after real outages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import PERIOD, auction, flat, grid, matpower_text, random_case

from simulator.clearing import clear as clearing
from simulator.clearing.clear import clear
from simulator.clearing.folder import clear_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import build_problem
from simulator.clearing.round_groups import rounded_path_mw
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.write import write_case_folder
from simulator.domain import Tou
from simulator.network.factors import Factors
from simulator.network.model import Contingency
from simulator.verify.folder import verify_folder

SEEDS = range(100, 125)


@pytest.mark.parametrize("kind", ["linear", "step", "weighted_least_squares", "max_mw"])
def test_verify_agrees(tmp_path: Path, kind: str) -> None:
    for seed in SEEDS:
        case = random_case(seed, kind)
        here = tmp_path / str(seed)
        write_case_folder(case, here / "case", matpower_text(case.network), "network.m")
        clear_folder(here / "case", here / "out")
        failed = [check for check in verify_folder(here / "out").checks if not check.ok]
        assert not failed, (seed, failed)


def test_awards_hold_on_networks_with_the_branches_really_out() -> None:
    for seed in range(20):
        case = replace(random_case(seed, "linear"), interfaces=())
        result = clear(case)
        problem = build_problem(case, PERIOD, Tou.ON)
        steps = np.array([int(award.awarded_mw * 1000) for award in result.awards])
        obligations = problem.injection(rounded_path_mw(problem, steps))
        if problem.option.any():
            continue
        network = case.network
        lifted = {(r.from_bus, r.to_bus, r.circuit, r.contingency): r for r in result.relaxed}
        for contingency in case.contingencies:
            lost = [network.branch_index(key)[0] for key in contingency.branches]
            if Factors(network).outage(lost).splits:
                continue
            flow = np.abs(Factors(network.without_branches(lost)).flows(obligations))
            rating = np.where(network.rating_mw[:, 1] > 0, *network.rating_mw[:, 1::-1].T)
            limit = np.where(rating > 0, rating * case.limit_scale, np.inf)
            for k in np.flatnonzero(flow > limit + 1e-3):
                assert (*network.key[k], contingency.name) in lifted, (seed, contingency)


@pytest.mark.parametrize("swing", [1, 3, 4])
@pytest.mark.parametrize(
    ("machines", "awarded"), [({}, 50), ({3: 60, 4: 20}, 100 / 3), ({4: 9}, 90)]
)
def test_an_outage_that_splits_the_network_is_made_up_for_in_each_part(
    swing: int, machines: dict[int, float], awarded: float
) -> None:
    """Losing 2-3 leaves 3-4 alone, D takes out at 4: what comes from 3 uses the 25 MW of line 3-4.

    Half of D when nobody is there, three quarters with 60 of 80 MW at 3, nothing when all is at 4.
    """
    lines = [(1, 2, 0.1, 100), (2, 3, 0.1, 100), (3, 4, 0.1, 90, 25)]
    plants = {(bus, "1"): mw for bus, mw in {1: 50, **machines}.items()}
    network = grid(lines, swing=swing, machines=plants)
    lost = Contingency("SPLIT", (network.key[1],))
    result = clear(auction(network, flat("D", 1, 4, 90, 5), contingencies=(lost,)))
    assert float(result.awards[0].awarded_mw) == pytest.approx(awarded, abs=1e-3)
    for binding in result.binding:
        assert (binding.contingency, binding.from_bus, binding.to_bus) == ("SPLIT", 3, 4)


def test_all_branches_of_a_contingency_are_lost_together() -> None:
    """Three parallel lines of 50 MW: 50 is left when two are lost, 100 when one is."""
    network = grid([(1, 2, 0.1, 50)] * 3)
    one = Contingency("ONE", network.key[:1])
    two = Contingency("TWO", network.key[:2])

    def awarded(*lost: Contingency) -> float:
        result = clear(auction(network, flat("B", 1, 2, 200, 5), contingencies=lost))
        return float(result.awards[0].awarded_mw)

    assert awarded() == 150
    assert awarded(one) == 100
    assert awarded(one, two) == 50


def test_emergency_ratings_hold_after_outages_only() -> None:
    network = grid([(1, 2, 0.1, 50, 80), (1, 2, 0.1, 50)])
    lost = Contingency("SECOND", network.key[1:])
    case = auction(network, flat("B", 1, 2, 200, 5), contingencies=(lost,))
    assert clear(case).awards[0].awarded_mw == 80
    assert clear(replace(case, contingency_rating="A")).awards[0].awarded_mw == 50
    assert clear(replace(case, limit_scale=0.65)).awards[0].awarded_mw == 52


def test_screen_knows_every_constraint() -> None:
    case = random_case(7, "linear")
    screen = SecurityScreen(case)
    rated = int(np.any(case.network.rating_mw > 0, axis=1).sum())
    assert len(screen.flows.branches) == rated
    assert screen.count() >= 2 * rated


def test_a_branch_without_an_emergency_limit_is_not_counted_when_it_is_lost(tmp_path: Path) -> None:
    """Watched for its other rating, never limited after outages: nothing falls away with it."""
    network = grid([(1, 2, 0.1, 0, 80), (1, 2, 0.1, 50), (1, 2, 0.2, 40)])
    lost = (Contingency("UNLIMITED", network.key[:1]), Contingency("SECOND", network.key[1:2]))
    case = auction(network, flat("B", 1, 2, 200, 5), contingencies=lost, contingency_rating="A")
    write_case_folder(case, tmp_path / "case", matpower_text(network), "network.m")
    result = clear_folder(tmp_path / "case", tmp_path / "out")
    assert result.problems[0].constraints_screened == 2 * 2 + 2 * (2 * 2 - 1)
    assert not [check for check in verify_folder(tmp_path / "out").checks if not check.ok]


def test_an_award_one_step_short_is_a_partial_one() -> None:
    """1000 x 1.001 is a little less than 1001 in floating point."""
    result = clear(auction(grid([(1, 2, 0.1, 1)]), flat("B", 1, 2, "1.001", 5)))
    assert result.awards[0].awarded_mw == 1
    (problem,) = result.problems
    assert (problem.fully_awarded, problem.partly_awarded) == (0, 1)


def test_an_answer_that_its_own_certificate_does_not_prove_is_no_answer(monkeypatch) -> None:
    """Awards that a faulty solver leaves short of the optimum end in an error, not in a file."""
    case = auction(grid([(1, 2, 0.1, 1)]), flat("B", 1, 2, "1.000", 5))
    exact = clearing.prove

    def short(*arguments):
        return replace(exact(*arguments), relative_gap=2e-6)

    monkeypatch.setattr(clearing, "prove", short)
    with pytest.raises(SolverFailed, match=r"not proven: relative gap 2.0e-06"):
        clear(case)
