"""New lines in a released model: the same network, with what is built added at its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulator.network.branch import BranchKey
from simulator.network.case import Line
from simulator.network.dc import dc_network
from simulator.network.model import NetworkModel


def with_lines(model: NetworkModel, lines: Iterable[Line]) -> NetworkModel:
    """`model` with `lines` behind its own; they are enforced as its other branches are.

    Contingencies and interfaces stay what they were: neither names a new line. The lines have to
    lead from bus to bus of the case, under a circuit that is not there yet.
    """
    added = tuple(lines)
    case = replace(model.case, lines=(*model.case.lines, *added))
    network = dc_network(case)
    keys = (BranchKey(line.from_bus, line.to_bus, line.circuit) for line in added)
    return replace(
        model,
        case=case,
        network=network.without(model.outages) if model.outages else network,
        monitored=None if model.monitored is None else (*model.monitored, *keys),
    )
