"""One market folder, from its files alone to its checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.domain import Refused
from simulator.verify.answer import Elements, read_answer
from simulator.verify.awarding import check_acceptance, check_awards, check_used_up
from simulator.verify.check import Check
from simulator.verify.feasibility import check_bound, check_feasible, check_relaxed, swept
from simulator.verify.integrity import check_digests, check_summary
from simulator.verify.optimality import worths
from simulator.verify.pricing import Prices, check_locations, check_paths
from simulator.verify.question import read_question
from simulator.verify.ranges import check_ranges
from simulator.verify.table import read_json

READ = "files can be read"


def verify_market(folder: Path, private: Sequence[Path] | None = None) -> tuple[Check, ...]:
    """The checks of the cleared market in `folder`, whose inputs lie in `folder/case`.

    `private` are folders with participants' own submissions, where a run cleared it. What cannot
    be read is a failed check, never an exception; which files are not those that were certified is
    told all the same.
    """
    checks: list[Check] = []
    try:
        certificate = read_json(folder / "certificate.json")
        checks += check_digests(folder, folder / "case", certificate, private or ())
        checks += _answered(folder, private)
    except Refused as refused:
        checks += unread(refused)
    return tuple(checks)


def _answered(folder: Path, private: Sequence[Path] | None) -> list[Check]:
    """Whether the answer is one to the question; raises `Refused` where either is unreadable."""
    question = read_question(folder / "case", private or ())
    elements = Elements(question)
    answer = read_answer(folder, question, elements)
    checks = [Check(READ, True, "all", "all")]
    checks += check_awards(question, answer)
    found = swept(question, answer, elements)
    prices = Prices(question, answer, elements)
    checks.append(check_feasible(question, found, elements))
    checks.append(check_relaxed(question, answer, found, elements))
    worth = worths(question, answer, found, prices)
    scale = {item.problem: item.scale for item in worth}
    checks.append(check_ranges(folder, question, answer, elements, private is not None))
    checks += check_bound(answer, found, prices.rounding_mw(), scale)
    if question.rules.auction:
        checks += check_locations(prices)
        checks.append(check_paths(prices))
    checks.append(check_acceptance(prices, worth))
    checks.append(check_used_up(prices, found))
    checks += check_summary(question, answer, found, worth)
    return checks


def unread(refused: Refused) -> tuple[Check, ...]:
    """What could not be read, as failed checks."""
    return tuple(
        Check(READ, False, f"{item.found} {item.message}", item.allowed, item.where)
        for item in refused.findings
    )
