"""Contingencies that a model with negative reactances cannot tell truly, and leaves out.

Where every reactance is positive no branch carries more than the transfer itself: no shift factor
from one bus to another is above 1. A reduced network has negative ones, for series capacitors and
for parts that were reduced away; they make transfers circulate, and after an outage that leaves
them nearly cancelling their neighbours factors grow without bound. No line is loaded so, and a
limit enforced there would decide every price: such a contingency is left out, and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.factors import Factors
from simulator.network.model import Contingency
from simulator.network.outage_response import OutageResponse, outage_responses

DECIMALS = 6  # of a factor that is judged, those that are published: below is rounding's noise


@dataclass(frozen=True, order=True)
class LeftOut:
    """After `contingency` a MW from some bus to another is `shift_factor` MW on `branch`."""

    contingency: str
    branch: BranchKey
    shift_factor: float


LEFT_OUT_HEADER = ("Contingency", "ConstraintName", "ShiftFactor", "LargestShiftFactor")


def left_out_row(item: LeftOut, largest_shift_factor: float) -> tuple[object, ...]:
    """One row under `LEFT_OUT_HEADER`: what was found where, and what is allowed."""
    branch = item.branch
    name = f"{branch.from_bus}-{branch.to_bus}-{branch.circuit}"
    return item.contingency, name, f"{item.shift_factor:.{DECIMALS}f}", largest_shift_factor


@dataclass(frozen=True)
class Enforced:
    """What of a list of contingencies a market enforces, in its order, and what not, by name."""

    contingencies: tuple[Contingency, ...]
    left_out: tuple[LeftOut, ...]


def enforced(
    network: DcNetwork,
    contingencies: Sequence[Contingency],
    monitored: Sequence[BranchKey] | None,
    largest_shift_factor: float,
) -> Enforced:
    """Those after which no monitored branch has a shift factor above the largest allowed.

    The largest allowed is at least 1. A factor is judged from any bus to any other, so that it does
    not depend on a reference. A branch whose factors exceed it before any contingency already is no
    contingency's doing and not judged. `monitored` None: every rated branch. Raises Refused for
    contingencies that leave no solution at all.
    """
    if (network.susceptance_mw_per_rad[network.in_service] > 0).all():
        return Enforced(tuple(contingencies), ())  # nothing exceeds 1
    watched = _watched(network, monitored)
    factors = Factors(network)
    rows = factors.shift_factors(watched)
    judged = _spread(rows) <= largest_shift_factor
    kept, left_out = [], []
    for item, response in zip(contingencies, outage_responses(factors, contingencies), strict=True):
        spread = _spread(_after(factors, rows, watched, response))
        above = np.flatnonzero(judged & (spread > largest_shift_factor))
        if len(above):
            worst = above[spread[above].argmax()]
            key = network.key[watched[worst]]
            left_out.append(LeftOut(item.name, key, float(spread[worst])))
        else:
            kept.append(item)
    return Enforced(tuple(kept), tuple(sorted(left_out)))


def _watched(network: DcNetwork, monitored: Sequence[BranchKey] | None) -> list[int]:
    """Positions of what is in service, rising."""
    if monitored is None:
        chosen = network.in_service & (network.rating_mw > 0).any(axis=1)
        return [int(position) for position in np.flatnonzero(chosen)]
    positions = {network.branch_index(key)[0] for key in monitored}
    return sorted(position for position in positions if network.in_service[position])


def _after(
    factors: Factors, rows: FloatArray, watched: list[int], response: OutageResponse
) -> FloatArray:
    """(m, nb) shift factors of the watched branches after a contingency; `rows` are those before.

    A lost machine moves no factor from bus to bus, so only what opens counts.
    """
    if response.split is not None:
        return response.split.shift_factors(watched)
    opened = len(response.branches)
    if not opened or response.factor is None:
        return rows
    carried = factors.shift_factors(response.branches)
    return rows + response.factor[watched][:, :opened] @ carried


def _spread(rows: FloatArray) -> FloatArray:
    """(m,) the largest difference between two buses; the references, at 0, are among them."""
    if not rows.size:
        return np.zeros(len(rows))
    spread: FloatArray = np.round(rows.max(axis=1) - rows.min(axis=1), DECIMALS)
    return spread
