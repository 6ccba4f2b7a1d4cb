"""What contingencies of any kind do to flows: the one place for outage arithmetic (rulebook 3.1).

A contingency moves what its parts carried before: each opened branch its flow, each bus of a lost
machine what was injected there. So the flow after it is `flow + factor @ carried`, and so is the
row of its shift factors. Only a contingency that splits an island has no such factors; it is solved
on the network without its branches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.domain import Finding, Refused, refuse_if_any
from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.factors import Factors
from simulator.network.generator_outage import (
    GeneratorOutage,
    LostInjection,
    Response,
    lost_injections,
)
from simulator.network.island import IntArray
from simulator.network.model import Contingency
from simulator.network.outage import taken_over
from simulator.network.singular import after_outage, singular

SPLIT_MARGIN = 1e-6
"""An outage whose factor denominator is below this is examined for splitting an island."""


@dataclass(frozen=True, eq=False)
class OutageResponse:
    """The parts of a contingency: o `branches` (positions) and g `buses` (indices) of machines.

    `factor` (nl, o + g): change of flow on each branch per MW that each part carried. None when
    the contingency splits an island: then `split` answers instead.
    """

    branches: IntArray
    buses: IntArray
    factor: FloatArray | None
    split: Response | None


def opened_branches(network: DcNetwork, contingency: Contingency) -> IntArray:
    """Positions of the branches of a contingency that are in service, rising."""
    positions = {k for key in contingency.branches for k in network.sections(key)}
    return np.array(sorted(k for k in positions if network.in_service[k]), dtype=np.int64)


def outage_responses(
    factors: Factors, contingencies: Sequence[Contingency]
) -> Iterator[OutageResponse]:
    """The response of each contingency, in the order given.

    Raises Refused, after the last, with the name of every one that leaves no solution.
    """
    network = factors.network
    opened = [opened_branches(network, item) for item in contingencies]
    lost = [lost_injections(network, item.machines) for item in contingencies]
    every = np.array(sorted({k for item in opened for k in item.tolist()}), dtype=np.int64)
    along = factors.transfer_flows(every)
    made_up = _made_up(factors, [one for item in lost for one in item])
    start = 0
    faults: list[Finding] = []
    for item, branches, machines in zip(contingencies, opened, lost, strict=True):
        own = slice(start, start + len(machines))
        start = own.stop
        transfer = along[:, np.searchsorted(every, branches)]
        try:
            answer = _response(factors, item, branches, machines, transfer, made_up[:, own])
        except Refused as refused:
            faults += refused.findings
        else:
            yield answer
    refuse_if_any(faults)


def _made_up(factors: Factors, lost: Sequence[LostInjection]) -> FloatArray:
    """(nl, g) flows of the others' making up for 1 MW injected at each lost bus."""
    transfers = np.array([item.transfer for item in lost]).reshape(-1, factors.network.bus_count)
    return factors.flows(transfers.T, phase_shifts=False)


def _response(
    factors: Factors,
    contingency: Contingency,
    branches: IntArray,
    lost: Sequence[LostInjection],
    transfer: FloatArray,
    made_up: FloatArray,
) -> OutageResponse:
    """`transfer` (nl, o) are flows of 1 MW along each branch, `made_up` (nl, g) as `_made_up`."""
    name = contingency.name
    buses = np.array([item.bus for item in lost], dtype=np.int64)
    own = np.eye(len(branches)) - transfer[branches]
    if len(branches) and np.linalg.svd(own, compute_uv=False)[-1] < SPLIT_MARGIN:
        outage = factors.outage(branches, name, contingency.machines)
        if outage.splits:
            _ = outage.factors  # now, so that a network without a solution is told here
            split = GeneratorOutage(outage, lost) if lost else outage
            return OutageResponse(branches, buses, None, split)
    taken = taken_over(transfer, branches, name)
    after = made_up + taken @ made_up[branches]
    factor = np.hstack([taken, after])
    if not np.isfinite(factor).all():
        raise Refused([singular(after_outage(name))])
    return OutageResponse(branches, buses, factor, None)
