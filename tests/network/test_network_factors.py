"""Shift and outage factors: the worked examples, and every outage dropped for real."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import (
    CALIFORNIA,
    THREE_BUSES,
    TRIANGLE,
    key,
    machine,
    made_up_for,
    network_of,
    raw,
    rebuilt_flows,
    triangle,
)

from simulator.domain import Refused
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency
from simulator.network.outage_response import outage_responses
from simulator.network.read import read_case

MW = 1e-6


def path_factors(network: DcNetwork, source: int, sink: int) -> np.ndarray:
    rows = Factors(network).shift_factors(range(network.branch_count))
    return rows[:, network.bus_index(source)] - rows[:, network.bus_index(sink)]


def test_c1_shift_factors_of_three_equal_branches() -> None:
    assert path_factors(triangle(), 1, 3) == pytest.approx([1 / 3, 2 / 3, 1 / 3])
    assert path_factors(triangle(), 2, 3) == pytest.approx([-1 / 3, 1 / 3, 2 / 3])


@pytest.mark.parametrize("swing", [1, 2, 3])
def test_c1_differences_do_not_depend_on_the_reference(swing: int) -> None:
    buses = "\n".join(f"{n},'B{n}',230.0,{3 if n == swing else 1}" for n in (1, 2, 3))
    network = network_of(raw(buses, lines=TRIANGLE))
    assert network.bus[network.reference].tolist() == [swing]
    assert path_factors(network, 1, 3) == pytest.approx([1 / 3, 2 / 3, 1 / 3])


def test_c1_outage_factors() -> None:
    outage = Factors(triangle()).outage([1])
    assert outage.factors[:, 0] == pytest.approx([1, -1, 1])
    after = outage.shift_factors([0, 1, 2])
    assert after[:, 0] - after[:, 2] == pytest.approx([1, 0, 1])


def test_flows_shift_factors_and_columns_agree() -> None:
    network = dc_network(read_case(CALIFORNIA / "network.raw"))
    factors = Factors(network)
    injection = np.random.default_rng(1).normal(size=(network.bus_count, 3)) * 100
    rows = factors.shift_factors(range(network.branch_count))
    assert np.abs(rows @ injection - factors.flows(injection, phase_shifts=False)).max() < MW


def test_every_single_outage_of_the_shipped_network_dropped_for_real() -> None:
    network = dc_network(read_case(CALIFORNIA / "network.raw"))
    factors = Factors(network)
    injection = network.injection_mw
    splitting = 0
    for branch in range(network.branch_count):
        outage = factors.outage([branch])
        splitting += outage.splits
        expected = rebuilt_flows(network, [branch], injection)
        assert np.abs(outage.flows(injection) - expected).max() < MW, network.key[branch]
    assert 0 < splitting < network.branch_count


def test_double_and_triple_outages_of_the_shipped_network_dropped_for_real() -> None:
    network = dc_network(read_case(CALIFORNIA / "network.raw"))
    factors = Factors(network)
    random = np.random.default_rng(7)
    rows = random.choice(network.branch_count, 40, replace=False)
    splitting = 0
    for size in (2, 3, 5):
        for _ in range(25):
            branches = random.choice(network.branch_count, size, replace=False).tolist()
            outage = factors.outage(branches)
            splitting += outage.splits
            expected = rebuilt_flows(network, branches, network.injection_mw)
            assert np.abs(outage.flows(network.injection_mw) - expected).max() < MW
            opened = network.without_branches(branches)
            after = Factors(opened).shift_factors(rows)
            if outage.splits:
                after = after @ made_up_for(opened, np.eye(network.bus_count))
            assert np.abs(outage.shift_factors(rows) - after).max() < 1e-9
    assert splitting > 10


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_outages_of_random_networks_dropped_for_real(data: st.DataObject) -> None:
    """Any multigraph, any set of branches: islands, parallels and bridges all occur."""
    count = data.draw(st.integers(2, 7))
    pairs = list(combinations(range(1, count + 1), 2))
    ends = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=12))
    reactance = data.draw(
        st.lists(st.integers(1, 50), min_size=len(ends), max_size=len(ends))
    )  # fmt: skip
    buses = "\n".join(f"{n},'B{n}',230.0,{3 if n == 1 else 1}" for n in range(1, count + 1))
    lines = "\n".join(
        f"{a},{b},'{n}',0,{x / 100}"
        for n, ((a, b), x) in enumerate(zip(ends, reactance, strict=True))
    )
    plants = data.draw(st.lists(st.sampled_from(range(1, count + 1)), max_size=3, unique=True))
    generators = "\n".join(machine(bus, "1", 10 * bus) for bus in plants)
    network = network_of(raw(buses, generators=generators, lines=lines))
    branches = data.draw(
        st.lists(st.integers(0, len(ends) - 1), min_size=1, max_size=4, unique=True)
    )
    injection = np.array(
        data.draw(st.lists(st.integers(-100, 100), min_size=count, max_size=count))
    )
    outage = Factors(network).outage(branches)
    opened = network.without_branches(branches)
    expected = rebuilt_flows(network, branches, injection.astype(float))
    assert np.abs(outage.flows(injection) - expected).max() < MW
    everything = range(len(ends))
    after = Factors(opened).shift_factors(everything)
    if outage.splits:
        after = after @ made_up_for(opened, np.eye(count))
    assert np.abs(outage.shift_factors(everything) - after).max() < 1e-8


def test_an_outage_that_splits_an_island_is_made_up_for_by_the_machines_of_each_part() -> None:
    """30 MW too many at 1 and 2 as 1:2; 20 too many at 4 and 5, which have no machine, alike."""
    buses = THREE_BUSES + "\n4,'FOUR',230.0,1\n5,'FIVE',230.0,1"
    plants = machine(1, "1", 100) + "\n" + machine(2, "1", 200) + "\n" + machine(5, "C", 0)
    lines = TRIANGLE + "3,4,'1',0,.1\n4,5,'1',0,.1"
    network = network_of(raw(buses, generators=plants, lines=lines))
    outage = Factors(network).outage([3])
    assert outage.splits
    flow = outage.flows(np.array([0.0, 0.0, 30.0, 0.0, 20.0]))
    assert flow == pytest.approx([10 / 3, -40 / 3, -50 / 3, 0, -10])
    # what is not connected has no influence at all, not a very small one
    after = outage.shift_factors(range(5))
    assert np.array_equal(after[:3, 3:], np.zeros((3, 2)))
    assert np.array_equal(after[4:, :3], np.zeros((1, 3)))
    assert after[4, 3:] == pytest.approx([0.5, -0.5])


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_outage_of_a_machines_only_line_is_the_loss_of_the_machine(data: st.DataObject) -> None:
    """On any network, whichever bus is its reference and however its buses are called."""
    count = data.draw(st.integers(2, 6))
    plants = data.draw(st.lists(st.integers(1, count), min_size=1, max_size=3, unique=True))
    names = data.draw(st.permutations(range(1, count + 2)))
    home, swing = data.draw(st.integers(1, count)), data.draw(st.integers(1, count + 1))
    pairs = [(k, data.draw(st.integers(1, k - 1))) for k in range(2, count + 1)]
    pairs += data.draw(st.lists(st.sampled_from(list(combinations(range(1, count + 1), 2)))))
    pairs.append((count + 1, home))  # the line of the machine that is looked at
    called = [None, *names]
    network = network_of(
        raw(
            "\n".join(
                f"{called[n]},'B{n}',230.0,{3 if n == swing else 1}" for n in range(1, count + 2)
            ),
            generators="\n".join(machine(called[n], "1", 7 * n) for n in [*plants, count + 1]),
            lines="\n".join(
                f"{called[a]},{called[b]},'{n}',0,{0.05 + n / 100}"
                for n, (a, b) in enumerate(pairs)
            ),
        )
    )
    injection = data.draw(st.lists(st.integers(-100, 100), min_size=count, max_size=count))
    at = [network.bus_index(called[n]) for n in range(1, count + 2)]
    mw = np.zeros(count + 1)
    mw[at] = [*injection, -sum(injection)]
    plant = Contingency("PLANT", (), (MachineKey(called[count + 1], "1"),))
    line = Contingency("LINE", network.key[-1:])
    lost, opened = outage_responses(Factors(network), [plant, line])
    before = Factors(network).flows(mw)
    assert lost.factor is not None
    assert opened.split is not None
    assert opened.split.flows(mw) == pytest.approx(before + lost.factor @ mw[lost.buses], abs=MW)


def test_machines_that_are_lost_with_the_branches_do_not_help() -> None:
    """Of 30 MW too many at bus 3 bus 1 takes all when bus 2's machine goes with the line."""
    buses = THREE_BUSES + "\n4,'FOUR',230.0,1"
    plants = "\n".join(machine(bus, "1", 100) for bus in (1, 2, 4))
    network = network_of(raw(buses, generators=plants, lines=TRIANGLE + "3,4,'1',0,.1"))
    lost = (MachineKey(2, "1"),)
    (both,) = outage_responses(Factors(network), [Contingency("C", network.key[3:], lost)])
    assert both.split is not None
    mw = np.array([0.0, 0.0, 30.0, -30.0])
    assert both.split.flows(mw) == pytest.approx([-10, -20, -10, 0])
    assert both.split.shift_factors(range(4)) @ mw == pytest.approx([-10, -20, -10, 0])
    # and what bus 2 injected comes from bus 1, the machine that is left in its part
    mw = np.array([0.0, 30.0, -30.0, 0.0])
    assert both.split.flows(mw) == pytest.approx([10, 20, 10, 0])


