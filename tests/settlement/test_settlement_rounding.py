"""Cents of many amounts at once are the cents of each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.settlement.flows import NO_FLOW
from simulator.settlement.kernel import HourFlow, NetFlow, settle_hour
from simulator.settlement.rounding import all_cents, cents

AMOUNTS = st.one_of(
    st.floats(-1e13, 1e13, allow_subnormal=True),
    st.integers(-(10**12), 10**12).map(lambda n: n / 1000),  # half cents on paper
    st.integers(-(10**12), 10**12).map(lambda n: n / 10**6 + 5e-7),  # half a tick
    st.integers(-(10**9), 10**9).map(lambda n: (n * 10_000 + 4999.5) / 10**6),  # and both
    st.integers(-(10**9), 10**9).map(lambda n: n / 100 + 0.004999995),  # just a half cent as read
    st.integers(-(10**9), 10**9).map(lambda n: n / 100 + 0.005 - 1e-7),
)


@given(st.lists(AMOUNTS, max_size=40))
@example([0.0, -0.0, 1.005, -1.005, 1.0049995, -1.0049995, 2.675, 1e12, -1e-9])
def test_all_at_once_is_one_by_one(amounts):
    found = all_cents(np.array(amounts, dtype=np.float64))
    assert [str(amount) for amount in found] == [str(cents(amount)) for amount in amounts]


def test_only_noise_makes_a_half_cent():
    """What is 0.00000006 USD below one is no half cent; a sum that is one on paper stays one."""
    assert str(cents(-4938.56499994)) == "-4938.56"
    assert str(cents(4938.564999996)) == "4938.57"
    assert str(cents(sum([0.005] * 4001))) == "20.01"


def test_a_small_value_bears_its_constraints_whole_shortfall():
    """Revenue below zero and 3.4e-9 USD to bear it from: divided by what it is, not rounded."""
    flow = HourFlow(NetFlow(np.array([[3.4e-9], [-2.0]])), np.zeros(0, dtype=np.intp), NO_FLOW)
    outcome = settle_hour(flow, np.array([1.0]), np.array([-10.0]))
    assert outcome.owner_deficit.tolist() == pytest.approx([8.0, 0.0], abs=1e-8)
    assert outcome.deficit.tolist() == pytest.approx([8.0], abs=1e-8)
