"""Contingencies after which negative reactances nearly cancel are left out, and told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.network.amplified import enforced
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors
from simulator.network.folder import read_network_folder

CALIFORNIA = Path(__file__).parents[2] / "fixtures" / "california"
TESLA_VACA_DIXON = BranchKey(3903, 3904, "1")
ROUND_MOUNTAIN = BranchKey(3905, 3906, "1")
METCALF_BANK = BranchKey(3301, 3303, "1")


@pytest.fixture(scope="module")
def model():
    return read_network_folder(CALIFORNIA)


def left_out(model, network, largest):
    found = enforced(network, model.contingencies, model.monitored, largest)
    names = {item.contingency for item in found.left_out}
    assert [item.name for item in found.contingencies] == [
        item.name for item in model.contingencies if item.name not in names
    ]
    return {item.contingency: item for item in found.left_out}


def really_out(model, network, name):
    """(spread, branch) with the contingency's branches taken out of the network."""
    contingency = next(item for item in model.contingencies if item.name == name)
    after = network.without(contingency.branches)
    watched = [
        position
        for key in model.monitored
        for position in [after.branch_index(key)[0]]
        if after.in_service[position]
    ]
    rows = Factors(after).shift_factors(watched)
    spread = rows.max(axis=1) - rows.min(axis=1)
    return spread.max(), after.key[watched[int(spread.argmax())]]


def test_the_released_list_is_enforced_whole(model):
    assert left_out(model, model.network, 25) == {}


@pytest.mark.parametrize("out", [(ROUND_MOUNTAIN,), (METCALF_BANK,), ()])
def test_every_factor_told_is_that_of_the_network_without_the_branches(model, out):
    network = model.network.without(out)
    found = left_out(model, network, 18)
    assert found
    for name, item in found.items():
        spread, branch = really_out(model, network, name)
        assert item.shift_factor == pytest.approx(spread, rel=1e-6)
        assert (item.branch, spread > 18) == (branch, True)


def test_what_is_kept_is_within_the_largest_factor(model):
    network = model.network.without([METCALF_BANK])
    found = left_out(model, network, 25)
    assert sorted(found) == [
        "PG1 LOSBAN-MOSSLA_1 500",
        "PG1 LOSBAN-TRACY_1 500",
        "PG1 METCAL-MOSSLA_1 500",
        "PG1 TABLEM-ROUNDM_1 500",
        "PG1 TESLA-TABLEM_1 500",
    ]
    worst = max(
        really_out(model, network, item.name)[0]
        for item in model.contingencies
        if item.name.startswith("PG1") and item.name not in found
    )
    assert worst <= 25
    assert found["PG1 METCAL-MOSSLA_1 500"].branch == TESLA_VACA_DIXON
    assert found["PG1 METCAL-MOSSLA_1 500"].shift_factor > 100


def test_a_factor_of_exactly_the_largest_is_allowed(model):
    worst = max(item.shift_factor for item in left_out(model, model.network, 20).values())
    assert left_out(model, model.network, worst) == {}
    assert len(left_out(model, model.network, worst - 1e-6)) == 1


def test_what_was_larger_before_is_no_contingency_s_doing(model):
    """16.35 without any contingency: at 16 that branch is not judged, at 17 it is."""
    network = model.network.without([ROUND_MOUNTAIN])
    judged, not_judged = left_out(model, network, 17), left_out(model, network, 16)
    assert judged["PG1 NEWARK-METCAL_1 230"].branch == TESLA_VACA_DIXON
    assert judged["PG1 NEWARK-METCAL_1 230"].shift_factor > 300
    assert "PG1 MORAGA-VACADI_1 230" in judged
    assert "PG1 MORAGA-VACADI_1 230" not in not_judged
    assert TESLA_VACA_DIXON not in {item.branch for item in not_judged.values()}


def test_positive_reactances_leave_nothing_out(model):
    network = replace(
        model.network, susceptance_mw_per_rad=np.abs(model.network.susceptance_mw_per_rad)
    )
    found = enforced(network, model.contingencies, model.monitored, 1)
    assert found.left_out == ()
    assert found.contingencies == model.contingencies
    worst, _ = really_out(model, network, "PG1 TESLA-TABLEM_1 500")
    assert worst <= 1 + 1e-9