def test_a_star_point_is_the_last_to_become_a_reference() -> None:
    rows = "1,2,3,'1'\n0,.1,100,0,.1,100,0,.1,100\n1\n1\n1"
    network = network_of(raw(THREE_BUSES, transformers=rows))
    opened = Factors(network).outage([0]).network
    assert opened.bus[opened.reference].tolist() == [1, 2]
    all_open = network.without_branches([0, 1, 2])
    assert all_open.bus[all_open.reference].tolist() == [1, 2, 3, -1]


def test_an_element_that_is_out_already_does_not_count() -> None:
    network = triangle().without([key(1, 2)])
    outage = Factors(network).outage([0, 0])
    assert outage.elements == ()
    assert not outage.splits


def test_phase_shifters_after_an_outage() -> None:
    rows = "1,2,0,'1'\n0,0.1,100\n1.0,0,-5.0\n1.0,0"
    network = network_of(
        raw(THREE_BUSES, lines=TRIANGLE.replace("1,2,'1'", "1,2,'2'"), transformers=rows)
    )
    injection = np.array([50.0, -80.0, 30.0])
    for branches in ([3], [0], [1, 2], [0, 1]):
        outage = Factors(network).outage(branches)
        expected = rebuilt_flows(network, branches, injection)
        assert outage.flows(injection) == pytest.approx(expected, abs=MW)


def test_reactances_that_cancel_are_refused() -> None:
    lines = "1,2,'1',0,.1\n1,2,'2',0,-.1\n1,3,'1',0,.1"
    with pytest.raises(Refused, match="SINGULAR_NETWORK"):
        Factors(network_of(raw(THREE_BUSES, lines=lines)))
