"""Sloped pieces for a solver that knows flat ones only: tangents, drawn closer round by round.

The worth of a sloped piece, value x - slope x^2 / 2, lies below each of its tangents. Two tangents
drawn at p and q meet halfway between them, so that tangents are flat pieces: from the meeting with
the one before to the meeting with the next, at the price value - slope p. That program's optimum is
never worth less than the true one. Where it differs a tangent is drawn at its answer, and at the MW
that its shadow prices call for; the true worth of the answer and the true bound of its shadow
prices close in on the optimum from both sides, and tell when it is reached (Kelley, 1960).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simulator.clearing.interior import Program, SolverFailed
from simulator.clearing.problem import Floats, Ints
from simulator.clearing.tolerances import (
    ACCEPTED_GAP,
    EXACT_GAP,
    FIRST_TANGENTS,
    TANGENT_APART,
    TANGENT_NARROWS,
    TANGENT_ROUNDS,
)

Flat = Callable[[Program], tuple[Floats, Floats]]


def by_tangents(program: Program, flat: Flat) -> tuple[Floats, Floats]:
    """The optimum x (N,) and shadow prices mu (M,), by a solver for pieces without slopes.

    The best that was found where the relative gap stays above `EXACT_GAP`; raises `SolverFailed`
    where it stays above `ACCEPTED_GAP`.
    """
    sloped = np.flatnonzero(program.slope > 0)
    piece = np.repeat(np.arange(len(program.upper)), np.where(program.slope > 0, FIRST_TANGENTS, 1))
    share = np.concatenate(
        [np.linspace(0, 1, FIRST_TANGENTS) if s > 0 else [0.0] for s in program.slope]
    )
    at = share * program.upper[piece]
    best, least = None, np.inf
    for count in range(TANGENT_ROUNDS):
        flat_program, owner = _flattened(program, piece, at)
        mw, mu = flat(flat_program)
        x = np.minimum(np.bincount(owner, weights=mw, minlength=len(program.upper)), program.upper)
        gap = program.relative_gap(x, mu)
        if gap < least:
            best, least = (x, mu), gap
        if gap <= EXACT_GAP:
            break
        width = program.upper[sloped] * TANGENT_NARROWS**count
        called_for = _called_for(program, mu)[sloped]
        near = (x[sloped], called_for, called_for - width, called_for + width)
        piece, at = _with(program, piece, at, np.tile(sloped, len(near)), np.concatenate(near))
    if best is None or least > ACCEPTED_GAP:
        raise SolverFailed(f"tangents stopped at a relative gap of {least:.1e}")
    return best


def _flattened(p: Program, piece: Ints, at: Floats) -> tuple[Program, Ints]:
    """The program of the tangents drawn `at` MW of each `piece` (sorted); whose its parts are."""
    last = np.concatenate([piece[1:] != piece[:-1], [True]])
    first = np.concatenate([[True], last[:-1]])
    meeting = np.append((at[1:] + at[:-1]) / 2, 0.0)
    end = np.where(last, p.upper[piece], meeting)
    begin = np.where(first, 0.0, np.append(0.0, meeting[:-1]))
    kept = end > begin
    owner = piece[kept]
    return replace(
        p,
        value=(p.value[piece] - p.slope[piece] * at)[kept],
        slope=np.zeros(len(owner)),
        upper=(end - begin)[kept],
        path=p.path[owner],
        sign=p.sign[owner],
    ), owner


def _with(p: Program, piece: Ints, at: Floats, more: Ints, there: Floats) -> tuple[Ints, Floats]:
    """Tangents with more of them, sorted; none beyond its piece, nor too near to another."""
    piece = np.concatenate([piece, more])
    at = np.clip(np.concatenate([at, there]), 0.0, p.upper[piece])
    order = np.lexsort((at, piece))
    piece, at = piece[order], at[order]
    apart = np.diff(at, prepend=-np.inf) > TANGENT_APART * p.upper[piece]
    kept = apart | np.concatenate([[True], piece[1:] != piece[:-1]])
    return piece[kept], at[kept]


def _called_for(p: Program, mu: Floats) -> Floats:
    """(N,) the MW of each sloped piece at which it is worth just its price."""
    steep = np.where(p.slope > 0, p.slope, 1.0)
    return np.clip((p.value - p.path_price(mu)) / steep, 0.0, p.upper)
