"""Flows after machines are lost and the others make up for them (rulebook 3.1).

What a generator outage means in the simultaneous feasibility test is a choice of ours within what
the California ISO tells of its generator contingencies (GCARM, in the CRR test since 2019-04-01):

- Of the net injection at the bus of a lost machine that part is lost which the machine has of the
  capacity (PMax) of all machines there: all of it when every machine of the bus is lost.
- The others make up for it by their distribution factors, their shares of PMax, divided by one
  less those of the lost machines so that they add to 1 again. [sourced: rulebook 3.1; that factors
  follow PMax over the whole market: external BRS of GCARM, 2018-12-05]
- Every machine in service of the lost one's island responds. A machine that outages of the market
  cut off from all others moves nothing: no right can begin or end there (rulebook 3.7).
- CRRs, loads and virtual schedules at the bus count alike, in the net injection, so that a bus has
  one price. [own; exact where a bus holds a plant and nothing else]

A remedial action that opens branches with the machine is the same over that outage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Protocol

import numpy as np

from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.factors import Positions
from simulator.network.machine import MachineKey


class Response(Protocol):
    """How flows follow injections: `Factors`, or an `Outage` of branches."""

    def shift_factors(self, branch_positions: Positions, /) -> FloatArray:
        """(m, nb) MW on each named branch per MW at each bus."""

    def flows(self, injection_mw: FloatArray, *, phase_shifts: bool = True) -> FloatArray:
        """(nl,) or (nl, k) MW on every branch."""


@dataclass(frozen=True, eq=False)
class LostInjection:
    """`share` of what is injected at the bus of index `bus` goes to the others by `pickup` (nb,),
    which adds to 1.
    """

    bus: int
    share: float
    pickup: FloatArray

    @property
    def transfer(self) -> FloatArray:
        """(nb,) how injections change per MW that was injected at the bus; adds to 0."""
        change = self.share * self.pickup
        change[self.bus] -= self.share
        return change


def lost_injections(
    network: DcNetwork, machines: Sequence[MachineKey]
) -> tuple[LostInjection, ...]:
    """What the loss of machines together does, one entry for each of their buses, by bus number.

    (0.5, 0.3, 0.2) without the first is (0.6, 0.4). A machine that is not in service is not lost;
    one without any other in its island moves nothing.
    """
    lost = sorted(set(machines) & network.machine_mw.keys())
    remaining = network.capacity_mw.copy()
    share: dict[int, float] = {}
    for number in sorted({key.bus for key in lost}):
        there = network.machines_at(number)
        left = fsum(network.machine_mw[key] for key in there if key not in lost)
        bus = network.bus_index(number)
        share[bus] = 1.0 - left / fsum(network.machine_mw[key] for key in there)
        remaining[bus] = left
    found = []
    for bus, part in share.items():
        responding = np.where(network.island == network.island[bus], remaining, 0.0)
        total = fsum(responding)
        if total > 0:
            found.append(LostInjection(bus, part, responding / total))
    return tuple(found)


class GeneratorOutage:
    """The loss of machines in a network whose flows follow `response`."""

    def __init__(self, response: Response, lost: Sequence[LostInjection]) -> None:
        self._response = response
        self._lost = tuple(lost)

    def shift_factors(self, rows: Positions, /) -> FloatArray:
        """(m, nb): a lost bus sees its share of what those that make up for it see together."""
        before = self._response.shift_factors(rows)
        after = before.copy()
        for item in self._lost:
            after[:, item.bus] += before @ item.transfer
        return after

    def flows(self, injection_mw: FloatArray, *, phase_shifts: bool = True) -> FloatArray:
        """Branch flows, (nl,) or (nl, k), with what is lost made up for by the others."""
        injection = np.asarray(injection_mw, dtype=np.float64)
        moved = injection.copy()
        for item in self._lost:
            moved += np.multiply.outer(item.transfer, injection[item.bus])
        return self._response.flows(moved, phase_shifts=phase_shifts)
