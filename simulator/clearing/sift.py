"""Exact awards and prices from nearly right prices: few bids are in doubt, the others are decided.

At given shadow prices a piece is refused, taken whole, or in doubt. The decided ones are set, the
program is solved exactly for those in doubt, and a piece that the new prices prove wrongly decided
joins them. When none is, the answer is optimal for all. Nothing is left out: the last prices are
held against every piece.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.clearing.interior import Program, SolverFailed, interior_point
from simulator.clearing.polish import PRICE_NOISE, polish
from simulator.clearing.problem import Bools, Floats, Ints

FEWEST = 500
PER_ROW = 3
"""So many pieces, and so many more for every row, are in doubt at first: the least decided."""
WIDER = 3
"""By this factor more are in doubt after an attempt that failed."""


def exact(program: Program, mu: Floats, polished: bool = True) -> tuple[Floats, Floats]:
    """The optimal x (N,) and shadow prices (M,), beginning with prices; raises `SolverFailed`.

    Not `polished` it is as good as the interior point makes it: enough to look for more rows.
    """
    wanted = FEWEST + PER_ROW * len(program.room)
    doubtful = _least_decided(program, mu, wanted)
    while True:
        x, part, chosen = _set_the_others(program, mu, doubtful)
        try:
            x[chosen], found = interior_point(part)
        except SolverFailed:
            if doubtful.all():
                raise
            wanted *= WIDER
            doubtful |= _least_decided(program, mu, wanted)
            continue
        wrong = _wrong(program, x, found) & ~doubtful
        if polished and not wrong.any():
            x[chosen], found = polish(part, x[chosen], found)
            wrong = _wrong(program, x, found) & ~doubtful
        if not wrong.any():
            return x, found
        mu = found
        doubtful |= wrong | _least_decided(program, mu, wanted)


def _decided_by(program: Program, mu: Floats) -> tuple[Floats, Bools]:
    """(N,) by how much each piece is decided, USD per MW (negative: it is not); taken or not."""
    first = program.value - program.path_price(mu)
    last = first - program.slope * program.upper
    return np.maximum(-first, last), last > -first


def _least_decided(program: Program, mu: Floats, count: int) -> Bools:
    """(N,) the `count` pieces that are least decided, and what is equal to the last of them."""
    decided = _decided_by(program, mu)[0]
    if count >= len(decided):
        return np.ones(len(decided), dtype=np.bool_)
    return np.asarray(decided <= np.partition(decided, count)[count])


def _set_the_others(program: Program, mu: Floats, doubtful: Bools) -> tuple[Floats, Program, Ints]:
    """Awards (N,) of what is decided at prices mu, and the program of the `chosen` others."""
    if doubtful.all():
        return np.zeros(len(doubtful)), program, np.arange(len(doubtful))
    taken = _decided_by(program, mu)[1]
    x = np.where(taken & ~doubtful, program.upper, 0.0)
    chosen = np.flatnonzero(doubtful)
    return x, restricted(program, chosen, program.room - program.flow(x)), chosen


def _wrong(program: Program, x: Floats, mu: Floats) -> Bools:
    """(N,) pieces that want the other bound at these prices."""
    noise = PRICE_NOISE * max(float(np.max(np.abs(program.value), initial=0.0)), 1e-9)
    first = program.value - program.path_price(mu)
    last = first - program.slope * program.upper
    return np.asarray(np.where(x > 0, last < -noise, first > noise))


def restricted(program: Program, pieces: Ints, room: Floats) -> Program:
    """The program of some pieces alone, with other room."""
    paths, path = np.unique(program.path[pieces], return_inverse=True)
    return replace(
        program,
        value=program.value[pieces],
        slope=program.slope[pieces],
        upper=program.upper[pieces],
        path=path.astype(np.int64),
        sign=program.sign[pieces],
        carriage=program.carriage[:, paths],
        room=room,
    )
