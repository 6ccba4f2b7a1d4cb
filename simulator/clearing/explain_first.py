"""What would have been, had one bid been put first: what wins all of it, and at whose expense.

The bid gets the most MW that the limits can carry, and the others share what that leaves. The
least that the last of these MW costs the others, among all optimal shadow prices, is what the bid
had to beat; the bids that then get less are the set that it lost to: together they are worth more
than it offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.clearing.fallback import by_highs
from simulator.clearing.interior import Program, SolverFailed
from simulator.clearing.price_range import least_cost
from simulator.clearing.problem import (
    Floats,
    Ints,
    Problem,
    build_problem,
    entry_id,
    entry_value,
)
from simulator.clearing.rows import Rows
from simulator.clearing.screen import Found, ProblemScreen, SecurityScreen
from simulator.clearing.sift import exact, polished, restricted
from simulator.clearing.smallest import optimal_face
from simulator.clearing.solve import as_program
from simulator.clearing.tolerances import (
    BINDING_MW,
    SCREEN_TOLERANCE_MW,
    SEARCH_ROUNDS,
    SNAP_STEPS,
)
from simulator.domain import MW_STEP, Bid, usd

NAMED = 10
"""How many of the bids that would have got less are named."""
MW_DECIMALS = 6
PRICE, CENT = Decimal("0.000001"), Decimal("0.01")

Json = dict[str, Any]


@dataclass(frozen=True)
class First:
    """The market with a bid put first: MW by id, and the price that wins all of the bid.

    None as price: the limits cannot carry all of it.
    """

    awarded_mw: Mapping[str, Decimal]
    price: float | None


def put_first(case: ClearingCase, bid: Bid) -> First:
    """Clear the bid's product again with the bid before all others; raises `SolverFailed`."""
    problem = build_problem(case, bid.period, bid.tou)
    market = _Others(problem, SecurityScreen(case).view(problem), bid)
    most = market.most_mw()
    try:
        rows, piece_mw = market.best_beside(most)
    except SolverFailed:  # the limits leave no slack at all: all but the last step is put first
        rows, piece_mw = market.best_beside(max(most - MW_STEP, Decimal(0)))
    got = problem.entry_mw(piece_mw).round(MW_DECIMALS).tolist()
    awarded = {
        entry_id(entry): min(Decimal(repr(mw)), entry.mw)
        for entry, mw in zip(problem.entries, got, strict=True)
    }
    awarded[bid.bid_id] = most
    all_of_it = most + MW_STEP > bid.mw
    price = market.price_to_beat(rows, piece_mw) if all_of_it else None
    return First(awarded, price)


