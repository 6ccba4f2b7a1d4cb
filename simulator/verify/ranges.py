"""Shadow prices that are not unique: the published ones lie within their published ranges.

A range is about a limit that is used up, and holds the shadow price that is published for it (0
where none is). That no optimal shadow price lies outside is not shown here.
"""

from __future__ import annotations

from math import inf
from pathlib import Path

from simulator.verify.answer import PLACE, Answer, Elements
from simulator.verify.check import Check, Offence, judged
from simulator.verify.submission import Problem
from simulator.verify.table import read_rows
from simulator.verify.tolerances import PRINTED

FILE = "shadow_price_ranges.csv"
FIGURES = ("ShadowPrice", "LeastShadowPrice", "GreatestShadowPrice")


def check_ranges(folder: Path, answer: Answer, elements: Elements) -> Check:
    """Every row of `shadow_price_ranges.csv`; a folder of a run has none."""
    rows = read_rows(folder / FILE, (*PLACE, *FIGURES), optional=True)
    published = {(item.problem, item.spot): float(item.shadow) for item in answer.bound}
    problems = answer.summary["problems"]
    named = {(str(item.get("period")), str(item.get("tou"))): item for item in problems}
    offences, seen = [], set()
    for row in rows:
        problem, spot = Problem(row.text("Period"), row.text("TOU")), elements.spot(row)
        stated, least = row.number("ShadowPrice"), row.number("LeastShadowPrice")
        greatest = row.number("GreatestShadowPrice", blank=inf)
        price = published.get((problem, spot), 0.0)
        if (problem, spot) in seen:
            offences.append(Offence(0.0, row.where, "the same limit twice"))
        seen.add((problem, spot))
        if abs(stated - price) > PRINTED:
            offences.append(Offence(abs(stated - price), row.where, f"{stated} for {price}"))
        if not 0.0 <= least <= stated <= greatest:
            offences.append(Offence(0.0, row.where, f"{stated} not in {least} to {greatest}"))
        if named.get((problem.period, problem.tou), {}).get("unique_prices") is not False:
            offences.append(Offence(0.0, row.where, "a range where all prices are unique"))
    return judged("shadow prices within their ranges", "least to greatest", offences, len(rows))
