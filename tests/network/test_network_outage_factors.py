"""All outage factors at once agree with one outage at a time, on every shape of mesh."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import CALIFORNIA, THREE_BUSES, TRIANGLE, network_of, raw, shared

from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.island import find_bridges
from simulator.network.outage_factors import OutageFactors
from simulator.network.read import read_case


def assert_rows_agree(network: DcNetwork, outages: list[int] | None = None) -> None:
    factors = Factors(network)
    quick = OutageFactors(factors)
    for branch in quick.candidates.tolist() if outages is None else outages:
        row = quick.rows([branch])[0]
        assert row[branch] == -1
        one_at_a_time = factors.outage([branch])
        assert not one_at_a_time.splits
        assert np.abs(row - one_at_a_time.factors[:, 0]).max() < 1e-9


def test_the_shipped_network() -> None:
    assert_rows_agree(dc_network(read_case(CALIFORNIA / "network.raw")))


def test_rings_chains_parallels_and_bridges() -> None:
    buses = "\n".join(f"{n},'B{n}',230.0,{3 if n == 1 else 1}" for n in range(1, 12))
    lines = (
        "1,2,'1',0,.1\n2,3,'1',0,.2\n3,1,'1',0,.3\n"  # a ring at bus 1
        "1,4,'1',0,.1\n"  # a bridge
        "4,5,'1',0,.1\n5,4,'2',0,.4\n"  # parallels only
        "5,6,'1',0,.1\n7,6,'1',0,-.05\n7,8,'1',0,.1\n8,5,'1',0,.2\n6,8,'1',0,.3\n"  # a mesh
        "9,10,'1',0,.1\n10,11,'1',0,.2\n11,9,'1',0,.3"  # a ring of its own island
    )
    network = network_of(raw(buses, lines=lines))
    quick = OutageFactors(Factors(network))
    assert 3 not in quick.candidates
    assert len(quick.candidates) == network.branch_count - 1
    assert_rows_agree(network)


def test_a_chain_whose_reactances_cancel_is_taken_apart() -> None:
    buses = THREE_BUSES + "\n4,'FOUR',230.0,1"
    lines = TRIANGLE + "1,4,'1',0,.1\n4,2,'1',0,-.1"
    # the series path 1-4-2 has no reactance of its own, so it cannot be one chain
    assert_rows_agree(network_of(raw(buses, lines=lines)))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_random_networks(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 9))
    pairs = list(combinations(range(1, count + 1), 2))
    ends = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=16))
    buses = "\n".join(f"{n},'B{n}',230.0,{3 if n == 1 else 1}" for n in range(1, count + 1))
    lines = "\n".join(
        f"{a},{b},'{n}',0,{data.draw(st.integers(1, 50)) / 100},0,0,0,0,0,0,0,0,"
        f"{data.draw(st.sampled_from([1, 1, 1, 0]))}"
        for n, (a, b) in enumerate(ends)
    )
    assert_rows_agree(network_of(raw(buses, lines=lines)))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 8), st.data())
def test_bridges_are_the_branches_whose_removal_adds_an_island(
    count: int, data: st.DataObject
) -> None:
    bus = st.integers(0, count - 1)
    pair = st.tuples(bus, bus).filter(lambda ends: ends[0] != ends[1])
    ends = data.draw(st.lists(pair, max_size=14)) if count > 1 else []
    pairs = np.array(ends, dtype=np.int64).reshape(len(ends), 2)
    flags = st.lists(st.booleans(), min_size=len(ends), max_size=len(ends))
    live = np.array(data.draw(flags), dtype=bool)
    bridge = find_bridges(count, pairs[:, 0], pairs[:, 1], live)

    def islands(opened: int | None) -> int:
        parent = list(range(count))

        def root(a: int) -> int:
            while parent[a] != a:
                a = parent[a]
            return a

        for k, (a, b) in enumerate(ends):
            if live[k] and k != opened:
                parent[root(a)] = root(b)
        return len({root(a) for a in range(count)})

    for k in range(len(ends)):
        assert bridge[k] == (live[k] and islands(k) > islands(None))


def test_blocks_stream_every_candidate_once() -> None:
    network = dc_network(read_case(CALIFORNIA / "network.raw"))
    factors = Factors(network)
    quick = OutageFactors(factors)
    whole = quick.rows(quick.candidates)
    streamed = np.concatenate([rows for _, rows in quick.blocks(rows_per_block=50)])
    assert np.array_equal(whole, streamed)
    base = factors.flows(network.injection_mw)
    chosen = quick.candidates[5:25]
    for block, flows in quick.post_outage_flows(base, chosen, rows_per_block=7):
        for branch, flow in zip(chosen[block], flows, strict=True):
            expected = factors.outage([branch]).flows(network.injection_mw)
            assert flow == pytest.approx(expected, abs=1e-6)


def test_an_outage_that_splits_is_not_for_this_door() -> None:
    network = network_of(raw(THREE_BUSES, lines="1,2,'1',0,.1\n2,3,'1',0,.1"))
    with pytest.raises(ValueError, match="splits"):
        OutageFactors(Factors(network)).rows([0])


def test_the_large_case_against_one_outage_at_a_time() -> None:
    network = dc_network(read_case(shared("cats/cats.v30.raw")))
    quick = OutageFactors(Factors(network))
    assert len(quick.candidates) == 7659
    some = np.random.default_rng(3).choice(quick.candidates, 25, replace=False).tolist()
    assert_rows_agree(network, some)
