"""Generator outages: distribution factors without the lost machines, alone and with branches (C15).

The flows are compared with a network in which the machines' injections are really moved.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from network_cases import CALIFORNIA, THREE_BUSES, TRIANGLE, key, machine, network_of, raw

from simulator.domain import Refused, Tou
from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.folder import read_network_folder
from simulator.network.generator_outage import GeneratorOutage, lost_injections
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency
from simulator.network.outage_response import outage_responses
from simulator.network.publication import model_files


def triangle(*machines: str) -> DcNetwork:
    return network_of(raw(THREE_BUSES, generators="\n".join(machines), lines=TRIANGLE))


def test_c15_the_others_factors_add_to_one_again() -> None:
    network = triangle(machine(1, "1", 50), machine(2, "1", 30), machine(3, "1", 20))
    (lost,) = lost_injections(network, [MachineKey(1, "1")])
    assert (lost.bus, lost.share) == (0, 1.0)
    assert lost.pickup == pytest.approx([0, 0.6, 0.4])
    assert lost.transfer.sum() == pytest.approx(0)


def test_one_of_two_machines_at_a_bus_takes_its_part_and_the_other_helps() -> None:
    network = triangle(machine(1, "A", 60), machine(1, "B", 20), machine(2, "1", 60))
    (lost,) = lost_injections(network, [MachineKey(1, "A")])
    assert lost.share == pytest.approx(0.75)
    assert lost.pickup == pytest.approx([0.25, 0.75, 0])


def test_machines_out_of_service_and_condensers_neither_leave_nor_help() -> None:
    network = triangle(
        machine(1, "1", 50), machine(2, "1", 30, status=0), machine(2, "C", 0), machine(3, "1", 20)
    )
    assert set(network.machine_mw) == {MachineKey(1, "1"), MachineKey(3, "1")}
    (lost,) = lost_injections(network, [MachineKey(1, "1"), MachineKey(2, "1")])
    assert lost.pickup == pytest.approx([0, 0, 1])


def test_a_machine_that_an_outage_cuts_off_moves_nothing() -> None:
    network = triangle(machine(1, "1", 50), machine(2, "1", 30))
    cut_off = network.without([key(1, 2), key(1, 3)])
    assert lost_injections(cut_off, [MachineKey(1, "1")]) == ()


def test_a_lost_generator_is_made_up_for_where_the_factors_say() -> None:
    """30 MW from bus 1 to bus 3, bus 1 lost, all of it from bus 2: 20 on 2-3, 10 on 2-1-3."""
    network = triangle(machine(1, "1", 50), machine(2, "1", 50))
    lost = GeneratorOutage(Factors(network), lost_injections(network, [MachineKey(1, "1")]))
    flow = dict(zip(network.key, lost.flows(np.array([30.0, 0.0, -30.0])), strict=True))
    assert flow[key(2, 3)] == pytest.approx(20)
    assert flow[key(1, 2)] == pytest.approx(-10)
    assert flow[key(1, 3)] == pytest.approx(10)


@pytest.mark.parametrize("opened", [[], ["2400-2403"], ["2400-2403", "1401-2400"]])
def test_factors_and_flows_agree_with_and_without_branches(opened: list[str]) -> None:
    network = read_network_folder(CALIFORNIA).network
    whole = Factors(network)
    keys = [key(*map(int, name.split("-"))) for name in opened]
    chance = np.random.default_rng(5)
    injection = chance.normal(size=(network.bus_count, 2)) * 50
    injection -= injection.mean(axis=0)
    for machines in (list(network.machine_mw)[:1], list(network.machine_mw)[3:60:11]):
        (found,) = outage_responses(whole, [Contingency("G", tuple(keys), tuple(machines))])
        assert found.factor is not None
        moved = injection.copy()
        for item in lost_injections(network, machines):
            moved[item.bus] -= item.share * injection[item.bus]
            moved += np.outer(item.pickup, item.share * injection[item.bus])
        really = Factors(network.without(keys)).flows(moved, phase_shifts=False)
        before = whole.flows(injection, phase_shifts=False)
        carried = np.concatenate([before[found.branches], injection[found.buses]])
        assert np.allclose(before + found.factor @ carried, really, atol=1e-6)
        response = whole.outage(found.branches) if keys else whole
        lost = GeneratorOutage(response, lost_injections(network, machines))
        assert np.allclose(lost.flows(injection, phase_shifts=False), really, atol=1e-6)
        by_factors = lost.shift_factors(range(network.branch_count)) @ injection
        assert np.allclose(by_factors, really, atol=1e-6)


def folder(place: Path, machines: str, branches: str = "") -> Path:
    generators = [machine(1, "A", 60), machine(1, "B", 20), machine(2, "1", 60)]
    data = raw(THREE_BUSES, generators="\n".join(generators), lines=TRIANGLE)
    (place / "network.raw").write_bytes(data)
    (place / "generator_contingencies.csv").write_text(f"Contingency,Bus,ID\n{machines}")
    if branches:
        (place / "contingencies.csv").write_text(f"Contingency,FromBus,ToBus,Circuit\n{branches}")
    return place


def test_a_blank_id_is_the_whole_plant_and_one_name_joins_branches_and_machines(
    tmp_path: Path,
) -> None:
    model = read_network_folder(folder(tmp_path, "PLANT,1,\nRAS,2, 1 \n", "RAS,1,2,1\nL,2,3,1\n"))
    assert model.contingencies == (
        Contingency("RAS", (key(1, 2),), (MachineKey(2, "1"),)),
        Contingency("L", (key(2, 3),)),
        Contingency("PLANT", (), (MachineKey(1, "A"), MachineKey(1, "B"))),
    )


def test_unknown_machines_and_the_loss_of_everybody_are_told_at_once(tmp_path: Path) -> None:
    rows = "X,9,1\nY,1,C\nZ,3,\nALL,1,\nALL,2,1\nHALF,1,A\n"
    with pytest.raises(Refused) as refused:
        read_network_folder(folder(tmp_path, rows))
    told = [str(item) for item in refused.value.findings]
    assert len(told) == 4
    for text, where in zip(("bus 9", "C", "bus 3", "nobody"), ("1", "2", "3", "5"), strict=True):
        assert any(text in one and f"row {int(where) + 1}" in one for one in told), (text, told)


def test_the_published_model_names_the_machines(tmp_path: Path) -> None:
    model = read_network_folder(folder(tmp_path, "PLANT,1,\n", "PLANT,1,2,1\n"))
    files = {item.name: item.text for item in model_files(model, "M", "P", Tou.ON)}
    assert files["M_P_CONTINGENCY.csv"].splitlines() == [
        "Contingency,FromBus,ToBus,Circuit,Bus,ID",
        "PLANT,1,2,1,,",
        "PLANT,,,,1,A",
        "PLANT,,,,1,B",
    ]
    assert files["M_P_CONTINGENCY_PUBLIC.csv"].splitlines()[1:] == ["PLANT,3"]
