"""Networks that have no solution after an outage: refused by name, before any solver sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import auction, flat, grid, matpower_text

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.folder import clear_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import build_problem
from simulator.clearing.screen import SecurityScreen
from simulator.clearing.solve import as_program
from simulator.clearing.write import write_case_folder
from simulator.domain import Refused, Tou
from simulator.network.branch import BranchKey
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency
from simulator.verify import verify_folder

LINES = [(1, 2, 0.1, 100), (2, 3, 0.1, 100), (1, 2, -0.1, 100), (1, 3, 0.05, 100)]
RESONANT = Contingency("RES", (BranchKey(1, 3, "1"),))


def case(*contingencies: Contingency) -> ClearingCase:
    return auction(grid(LINES), flat("A", 1, 3, 600, 9), contingencies=contingencies)


def test_a_contingency_after_which_reactances_cancel_is_refused_by_name() -> None:
    harmless = Contingency("FINE", (BranchKey(1, 2, "1"),))
    assert clear(case(harmless)).awards
    with pytest.raises(Refused) as refused:
        clear(case(harmless, RESONANT))
    (finding,) = refused.value.findings
    assert (finding.code, finding.where) == ("SINGULAR_NETWORK", "after the outage of RES")


def test_with_a_second_branch_or_a_machine_it_is_refused_too() -> None:
    two = Contingency("TWO", (BranchKey(1, 3, "1"), BranchKey(2, 3, "1")))
    with pytest.raises(Refused, match="outage of TWO"):
        clear(case(two))
    machines = {(1, "1"): 100.0, (2, "1"): 100.0}
    market = replace(case(), network=grid(LINES, machines=machines))
    plant = Contingency("PLANT", (BranchKey(1, 3, "1"),), (MachineKey(1, "1"),))
    with pytest.raises(Refused, match="outage of PLANT"):
        clear(replace(market, contingencies=(plant,)))


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_machine_of_infinite_size_stops_the_market() -> None:
    machines = {(1, "1"): 100.0, (2, "1"): float("inf")}
    lost = Contingency("PLANT", (), (MachineKey(1, "1"),))
    network = grid([(1, 2, 0.1, 100), (2, 3, 0.1, 100), (1, 3, 0.05, 100)], machines=machines)
    with pytest.raises(Refused, match="PLANT"):
        clear(auction(network, flat("A", 1, 3, 600, 9), contingencies=(lost,)))


def test_no_solver_sees_figures_that_are_not_finite() -> None:
    market = case()
    problem = build_problem(market, market.bids[0].period, Tou.ON)
    view = SecurityScreen(market).view(problem)
    rows = view.rows(view.violated(np.array([600.0]), 0.0))
    assert len(rows)
    as_program(problem, rows)
    for factor in (np.nan, np.inf):
        with pytest.raises(SolverFailed, match="not finite"):
            as_program(problem, replace(rows, factor=np.full_like(rows.factor, factor)))


def test_verify_names_the_contingency_too(tmp_path: Path) -> None:
    nearly = grid([(a, b, -0.125 if x < 0 else x, mw) for a, b, x, mw in LINES])
    market = replace(case(RESONANT), network=nearly)
    write_case_folder(market, tmp_path / "in", matpower_text(nearly), "network.m")
    clear_folder(tmp_path / "in", tmp_path / "out")
    assert verify_folder(tmp_path / "out").ok
    file = tmp_path / "out/case/network.m"
    assert "-0.125" in file.read_text()
    file.write_text(file.read_text().replace("-0.125", "-0.1"))
    verification = verify_folder(tmp_path / "out")
    assert not verification.ok
    assert any("after RES" in str(check) for check in verification.failed)
