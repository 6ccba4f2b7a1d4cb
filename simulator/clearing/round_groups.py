"""Equal entries (same path, size and exact award) as groups that rounding moves at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.clearing.problem import Floats, Ints, Problem
from simulator.clearing.tolerances import SNAP_STEPS

STEPS_PER_MW = 1000
STEP_MW = 1.0 / STEPS_PER_MW


def rounded_path_mw(problem: Problem, steps: Floats | Ints) -> Floats:
    """(P,) MW on every path for awards in steps, held rights included."""
    weights = problem.entry_sign * steps * STEP_MW
    change = np.bincount(problem.entry_path, weights=weights, minlength=len(problem.source))
    return problem.fixed_mw + change


@dataclass(frozen=True, eq=False)
class Groups:
    """G groups of equal entries, in the order of their first; a move is `unit` steps of a group.

    `unit` is the number of members where they move alike, or 1 where they share.
    """

    of_entry: Ints  # (E,)
    rank: Ints  # (E,) place among the members, by id
    first: Ints  # (G,) the entry that comes first
    members: Ints  # (G,)
    unit: Ints  # (G,) steps that a move adds to all members together
    exact: Floats  # (G,) the exact award in moves
    cap: Floats  # (G,) moves that the group can get
    down: Floats  # (G,) the move below the exact award, noise apart
    up: Floats  # (G,) the move above

    def spread(self, moves: Floats) -> Floats:
        """(E,) steps of the entries: equal shares, the odd steps to those that come first."""
        total = moves * self.unit
        each = np.floor(total / self.members)
        odd = total - each * self.members
        return np.asarray(each[self.of_entry] + (self.rank < odd[self.of_entry]))

    @property
    def exact_steps(self) -> Floats:
        """(E,) the exact awards in steps, the same for all members."""
        return np.asarray((self.exact * self.unit / self.members)[self.of_entry])


def equal_entries(problem: Problem, exact: Floats) -> Groups:
    """Groups whose members move alike, for exact awards (E,) in steps."""
    cap = np.floor(problem.entry_mw(problem.piece_mw) * STEPS_PER_MW + SNAP_STEPS)
    likeness = np.round(exact / SNAP_STEPS)
    key = np.stack([problem.entry_path, problem.entry_sign, cap, likeness], axis=1)
    _, first, of_entry, members = np.unique(
        key, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)  # groups in the order of their first entry
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    of_entry, members, first = place[of_entry.reshape(-1)], members[order], first[order]
    award, most = exact[first], cap[first]
    down, up = _either_side(award, most)
    return Groups(of_entry, _ranks(of_entry, members), first, members, members, award, most,
                  down, up)  # fmt: skip


def together(alike: Groups) -> Groups:
    """The same groups sharing what their members get together, so that a move is one step."""
    members = alike.members.astype(np.float64)
    snapped = np.where(alike.up > alike.down, alike.exact, alike.down)
    exact, cap = snapped * members, alike.cap * members
    down, up = _either_side(exact, cap)
    return replace(alike, unit=np.ones_like(alike.members), exact=exact, cap=cap, down=down, up=up)


def _either_side(exact: Floats, cap: Floats) -> tuple[Floats, Floats]:
    """Whole moves below and above; both the same where the exact award is one."""
    down = np.minimum(np.floor(exact + SNAP_STEPS), cap)
    return down, np.where(exact - down > SNAP_STEPS, np.minimum(down + 1, cap), down)


def _ranks(of_entry: Ints, members: Ints) -> Ints:
    """(E,) how many members of its group come before each entry."""
    order = np.argsort(of_entry, kind="stable")
    begin = np.cumsum(members) - members
    rank = np.empty(len(of_entry), dtype=np.int64)
    rank[order] = np.arange(len(of_entry)) - begin[of_entry[order]]
    return rank
