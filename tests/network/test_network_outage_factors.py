"""All outage factors at once agree with one outage at a time, on every shape of mesh."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import CALIFORNIA, THREE_BUSES, TRIANGLE, network_of, raw, shared

from simulator.domain import Refused
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.island import find_bridges
from simulator.network.model import Contingency
from simulator.network.outage_factors import OutageFactors
from simulator.network.outage_response import outage_responses
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


def test_only_outages_that_are_asked_for_are_solved() -> None:
    factors = Factors(dc_network(read_case(CALIFORNIA / "network.raw")))
    every = OutageFactors(factors)
    asked, other = every.candidates[40:70:3], every.candidates[-1]
    some = OutageFactors(factors, asked)
    assert some.between_chains.nbytes < every.between_chains.nbytes / 5
    assert np.abs(some.rows(asked) - every.rows(asked)).max() < 1e-12
    branches = every.candidates[: len(asked)]
    own = np.diag(every.rows(asked)[:, branches])
    assert np.abs(some.pairs(asked, branches) - own).max() < 1e-12
    with pytest.raises(ValueError, match="is none"):
        some.rows([other])


def test_the_large_case_against_one_outage_at_a_time() -> None:
    network = dc_network(read_case(shared("cats/cats.v30.raw")))
    quick = OutageFactors(Factors(network))
    assert len(quick.candidates) == 7659
    some = np.random.default_rng(3).choice(quick.candidates, 25, replace=False).tolist()
    assert_rows_agree(network, some)


def cancelling(off: float = 0.0) -> DcNetwork:
    """1-2 twice with reactances of both signs, `off` their sum, so that 1 hangs on 1-3 alone."""
    lines = f"1,2,'1',0,.1\n1,2,'2',0,{-0.1 - off!r}\n2,3,'1',0,.1\n1,3,'1',0,.05\n"
    return network_of(raw(THREE_BUSES, lines=lines))


@pytest.mark.parametrize("off", [0.0, 1e-16, 1e-13])
def test_an_outage_after_which_reactances_cancel_is_refused_by_its_name(off: float) -> None:
    factors = Factors(cancelling(off))
    quick = OutageFactors(factors)
    assert [item.where for item in quick.unsolvable([0, 1, 2, 3], "ABCD")] == [
        "after the outage of C",
        "after the outage of D",
    ]
    assert np.isfinite(quick.rows([0, 1])).all()
    injection = np.array([1.0, 0.0, -1.0])
    alone = Contingency("ALONE", (BranchKey(1, 3, "1"),))
    fine = Contingency("FINE", (BranchKey(1, 2, "1"),))
    both = Contingency("BOTH", (BranchKey(1, 3, "1"), BranchKey(2, 3, "1")))
    for what, names in (
        (lambda: quick.rows([1, 3]), ["1-3 circuit 1"]),
        (lambda: factors.outage([3]).flows(injection), ["1-3 circuit 1"]),
        (lambda: factors.outage([3, 2]).flows(injection), ["2-3 circuit 1 and 1-3 circuit 1"]),
        (lambda: list(outage_responses(factors, [alone, fine, both])), ["ALONE", "BOTH"]),
    ):
        with pytest.raises(Refused) as refused:
            what()
        assert {item.code for item in refused.value.findings} == {"SINGULAR_NETWORK"}
        assert [item.where for item in refused.value.findings] == [
            f"after the outage of {name}" for name in names
        ]


def test_a_small_remainder_or_a_jumper_is_no_cancellation() -> None:
    network = cancelling(1e-7)
    assert OutageFactors(Factors(network)).unsolvable([3]) == []
    jumper = network_of(raw(THREE_BUSES, lines="1,2,'1',0,1e-9\n2,3,'1',0,.1\n1,3,'1',0,.2\n"))
    flow = Factors(jumper).outage([0]).flows(np.array([100.0, -30.0, -70.0]))
    assert flow == pytest.approx([0, -30, 100], abs=1e-4)


def test_a_base_case_that_cancels_to_rounding_is_refused() -> None:
    with pytest.raises(Refused, match="in the base case"):
        Factors(cancelling(1e-16).without_branches([3]))
