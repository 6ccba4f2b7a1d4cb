"""How injections move flow: base case and after every outage, as a few dense arrays.

Flows after an outage are not computed from a factor row each but from the base flows: what the
opened branches carried moves to the others by the outage factors. Only outages that split the
network need factor rows of their own. A row over all buses is written out when a limit is enforced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors

Array = NDArray[np.float64]
Positions = NDArray[np.int64]

NEARLY_SPLIT = 1e-6  # share of a branch's flow that finds no way around it
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
    shifters). Opened branch j carries `opened` (j, nb) x injection + `opened_offset_mw` (j,) in the
    base case and moves `moved` (m, j) of it to the elements in case `moved_case` (j,), which never
    falls.
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
    outages: Sequence[tuple[int, ...]],
) -> FlowResponse:
    """The response of m elements, each a sum of `branches` flows by its row of `weights`.

    `branches` are positions and hold every opened one; case c opens `outages[c - 1]`.
    """
    factors = Factors(network)
    at_rest = np.zeros(network.bus_count)
    rows = factors.shift_factors(branches)
    offset_mw = factors.flows(at_rest)[list(branches)]
    column = {position: index for index, position in enumerate(branches)}
    taken_over: list[Array] = [np.zeros((len(branches), 0))]
    opened_rows: list[int] = []
    moved_case: list[int] = []
    splits: dict[int, SplitResponse] = {}
    for case, positions in enumerate(outages, start=1):
        opened = [column[position] for position in positions]
        taken = _taken_over(rows, network, positions, opened)
        if taken is None:
            outage = factors.outage(positions)
            splits[case] = SplitResponse(
                weights @ outage.shift_factors(branches),
                weights @ outage.flows(at_rest)[list(branches)],
            )
        else:
            taken_over.append(taken)
            opened_rows += opened
            moved_case += [case] * len(opened)
    return FlowResponse(
        cases=len(outages) + 1,
        factors=weights @ rows,
        offset_mw=weights @ offset_mw,
        moved=weights @ np.hstack(taken_over),
        moved_case=np.array(moved_case, dtype=np.int64),
        opened=rows[opened_rows],
        opened_offset_mw=offset_mw[opened_rows],
        splits=splits,
    )


def _taken_over(
    rows: Array, network: DcNetwork, positions: tuple[int, ...], opened: list[int]
) -> Array | None:
    """Outage factors (branches, opened): MW per MW that an opened branch carried (rulebook 3.1).

    None when the outage splits the network, or so nearly that these factors would not be exact.
    """
    ends = list(positions)
    across = rows[:, network.from_index[ends]] - rows[:, network.to_index[ends]]
    stays = np.eye(len(ends)) - across[opened]
    if np.linalg.svd(stays, compute_uv=False)[-1] < NEARLY_SPLIT:
        return None
    taken: Array = across @ np.linalg.inv(stays)
    taken[opened] = -np.eye(len(ends))  # what opens carries nothing any more
    return taken
