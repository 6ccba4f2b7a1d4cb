"""Each kind of record has its effect on the DC network, and no other (psse_raw 4 and 5)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from network_cases import THREE_BUSES, TRIANGLE, case_of, key, network_of, raw

from simulator.network.dc import ZERO_REACTANCE_PU, DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.verify.electrical import grid_of

TWO_BUSES = "1,'ONE',230.0,3\n2,'TWO',115.0,1"


def transformer(*rows: str) -> DcNetwork:
    return network_of(raw(TWO_BUSES, transformers="\n".join(rows)))


def tap_of(network: DcNetwork, x_pu: float) -> float:
    return 100.0 / x_pu / float(network.susceptance_mw_per_rad[0])


def test_two_winding_in_per_unit_of_bus_voltage() -> None:
    network = transformer("1,2,0,'1',1,1,1", "0,0.1,100", "1.05,0,30.0,75,80,90", "0.98,0")
    assert tap_of(network, 0.1) == pytest.approx(1.05 / 0.98)
    assert network.shift_rad[0] == pytest.approx(math.radians(30))
    assert network.rating_mw[0].tolist() == [75, 80, 90]
    assert network.is_transformer.tolist() == [True]


def test_winding_voltage_in_kv_and_its_default() -> None:
    network = transformer("1,2,0,'1',2,1,1", "0,0.1,100", "241.5,0,0", ",0")
    assert tap_of(network, 0.1) == pytest.approx(241.5 / 230.0)


def test_winding_voltage_in_per_unit_of_nominal() -> None:
    network = transformer("1,2,0,'1',3,1,1", "0,0.1,100", "1.0,220.0,0", "1.0,115.0")
    assert tap_of(network, 0.1) == pytest.approx(220.0 / 230.0)


def test_a_winding_voltage_of_cw_3_is_1_of_nominal_where_it_is_not_stated() -> None:
    rows = ["1,2,0,'1',3,1,1", "0,0.1,100", ",253.0,0", ",115.0"]
    network = transformer(*rows)
    assert network.susceptance_mw_per_rad[0] == pytest.approx(909.0909090909)
    grid = grid_of(case_of(raw(TWO_BUSES, transformers="\n".join(rows))))
    assert grid.wires[0].susceptance_mw == pytest.approx(909.0909090909)


@pytest.mark.parametrize("k", ["0", "0.", "-0", "00", "'0'", "", "0.0", "-0.0", "0D0"])
def test_a_third_bus_of_0_means_two_windings_however_it_is_written(k: str) -> None:
    network = transformer(f"1,2,{k},'1',1,1,1", "0,0.1,100", "1.05,0,30.0", "0.98,0")
    assert tap_of(network, 0.1) == pytest.approx(1.05 / 0.98)


def test_impedance_on_the_winding_base() -> None:
    network = transformer("1,2,0,'1',1,2,1", "0,0.2,50", "1.0,0", "1.0,0")
    assert tap_of(network, 0.4) == pytest.approx(1.0)


def test_impedance_as_load_loss_and_magnitude() -> None:
    # 3 MW of loss on 50 MVA is 0.06 pu of resistance
    network = transformer("1,2,0,'1',1,3,1,125", "3.0D6,0.10,50", "1.0,0", "1.0,0")
    assert tap_of(network, 2 * math.sqrt(0.10**2 - 0.06**2)) == pytest.approx(1.0)


def test_taps_can_be_left_out() -> None:
    rows = "1,2,0,'1'\n0,0.1,100\n1.05,0\n1.0,0"
    network = network_of(raw(TWO_BUSES, transformers=rows), use_taps=False)
    assert tap_of(network, 0.1) == pytest.approx(1.0)


STAR_BUSES = "1,'ONE',230.0,3\n2,'TWO',115.0,1\n3,'THREE',13.8,1"
SHORT = ["1.01,0,0,11,12,13", "1.02,0,0,21,22,23", "1.03,0,30.0,31,32,33"]
LONG = [f"{row},0,0,1.1,.9,1.1,.9,33,0,0,0" for row in SHORT]


@pytest.mark.parametrize("windings", [SHORT, LONG, [f"{row},0" for row in LONG]])
def test_three_windings_become_a_star(windings: list[str]) -> None:
    rows = ["1,2,3,'1',1,1,1", "0,.12,100,0,.06,100,0,.14,100,1.0,0.0", *windings]
    network = network_of(raw(STAR_BUSES, transformers="\n".join(rows)))
    assert network.bus.tolist() == [1, 2, 3, -1]
    assert network.key == (key(1, -1), key(2, -1), key(3, -1))
    x = 100 / network.susceptance_mw_per_rad / np.array([1.01, 1.02, 1.03])
    assert x == pytest.approx([0.10, 0.02, 0.04])
    assert network.shift_rad == pytest.approx([0, 0, math.radians(30)])
    assert network.rating_mw[:, 0].tolist() == [11, 21, 31]
    # naming any two of its buses names the whole transformer
    assert network.sections(key(3, 2)) == (0, 1, 2)
    assert network.sections(key(1, -1)) == (0,)


@pytest.mark.parametrize(
    ("status", "live"),
    [(0, [0, 0, 0]), (1, [1, 1, 1]), (2, [1, 0, 1]), (3, [1, 1, 0]), (4, [0, 1, 1])],
)
def test_three_winding_status_codes(status: int, live: list[int]) -> None:
    head = f"1,2,3,'1',1,1,1,0,0,2,'T',{status}"
    rows = [head, "0,.12,100,0,.06,100,0,.14,100", "1", "1", "1"]
    network = network_of(raw(STAR_BUSES, transformers="\n".join(rows)))
    assert network.in_service.astype(int).tolist() == live
    assert network.isolated.tolist() == [False, False, False, status == 0]


def test_a_forty_character_name_and_an_integer_loss() -> None:
    name = "A NAME OF FORTY CHARACTERS AS NEWER ONES"
    rows = f"1,2,0,'1',1,1,2,120000,0.01,2,'{name}',1,1,1.0\n0,0.1,100\n1.0\n1.0"
    assert case_of(raw(TWO_BUSES, transformers=rows)).transformers[0].name == name


def test_load_parts_at_the_voltage_of_the_file() -> None:
    buses = THREE_BUSES.replace("3,'THREE',230.0,1", "3,'THREE',230.0,1,0,0,1,1,0.9,0,1")
    data = raw(buses, loads="3,1,1,1,1,10,0,20,0,40,0\n3,2,0,1,1,999", lines=TRIANGLE)
    assert network_of(data).injection_mw[2] == pytest.approx(-(10 + 20 * 0.9 + 40 * 0.81))
    assert network_of(data, voltage_dependent_loads=False).injection_mw[2] == pytest.approx(-10)


def test_shunts_of_buses_and_lines_draw_power() -> None:
    buses = THREE_BUSES.replace("2,'TWO',230.0,2", "2,'TWO',230.0,2,7.5,0")
    lines = TRIANGLE.replace("1,2,'1',0.0,0.1", "1,2,'1',0.0,0.1,0,0,0,0,.01,0,.02,0,1")
    network = network_of(raw(buses, lines=lines))
    assert network.injection_mw == pytest.approx([-1.0, -7.5 - 2.0, 0.0])


def test_negative_and_zero_reactance() -> None:
    lines = "1,2,'1',0,-0.05\n1,3,'1',0,0.0\n2,3,'1',0,1.0E-6"
    data = raw(THREE_BUSES, lines=lines)
    network = network_of(data)
    assert network.susceptance_mw_per_rad == pytest.approx(
        [-2000.0, 100 / ZERO_REACTANCE_PU, 1.0e8]
    )
    assert [item.code for item in case_of(data).warnings] == ["ZERO_REACTANCE"]


def test_transformers_and_star_legs_without_reactance_have_a_warning_too() -> None:
    rows = (
        "1,2,0,'1'\n0,0.0,100\n1.0,0\n1.0,0\n1,2,0,'2',1,1,1,0,0,2,'OUT',0\n0,0.0,100\n1,0\n1,0\n"
    )
    star = "1,2,3,'1'\n0,0.1,100,0,0.3,100,0,0.2,100\n1,0\n1,0\n1,0\n"
    case = case_of(raw(STAR_BUSES, transformers=rows + star))
    assert [(item.code, item.where) for item in case.warnings] == [
        ("ZERO_REACTANCE", "network.raw line 11"),
        ("ZERO_REACTANCE", "network.raw line 19"),
    ]
    susceptance = dc_network(case).susceptance_mw_per_rad
    assert susceptance[2] == pytest.approx(100 / ZERO_REACTANCE_PU)
    wires = grid_of(case).wires
    assert [wire.susceptance_mw for wire in wires] == pytest.approx(susceptance)


def test_a_bus_out_of_service_takes_everything_on_it_away() -> None:
    buses = THREE_BUSES + "\n4,'FOUR',230.0,4"
    data = raw(
        buses, loads="4,1,1,1,1,50", generators="4,1,80", lines=TRIANGLE + "3,4,'1',0,0.1",
        two_terminal="1,1,1.0,40.0,500\n3,2\n4,2",
    )  # fmt: skip
    network = network_of(data)
    assert network.in_service.tolist() == [True, True, True, False]
    assert network.isolated.tolist() == [False, False, False, True]
    assert network.injection_mw.tolist() == [0, 0, 0, 0]


def test_dc_lines_inject_their_set_points() -> None:
    data = raw(
        THREE_BUSES,
        lines=TRIANGLE,
        two_terminal="1,1,1.0,40.0,500\n1,2\n3,2\n2,2,1.0,100.0,250\n2,2\n3,2\n3,0,1,9,500\n1,2\n2,2",
        vsc="'V',1,0.1\n2,2,1,12.0\n1,1,1,0.0",
    )
    network = network_of(data)
    # 40 MW 1-3, 25 MW 2-3 (100 A at 250 kV), one blocked, 12 MW into bus 2 from bus 1
    assert network.injection_mw == pytest.approx([-40 - 12, -25 + 12, 65])


def test_multi_terminal_dc_is_read_by_its_counts() -> None:
    converter = "{},2,90,5,0,0,230,1,1,1.5,.5,.006,{}"
    rows = ["1,3,2,1,1,3", converter.format(1, 30), converter.format(2, 20)]
    rows += [converter.format(3, 500), "0,0,1,1,'A'", "2,0,1,1,'B'", "0,2,'1',8.2"]
    data = raw(THREE_BUSES, lines=TRIANGLE, multi_terminal="\n".join(rows))
    assert network_of(data).injection_mw == pytest.approx([-30, -20, 50])


def test_several_swing_buses_in_one_island_keep_the_lowest_with_a_warning() -> None:
    buses = THREE_BUSES.replace("2,'TWO',230.0,2", "2,'TWO',230.0,3")
    network = network_of(raw(buses, lines=TRIANGLE))
    assert network.bus[network.reference].tolist() == [1]
    assert [item.code for item in network.warnings] == ["SECOND_SWING"]
    assert "buses 1 and 2" in network.warnings[0].found


def test_islands_have_their_own_references() -> None:
    buses = THREE_BUSES + "10,'TEN',230.0,1\n9,'NINE',230.0,1\n8,'EIGHT',115.0,2\n7,'SWING',115.0,3"
    network = network_of(raw(buses, lines=TRIANGLE + "9,10,'1',0,0.1\n7,8,'1',0,.1"))
    assert network.bus[network.reference].tolist() == [1, 9, 7]
    assert network.warnings == ()


def test_multi_section_lines_trip_as_one() -> None:
    buses = THREE_BUSES + "\n4,'DUMMY',230.0,1\n5,'DUMMY',230.0,1"
    lines = "1,3,'1',0,.1\n1,4,'1',0,.1\n4,5,'1',0,-.02\n2,-5,'7',0,.1"
    network = network_of(raw(buses, lines=lines, multi_section="1,-2,'&1',4,5"))
    assert network.sections(key(4, 5)) == (1, 2, 3)
    assert network.sections(key(2, 1, "&1")) == (1, 2, 3)
    assert network.sections(key(1, 3)) == (0,)
    opened = network.without([key(5, 4)])
    assert opened.in_service.tolist() == [True, False, False, False]


def test_impedance_correction_is_a_switch() -> None:
    rows = "1,2,0,'1'\n0,0.1,100\n1.05,0,0,0,0,0,0,0,1.1,.9,1.1,.9,33,4\n1.0,0"
    table = "4,0.9,1.2,1.0,1.0,1.1,1.4,0,0"
    data = raw(TWO_BUSES, transformers=rows, correction=table)
    plain = network_of(data, impedance_correction=False)
    assert tap_of(plain, 0.1) == pytest.approx(1.05)
    corrected = network_of(data)
    assert tap_of(corrected, 0.1 * 1.2) == pytest.approx(1.05)
    assert "multiplied by" in str(corrected.warnings[0])
    assert "leaves out" in str(plain.warnings[0])
    without = network_of(raw(TWO_BUSES, transformers=rows))
    assert tap_of(without, 0.1) == pytest.approx(1.05)
    assert [item.code for item in without.warnings] == ["NO_CORRECTION_TABLE"]
    for network, switch in ((plain, False), (corrected, True)):
        wires = grid_of(case_of(data), switch).wires
        assert wires[0].susceptance_mw == pytest.approx(network.susceptance_mw_per_rad[0])


@pytest.mark.parametrize("points", ["0.9,0.5,1.0,1.0,1.1,2.0", "-30,0.5,0,1.0,10,2.0"])
@pytest.mark.parametrize("angle", [-40, -30, -7, 5, 10, 40])
@pytest.mark.parametrize("tap", [0.8, 0.97, 1.0, 1.04, 1.2])
def test_verify_reads_correction_tables_as_the_market_does(
    points: str, angle: float, tap: float
) -> None:
    winding = f"{tap},0,{angle},0,0,0,0,0,1.1,.9,1.1,.9,33,4\n"
    two = f"1,2,0,'1'\n0,0.1,100\n{winding}1.02,0\n"
    three = f"1,2,3,'2'\n0,0.1,100,0,0.3,100,0,0.25,100\n{winding * 3}"
    case = case_of(raw(STAR_BUSES, transformers=two + three, correction=f"4,{points}"))
    network = dc_network(case)
    assert len(network.warnings) == 4
    found = [wire.susceptance_mw for wire in grid_of(case).wires]
    assert found == pytest.approx(network.susceptance_mw_per_rad)


def test_a_phase_shifter_drives_a_loop_flow() -> None:
    rows = "1,2,0,'1'\n0,0.1,100\n1.0,0,-5.0\n1.0,0"
    lines = "1,3,'1',0.0,0.1\n2,3,'1',0.0,0.1"
    network = network_of(raw(THREE_BUSES, lines=lines, transformers=rows))
    flow = Factors(network).flows(network.injection_mw)
    loop = 100 * math.radians(5) / 0.3
    assert flow == pytest.approx([-loop, loop, loop])
