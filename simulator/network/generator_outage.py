"""Flows after a generator is lost and the others of its region make up for it (rulebook 3.1).

What was injected at the lost bus comes from the others by their distribution factors, divided by
one less the lost factor so that they add to 1 again. A remedial action that opens branches with
the generator is the same over that outage instead of over the whole network.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.factors import Positions
from simulator.network.islanding import Shares, normalised


class Response(Protocol):
    """How flows follow injections: `Factors`, or an `Outage` of branches."""

    def shift_factors(self, branch_positions: Positions, /) -> FloatArray:
        """(m, nb) MW on each named branch per MW at each bus."""

    def flows(self, injection_mw: FloatArray) -> FloatArray:
        """(nl,) or (nl, k) MW on every branch."""


def remaining_shares(shares: Shares, lost_bus: int) -> Shares:
    """Distribution factors without the lost generator's, adding to 1; ValueError when none is left.

    (0.5, 0.3, 0.2) without the first is (0.6, 0.4).
    """
    kept = tuple(bus for bus, factor in shares if bus != lost_bus and factor > 0)
    if not kept:
        raise ValueError(f"nobody makes up for the generator at bus {lost_bus}")
    return normalised(shares, kept)


class GeneratorOutage:
    """The loss of the generator at bus `lost_bus` under distribution factors (bus, share)."""

    def __init__(
        self, network: DcNetwork, response: Response, lost_bus: int, shares: Shares
    ) -> None:
        """KeyError for a bus that the network does not have; ValueError as `remaining_shares`."""
        self._response = response
        self._lost = network.bus_index(lost_bus)
        self._pickup = np.zeros(network.bus_count)
        for bus, share in remaining_shares(shares, lost_bus):
            self._pickup[network.bus_index(bus)] = share

    def shift_factors(self, rows: Positions) -> FloatArray:
        """(m, nb): the lost bus sees what the others that make up for it see together."""
        factors = self._response.shift_factors(rows).copy()
        factors[:, self._lost] = factors @ self._pickup
        return factors

    def flows(self, injection_mw: FloatArray) -> FloatArray:
        """Branch flows, (nl,) or (nl, k), with the lost injection taken over by the others."""
        moved = np.array(injection_mw, dtype=np.float64)
        lost = moved[self._lost].copy()
        moved[self._lost] = 0.0
        moved += self._pickup * lost if moved.ndim == 1 else np.outer(self._pickup, lost)
        return self._response.flows(moved)
