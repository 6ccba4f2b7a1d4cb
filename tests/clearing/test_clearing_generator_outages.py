"""Generator contingencies in the feasibility test and in the day-ahead dispatch (rulebook 3.1)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import (
    auction,
    flat,
    grid,
    held,
    made_up_for,
    matpower_text,
    random_case,
    random_network,
)

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.dispatch import DispatchModel, Offer, dispatch
from simulator.clearing.dispatch_limits import security_limits
from simulator.clearing.explain import explain_bid
from simulator.clearing.folder import clear_folder, read_case_folder
from simulator.clearing.write import write_case_folder
from simulator.domain import Hedge
from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.generator_outage import lost_injections
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency
from simulator.network.outage_response import opened_branches
from simulator.verify import verify_folder

PLANT_1 = Contingency("PLANT 1", (), (MachineKey(1, "1"),))


def network(limit_23: float = 60) -> DcNetwork:
    """Three equal lines, one limited, and as much generation at bus 1 as at bus 2."""
    lines = [(1, 2, 0.1, 0), (1, 3, 0.1, 0), (2, 3, 0.1, limit_23)]
    return grid(lines, machines={(1, "1"): 100.0, (2, "1"): 100.0})


def case(*contingencies: Contingency) -> ClearingCase:
    return auction(network(), flat("A", 1, 3, 200, 10), contingencies=contingencies)


def test_what_bus_1_sells_must_also_fit_from_bus_2() -> None:
    """1 to 3 puts a third on 2-3, 2 to 3 two thirds: 180 MW without the contingency, 90 with."""
    assert [str(item.awarded_mw) for item in clear(case()).awards] == ["180.000"]
    result = clear(case(PLANT_1))
    assert [str(item.awarded_mw) for item in result.awards] == ["90.000"]
    (binding,) = result.binding
    assert (binding.name, binding.contingency) == ("2-3-1", "PLANT 1")
    assert float(binding.shadow_price_usd_per_mw) == pytest.approx(15)
    price = {item.location: float(item.price_usd_per_mw) for item in result.prices}
    assert price["1"] - price["3"] == pytest.approx(10)
    assert price["1"] == pytest.approx(price["2"])  # where its power then comes from


def test_an_option_counts_by_what_it_does_after_the_loss() -> None:
    """An option from 3 to 1 then loads 3-2 by two thirds; it makes no room for A, but A for it."""
    option = flat("O", 3, 1, 200, 1, hedge=Hedge.OPT)
    alone = auction(network(), option, contingencies=(PLANT_1,))
    assert [str(item.awarded_mw) for item in clear(alone).awards] == ["90.000"]
    both = replace(alone, bids=(option, *case().bids))
    awards = {item.bid_id: str(item.awarded_mw) for item in clear(both).awards}
    assert awards == {"A": "90.000", "O": "180.000"}


def test_rights_held_that_only_the_loss_overloads_lift_its_limit() -> None:
    held_rights = replace(case(PLANT_1), fixed_crrs=(held("R", 1, 3, 120),))
    (relaxed,) = clear(held_rights).relaxed
    assert relaxed.contingency == "PLANT 1"
    assert float(relaxed.fixed_flow_mw) == pytest.approx(80)


def test_a_machine_that_the_market_has_cut_off_is_no_contingency() -> None:
    apart = grid(
        [(1, 2, 0.1, 0), (2, 3, 0.1, 60)], machines={(1, "1"): 100.0, (2, "1"): 100.0}
    ).without_branches([0])
    alone = auction(apart, flat("A", 2, 3, 200, 10), contingencies=(PLANT_1,))
    assert [str(item.awarded_mw) for item in clear(alone).awards] == ["60.000"]


def test_folder_in_and_out_explained_and_verified(tmp_path: Path) -> None:
    text = matpower_text(network())
    write_case_folder(case(PLANT_1), tmp_path / "in", text, "network.m")
    clear_folder(tmp_path / "in", tmp_path / "out")
    assert read_case_folder(tmp_path / "out/case").contingencies == (PLANT_1,)
    reason = explain_bid(tmp_path / "out", "A")
    assert [item["contingency"] for item in reason["limits"]] == ["PLANT 1"]
    assert verify_folder(tmp_path / "out").ok
    table = tmp_path / "in/generator_contingencies.csv"
    table.write_text("Contingency,Bus,ID\nPLANT 1,1, 1\nPLANT 1,1,\n")  # the same, said otherwise
    clear_folder(tmp_path / "in", tmp_path / "again")
    for file in sorted((tmp_path / "out").rglob("*.csv")):
        again = tmp_path / "again" / file.relative_to(tmp_path / "out")
        assert again.read_bytes() == file.read_bytes(), file.name


def test_random_folders_with_machines_are_verified(tmp_path: Path) -> None:
    tried = 0
    for seed in range(12):
        market = random_case(seed, "linear")
        if any(item.machines for item in market.contingencies):
            tried += 1
            path = tmp_path / str(seed)
            write_case_folder(market, path / "in", matpower_text(market.network), "network.m")
            clear_folder(path / "in", path / "out")
            verification = verify_folder(path / "out")
            assert verification.ok, [str(check) for check in verification.failed]
    assert tried >= 6


def test_a_machine_of_infinite_size_makes_up_like_one_of_9999_mw(tmp_path: Path) -> None:
    """It was lost from the feasibility test without a word, and the verifier agreed."""
    stated = matpower_text(grid([(1, 2, 0.1, 0), (1, 3, 0.1, 0), (2, 3, 0.1, 60)],
                                machines={(1, "1"): 50.0, (2, "1"): 9999.0}))  # fmt: skip
    for name, text in (("stated", stated), ("infinite", stated.replace("9999.0", "Inf"))):
        write_case_folder(case(PLANT_1), tmp_path / name, text, "network.m")
        clear_folder(tmp_path / name, tmp_path / "out" / name)
        assert verify_folder(tmp_path / "out" / name).ok
        assert (
            "A,P,BUY,1,3,ON,2024_M09,90.000,"
            in (tmp_path / "out" / name / "awards.csv").read_text()
        )


class TestDispatch:
    def test_flows_are_those_with_the_injections_really_moved(self) -> None:
        compared = splits = 0
        for seed in range(30):
            chance = np.random.default_rng(seed)
            grid_ = random_network(chance, 8)
            names = sorted(grid_.machine_mw)
            contingencies = tuple(
                Contingency(
                    f"C{k}",
                    tuple(grid_.key[int(i)] for i in chance.choice(len(grid_.key), k % 3, False)),
                    tuple(names[int(i)] for i in chance.choice(len(names), k % 4, False)),
                )
                for k in range(12)
            )
            limits = security_limits(grid_, contingencies)
            injection = chance.normal(size=8) * 100
            injection -= injection.mean()
            flows = limits.response.flows(injection)
            watched = [grid_.branch_index(item.key)[0] for item in limits.elements]
            by_name = {item.name: item for item in contingencies}
            for number, name in enumerate(limits.case_names[1:], 1):
                lost = by_name[name]
                moved = injection.copy()
                for item in lost_injections(grid_, lost.machines):
                    moved[item.bus] -= item.share * injection[item.bus]
                    moved += item.pickup * item.share * injection[item.bus]
                after = grid_.without_branches(opened_branches(grid_, lost).tolist())
                if len(after.reference) > len(grid_.reference):
                    splits += 1
                    moved = made_up_for(after, moved, lost.machines)
                compared += 1
                really = Factors(after).flows(moved)[watched]
                assert flows[:, number] == pytest.approx(really, abs=1e-7)
                row, _ = limits.response.row(0, number)
                assert row @ injection == pytest.approx(flows[0, number], abs=1e-6)
        assert compared > 200
        assert splits > 10

    def test_the_cheap_plant_runs_only_as_far_as_its_loss_can_be_made_up_for(self) -> None:
        """100 MW of load at 3: two thirds of what bus 1 sends must fit 2-3, so 75 of them."""
        offers = [Offer(1, "G1", 1, 0.0, 200, 10.0), Offer(3, "G3", 1, 0.0, 200, 50.0)]
        load = np.array([0.0, 0.0, 100.0])
        free = dispatch(DispatchModel(network(50)), offers, load)
        assert free.constraints == ()
        secured = dispatch(DispatchModel(network(50), (PLANT_1,)), offers, load)
        assert secured.generation_mw == pytest.approx([75, 25])
        (binding,) = secured.constraints
        assert (binding.contingency, binding.flow_mw) == ("PLANT 1", pytest.approx(50))
        assert secured.mcc_usd_per_mwh[2] - secured.mcc_usd_per_mwh[0] == pytest.approx(40)


def test_a_folder_cleared_into_twice_keeps_nothing_of_the_first_case(tmp_path: Path) -> None:
    text = matpower_text(network())
    for number, market in enumerate((case(PLANT_1), case())):
        write_case_folder(market, tmp_path / str(number), text, "network.m")
        clear_folder(tmp_path / str(number), tmp_path / "out")
    assert not (tmp_path / "out/case/generator_contingencies.csv").exists()
    assert verify_folder(tmp_path / "out").ok
