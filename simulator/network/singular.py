"""When a network has no solution: negative reactances may cancel others, before or after an outage.

A float never says "exactly zero" of figures that were added up, so that what is zero in truth is
known by its size beside the figures it came from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.domain import Finding

LEAST_PIVOT = 1e-14
"""Share of a bus's susceptances below which what is left of them has no digit that is true."""
LEAST_REMAINDER = 1e-10
"""Share of a transfer beside an opened branch below which its reactance counts as cancelled: a
jumper of 1e-9 per unit beside 10 per unit is the extreme of what positive reactances leave."""


def cancelled(left: NDArray[np.float64], size: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Whether 1 - D, of which `left` is left, is nothing beside D of this `size` (or no number)."""
    return ~(np.abs(left) > LEAST_REMAINDER * np.maximum(1.0, np.abs(size)))


def singular(state: str) -> Finding:
    """The finding for the network in a `state`, for example after a contingency."""
    return Finding(
        "SINGULAR_NETWORK",
        f"the flows of the network {state} cannot be solved: its susceptance matrix is singular",
        where=state,
        found="reactances that cancel each other, or figures that are not finite",
        allowed="reactances that leave a solution",
        remedy="check branches of negative reactance and their parallels",
        rule="rulebook 3.1",
    )


def after_outage(name: str) -> str:
    """A state in words."""
    return f"after the outage of {name}"
