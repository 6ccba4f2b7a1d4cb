"""The security limits of a dispatch: which elements are watched, and how much each may carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.clearing.case import BASE_CASE
from simulator.clearing.dispatch_flows import Array, FlowResponse, flow_response
from simulator.clearing.flows import Element
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.generator_outage import lost_injections
from simulator.network.model import Contingency, Interface
from simulator.network.outage_response import opened_branches

NOWHERE = BranchKey(0, 0, "")  # where an interface is
RATING_COLUMN = {"A": 0, "B": 1, "C": 2}


@dataclass(frozen=True, eq=False)
class Limits:
    """m elements x cases; case 0 is the base case, case c the contingency `case_names[c]`.

    `forward_mw` and `reverse_mw` (m, cases) are positive, and `inf` where there is no limit.
    """

    elements: tuple[Element, ...]
    case_names: tuple[str, ...]
    response: FlowResponse
    forward_mw: Array
    reverse_mw: Array

    def excess(self, injection_mw: Array) -> Array:
        """MW above its limit of every element in every case, (m, cases); negative within it."""
        flows = self.response.flows(injection_mw)
        return np.maximum(flows - self.forward_mw, -self.reverse_mw - flows)


def security_limits(
    network: DcNetwork,
    contingencies: Sequence[Contingency] = (),
    monitored: Sequence[BranchKey] | None = None,
    interfaces: Sequence[Interface] = (),
    base_rating: str = "A",
    contingency_rating: str = "B",
    rating_scale: float = 1.0,
) -> Limits:
    """Limits of the `monitored` branches (without it: of all rated ones) and of the interfaces.

    A rating of 0 falls back to rating A, and 0 there is no limit. Interfaces are enforced in the
    base case. `rating_scale` multiplies every limit. What is out of service carries
    nothing: it is not watched, and a contingency of nothing else is left out.
    """
    watched = _watched(network, monitored)
    groups = sorted(interfaces, key=lambda interface: interface.name)
    cases = _cases(network, contingencies)
    branches = sorted(
        {*watched}
        | {network.branch_index(key)[0] for group in groups for key, _ in group.terms}
        | {position for case in cases for position in opened_branches(network, case).tolist()}
    )
    weights = _weights(network, watched, groups, branches)
    columns = RATING_COLUMN[base_rating], RATING_COLUMN[contingency_rating]
    forward, reverse = _limits_mw(network.rating_mw[watched], groups, len(cases), columns)
    return Limits(
        elements=(
            *(_branch_element(network.key[position]) for position in watched),
            *(Element(group.name, "INTERFACE", NOWHERE) for group in groups),
        ),
        case_names=(BASE_CASE, *(case.name for case in cases)),
        response=flow_response(network, weights, branches, cases),
        forward_mw=forward * rating_scale,
        reverse_mw=reverse * rating_scale,
    )


def _watched(network: DcNetwork, monitored: Sequence[BranchKey] | None) -> list[int]:
    rated = network.in_service & (network.rating_mw > 0).any(axis=1)
    if monitored is not None:
        chosen = np.zeros(network.branch_count, dtype=bool)
        chosen[[network.branch_index(key)[0] for key in monitored]] = True
        rated &= chosen
    return [int(position) for position in np.flatnonzero(rated)]


def _cases(network: DcNetwork, contingencies: Sequence[Contingency]) -> list[Contingency]:
    """Those that take anything out, by name: the order of the input must not matter."""
    return [
        item
        for item in sorted(contingencies, key=lambda item: item.name)
        if len(opened_branches(network, item)) or lost_injections(network, item.machines)
    ]


def _weights(
    network: DcNetwork, watched: list[int], groups: Sequence[Interface], branches: list[int]
) -> Array:
    """(m, branches): the flow of an element as a sum of branch flows."""
    column = {position: index for index, position in enumerate(branches)}
    weights = np.zeros((len(watched) + len(groups), len(branches)))
    weights[np.arange(len(watched)), [column[position] for position in watched]] = 1.0
    for row, group in enumerate(groups, start=len(watched)):
        for key, weight in group.terms:
            position, sign = network.branch_index(key)
            weights[row, column[position]] += sign * weight
    return weights


def _limits_mw(
    rating_mw: Array, groups: Sequence[Interface], contingencies: int, columns: tuple[int, int]
) -> tuple[Array, Array]:
    """Forward and reverse limits (m, cases) of rated branches, then of interfaces."""
    normal, emergency = (
        np.where(rating_mw[:, column] > 0, rating_mw[:, column], rating_mw[:, 0])
        for column in columns
    )
    of_branches = np.column_stack([normal, *[emergency] * contingencies])
    of_branches[of_branches <= 0] = np.inf

    def of_groups(limits: list[float | None]) -> Array:
        base = np.array([np.inf if limit is None else limit for limit in limits], dtype=np.float64)
        return np.column_stack([base, np.full((len(groups), contingencies), np.inf)])

    return (
        np.vstack([of_branches, of_groups([group.forward_limit_mw for group in groups])]),
        np.vstack([of_branches, of_groups([group.reverse_limit_mw for group in groups])]),
    )


def _branch_element(key: BranchKey) -> Element:
    return Element(f"{key.from_bus}-{key.to_bus}-{key.circuit}", "BRANCH", key)
