"""How injections move flow: base case and after every outage, as a few dense arrays.

Flows after an outage are not computed from a factor row each but from the base flows: what its
parts carried moves to the other branches (`network.outage_response`). Only outages that split the
network need factor rows of their own. A row over all buses is written out when a limit is enforced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.model import Contingency
from simulator.network.outage_response import OutageResponse, outage_responses

Array = NDArray[np.float64]
Positions = NDArray[np.int64]

FACTOR_DECIMALS = 10  # below the noise of a factorisation, so that machines agree


@dataclass(frozen=True, eq=False)
class SplitResponse:
    """After an outage that splits the network: factors (m, nb) and flows at rest (m,)."""

    factors: Array
    offset_mw: Array


@dataclass(frozen=True, eq=False)
class FlowResponse:
    """Elements x cases; case 0 is the base case, the others are outages.

    `factors` (m, nb) are MW on an element, in its own direction, per MW injected at a bus and taken
    out at the reference of its island; `offset_mw` (m,) is the flow without any injection (phase
    shifters). What is lost, an opened branch or the injection at the bus of a lost machine, carries
    `opened` (j, nb) x injection + `opened_offset_mw` (j,) in the base case and moves `moved` (m, j)
    of it to the elements in case `moved_case` (j,), which never falls.
    """

    cases: int
    factors: Array
    offset_mw: Array
    moved: Array
    moved_case: Positions
    opened: Array
    opened_offset_mw: Array
    splits: dict[int, SplitResponse]

    def flows(self, injection_mw: Array) -> Array:
        """Flow of every element in every case, (m, cases) MW, for injections (nb,) MW."""
        base = self.factors @ injection_mw + self.offset_mw
        flows = np.repeat(base[:, None], self.cases, axis=1)
        if self.moved_case.size:
            carried = self.opened @ injection_mw + self.opened_offset_mw
            cases, first = np.unique(self.moved_case, return_index=True)
            flows[:, cases] += np.add.reduceat(self.moved * carried, first, axis=1)
        for case, split in self.splits.items():
            flows[:, case] = split.factors @ injection_mw + split.offset_mw
        return flows

    def row(self, element: int, case: int) -> tuple[Array, float]:
        """Factors (nb,) of one element in one case, and its flow without any injection."""
        if case in self.splits:
            split = self.splits[case]
            factors, offset = split.factors[element], split.offset_mw[element]
        else:
            columns = self.moved_case == case
            share = self.moved[element, columns]
            factors = self.factors[element] + share @ self.opened[columns]
            offset = self.offset_mw[element] + share @ self.opened_offset_mw[columns]
        return np.round(factors, FACTOR_DECIMALS), float(offset)


def flow_response(
    network: DcNetwork,
    weights: Array,
    branches: Sequence[int],
    contingencies: Sequence[Contingency],
) -> FlowResponse:
    """The response of m elements, each a sum of `branches` flows by its row of `weights`.

    `branches` are positions and hold every opened one; case c is `contingencies[c - 1]`.
    """
    factors = Factors(network)
    at_rest = np.zeros(network.bus_count)
    chosen = list(branches)
    rows = factors.shift_factors(chosen)
    resting = factors.flows(at_rest)
    moved: list[Array] = [np.zeros((len(chosen), 0))]
    opened: list[Array] = [np.zeros((0, network.bus_count))]
    opened_offset: list[Array] = [np.zeros(0)]
    moved_case: list[int] = []
    splits: dict[int, SplitResponse] = {}
    for case, item in enumerate(outage_responses(factors, contingencies), start=1):
        if item.split is not None:
            after, still = item.split.shift_factors(chosen), item.split.flows(at_rest)[chosen]
            splits[case] = SplitResponse(weights @ after, weights @ still)
        elif item.factor is not None:
            moved.append(item.factor[chosen])
            opened.append(_carried(item, rows, np.array(chosen, dtype=np.int64)))
            opened_offset += [resting[item.branches], np.zeros(len(item.buses))]
            moved_case += [case] * item.factor.shape[1]
    return FlowResponse(
        cases=len(contingencies) + 1,
        factors=weights @ rows,
        offset_mw=weights @ resting[chosen],
        moved=weights @ np.hstack(moved),
        moved_case=np.array(moved_case, dtype=np.int64),
        opened=np.vstack(opened),
        opened_offset_mw=np.concatenate(opened_offset),
        splits=splits,
    )


def _carried(item: OutageResponse, rows: Array, branches: Positions) -> Array:
    """(o + g, nb) what each part of an outage carries per MW injected at a bus."""
    injected = np.zeros((len(item.buses), rows.shape[1]))
    injected[np.arange(len(item.buses)), item.buses] = 1.0
    return np.vstack([rows[np.searchsorted(branches, item.branches)], injected])
