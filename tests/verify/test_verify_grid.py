"""The second physics against figures that neither of our solvers made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from verify_folders import RING_BUSES, raw

from simulator.network.read import read_case
from simulator.verify.electrical import grid_of
from simulator.verify.fleet import Plant, Trip, fleet_of
from simulator.verify.grid import Grid

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
IEEE14 = SHARED / "ieee14"


def grid(folder: Path, text: str) -> Grid:
    path = folder / "network.raw"
    path.write_text(text)
    return grid_of(read_case(path))


def transfer(net: Grid, source: int, sink: int, mw: float = 1.0) -> np.ndarray:
    column = np.zeros((len(net.bus), 1))
    column[net.bus_position[source]] = mw
    column[net.bus_position[sink]] -= mw
    return column


def test_c1_three_equal_lines(tmp_path: Path) -> None:
    ring = grid(tmp_path, raw(RING_BUSES, [(1, 2, 0), (1, 3, 0), (2, 3, 0)]))
    whole = ring.without(frozenset())
    assert whole.flows(transfer(ring, 1, 3))[:, 0] == pytest.approx([1 / 3, 2 / 3, 1 / 3])
    assert whole.flows(transfer(ring, 2, 3))[:, 0] == pytest.approx([-1 / 3, 1 / 3, 2 / 3])
    assert ring.without(ring.opening(3, 1, "1")).flows(transfer(ring, 1, 3))[:, 0] == pytest.approx(
        [1, 0, 1]
    )


def test_factors_are_the_transpose_of_flows(tmp_path: Path) -> None:
    ring = grid(tmp_path, raw(RING_BUSES, [(1, 2, 0), (1, 3, 0), (2, 3, 0)]))
    state = ring.without(frozenset())
    row = state.sensitivity([(0, 1.0), (2, -2.0)])
    for source, sink in ((1, 3), (2, 3), (3, 2)):
        flows = state.flows(transfer(ring, source, sink))[:, 0]
        path = transfer(ring, source, sink)[:, 0]
        assert row @ path == pytest.approx(flows[0] - 2 * flows[2])


def test_a_split_is_made_up_for_by_the_machines_of_each_part_or_its_buses(tmp_path: Path) -> None:
    """Bus 1 takes the 10 MW of bus 2 in its part; buses 3 and 4, without machines, give 5 each."""
    path = tmp_path / "network.raw"
    lines = [(1, 2, 0), (2, 3, 0), (3, 4, 0)]
    path.write_text(raw({1: 3, 2: 1, 3: 1, 4: 1}, lines, [(1, "1", 50), (3, "C", 0)]))
    case = read_case(path)
    plant = Plant(grid_of(case), fleet_of(case))
    split = plant.after(Trip(opened=plant.grid.opening(2, 3, "1")))
    path_mw = transfer(plant.grid, 2, 4, 10.0)
    assert split.flows(path_mw)[:, 0] == pytest.approx([-10, 0, 5])
    for wire, flow in ((0, -10), (2, 5)):
        assert split.sensitivity([(wire, 1.0)]) @ path_mw[:, 0] == pytest.approx(flow)


def test_machines_lost_with_the_wires_do_not_help(tmp_path: Path) -> None:
    path = tmp_path / "network.raw"
    lines = [(1, 2, 0), (2, 3, 0), (3, 4, 0)]
    path.write_text(raw({1: 3, 2: 1, 3: 1, 4: 1}, lines, [(1, "1", 50), (2, "1", 50), (3, "1", 9)]))
    case = read_case(path)
    plant = Plant(grid_of(case), fleet_of(case))
    opened = plant.grid.opening(2, 3, "1")
    path_mw = transfer(plant.grid, 2, 4, 10.0)
    for lost, flow in (frozenset(), -5), (frozenset({(2, "1")}), 0):
        split = plant.after(Trip(opened, lost))
        assert split.flows(path_mw)[0, 0] == pytest.approx(flow)


def test_a_lost_machine_is_replaced_by_those_that_remain(tmp_path: Path) -> None:
    """Of 60 MW in at bus 1, machine A had 45; bus 1's other machine and bus 2 give 15 and 30."""
    path = tmp_path / "network.raw"
    machines = [(1, "A", 90), (1, "B", 30), (2, "1", 60)]
    path.write_text(raw(RING_BUSES, [(1, 2, 0), (1, 3, 0), (2, 3, 0)], machines))
    case = read_case(path)
    plant = Plant(grid_of(case), fleet_of(case))
    after = plant.after(Trip(lost=frozenset({(1, "A")})))
    flows = after.flows(transfer(plant.grid, 1, 3, 60.0))[:, 0]
    assert flows == pytest.approx([0, 30, 30])
    row = after.sensitivity([(1, 1.0)])  # of 1-3
    assert row @ transfer(plant.grid, 1, 3, 60.0)[:, 0] == pytest.approx(30)


@pytest.mark.skipif(not IEEE14.exists(), reason="the shared reference data is not here")
def test_every_outage_of_ieee14_as_other_programs_solve_it() -> None:
    reference = np.load(IEEE14 / "h014_pglib_ieee14.npz")
    net = grid_of(read_case(IEEE14 / "h014_pglib_ieee14.v30.raw"))
    injection = np.zeros((len(net.bus), 1))
    for bus, mw in zip(
        reference["bus_id"],
        reference["bus_Pg"] - reference["Pd"] - reference["Gs"],
        strict=True,
    ):
        injection[net.bus_position[int(bus)], 0] = mw
    ends = zip(reference["br_f"], reference["br_t"], reference["br_ckt"], strict=True)
    place = [net.find(int(f), int(t), str(ckt)) for f, t, ckt in ends]
    for outage, expected in zip(reference["ref_ctg_branch"], reference["ref_ctg_pf"], strict=True):
        opened = frozenset({place[int(outage)][0]})
        flows = net.without(opened).flows(injection)[:, 0]
        mine = [sign * flows[position] for position, sign in place]
        assert mine == pytest.approx(expected, abs=1e-6)
