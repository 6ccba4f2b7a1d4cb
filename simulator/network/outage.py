"""Flows after branches open, exact also when the outage splits an island (rulebook 3.1).

Opening branches O is the same as sending along each of them what would flow on it: transfers t
with t = f_O + D t, where D is the effect of transfers between the ends of O on O itself, so
f' = f + D_all (1 - D)^-1 f_O. When O cuts the network, 1 - D is singular by exactly the number of
islands it adds. Injections are then first balanced within each new island (by its machines, see
`balance`), which makes the equations consistent, and the known rank is taken out of the
pseudo-inverse: nothing is ever divided by nearly zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from simulator.domain import Refused
from simulator.network.balance import Balance, by_machines
from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.factors import Factors, Positions
from simulator.network.island import IntArray
from simulator.network.machine import MachineKey
from simulator.network.singular import after_outage, cancelled, singular


class Outage:
    """The outage of `elements` (positions of branches that were in service) in a network."""

    def __init__(
        self,
        factors: Factors,
        branch_positions: Positions,
        name: str = "",
        machines: Sequence[MachineKey] = (),
    ) -> None:
        """Branches that are out of service already do not count; findings tell the `name`.

        `machines` that are lost with them help no island; what they injected is not moved here.
        """
        network = factors.network
        distinct = sorted({int(k) for k in branch_positions})
        self.elements: tuple[int, ...] = tuple(k for k in distinct if network.in_service[k])
        self._factors = factors
        self._open = np.array(self.elements, dtype=np.int64)
        self._lost = tuple(machines)
        self._name = name or " and ".join(str(network.key[k]) for k in self.elements)

    @cached_property
    def network(self) -> DcNetwork:
        """The network after the outage, with its islands and their references."""
        return self._factors.network.without_branches(self.elements)

    @property
    def splits(self) -> bool:
        """Whether the outage adds an island."""
        return self.added_islands > 0

    @property
    def added_islands(self) -> int:
        """How many islands there are more than before."""
        if len(self.elements) == 1:
            return int(self._factors.bridges[self.elements[0]])
        return len(self.network.reference) - len(self._factors.network.reference)

    @cached_property
    def factors(self) -> FloatArray:
        """Outage factors (nl, k): MW added to every branch per MW that element k carried before.

        Raises Refused when the network that is left has no solution.
        """
        transfer = self._factors.transfer_flows(self._open)
        return taken_over(transfer, self._open, self._name, self.added_islands)

    def flows(self, injection_mw: FloatArray, *, phase_shifts: bool = True) -> FloatArray:
        """Branch flows after the outage, (nl,) or (nl, k), each new island balanced by itself."""
        injection = np.asarray(injection_mw, dtype=np.float64)
        if self.splits:
            injection = self._balance.balanced(injection)
        before = self._factors.flows(injection, phase_shifts=phase_shifts)
        after: FloatArray = before + self.factors @ before[self._open]
        return after

    def shift_factors(self, rows: Positions) -> FloatArray:
        """Shift factors (m, nb) of the branches `rows` after the outage.

        When it splits an island, of injections that each island makes up for.
        """
        positions = np.asarray(rows, dtype=np.int64)
        before = self._factors.shift_factors(np.concatenate([positions, self._open]))
        if self.splits:
            before = self._balance.seen(before)
        of_rows, of_open = before[: len(positions)], before[len(positions) :]
        after = of_rows + self.factors[positions] @ of_open
        if self.splits:  # a branch does not see injections in another island
            own_island = self.network.island[self._factors.network.from_index[positions]]
            after[own_island[:, None] != self.network.island[None, :]] = 0.0
        return after

    @cached_property
    def _balance(self) -> Balance:
        return by_machines(self.network, self._lost)


def taken_over(
    transfer: FloatArray, opened: IntArray, name: str, added_islands: int = 0
) -> FloatArray:
    """Outage factors (nl, k) from the flows (nl, k) of 1 MW along each branch that opens.

    An opened branch loses all it carried, -1, and takes over nothing. Where the outage adds islands
    the rank that is lost, which is known, is left out of the inverse. Raises Refused with the
    outage's `name` when more than that is lost: reactances then cancel in what is left.
    """
    own = np.eye(len(opened)) - transfer[opened]
    left, value, right = np.linalg.svd(own)
    keep = len(value) - added_islands
    if cancelled(value[:keep], value.max(initial=0.0)).any():
        raise Refused([singular(after_outage(name))])
    if added_islands == 0:
        factors = np.linalg.solve(own.T, transfer.T).T
    else:
        factors = transfer @ ((right[:keep].T / value[:keep]) @ left[:, :keep].T)
    factors[opened] = -np.eye(len(opened))
    return np.asarray(factors, dtype=np.float64)
