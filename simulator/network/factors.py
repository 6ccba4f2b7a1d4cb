"""Shift factors, flows and angles of a DC network, from one sparse factorisation (rulebook 3.1).

All factors are relative to the reference bus of the island: an injection anywhere is taken up
there. Differences between two buses of an island do not depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import splu

from simulator.domain import Refused
from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.island import BoolArray, IntArray, find_bridges
from simulator.network.machine import MachineKey
from simulator.network.singular import LEAST_PIVOT, singular

Positions = Sequence[int] | IntArray

if TYPE_CHECKING:
    from simulator.network.outage import Outage

COLUMNS_PER_SOLVE = 64  # right-hand sides of one solve stay in the processor's cache


class Factors:
    """Holds the factorised susceptance matrix of `network`; every method is pure."""

    def __init__(self, network: DcNetwork) -> None:
        """Raises Refused when the susceptance matrix is singular."""
        self.network = network
        live = np.flatnonzero(network.in_service)
        nb, nl = network.bus_count, network.branch_count
        susceptance = np.where(network.in_service, network.susceptance_mw_per_rad, 0.0)
        rows = np.concatenate([live, live])
        columns = np.concatenate([network.from_index[live], network.to_index[live]])
        signs = np.concatenate([np.ones(len(live)), -np.ones(len(live))])
        self._incidence = csr_array((signs, (rows, columns)), shape=(nl, nb))
        self._flow_per_angle = csr_array(
            (signs * susceptance[rows], (rows, columns)), shape=(nl, nb)
        )
        self._shift_mw = susceptance * network.shift_rad
        keep = np.ones(nb, dtype=bool)
        keep[network.reference] = False
        self._kept = np.flatnonzero(keep)
        flow_per_angle = csc_array(self._flow_per_angle[:, self._kept])
        self._solver = factorise(csc_array(self._incidence[:, self._kept]), flow_per_angle)

    def angles(self, injection_mw: FloatArray, *, phase_shifts: bool = True) -> FloatArray:
        """Bus angles in rad, (nb,) or (nb, k) as `injection_mw`; references are at 0.

        With `phase_shifts=False` phase shifters stand at 0: the answer to a transfer alone.
        """
        injection = np.asarray(injection_mw, dtype=np.float64)
        if phase_shifts:
            shift = self._incidence.T @ self._shift_mw
            injection = injection + (shift if injection.ndim == 1 else shift[:, None])
        angle = np.zeros_like(injection)
        if injection.ndim == 1:
            angle[self._kept] = self._solve(injection[self._kept])
            return angle
        for start in range(0, injection.shape[1], COLUMNS_PER_SOLVE):
            block = slice(start, start + COLUMNS_PER_SOLVE)
            angle[self._kept, block] = self._solve(injection[self._kept, block])
        return angle

    def flows(self, injection_mw: FloatArray, *, phase_shifts: bool = True) -> FloatArray:
        """Branch flows in MW, from `from` to `to`, (nl,) or (nl, k); 0 where out of service."""
        angle = self.angles(injection_mw, phase_shifts=phase_shifts)
        flow: FloatArray = self._flow_per_angle @ angle
        if phase_shifts:
            flow = flow - (self._shift_mw if flow.ndim == 1 else self._shift_mw[:, None])
        return flow

    def shift_factors(self, branch_positions: Positions) -> FloatArray:
        """MW on each named branch per MW injected at each bus: (m, nb), rows in the order given."""
        positions = np.asarray(branch_positions, dtype=np.int64)
        factors = np.zeros((len(positions), self.network.bus_count))
        for start in range(0, len(positions), COLUMNS_PER_SOLVE):
            block = slice(start, start + COLUMNS_PER_SOLVE)
            wanted = self._flow_per_angle[positions[block]].toarray()[:, self._kept]
            factors[block, self._kept] = self._solve(wanted.T).T  # the matrix is symmetric
        return factors

    def _solve(self, right: FloatArray) -> FloatArray:
        if not len(self._kept):
            return right
        return np.asarray(self._solver.solve(np.ascontiguousarray(right)), dtype=np.float64)

    def transfer_flows(self, branch_positions: Positions) -> FloatArray:
        """Flows (nl, m) of 1 MW from the `from` to the `to` bus of each named branch.

        For a branch in service this is the column of the PTDF that its outage is made of.
        """
        positions = np.asarray(branch_positions, dtype=np.int64)
        injection = np.zeros((self.network.bus_count, len(positions)))
        column = np.arange(len(positions))
        injection[self.network.from_index[positions], column] += 1.0
        injection[self.network.to_index[positions], column] -= 1.0
        return self.flows(injection, phase_shifts=False)

    @cached_property
    def bridges(self) -> BoolArray:
        """Which branches (nl,) split an island when they alone open."""
        network = self.network
        return find_bridges(
            network.bus_count, network.from_index, network.to_index, network.in_service
        )

    def outage(
        self, branch_positions: Positions, name: str = "", machines: Sequence[MachineKey] = ()
    ) -> Outage:
        """What the network does when these branches open together; `name` tells of it.

        `machines` that are lost with them do not help to balance an island that is split.
        """
        from simulator.network.outage import Outage

        return Outage(self, branch_positions, name, machines)


def factorise(incidence: csc_array, flow_per_angle: csc_array) -> Any:
    """The solver of the susceptance matrix that (nl, n) `incidence` and flows per angle make.

    None when it is empty; raises Refused when it is singular, to rounding.
    """
    matrix = csc_array(incidence.T @ flow_per_angle)
    if matrix.shape[0] == 0:
        return None
    try:
        solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    except RuntimeError:
        raise Refused([singular("in the base case")]) from None
    pivot = np.abs(solver.U.diagonal()[solver.perm_c])
    if not (pivot > LEAST_PIVOT * abs(flow_per_angle).sum(axis=0)).all():
        raise Refused([singular("in the base case")])
    return solver
