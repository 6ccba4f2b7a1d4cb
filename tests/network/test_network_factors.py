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
    network_of,
    raw,
    rebuilt_flows,
    triangle,
)

from simulator.domain import Refused
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
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
            opened = Factors(network.without_branches(branches))
            assert np.abs(outage.shift_factors(rows) - opened.shift_factors(rows)).max() < 1e-9
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
    network = network_of(raw(buses, lines=lines))
    branches = data.draw(
        st.lists(st.integers(0, len(ends) - 1), min_size=1, max_size=4, unique=True)
    )
    injection = np.array(
        data.draw(st.lists(st.integers(-100, 100), min_size=count, max_size=count))
    )
    outage = Factors(network).outage(branches)
    opened = Factors(network.without_branches(branches))
    expected = rebuilt_flows(network, branches, injection.astype(float))
    assert np.abs(outage.flows(injection) - expected).max() < MW
    everything = range(len(ends))
    difference = outage.shift_factors(everything) - opened.shift_factors(everything)
    assert np.abs(difference).max() < 1e-8


def test_an_outage_that_splits_an_island_balances_each_part_at_its_own_reference() -> None:
    buses = THREE_BUSES + "\n4,'FOUR',230.0,1\n5,'FIVE',230.0,1"
    network = network_of(raw(buses, lines=TRIANGLE + "3,4,'1',0,.1\n4,5,'1',0,.1"))
    outage = Factors(network).outage([3])
    assert outage.splits
    assert network.bus[outage.network.reference].tolist() == [1, 4]
    flow = outage.flows(np.array([0.0, 0.0, 30.0, 0.0, 20.0]))
    assert flow == pytest.approx([-10, -20, -10, 0, -20])
    # what is not connected has no influence at all, not a very small one
    after = outage.shift_factors(range(5))
    assert np.array_equal(after[:3, 3:], np.zeros((3, 2)))
    assert np.array_equal(after[4:, :3], np.zeros((1, 3)))
    assert after[4, 4] == pytest.approx(-1)


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
