"""What flows where: awards and fixed CRRs on the grid, base case and every outage for real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from simulator.verify.answer import Elements
from simulator.verify.question import BASE_CASE, RATING, Question
from simulator.verify.submission import Holding, Problem, Submission

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Use:
    """What one problem's CRRs use of every element's limits in one case, both directions.

    (2, ne) arrays, row 0 from -> to, row 1 to -> from: `now_mw` fixed CRRs less sales plus awards,
    `fixed_mw` fixed CRRs alone, `limit_mw` the scaled rating (inf: not limited). Obligations net,
    options count with their positive part (rulebook 4.1, 4.2).
    """

    problem: Problem
    contingency: str
    now_mw: Array
    fixed_mw: Array
    limit_mw: Array

    def working_mw(self, relaxes: bool) -> Array:
        """The limit that holds: lifted to the fixed flow where that is more (rulebook 3.6)."""
        return np.maximum(self.limit_mw, self.fixed_mw) if relaxes else self.limit_mw


class Loading:
    """The injections of every problem, as columns for the solver."""

    def __init__(self, question: Question, awards_mw: Mapping[str, Decimal]) -> None:
        self.question = question
        self.problems = question.problems
        size = len(question.grid.bus)
        index = {problem: position for position, problem in enumerate(self.problems)}
        self._obligations = np.zeros((size, 2 * len(self.problems)))  # now, fixed
        self._options: list[Array] = []
        self._weights: list[tuple[float, float]] = []  # now, fixed
        self._option_columns: list[list[int]] = [[] for _ in self.problems]
        sold = _sold(question, awards_mw)
        for holding in question.holdings:
            now = holding.mw - sold.get(holding.crr_id, Decimal(0))
            self._add(index, holding, float(now), float(holding.mw))
        for submission in question.submissions:
            if not submission.sells:
                mw = float(awards_mw.get(submission.submission_id, Decimal(0)))
                self._add(index, submission, mw, 0.0)

    def _add(
        self, index: Mapping[Problem, int], right: Holding | Submission, now: float, fixed: float
    ) -> None:
        if now == 0.0 and fixed == 0.0:
            return
        path = path_injection(self.question, right.source, right.sink, right.problem.tou)
        position = index[right.problem]
        if right.option:
            self._option_columns[position].append(len(self._options))
            self._options.append(path)
            self._weights.append((now, fixed))
        else:
            self._obligations[:, 2 * position] += now * path
            self._obligations[:, 2 * position + 1] += fixed * path

    @property
    def columns(self) -> Array:
        """(nb, 2 problems + options) MW, made up for in every island."""
        return self.question.plant.level.injection(
            np.column_stack([self._obligations, *self._options])
        )

    def use(self, element_flows: Array, position: int) -> tuple[Array, Array]:
        """(2, ne) MW now and fixed of problem `position`, from flows per column (ne, columns)."""
        pair = element_flows[:, 2 * position : 2 * position + 2].T
        both = np.stack([pair, -pair])  # (2, now and fixed, ne)
        chosen = self._option_columns[position]
        if chosen:
            weights = np.array([self._weights[option] for option in chosen]).T
            flows = element_flows[:, [2 * len(self.problems) + option for option in chosen]].T
            both[0] += weights @ np.maximum(flows, 0.0)
            both[1] += weights @ np.maximum(-flows, 0.0)
        return both[:, 0], both[:, 1]


def path_injection(question: Question, source: str, sink: str, tou: str) -> Array:
    """(nb,) one MW in at `source` and out at `sink`."""
    vector = np.zeros(len(question.grid.bus))
    for location, sign in ((source, 1.0), (sink, -1.0)):
        for bus, share in question.injections(location, tou).items():
            vector[question.grid.bus_position[bus]] += sign * share
    return vector


def sweep(
    question: Question, elements: Elements, awards_mw: Mapping[str, Decimal]
) -> Iterator[Use]:
    """Every problem's use of the limits in the base case and after every contingency."""
    loading = Loading(question, awards_mw)
    columns = loading.columns
    ties, wires = _tie_matrix(elements), np.array(elements.wires, dtype=int)
    usual = {base: limits(question, elements, base) for base in (True, False)}
    for name in (BASE_CASE, *question.contingencies):
        flows = question.after(name).flows(columns)
        element_flows = np.vstack([flows[wires], ties @ flows])
        limit = usual[name == BASE_CASE].copy()
        limit[:, : len(wires)][:, np.isin(wires, list(question.opened(name)))] = np.inf
        for position, problem in enumerate(loading.problems):
            now, fixed = loading.use(element_flows, position)
            yield Use(problem, name, now, fixed, limit)


def limits(question: Question, elements: Elements, base: bool) -> Array:
    """(2, ne) scaled limits; a rating of 0 falls back to A, and 0 there is no limit.

    Interfaces are limited in the base case only; what is out of service needs no limit.
    """
    rules, grid = question.rules, question.grid
    rating = RATING[rules.base_rating if base else rules.contingency_rating]
    found = np.full((2, len(elements)), np.inf)
    for row, position in enumerate(elements.wires):
        wire = grid.wires[position]
        limit = wire.rating_mw[rating] or wire.rating_mw[0]
        if limit > 0 and wire.closed:
            found[:, row] = limit * rules.limit_scale
    for row, tie in enumerate(elements.ties, start=len(elements.wires)):
        for direction, limit_mw in enumerate((tie.forward_mw, tie.reverse_mw)):
            if base and limit_mw is not None:
                found[direction, row] = limit_mw * rules.limit_scale
    return found


def _tie_matrix(elements: Elements) -> csr_matrix:
    rows = [row for row, tie in enumerate(elements.ties) for _ in tie.terms]
    columns = [position for tie in elements.ties for position, _ in tie.terms]
    weights = [weight for tie in elements.ties for _, weight in tie.terms]
    shape = (len(elements.ties), len(elements.grid.wires))
    return csr_matrix((weights, (rows, columns)), shape=shape)


def _sold(question: Question, awards_mw: Mapping[str, Decimal]) -> dict[str, Decimal]:
    sold: dict[str, Decimal] = {}
    for submission in question.submissions:
        if submission.sells:
            mw = awards_mw.get(submission.submission_id, Decimal(0))
            sold[submission.crr_id] = sold.get(submission.crr_id, Decimal(0)) + mw
    return sold
