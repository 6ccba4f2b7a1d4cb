"""The security limits of a dispatch as arrays: base case, every contingency, interfaces.

Flows after an outage are not computed from a factor row each but from the base flows: what the
opened branches carried moves to the others by the outage factors. Only outages that split the
network need factor rows of their own. A row over all buses is written out when a limit is enforced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.model import Contingency, Interface

Array = NDArray[np.float64]
Positions = NDArray[np.int64]

BASE_CASE = ""
FACTOR_DECIMALS = 10  # below the noise of a factorisation, so that machines agree
RATING_COLUMN = {"A": 0, "B": 1, "C": 2}


@dataclass(frozen=True)
class Element:
    """What is watched: a branch in the direction of its record, or an interface by its name."""

    name: str
    device_type: str  # BRANCH or INTERFACE
    from_bus: int = 0
    to_bus: int = 0
    circuit: str = ""


@dataclass(frozen=True)
class _Split:
    """An outage that splits the network: its own factor rows (m, nb) and flows at rest (m,)."""

    factors: Array
    offset_mw: Array


@dataclass(frozen=True)
class Limits:
    """Elements x cases; case 0 is the base case.

    `factors` (m, nb) are MW on an element, in its own direction, per MW injected at a bus and taken
    out at the reference of its island; `offset_mw` (m,) is the flow without any injection (phase
    shifters). `forward_mw` and `reverse_mw` (m, cases) are the limits, `inf` where there is none.
    Opened branch j carries `opened` (j, nb) x injection + `opened_offset_mw` (j,) in the base case
    and moves `moved` (m, j) of it to the elements in case `moved_case` (j,), which never falls.
    """

    elements: tuple[Element, ...]
    case_names: tuple[str, ...]
    factors: Array
    offset_mw: Array
    forward_mw: Array
    reverse_mw: Array
    moved: Array
    moved_case: Positions
    opened: Array
    opened_offset_mw: Array
    splits: dict[int, _Split]

    def flows(self, injection_mw: Array) -> Array:
        """Flow of every element in every case, (m, cases) MW, for injections (nb,) MW."""
        base = self.factors @ injection_mw + self.offset_mw
        flows = np.repeat(base[:, None], len(self.case_names), axis=1)
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

    A rating of 0 falls back to rating A, and a branch without that is not limited. Interfaces are
    enforced in the base case. `rating_scale` multiplies every limit. Branches out of service carry
    nothing: they are not watched, and a contingency of nothing else is left out.
    """
    watched = _watched(network, monitored)
    groups = sorted(interfaces, key=lambda interface: interface.name)
    cases = _cases(network, contingencies)
    wanted = sorted(
        {*watched}
        | {network.branch_index(key)[0] for group in groups for key, _ in group.terms}
        | {position for _, opened in cases for position in opened}
    )
    weights = _weights(network, watched, groups, wanted)
    redistribution = _redistribution(Factors(network), network, cases, weights, wanted)
    forward, reverse = _ratings(
        network, watched, groups, len(cases), RATING_COLUMN[base_rating],
        RATING_COLUMN[contingency_rating],
    )  # fmt: skip
    return Limits(
        elements=(
            *(_branch_element(network.key[position]) for position in watched),
            *(Element(group.name, "INTERFACE") for group in groups),
        ),
        case_names=(BASE_CASE, *(name for name, _ in cases)),
        forward_mw=forward * rating_scale,
        reverse_mw=reverse * rating_scale,
        **redistribution,
    )


def _watched(network: DcNetwork, monitored: Sequence[BranchKey] | None) -> list[int]:
    rated = network.in_service & (network.rating_mw[:, 0] > 0)
    if monitored is not None:
        chosen = np.zeros(len(rated), dtype=bool)
        chosen[[network.branch_index(key)[0] for key in monitored]] = True
        rated &= chosen
    return [int(position) for position in np.flatnonzero(rated)]


def _cases(
    network: DcNetwork, contingencies: Sequence[Contingency]
) -> list[tuple[str, tuple[int, ...]]]:
    cases = []
    for contingency in sorted(contingencies, key=lambda item: item.name):
        positions = {position for key in contingency.branches for position in network.sections(key)}
        in_service = tuple(sorted(p for p in positions if network.in_service[p]))
        if in_service:
            cases.append((contingency.name, in_service))
    return cases


def _weights(
    network: DcNetwork, watched: list[int], groups: Sequence[Interface], wanted: list[int]
) -> Array:
    """(m, wanted): the flow of an element as a sum of branch flows."""
    column = {position: index for index, position in enumerate(wanted)}
    weights = np.zeros((len(watched) + len(groups), len(wanted)))
    weights[np.arange(len(watched)), [column[position] for position in watched]] = 1.0
    for row, group in enumerate(groups, start=len(watched)):
        for key, weight in group.terms:
            position, sign = network.branch_index(key)
            weights[row, column[position]] += sign * weight
    return weights


def _redistribution(
    factors: Factors,
    network: DcNetwork,
    cases: list[tuple[str, tuple[int, ...]]],
    weights: Array,
    wanted: list[int],
) -> dict[str, object]:
    """The arrays of `Limits` that say how flow moves, base case and after each outage."""
    at_rest = np.zeros(len(network.bus))
    rows = factors.shift_factors(wanted)
    offset = factors.flows(at_rest)[wanted]
    column = {position: index for index, position in enumerate(wanted)}
    moved: list[Array] = []
    opened_rows: list[int] = []
    moved_case: list[int] = []
    splits: dict[int, _Split] = {}
    for case, (_, positions) in enumerate(cases, start=1):
        outage = factors.outage(positions)
        if outage.splits:
            splits[case] = _Split(
                weights @ outage.shift_factors(wanted), weights @ outage.flows(at_rest)[wanted]
            )
            continue
        opened = [column[position] for position in positions]
        taken_over = outage.factors[wanted]
        taken_over[opened] = -np.eye(len(opened))  # what opens carries nothing any more
        moved.append(weights @ taken_over)
        opened_rows += opened
        moved_case += [case] * len(opened)
    return {
        "factors": weights @ rows,
        "offset_mw": weights @ offset,
        "moved": np.hstack(moved) if moved else np.zeros((len(weights), 0)),
        "moved_case": np.array(moved_case, dtype=np.int64),
        "opened": rows[opened_rows],
        "opened_offset_mw": offset[opened_rows],
        "splits": splits,
    }


def _ratings(
    network: DcNetwork,
    watched: list[int],
    groups: Sequence[Interface],
    contingencies: int,
    base: int,
    contingency: int,
) -> tuple[Array, Array]:
    rating = network.rating_mw[watched]
    normal, after = (
        np.where(rating[:, column] > 0, rating[:, column], rating[:, 0])
        for column in (base, contingency)
    )
    limit = np.column_stack([normal, *[after] * contingencies])
    nothing = np.full((len(groups), contingencies), np.inf)
    forward = [np.inf if g.forward_limit_mw is None else g.forward_limit_mw for g in groups]
    reverse = [np.inf if g.reverse_limit_mw is None else g.reverse_limit_mw for g in groups]
    return (
        np.vstack([limit, np.column_stack([np.array(forward, dtype=float), nothing])]),
        np.vstack([limit, np.column_stack([np.array(reverse, dtype=float), nothing])]),
    )


def _branch_element(key: BranchKey) -> Element:
    name = f"{key.from_bus}_{key.to_bus}_{key.circuit}"
    return Element(name, "BRANCH", key.from_bus, key.to_bus, key.circuit)
