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
from simulator.clearing.polish import polish
from simulator.clearing.problem import Bools, Floats, Ints
from simulator.clearing.tolerances import (
    FEWEST,
    PER_ROW,
    PRICE_NOISE,
    RELIEVING,
    SMALLEST_MONEY,
    WIDER,
)


def exact(program: Program, mu: Floats) -> tuple[Floats, Floats]:
    """The optimum x (N,) and shadow prices (M,) as good as the interior point makes them.

    Begins with shadow prices mu; raises `SolverFailed`.
    """
    wanted = FEWEST + PER_ROW * len(program.room)
    doubtful = _least_decided(program, mu, wanted)
    while True:
        doubtful, x, part, chosen = _relieved(program, mu, doubtful)
        try:
            x[chosen], found = interior_point(part)
        except SolverFailed:
            if doubtful.all():
                raise
            wanted *= WIDER
            doubtful |= _least_decided(program, mu, wanted)
            continue
        wrong = _wrong(program, x, found) & ~doubtful
        if not wrong.any():
            return x, found
        mu = found
        doubtful |= wrong | _least_decided(program, mu, wanted)


def polished(program: Program, x: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """The exact optimum from one that is as good as `exact` makes it; raises `SolverFailed`."""
    wanted = FEWEST + PER_ROW * len(program.room)
    doubtful = _least_decided(program, mu, wanted) | ((x > 0) & (x < program.upper))
    while True:
        chosen = np.flatnonzero(doubtful)
        others = np.where(doubtful, 0.0, x)
        part = restricted(program, chosen, program.room - program.flow(others))
        others[chosen], found = polish(part, x[chosen], mu)
        wrong = _wrong(program, others, found) & ~doubtful
        if not wrong.any():
            return others, found
        x, mu = exact(program, found)
        doubtful |= wrong | ((x > 0) & (x < program.upper))


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


def _relieved(program: Program, mu: Floats, doubtful: Bools) -> tuple[Bools, Floats, Program, Ints]:
    """Awards (N,) of what is decided at prices mu, and the program of the `chosen` others.

    A row that those in doubt cannot bring within its limit puts more in doubt: the pieces that
    would have to give way first as its price rises.
    """
    decided, taken = _decided_by(program, mu)
    doubtful = doubtful.copy()
    while True:
        chosen = np.flatnonzero(doubtful)
        x = np.where(taken & ~doubtful, program.upper, 0.0)
        part = restricted(program, chosen, program.room - program.flow(x))
        if doubtful.all():
            return doubtful, x, part, chosen
        tight = np.flatnonzero(part.least_flow() > part.room)
        fresh = np.zeros(0, dtype=np.int64)
        for row in tight.tolist():
            use = program.path_price(np.eye(1, len(program.room), row)[0])
            helps = ~doubtful & np.where(taken, use > 0, use < 0)
            able = np.flatnonzero(helps)
            rise = decided[able] / np.abs(use[able])
            fresh = np.union1d(fresh, able[rise <= _smallest_of(rise, RELIEVING)])
        if not len(fresh):
            return doubtful, x, part, chosen
        doubtful[fresh] = True


def _smallest_of(values: Floats, count: int) -> float:
    """The count-th smallest of some values: equal ones go together, whatever their order."""
    if count >= len(values):
        return float(np.max(values, initial=-np.inf))
    return float(np.partition(values, count)[count])


def _wrong(program: Program, x: Floats, mu: Floats) -> Bools:
    """(N,) pieces that want the other bound at these prices."""
    noise = PRICE_NOISE * max(float(np.max(np.abs(program.value), initial=0.0)), SMALLEST_MONEY)
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