class _Others:
    """All bids of a product beside one whose MW are fixed; `place` is its position."""

    def __init__(self, problem: Problem, view: ProblemScreen, bid: Bid) -> None:
        self._problem, self._view, self._bid = problem, view, bid
        self._place = [entry_id(entry) for entry in problem.entries].index(bid.bid_id)
        self._own = problem.piece_entry == self._place
        self._rows = view.rows(Found.none())
        self._able = np.zeros(len(problem.piece_mw))

    def most_mw(self) -> Decimal:
        """The most MW of the bid that the limits can carry, in whole steps, others helping."""
        asked = self._bid.mw // MW_STEP * MW_STEP
        self._able = self._filled(asked)
        if self._view.worst_mw(self._problem.path_mw(self._able)) <= SCREEN_TOLERANCE_MW:
            return asked

        def most(rows: Rows) -> Floats:
            program = as_program(self._problem, rows)
            flat = np.zeros(len(self._own))
            eager = replace(program, value=self._own.astype(np.float64), slope=flat)
            return _optimum(eager)

        self._rows, self._able = self._searched(most)
        steps = int(float(self._able[self._own].sum()) / float(MW_STEP) + SNAP_STEPS)
        return min(asked, steps * MW_STEP)

    def best_beside(self, mw: Decimal) -> tuple[Rows, Floats]:
        """Rows and awards (N,) of the pieces that are worth most with the bid's MW fixed."""
        held = self._filled(mw)
        others = np.flatnonzero(~self._own)

        def best(rows: Rows) -> Floats:
            x = held.copy()
            x[others] = _optimum(self._left(rows, others, held))
            return x

        return self._searched(best)

    def price_to_beat(self, rows: Rows, piece_mw: Floats) -> float:
        """The least optimal path price of a purchase, the greatest of a sale, in USD per MW."""
        tight = self._view.violated(self._problem.path_mw(piece_mw), -BINDING_MW)
        every = rows.joined(self._view.rows(tight))
        others = np.flatnonzero(~self._own)
        held = np.where(self._own, piece_mw, 0.0)
        face = optimal_face(self._left(every, others, held), piece_mw[others])
        one = np.flatnonzero(self._own)[:1]
        use = as_program(self._problem, every).columns(one, face.rows)[:, 0]
        sign = int(self._problem.entry_sign[self._place])
        price = Decimal(repr(least_cost(face, use))) * sign
        wins = ROUND_CEILING if sign > 0 else ROUND_FLOOR  # a cent too few would not win it
        return float(price.quantize(PRICE).quantize(CENT, rounding=wins)) + 0.0

    def _filled(self, mw: Decimal) -> Floats:
        """(N,) the bid's own pieces with MW in them, first pieces first; all others none."""
        entry_mw = np.zeros(len(self._problem.entries))
        entry_mw[self._place] = float(mw)
        return self._problem.fill(entry_mw)

    def _left(self, rows: Rows, others: Ints, held: Floats) -> Program:
        """The program of the others; what is known to fit is not ruled out by a last digit."""
        program = as_program(self._problem, rows)
        fits = program.flow(np.where(self._own, 0.0, self._able))
        return restricted(program, others, np.maximum(program.room - program.flow(held), fits))

    def _searched(self, solve: Callable[[Rows], Floats]) -> tuple[Rows, Floats]:
        """Solve and add what is violated until nothing is."""
        rows = self._rows
        for _ in range(SEARCH_ROUNDS):
            x = solve(rows)
            found = self._view.violated(self._problem.path_mw(x), SCREEN_TOLERANCE_MW).worst()
            more = rows.joined(self._view.rows(found))
            if len(more) == len(rows):
                return rows, x
            rows = more
        raise SolverFailed(f"limits were still violated after {SEARCH_ROUNDS} rounds")


def _optimum(program: Program) -> Floats:
    """(N,) exact awards: the market's own solver, or HiGHS where it stalls."""
    try:
        near = exact(program, np.zeros(len(program.room)))
    except SolverFailed as stalled:
        try:
            near = by_highs(program)
        except SolverFailed as failed:
            raise SolverFailed(f"{stalled}; {failed}") from None
    return polished(program, *near)[0]


def lost_to(case: ClearingCase, bid: Bid, awarded_mw: Mapping[str, Decimal], first: First) -> Json:
    """The bids that would have got less with the bid put first, and what both sides are worth.

    `own_value` is what the bid itself offered for the MW it would have got more, `their_value`
    what all others together would have been worth less, in USD.
    """

    def change(item: Bid) -> Decimal:
        """What the item is worth more at its MW as awarded than with the bid put first."""
        now, then = awarded_mw[item.bid_id], first.awarded_mw[item.bid_id]
        worth = (entry_value(item, case.objective, case.curve, mw) for mw in (now, then))
        return next(worth) - next(worth)

    others = [i for i in case.bids if i.bid_id in first.awarded_mw and i.bid_id != bid.bid_id]
    less = [i for i in others if awarded_mw[i.bid_id] - first.awarded_mw[i.bid_id] >= MW_STEP]
    less.sort(key=lambda i: (first.awarded_mw[i.bid_id] - awarded_mw[i.bid_id], i.bid_id))
    return {
        "own_value": float(usd(-change(bid))),
        "their_value": float(usd(sum((change(item) for item in others), Decimal(0)))),
        "bids": len(less),
        "largest": [
            {
                "id": item.bid_id,
                "participant": item.participant,
                "awarded_mw": float(awarded_mw[item.bid_id]),
                "would_have_got_mw": round(float(first.awarded_mw[item.bid_id]), 3),
            }
            for item in less[:NAMED]
        ],
    }
