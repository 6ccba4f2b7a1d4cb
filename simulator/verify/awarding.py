"""Awards against what was asked: one for each submission, whole steps, within bid and holding."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from simulator.verify.answer import Answer, Awarded
from simulator.verify.check import Check, Offence, judged
from simulator.verify.curve import benefit, surplus, value, wanted
from simulator.verify.feasibility import Swept
from simulator.verify.optimality import Worth
from simulator.verify.pricing import Prices
from simulator.verify.question import Question
from simulator.verify.submission import Holding, Submission
from simulator.verify.tolerances import (
    AWARD_STEP_MW,
    FEASIBLE_MW,
    PRICE_USD_PER_MW,
    ROUNDING_STEPS,
)

STEP = Decimal(str(AWARD_STEP_MW))


def check_awards(question: Question, answer: Answer) -> list[Check]:
    """Coverage, identity, steps and bounds of every award, and MW sold against MW held."""
    asked = {submission.submission_id: submission for submission in question.submissions}
    rows: dict[str, Awarded] = {}
    coverage, terms, bounds = [], [], []
    for award in answer.awards:
        submission = asked.get(award.submission_id)
        if submission is None or award.submission_id in rows:
            coverage.append(Offence(0.0, award.row.where, "never asked for, or awarded twice"))
            continue
        rows[award.submission_id] = award
        terms.extend(_terms(submission, award))
        if not 0 <= award.mw <= submission.mw or award.mw % STEP:
            bounds.append(
                Offence(
                    float(abs(award.mw)),
                    award.row.where,
                    f"{award.mw} MW of {submission.mw} MW asked for",
                )
            )
    coverage.extend(
        Offence(0.0, f"awards.csv: {name}", "asked for but without an award row")
        for name in sorted(set(asked) - set(rows))
    )
    count = len(question.submissions)
    return [
        judged("every submission has one award", "one row each", coverage, count),
        judged("awards are for what was asked", "the same terms", terms, count),
        judged("awards within bids", f"whole {STEP} MW steps, 0 to asked", bounds, count),
        _holdings(question, answer),
    ]


def _terms(submission: Submission, award: Awarded) -> list[Offence]:
    expected = {
        "Participant": submission.participant,
        "Source": submission.source,
        "Sink": submission.sink,
        "TOU": submission.problem.tou,
        "Period": submission.problem.period,
    }
    if award.price is not None:
        expected["TransactionType"] = "SELL" if submission.sells else "BUY"
        expected["HedgeType"] = "OPT" if submission.option else "OBL"
        expected["CRRID"] = submission.crr_id
    present = [column for column in expected if column in award.row.cells]
    wrong = [
        f"{column} {award.row.text(column)} instead of {expected[column]}"
        for column in present
        if award.row.text(column) != expected[column]
    ]
    asked = "NominatedMW" if award.price is None else "BidMW"
    if asked in award.row.cells and award.row.decimal(asked) != submission.mw:
        wrong.append(f"{asked} {award.row.text(asked)} instead of {submission.mw}")
    return [Offence(0.0, award.row.where, text) for text in wrong]


def _holdings(question: Question, answer: Answer) -> Check:
    held = {holding.crr_id: holding for holding in question.holdings}
    awards = answer.award_mw()
    sold: dict[str, Decimal] = {}
    offences = []
    for submission in question.submissions:
        if submission.sells:
            holding = held.get(submission.crr_id)
            if holding is None or _what(submission, submission.participant) != _what(
                holding, holding.owner
            ):
                offences.append(Offence(0.0, submission.submission_id, "sells what is not its own"))
                continue
            mw = awards.get(submission.submission_id, Decimal(0))
            sold[holding.crr_id] = sold.get(holding.crr_id, Decimal(0)) + mw
    offences.extend(
        Offence(float(mw - held[name].mw), name, f"{mw} MW sold of {held[name].mw} MW held")
        for name, mw in sorted(sold.items())
        if mw > held[name].mw
    )
    return judged("nobody sells more than is held", "MW of the CRR", offences, len(held))


def _what(right: Submission | Holding, owner: str) -> tuple[object, ...]:
    return (owner, right.source, right.sink, right.problem, right.option)


def check_acceptance(prices: Prices, worths: Iterable[Worth]) -> Check:
    """Every award is what its curve wants at the path price (rulebook 4.6, KKT).

    Fully accepted above the price, rejected below it, in between at the margin; sellers mirrored.
    """
    question, awards = prices.question, prices.answer.award_mw()
    allowed = {worth.problem: worth.slack for worth in worths}
    offences = []
    for submission in question.submissions:
        pieces = benefit(submission, question.rules)
        mw = awards.get(submission.submission_id, Decimal(0))
        if not pieces:
            continue
        price = prices.of(submission)
        cost = -price if submission.sells else price
        least, most = wanted(pieces, cost, PRICE_USD_PER_MW)
        off = max(least - float(mw), float(mw) - most)
        lost = surplus(pieces, cost) - (float(value(pieces, mw)) - cost * float(mw))
        if off > ROUNDING_STEPS * AWARD_STEP_MW and lost > allowed[submission.problem]:
            found = f"{mw} MW where {least:.3f} to {most:.3f} MW fit a price of {price:.4f}"
            offences.append(Offence(lost, submission.submission_id, found))
    return judged("awards fit bids and prices", "rounding", offences, len(question.submissions))


def check_used_up(prices: Prices, found: Swept) -> Check:
    """What all curves want at the published prices, rounded by nobody, uses up every priced limit.

    Where curves slope it is shadow prices that this holds to their digits: an award tells its
    price only as far as it was rounded.
    """
    offences, count = [], 0
    for problem, items in prices.bound.items():
        low, high = np.zeros(len(items)), np.zeros(len(items))
        for submission in prices.question.submissions:
            pieces = benefit(submission, prices.question.rules)
            if submission.problem != problem or not pieces:
                continue
            sign = -1.0 if submission.sells else 1.0
            cost = sign * prices.of(submission)
            ends = sign * np.outer(
                wanted(pieces, cost, prices.path_slack(submission)), prices.use(submission)
            )
            low, high = low + ends.min(axis=0), high + ends.max(axis=0)
        for item, least, most in zip(items, low, high, strict=True):
            level = found.levels.get((problem, item.spot))
            count += 1
            if level is None or item.shadow == 0:
                continue
            room = level.working_mw - level.fixed_mw
            off = max(float(least) - room, room - float(most))
            if off > FEASIBLE_MW:
                text = f"{least:.3f} to {most:.3f} MW are wanted where {room:.3f} MW have room"
                offences.append(Offence(off, item.where, text))
    return judged("prices use up their limits", f"{FEASIBLE_MW} MW", offences, count)
