"""Cents of many amounts at once are the cents of each."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.settlement.rounding import all_cents, cents

AMOUNTS = st.one_of(
    st.floats(-1e13, 1e13, allow_subnormal=True),
    st.integers(-(10**12), 10**12).map(lambda n: n / 1000),  # half cents on paper
    st.integers(-(10**12), 10**12).map(lambda n: n / 10**6 + 5e-7),  # half a tick
    st.integers(-(10**9), 10**9).map(lambda n: (n * 10_000 + 4999.5) / 10**6),  # and both
)


@given(st.lists(AMOUNTS, max_size=40))
@example([0.0, -0.0, 1.005, -1.005, 1.0049995, -1.0049995, 2.675, 1e12, -1e-9])
def test_all_at_once_is_one_by_one(amounts):
    found = all_cents(np.array(amounts, dtype=np.float64))
    assert [str(amount) for amount in found] == [str(cents(amount)) for amount in amounts]
