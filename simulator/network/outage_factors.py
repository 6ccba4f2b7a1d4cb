"""All single-outage factors at once, streamed in blocks (rulebook 3.1).

One outage factor is the change of flow on a branch per MW that the opened branch carried. The
factors between the chains of the meshed network (chain.py) are solved once, those between branches
are gathered from them. Memory grows with the chains that open times all chains: 200 MB for all
5,000 chains of 10,823 branches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csc_array, csr_array

from simulator.domain import Finding, refuse_if_any
from simulator.network.chain import Chains, chains
from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.factors import Factors, Positions, factorise
from simulator.network.island import BoolArray, IntArray, label_islands
from simulator.network.singular import after_outage, cancelled, singular

ROWS_PER_BLOCK = 256  # outages at a time: 22 MB for 10,823 branches
_CHAINS_PER_SOLVE = 64  # the right-hand sides of a block stay in the processor's cache


class OutageFactors:
    """Factors of single outages that do not split the network, by default all its `candidates`."""

    def __init__(self, factors: Factors, outages: Positions | None = None) -> None:
        """Raises Refused when a meshed part of the network has no solution."""
        self.network: DcNetwork = factors.network
        self._chains = chains(self.network, factors.bridges)
        self.candidates: IntArray = np.flatnonzero(self._chains.of_branch >= 0)
        wanted = self.candidates if outages is None else np.asarray(outages, dtype=np.int64)
        opened = np.unique(self._chains.of_branch[wanted])
        opened = opened[opened >= 0]
        self._row = np.full(self._chains.count + 1, -1)  # of a chain; bridges pick the last: none
        self._row[opened] = np.arange(len(opened))
        self._between_chains, self._unsolvable = _between_chains(self._chains, opened)

    @property
    def chains(self) -> Chains:
        """The chains of the meshed network; all branches of one answer an outage alike."""
        return self._chains

    @property
    def between_chains(self) -> FloatArray:
        """Factors (no, nc + 1) by (`row_of` what opens, chain that answers) in the chains' own
        directions; the last column is 0. Not to be written to, nor read of an `unsolvable` outage.
        """
        return self._between_chains

    def row_of(self, outages: Positions) -> IntArray:
        """Rows (m,) of `between_chains`: branches of one chain share one.

        ValueError for a branch whose outage splits the network, that is out of service or was not
        asked for.
        """
        row: IntArray = self._row[self._chains.of_branch[np.asarray(outages, dtype=np.int64)]]
        if (row < 0).any():
            raise ValueError("an outage splits the network or is none; use Factors.outage")
        return row

    def pairs(self, outages: Positions, branches: Positions) -> FloatArray:
        """Factors (m,) of single branches (m,) per MW that single outages (m,) carried.

        Either list may have one entry, for all of the other.
        """
        chain, sign = self._chains.of_branch, self._chains.sign
        between: FloatArray = self._between_chains[self.row_of(outages), chain[branches]]
        return between * sign[outages] * sign[branches]

    def unsolvable(self, outages: Positions, names: Sequence[str] | None = None) -> list[Finding]:
        """A finding for each branch of `outages` (m,) without which flows have no solution.

        They are called by their `names` (m,), by default by those of the branches.
        """
        opened = np.asarray(outages, dtype=np.int64)
        row = self._row[self._chains.of_branch[opened]]
        called = names if names is not None else [str(self.network.key[k]) for k in opened]
        return [
            singular(after_outage(called[place]))
            for place in np.flatnonzero((row >= 0) & self._unsolvable[row]).tolist()
        ]

    def rows(self, outages: Positions) -> FloatArray:
        """Factors (m, nl): row k is added to the flows per MW that branch `outages[k]` carried.

        A row holds -1 for its own branch, so that `flow + row * flow[outage]` is the flow after
        the outage on every branch. ValueError as `row_of`: that is `Factors.outage`'s business.
        Refused where reactances cancel in what is left.
        """
        opened = np.asarray(outages, dtype=np.int64)
        row = self.row_of(opened)
        refuse_if_any(self.unsolvable(opened))
        # bridges have chain -1, which picks the last column: zeros
        factor: FloatArray = np.take(self._between_chains[row], self._chains.of_branch, axis=1)
        factor *= self._chains.sign[None, :]
        factor *= self._chains.sign[opened][:, None]
        return factor

    def blocks(
        self, outages: Positions | None = None, rows_per_block: int = ROWS_PER_BLOCK
    ) -> Iterator[tuple[slice, FloatArray]]:
        """Streams (slice into `outages`, its `rows`); all candidates by default."""
        opened = np.asarray(self.candidates if outages is None else outages, dtype=np.int64)
        for start in range(0, len(opened), rows_per_block):
            block = slice(start, min(start + rows_per_block, len(opened)))
            yield block, self.rows(opened[block])

    def post_outage_flows(
        self,
        flow_mw: FloatArray,
        outages: Positions | None = None,
        rows_per_block: int = ROWS_PER_BLOCK,
    ) -> Iterator[tuple[slice, FloatArray]]:
        """Streams (slice into `outages`, flows (block, nl) after each) from base flows (nl,)."""
        opened = np.asarray(self.candidates if outages is None else outages, dtype=np.int64)
        for block, factor in self.blocks(opened, rows_per_block):
            factor *= flow_mw[opened[block]][:, None]
            factor += flow_mw[None, :]
            yield block, factor


def _between_chains(core: Chains, opened: IntArray) -> tuple[FloatArray, BoolArray]:
    """Factors (no, nc + 1) by (chain of `opened`, chain that answers); the last column is 0.

    Second, which of them (no,) leave no solution when they open: their rows mean nothing.
    """
    between = np.zeros((len(opened), core.count + 1))
    ends = np.concatenate([core.from_bus, core.to_bus])
    buses, local = np.unique(ends, return_inverse=True)
    chain = np.arange(core.count)
    signs = np.concatenate([np.ones(core.count), -np.ones(core.count)])
    shape = (core.count, len(buses))
    incidence = csr_array((signs, (np.concatenate([chain, chain]), local)), shape=shape)
    part = label_islands(
        len(buses), local[: core.count], local[core.count :], np.ones(core.count, dtype=bool)
    )
    kept = np.ones(len(buses), dtype=bool)
    kept[np.unique(part, return_index=True)[1]] = False  # one reference in each meshed part
    incidence = csr_array(incidence[:, np.flatnonzero(kept)])
    flow_per_angle = csr_array(incidence.multiply(core.susceptance_mw_per_rad[:, None]))
    solver = factorise(csc_array(incidence), csc_array(flow_per_angle))
    unsolvable = np.zeros(len(opened), dtype=bool)
    for start in range(0, len(opened) if solver else 0, _CHAINS_PER_SOLVE):
        block = slice(start, start + _CHAINS_PER_SOLVE)
        along = incidence[opened[block]].toarray().T  # 1 MW along each chain that opens
        flow = (flow_per_angle @ solver.solve(along)).T
        own = flow[np.arange(len(flow)), opened[block]]
        unsolvable[block] = cancelled(1.0 - own, own)
        left = np.where(unsolvable[block], 1.0, 1.0 - own)
        between[block, :-1] = flow / left[:, None]
    # whatever opens in a chain, the chain carries nothing more
    between[np.arange(len(opened)), opened] = -1.0
    return between, unsolvable
