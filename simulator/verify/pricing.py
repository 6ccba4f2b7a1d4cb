"""Prices a second time: shadow prices times shift factors, from the outage solved for real."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.verify.answer import Answer, Bound, Elements
from simulator.verify.check import Check, Offence, judged
from simulator.verify.flows import path_injection
from simulator.verify.grid import Solved
from simulator.verify.question import Question
from simulator.verify.submission import Problem, Submission
from simulator.verify.tolerances import AWARD_STEP_MW, FEASIBLE_MW, PRINTED, ROUNDING_STEPS

Array = NDArray[np.float64]


class Prices:
    """What the published shadow prices make every path and location cost."""

    def __init__(self, question: Question, answer: Answer, elements: Elements) -> None:
        self.question = question
        self.answer = answer
        self.bound: dict[Problem, list[Bound]] = {problem: [] for problem in question.problems}
        for item in answer.bound:
            self.bound.setdefault(item.problem, []).append(item)
        self._island = question.grid.without(frozenset()).island
        states: dict[str, Solved] = {}
        factors: dict[tuple[int, str], Array] = {}
        for item in answer.bound:
            name, element = item.spot.contingency, item.spot.element
            if name not in states:
                states[name] = question.grid.without(question.contingencies.get(name, frozenset()))
            if (element, name) not in factors:
                factors[element, name] = states[name].sensitivity(elements.terms(element))
        self._rows = {
            problem: np.array(
                [
                    item.spot.direction * factors[item.spot.element, item.spot.contingency]
                    for item in items
                ]
            ).reshape(len(items), len(question.grid.bus))
            for problem, items in self.bound.items()
        }
        self._shadow = {
            problem: np.array([float(item.shadow) for item in items])
            for problem, items in self.bound.items()
        }

    def use(self, problem: Problem, source: str, sink: str, option: bool) -> Array:
        """(bound,) MW that one MW of a path uses of each binding limit, in its direction."""
        flow = self._rows[problem] @ path_injection(self.question, source, sink, problem.tou)
        return np.asarray(np.maximum(flow, 0.0) if option else flow)

    def path(self, problem: Problem, source: str, sink: str, option: bool) -> float:
        """USD per MW of a path."""
        return float(self._shadow[problem] @ self.use(problem, source, sink, option))

    def of(self, submission: Submission) -> float:
        """USD per MW of what a submission asks for."""
        return self.path(submission.problem, submission.source, submission.sink, submission.option)

    def location(self, problem: Problem, name: str) -> float:
        """USD per MW of a location: its island's buses average 0, whatever the reference bus."""
        row = self._centred(self._shadow[problem] @ self._rows[problem])
        return float(row @ self._shares(problem, name))

    def _shares(self, problem: Problem, name: str) -> Array:
        vector = np.zeros(len(self.question.grid.bus))
        for bus, share in self.question.injections(name, problem.tou).items():
            vector[self.question.grid.bus_position[bus]] += share
        return vector

    def _centred(self, row: Array) -> Array:
        sums = np.bincount(self._island, weights=row)
        return np.asarray(row - (sums / np.bincount(self._island))[self._island])

    def path_slack(self, submission: Submission) -> float:
        """What printing both ends' prices and every shadow price can change a path price by."""
        use = self.use(submission.problem, submission.source, submission.sink, submission.option)
        return PRINTED * (1.0 + float(np.abs(use).sum()))

    def location_slack(self, problem: Problem, name: str) -> float:
        """What printing a price and every shadow price can change a location's price by."""
        rows = np.array([self._centred(row) for row in self._rows[problem]])
        shares = self._shares(problem, name)
        return PRINTED * (1.0 + float(np.abs(rows @ shares).sum()) if len(rows) else 1.0)

    def rounding_mw(self) -> dict[Bound, float]:
        """How far rounding every award may have moved each binding constraint's flow."""
        total = dict.fromkeys(self.answer.bound, FEASIBLE_MW)
        for submission in self.question.submissions:
            items = self.bound[submission.problem]
            if items:
                use = self.use(
                    submission.problem, submission.source, submission.sink, submission.option
                )
                for item, factor in zip(items, np.abs(use), strict=True):
                    total[item] += ROUNDING_STEPS * AWARD_STEP_MW * float(factor)
        return total


def check_locations(prices: Prices) -> list[Check]:
    """Every location of every problem has one price: sum of shadow price x shift factor."""
    question, published = prices.question, prices.answer.prices
    wanted = {(name, problem) for problem in question.problems for name in question.names}
    if not question.rules.auction:
        wanted = set()
    coverage = [
        Offence(0.0, f"clearing_prices.csv: {problem} {name}", "missing or not a location")
        for name, problem in sorted(wanted ^ set(published))
    ]
    off = []
    for name, problem in sorted(wanted & set(published)):
        gap = abs(float(published[name, problem]) - prices.location(problem, name))
        if gap > prices.location_slack(problem, name):
            off.append(Offence(gap, f"{problem} {name}", f"{gap:.6f} USD per MW off"))
    return [
        judged("every location has a price", "one each", coverage, len(wanted)),
        judged("prices are shadow prices times shift factors", "printed digits", off, len(wanted)),
    ]


def check_paths(prices: Prices) -> Check:
    """The price on an award is that of its path: what a buyer pays, a seller receives (W13)."""
    rows = {award.submission_id: award for award in prices.answer.awards}
    off = []
    for submission in prices.question.submissions:
        award = rows.get(submission.submission_id)
        if award is not None and award.price is not None:
            gap = abs(float(award.price) - prices.of(submission))
            if gap > prices.path_slack(submission):
                off.append(Offence(gap, award.row.where, f"{gap:.6f} USD per MW off its path"))
    return judged("awards carry their path's price", "printed digits", off, len(rows))
