"""Shadow prices that are not unique: every range is computed again, and none is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any

from simulator.verify.answer import PLACE, Answer, Bound, Elements, Spot
from simulator.verify.check import Check, Offence, judged
from simulator.verify.dual_face import DualFace, Range
from simulator.verify.pricing import Prices
from simulator.verify.question import Question
from simulator.verify.submission import Problem
from simulator.verify.table import read_rows
from simulator.verify.tolerances import PRINTED

FILE = "shadow_price_ranges.csv"
FIGURES = ("ShadowPrice", "LeastShadowPrice", "GreatestShadowPrice")
NAME, ALLOWED = "ranges of shadow prices", "all that are optimal, no others"


@dataclass(frozen=True)
class Stated:
    """One row of the file; `greatest` is infinite where none is given."""

    problem: Problem
    spot: Spot
    price: Decimal
    least: float
    greatest: float
    where: str


def check_ranges(
    folder: Path, question: Question, answer: Answer, elements: Elements, of_a_run: bool
) -> Check:
    """`shadow_price_ranges.csv` against the linear programs of `DualFace`.

    A limit that the file does not name has one optimal shadow price. A folder of a run has no such
    file: there it is only checked that prices called unique are.
    """
    stated = _stated(folder, elements, of_a_run)
    published = {(item.problem, item.spot): item for item in answer.bound}
    offences, seen = [], {}
    for row in stated:
        price = (
            published[row.problem, row.spot].shadow if (row.problem, row.spot) in published else 0
        )
        if (row.problem, row.spot) in seen:
            offences.append(Offence(0.0, row.where, "the same limit twice"))
        if row.price != price:
            offences.append(
                Offence(abs(float(row.price - price)), row.where, f"{row.price} for {price}")
            )
        seen[row.problem, row.spot] = row
    unpriced = tuple(
        Bound(row.spot, row.problem, 0.0, 0.0, Decimal(0), row.where)
        for key, row in seen.items()
        if key not in published
    )
    prices = Prices(question, replace(answer, bound=(*answer.bound, *unpriced)), elements)
    figures = {
        (str(item.get("period")), str(item.get("tou"))): item for item in answer.summary["problems"]
    }
    for problem in question.problems:
        own = {spot: row for (at, spot), row in seen.items() if at == problem}
        item = figures.get((problem.period, problem.tou), {})
        offences += _problem(prices, problem, own, item, (folder / FILE).exists())
    return judged(NAME, ALLOWED, offences, len(stated))


def _stated(folder: Path, elements: Elements, optional: bool) -> list[Stated]:
    return [
        Stated(
            Problem(row.text("Period"), row.text("TOU")),
            elements.spot(row),
            row.decimal("ShadowPrice"),
            row.number("LeastShadowPrice"),
            row.number("GreatestShadowPrice", blank=inf),
            row.where,
        )
        for row in read_rows(folder / FILE, (*PLACE, *FIGURES), optional)
    ]


def _problem(
    prices: Prices,
    problem: Problem,
    stated: Mapping[Spot, Stated],
    figures: Mapping[str, Any],
    listed: bool,
) -> Iterator[Offence]:
    """What is wrong with one problem's ranges, and with what its summary says about them."""
    unsought = figures.get("ranges_not_sought", 0)
    unique = figures.get("unique_prices")
    if listed and unique is not (not stated and not unsought):
        found = f"unique_prices {unique} with {len(stated)} ranges, {unsought} not sought"
        yield Offence(0.0, f"summary.json {problem}", found)
    face = DualFace(prices, problem)
    for position, item in enumerate(prices.bound[problem]):
        right, row = face.range(position), stated.get(item.spot)
        if row is not None:
            yield from _ends(row, right, complete=not unsought)
            continue
        open_by = right.greatest - right.least - right.least_slack - right.greatest_slack
        if open_by > PRINTED and (unique or (listed and not unsought)):
            found = f"any of {right.least:.6f} to {right.greatest:.6f} is optimal, but not listed"
            yield Offence(open_by, item.where, found)


def _ends(row: Stated, right: Range, *, complete: bool) -> Iterator[Offence]:
    """The ends of one range; where some limits' ranges were not sought they may lie further out."""
    for what, stated, end, slack, outwards in (
        ("LeastShadowPrice", row.least, right.least, right.least_slack, -1.0),
        ("GreatestShadowPrice", row.greatest, right.greatest, right.greatest_slack, 1.0),
    ):
        if stated == end or abs(stated - end) <= slack:
            continue
        if (
            complete
            or not 0.0 <= row.least <= row.price <= row.greatest
            or (outwards * (stated - end) < 0)
        ):
            yield Offence(abs(stated - end), row.where, f"{what} {stated} instead of {end:.6f}")
