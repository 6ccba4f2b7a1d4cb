"""Generator outages: distribution factors without the lost unit, alone and with branches (C15)."""

from __future__ import annotations

import numpy as np
import pytest
from network_cases import CALIFORNIA, key, triangle

from simulator.domain import Tou
from simulator.network.factors import Factors
from simulator.network.folder import read_network_folder
from simulator.network.generator_outage import GeneratorOutage, remaining_shares


def test_c15_the_others_factors_add_to_one_again() -> None:
    left = remaining_shares(((1, 0.5), (2, 0.3), (3, 0.2)), 1)
    assert dict(left) == pytest.approx({2: 0.6, 3: 0.4})
    assert remaining_shares(((2, 0.75), (3, 0.25)), 1) == ((2, 0.75), (3, 0.25))
    with pytest.raises(ValueError, match="nobody"):
        remaining_shares(((1, 1.0), (2, 0.0)), 1)


def test_a_lost_generator_is_made_up_for_where_the_factors_say() -> None:
    """30 MW from bus 1 to bus 3, bus 1 lost, all of it from bus 2: 20 on 2-3, 10 on 2-1-3."""
    network = triangle()
    lost = GeneratorOutage(network, Factors(network), 1, ((1, 0.5), (2, 0.5)))
    flow = dict(zip(network.key, lost.flows(np.array([30.0, 0.0, -30.0])), strict=True))
    assert flow[key(2, 3)] == pytest.approx(20)
    assert flow[key(1, 2)] == pytest.approx(-10)
    assert flow[key(1, 3)] == pytest.approx(10)


@pytest.mark.parametrize("opened", [[], ["2400-2403"]])
def test_factors_and_flows_agree_with_and_without_branches(opened: list[str]) -> None:
    model = read_network_folder(CALIFORNIA)
    network = model.network
    assert model.locations is not None
    shares = model.locations["TH_SP15_GEN-APND"].factors[Tou.ON]
    whole = Factors(network)
    keys = [key(*map(int, name.split("-"))) for name in opened]
    positions = [network.branch_index(name)[0] for name in keys]
    response = whole.outage(positions) if positions else whole
    for bus, _ in shares[:3]:
        lost = GeneratorOutage(network, response, bus, shares)
        injection = np.zeros(network.bus_count)
        injection[network.bus_index(bus)] = 80.0
        injection[network.bus_index(2400)] -= 80.0
        still = lost.flows(np.zeros(network.bus_count))  # what phase shifters do alone
        by_factors = lost.shift_factors(range(network.branch_count)) @ injection
        assert np.allclose(lost.flows(injection) - still, by_factors, atol=1e-6)
        both = lost.flows(np.stack([injection, 2 * injection], axis=1))
        assert np.allclose(both[:, 0], lost.flows(injection), atol=1e-9)
