"""Prices a second time: shadow prices times shift factors, from the outage solved for real."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.verify.answer import Answer, Bound, Elements
from simulator.verify.check import Check, Offence, judged
from simulator.verify.fleet import After
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
        states: dict[str, After] = {}
        factors: dict[tuple[int, str], Array] = {}
        for item in answer.bound:
            name, element = item.spot.contingency, item.spot.element
            if name not in states:
                states[name] = question.after(name)
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
        self._known: dict[tuple[Problem, str], Array] = {}

    def use(self, submission: Submission) -> Array:
        """(bound,) MW that one MW of its path uses of each binding limit, in its direction."""
        problem = submission.problem
        flow = self._at(problem, submission.source) - self._at(problem, submission.sink)
        return np.asarray(np.maximum(flow, 0.0) if submission.option else flow)

    def of(self, submission: Submission) -> float:
        """USD per MW of what a submission asks for."""
        return float(self._shadow[submission.problem] @ self.use(submission))

    def location(self, problem: Problem, name: str) -> tuple[float, float]:
        """USD per MW of a location, and what printing can change it by.

        The buses of every island average 0, whatever the reference bus.
        """
        factors = self._at(problem, name)
        slack = PRINTED * (1.0 + float(np.abs(factors).sum()))
        return float(self._shadow[problem] @ factors), slack

    def path_slack(self, submission: Submission) -> float:
        """What printing both ends' prices and every shadow price can change a path price by."""
        return PRINTED * (1.0 + float(np.abs(self.use(submission)).sum()))

    def rounding_mw(self) -> dict[Bound, float]:
        """How far rounding every award may have moved each binding constraint's flow."""
        total = {problem: np.zeros(len(items)) for problem, items in self.bound.items()}
        for submission in self.question.submissions:
            total[submission.problem] += np.abs(self.use(submission))
        return {
            item: FEASIBLE_MW + ROUNDING_STEPS * AWARD_STEP_MW * float(moved)
            for problem, items in self.bound.items()
            for item, moved in zip(items, total[problem], strict=True)
        }

    def _at(self, problem: Problem, name: str) -> Array:
        """(bound,) factors of one location."""
        key = (problem, name)
        if key not in self._known:
            shares = self.question.injections(name, problem.tou)
            at = [self.question.grid.bus_position[bus] for bus in shares]
            share = np.array(list(shares.values()), dtype=np.float64)
            self._known[key] = np.asarray(self._rows[problem][:, at] @ share)
        return self._known[key]


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
        price, slack = prices.location(problem, name)
        gap = abs(float(published[name, problem]) - price)
        if gap > slack:
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
