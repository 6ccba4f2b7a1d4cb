"""Whether the awards fit: every element, base case and every contingency, outages removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simulator.verify.answer import Answer, Bound, Elements, Lifted, Spot
from simulator.verify.check import Check, Offence, judged
from simulator.verify.flows import Use, sweep
from simulator.verify.question import Question
from simulator.verify.submission import Problem
from simulator.verify.tolerances import FEASIBLE_MW, PRINTED, RELATIVE_PRINTED

DIRECTIONS = (1, -1)


@dataclass(frozen=True)
class Level:
    """One constraint of one problem: MW used now, used by fixed CRRs, rated, and allowed."""

    now_mw: float
    fixed_mw: float
    rated_mw: float
    working_mw: float


@dataclass
class Swept:
    """What one pass over all outages found."""

    worst: dict[Problem, tuple[float, Spot | None]] = field(default_factory=dict)
    overloaded: dict[tuple[Problem, Spot], Level] = field(default_factory=dict)
    levels: dict[tuple[Problem, Spot], Level] = field(default_factory=dict)
    constraints: dict[Problem, int] = field(default_factory=dict)


def swept(question: Question, answer: Answer, elements: Elements) -> Swept:
    """One pass: violations of every problem, overloads by fixed CRRs, levels of named constraints.

    `worst` is the largest excess over a working limit, 0 when nothing is exceeded.
    """
    relaxes = question.rules.infeasible_base == "relax"
    named: dict[tuple[Problem, str], list[Spot]] = {}
    places: list[Bound | Lifted] = [*answer.bound, *answer.lifted]
    for item in places:
        named.setdefault((item.problem, item.spot.contingency), []).append(item.spot)
    result = Swept(worst=dict.fromkeys(question.problems, (0.0, None)))
    for use in sweep(question, elements, answer.award_mw()):
        _worst(result, use, relaxes)
        for direction, element in zip(
            *np.nonzero(use.fixed_mw > use.limit_mw - PRINTED), strict=True
        ):
            spot = Spot(int(element), use.contingency, DIRECTIONS[direction])
            result.overloaded[use.problem, spot] = _level(use, spot, relaxes)
        for spot in named.get((use.problem, use.contingency), ()):
            result.levels[use.problem, spot] = _level(use, spot, relaxes)
        limited = int(np.isfinite(use.limit_mw).sum())
        result.constraints[use.problem] = result.constraints.get(use.problem, 0) + limited
    return result


def _worst(result: Swept, use: Use, relaxes: bool) -> None:
    excess = use.now_mw - use.working_mw(relaxes)
    if excess.size:
        direction, element = np.unravel_index(int(np.argmax(excess)), excess.shape)
        if excess[direction, element] > result.worst[use.problem][0]:
            spot = Spot(int(element), use.contingency, DIRECTIONS[int(direction)])
            result.worst[use.problem] = (float(excess[direction, element]), spot)


def _level(use: Use, spot: Spot, relaxes: bool) -> Level:
    place = (DIRECTIONS.index(spot.direction), spot.element)
    return Level(
        float(use.now_mw[place]),
        float(use.fixed_mw[place]),
        float(use.limit_mw[place]),
        float(use.working_mw(relaxes)[place]),
    )


def check_feasible(question: Question, found: Swept, elements: Elements) -> Check:
    """Awards, fixed CRRs and sales together exceed no working limit by more than `FEASIBLE_MW`."""
    offences = [
        Offence(excess, f"{problem}: {elements.name(spot)}", f"{excess:.6f} MW too much")
        for problem, (excess, spot) in found.worst.items()
        if spot is not None and excess > FEASIBLE_MW
    ]
    total = sum(found.constraints.values())
    return judged("awards feasible with every outage", f"{FEASIBLE_MW} MW over", offences, total)


def check_relaxed(question: Question, answer: Answer, found: Swept, elements: Elements) -> Check:
    """Exactly the limits that fixed CRRs exceed are lifted, to their flow (rulebook 3.6)."""
    stated = {(item.problem, item.spot): item for item in answer.lifted}
    offences = [
        Offence(0.0, item.where, "the same constraint twice")
        for item in answer.lifted
        if stated[item.problem, item.spot] is not item
    ]
    for (problem, spot), level in found.overloaded.items():
        where = f"{problem}: {elements.name(spot)}"
        excess = level.fixed_mw - level.rated_mw
        if question.rules.infeasible_base != "relax" and excess > PRINTED:
            offences.append(Offence(excess, where, f"fixed CRRs {excess:.6f} MW over, not refused"))
        elif (problem, spot) not in stated and excess > PRINTED:
            offences.append(Offence(excess, where, f"lifted by {excess:.6f} MW but not listed"))
    for item in answer.lifted:
        offences.extend(_lift_offences(item, found.levels.get((item.problem, item.spot))))
    return judged("relaxed limits", "fixed flow where it exceeds", offences, len(found.overloaded))


def _lift_offences(item: Lifted, level: Level | None) -> list[Offence]:
    if level is None:
        return [Offence(0.0, item.where, "not a constraint of this case")]
    offences = []
    if level.fixed_mw < level.rated_mw - PRINTED:
        offences.append(Offence(0.0, item.where, "lifted although fixed CRRs fit"))
    for what, stated, right in (
        ("OriginalLimitMW", item.original_mw, level.rated_mw),
        ("LimitMW", item.limit_mw, level.working_mw),
        ("FixedFlowMW", item.fixed_mw, level.fixed_mw),
    ):
        offences.extend(_figure(item.where, what, stated, right))
    return offences


def check_bound(
    answer: Answer,
    found: Swept,
    rounding_mw: Mapping[Bound, float],
    scale_usd: Mapping[Problem, float],
) -> list[Check]:
    """Binding constraints: flow and limit as published, and the limit used up to the rounding.

    `rounding_mw` is how far rounding the awards can have moved each one's flow. Beyond it, what a
    shadow price makes of the unused MW has to be nothing beside the problem's `scale_usd`
    (complementary slackness).
    """
    figures, slack, seen = [], [], set()
    for item in answer.bound:
        level = found.levels.get((item.problem, item.spot))
        if level is None or (item.problem, item.spot) in seen:
            figures.append(Offence(0.0, item.where, "no constraint of this case, or listed twice"))
            continue
        seen.add((item.problem, item.spot))
        figures.extend(_figure(item.where, "FlowMW", item.flow_mw, level.now_mw))
        figures.extend(_figure(item.where, "LimitMW", item.limit_mw, level.working_mw))
        if item.shadow < 0:
            figures.append(Offence(0.0, item.where, f"shadow price {item.shadow} below 0"))
        gap = abs(level.now_mw - level.working_mw)
        unearned = float(item.shadow) * gap
        if gap > rounding_mw[item] and unearned > RELATIVE_PRINTED * scale_usd[item.problem]:
            slack.append(Offence(gap, item.where, f"{gap:.6f} MW between flow and limit"))
    return [
        judged("binding constraints' flow and limit", f"{PRINTED} MW", figures, len(answer.bound)),
        judged("a price only where a limit is used up", "rounding", slack, len(answer.bound)),
    ]


def _figure(where: str, what: str, stated: float, right: float) -> list[Offence]:
    off = abs(stated - right)
    if off <= PRINTED:
        return []
    return [Offence(off, where, f"{what} {stated:.6f} instead of {right:.6f}")]
