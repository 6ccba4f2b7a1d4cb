"""What an answer says about itself that nobody else can know: it is held to what is possible.

How the optimum was found is not in what was published. These figures are repeated by the
certificate, have their kind and lie between what the other figures leave; that is all that can be
said of them. Everything else of an answer is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from simulator.verify.check import Check, Offence, judged
from simulator.verify.tolerances import RELATIVE_GAP

Json = Mapping[str, Any]
CLEARED = "cleared"


@dataclass(frozen=True)
class Unknowable:
    """A figure that cannot be computed again: why not, and whether a value of it is possible."""

    why: str
    allowed: str
    possible: Callable[[Any, Json], bool]


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _figure(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isfinite(value) and value >= 0


def _words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _times(value: object, _: Json) -> bool:
    """Not negative, and the whole no shorter than any part; none where no clock was given."""
    if not isinstance(value, Mapping):
        return value is None
    total = value.get("total")
    return _figure(total) and all(_figure(part) and part <= total for part in value.values())


OF_THE_ANSWER: Mapping[str, Unknowable] = {
    "solver": Unknowable(
        "the optimum does not show who found it", "a name", lambda v, _: _words(v)
    ),
    "versions": Unknowable(
        "nor with which libraries",
        "a version for each library",
        lambda v, _: isinstance(v, Mapping) and all(map(_words, v.values())),
    ),
    "warnings": Unknowable(
        "the case is published as it was put right, not as it was handed in",
        "a list of sentences",
        lambda v, _: isinstance(v, list) and all(map(_words, v)),
    ),
}
OF_A_PROBLEM: Mapping[str, Unknowable] = {
    "seconds": Unknowable("a clock runs once", "not negative, the total the longest", _times),
    "rounds": Unknowable(
        "the screening's way is not in the optimum", "1 or more", lambda v, _: _count(v) and v >= 1
    ),
    "constraints_in_final_problem": Unknowable(
        "limits that were added and do not bind leave no trace",
        "from those that bind to those screened",
        lambda v, item: _count(v) and item["binding"] <= v <= item["constraints_screened"],
    ),
    "ranges_not_sought": Unknowable(
        "limits without a price of their own are not listed",
        "a count, beside unique_prices true or false",
        lambda v, item: v is None or (_count(v) and isinstance(item.get("unique_prices"), bool)),
    ),
    "complementary_slackness": Unknowable(
        "awards and prices are published rounded",
        f"0 to {RELATIVE_GAP}",
        lambda v, _: v is None or (_figure(v) and v <= RELATIVE_GAP),
    ),
}


def check_stated(summary: Json, problems: Iterable[Json]) -> Check:
    """Words and counts of `summary.json` that can only be held to what is possible."""
    places = [("", key, rule, summary) for key, rule in OF_THE_ANSWER.items()]
    places += [
        (f"{item.get('period')} {item.get('tou')} ", key, rule, item)
        for item in problems
        if item
        for key, rule in OF_A_PROBLEM.items()
    ]
    offences = [
        Offence(0.0, f"summary.json {where}{key}", f"{item.get(key)!r}, not {rule.allowed}")
        for where, key, rule, item in places
        if not rule.possible(item.get(key), item)
    ]
    if summary.get("status") != CLEARED:
        offences.append(Offence(0.0, "summary.json status", f"{summary.get('status')!r}"))
    return judged("what cannot be computed again is possible", "see there", offences, len(places))
