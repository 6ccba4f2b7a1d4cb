"""Whether nothing better exists: the value of the awards against the bound of the prices.

For any shadow prices not below zero, what all submissions would gain at those prices plus what
the limits would earn bounds the value of every feasible set of awards. Where the bound and the
value meet, the awards are optimal and the prices support them, whoever computed them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulator.verify.answer import Answer
from simulator.verify.curve import benefit, surplus, value, wanted
from simulator.verify.feasibility import Swept
from simulator.verify.pricing import Prices
from simulator.verify.question import Question
from simulator.verify.submission import Problem
from simulator.verify.tolerances import (
    AWARD_STEP_MW,
    FEASIBLE_MW,
    PRINTED,
    RELATIVE_GAP,
    RELATIVE_VALUE,
)


@dataclass(frozen=True)
class Worth:
    """One problem's objective, in the market's own terms, three times.

    `awarded` from the rounded awards, exact; `bound` from the published shadow prices: no set of
    awards does better; `step` what one award step of everything, and a limit's tolerance, is worth;
    `printed` what the digits that shadow prices are not printed with are worth, on the limits and
    on what is at the margin; `scale` the size of the values that the problem deals in, never
    below 1.
    """

    problem: Problem
    awarded: Decimal
    bound: float
    step: float
    printed: float
    scale: float
    minimised: bool

    @property
    def slack(self) -> float:
        """By how much value may differ from its bound: a cent per 1,000 USD, and one step."""
        value = max(abs(self.bound), abs(float(self.awarded)))
        return RELATIVE_VALUE * value + self.step + self.printed + PRINTED

    @property
    def gap(self) -> float:
        """How much better the bound is than the awards; below zero would be a contradiction."""
        gap = self.bound - float(self.awarded)
        return -gap if self.minimised else gap

    def brackets(self, objective: float) -> bool:
        """Whether `objective` lies between the awards' value and the bound."""
        low, high = sorted((float(self.awarded), self.bound))
        slack = self.step + self.printed + RELATIVE_GAP * max(1.0, abs(self.bound))
        return low - slack <= objective <= high + slack


def worths(question: Question, answer: Answer, found: Swept, prices: Prices) -> list[Worth]:
    """The worth of every problem's awards."""
    awards = answer.award_mw()
    rules = question.rules
    least_squares = rules.objective == "weighted_least_squares"
    result = []
    for problem in question.problems:
        awarded, bound, asked, step, printed = Decimal(0), 0.0, Decimal(0), 0.0, 0.0
        for submission in question.submissions:
            if submission.problem != problem:
                continue
            pieces = benefit(submission, rules)
            mw = awards.get(submission.submission_id, Decimal(0))
            price = prices.of(submission)
            cost = -price if submission.sells else price
            awarded += value(pieces, mw)
            bound += surplus(pieces, cost)
            asked += submission.mw
            least, most = wanted(pieces, cost, prices.path_slack(submission)) if pieces else (0, 0)
            printed += prices.path_slack(submission) * (most - least)
            if pieces and 0 < mw < submission.mw:
                step += AWARD_STEP_MW * abs(float(pieces[0].first))
        for item in prices.bound[problem]:
            level = found.levels.get((problem, item.spot))
            if level is not None:
                bound += float(item.shadow) * (level.working_mw - level.fixed_mw)
                step += FEASIBLE_MW * float(item.shadow)
                printed += PRINTED * abs(level.working_mw - level.fixed_mw)
        scale = max(1.0, abs(bound), abs(float(awarded)))
        if least_squares:
            awarded, bound = asked - awarded, float(asked) - bound
        result.append(Worth(problem, awarded, bound, step, printed, scale, least_squares))
    return result
