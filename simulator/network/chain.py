"""The meshed core of a network: series branches as one chain, bridges left out.

Whatever opens, every branch of a chain carries the same change of flow, and a bridge none; so
outage factors need only be known between chains. A large grid has a third as many chains' ends
as buses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulator.network.dc import DcNetwork, FloatArray
from simulator.network.island import BoolArray, IntArray

CANCELLED = 1e-6  # share of its parts' size below which a chain's reactance counts as cancelled


@dataclass(frozen=True, eq=False)
class Chains:
    """nc chains; `of_branch` (nl,) is -1 for bridges and branches out of service.

    `sign` (nl,) is +1 where a branch runs in its chain's direction, -1 against it, 0 outside.
    """

    of_branch: IntArray
    sign: FloatArray
    from_bus: IntArray  # (nc,) bus index
    to_bus: IntArray  # (nc,)
    susceptance_mw_per_rad: FloatArray  # (nc,)

    @property
    def count(self) -> int:
        """Number of chains nc."""
        return len(self.from_bus)


@dataclass(frozen=True)
class _Walk:
    """Buses visited and branches between them, one fewer."""

    buses: list[int]
    branches: list[int]


def chains(network: DcNetwork, bridge: BoolArray) -> Chains:
    """Chains of the branches in service that are not a `bridge` (nl,)."""
    reactance = 1.0 / network.susceptance_mw_per_rad
    ends: list[tuple[int, int]] = []
    susceptance = []
    of_branch = np.full(network.branch_count, -1, dtype=np.int64)
    sign = np.zeros(network.branch_count)
    for walk in _walks(network, bridge):
        for piece in _pieces(walk, reactance):
            of_branch[piece.branches] = len(ends)
            for bus, branch in zip(piece.buses, piece.branches, strict=False):
                sign[branch] = 1.0 if network.from_index[branch] == bus else -1.0
            ends.append((piece.buses[0], piece.buses[-1]))
            susceptance.append(1.0 / float(reactance[piece.branches].sum()))
    pairs = np.array(ends, dtype=np.int64).reshape(len(ends), 2)
    return Chains(of_branch, sign, pairs[:, 0], pairs[:, 1], np.array(susceptance))


def _walks(network: DcNetwork, bridge: BoolArray) -> Iterator[_Walk]:
    """From every bus with other than two meshed branches to the next, then what is left: rings."""
    meshed = np.flatnonzero(network.in_service & ~bridge)
    ends = [(int(network.from_index[k]), int(network.to_index[k])) for k in meshed]
    other = dict(zip(meshed.tolist(), ends, strict=True))
    at: dict[int, list[int]] = {}
    for branch, (a, b) in other.items():
        at.setdefault(a, []).append(branch)
        at.setdefault(b, []).append(branch)
    used: set[int] = set()  # only asked for membership
    buses = sorted(at)
    for start in [bus for bus in buses if len(at[bus]) != 2] + buses:
        for first in at[start]:
            if first not in used:
                walk = _Walk([start], [])
                branch = first
                while branch >= 0:
                    used.add(branch)
                    a, b = other[branch]
                    bus = b if a == walk.buses[-1] else a
                    walk.branches.append(branch)
                    walk.buses.append(bus)
                    onward = [k for k in at[bus] if k not in used]
                    branch = onward[0] if len(at[bus]) == 2 and onward else -1
                yield walk


def _pieces(walk: _Walk, reactance: FloatArray) -> Sequence[_Walk]:
    """A chain needs two different ends and a reactance: cut rings, take cancelling ones apart."""
    x = reactance[walk.branches]
    if abs(x.sum()) <= CANCELLED * np.abs(x).sum():
        cuts = list(range(len(walk.branches) + 1))
    elif walk.buses[0] == walk.buses[-1]:
        cuts = [0, len(walk.branches) // 2, len(walk.branches)]
    else:
        return [walk]
    pieces = [_Walk(walk.buses[a : b + 1], walk.branches[a:b]) for a, b in pairwise(cuts)]
    if len(cuts) == 3 and len(walk.branches) > 2:  # half a ring may cancel too
        return [part for piece in pieces for part in _pieces(piece, reactance)]
    return pieces
