"""The network of a market period: outages out, limits derated for part of it (rulebook 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simulator.domain import Finding, refuse_if_any
from simulator.network.branch import BranchKey
from simulator.network.case import Case, Line, Transformer
from simulator.network.dc import DcNetwork

WEIGHTED, MINIMUM = "weighted", "minimum"


@dataclass(frozen=True)
class Derate:
    """`branch` is limited to `limit_mw` (0: it is out) in `hours` of the period's hours."""

    branch: BranchKey
    limit_mw: float
    hours: int


def period_limit_mw(
    full_mw: float, parts: Sequence[tuple[float, int]], hours: int, rule: str
) -> float:
    """The limit of a period of `hours` from (limit in MW, hours) of its derated parts.

    `weighted` is the mean over the hours, `minimum` the least of them. A part never raises the
    limit; hours that are derated twice count for each of their parts.
    """
    lowered = [(min(limit, full_mw), count) for limit, count in parts if count > 0]
    if rule == MINIMUM:
        return min([full_mw, *(limit for limit, _ in lowered)])
    if rule != WEIGHTED:
        raise ValueError(f"{rule!r} is neither {WEIGHTED} nor {MINIMUM}")
    return max(0.0, full_mw - sum((full_mw - limit) * count for limit, count in lowered) / hours)


def period_network(
    network: DcNetwork,
    outages: Iterable[BranchKey],
    derates: Iterable[Derate] = (),
    *,
    hours: int,
    rule: str = WEIGHTED,
) -> DcNetwork:
    """`network` with `outages` out and the ratings of derated branches lowered.

    A derate is stated against rating A; B and C are lowered in proportion. What is derated to
    nothing is taken out, because a rating of 0 means no limit. Raises Refused for unknown branches,
    branches without a limit, and hours beyond the period.
    """
    parts: dict[int, list[tuple[float, int]]] = {}
    faults: list[Finding] = []
    for derate in derates:
        if not network.is_one_branch(derate.branch):
            faults.append(_fault(derate, "is not a branch of the network", str(derate.branch)))
            continue
        position, _ = network.branch_index(derate.branch)
        if network.rating_mw[position, 0] == 0:
            faults.append(_fault(derate, "has no limit to lower", "rating A of 0"))
        if not 0 <= derate.hours <= hours or derate.limit_mw < 0:
            faults.append(_fault(derate, "is derated beyond the period", f"{derate.hours} hours"))
        parts.setdefault(position, []).append((derate.limit_mw, derate.hours))
    refuse_if_any(faults)
    rating = network.rating_mw.copy()
    gone = []
    for position, of_branch in sorted(parts.items()):
        full = float(rating[position, 0])
        limit = period_limit_mw(full, of_branch, hours, rule)
        if limit == 0:
            gone.append(network.key[position])
        else:
            rating[position] *= limit / full
    return replace(network, rating_mw=rating).without([*outages, *gone])


def case_of_network(case: Case, network: DcNetwork) -> Case:
    """`case` with the statuses and ratings of `network`, which came from it: what is published.

    A three-winding transformer with two windings out is written as out: its last winding leads
    nowhere.
    """
    lines, transformers = [], []
    position = {key: k for k, key in enumerate(network.key)}
    star = 0
    for line in case.lines:
        key = BranchKey(line.from_bus, line.to_bus, line.circuit)
        lines.append(_line(line, network, position[key]))
    for item in case.transformers:
        star -= 1 if item.third_bus else 0
        ends = [(bus, star) for bus in item.buses] if item.third_bus else [item.buses]
        legs = [position[BranchKey(a, b, item.circuit)] for a, b in ends]
        transformers.append(_transformer(item, network, legs))
    return replace(case, lines=tuple(lines), transformers=tuple(transformers))


def _line(line: Line, network: DcNetwork, position: int) -> Line:
    a, b, c = network.rating_mw[position].tolist()
    status = int(network.in_service[position])
    return replace(line, status=status, rate_a_mva=a, rate_b_mva=b, rate_c_mva=c)


def _transformer(item: Transformer, network: DcNetwork, legs: Sequence[int]) -> Transformer:
    live = [bool(network.in_service[k]) for k in legs]
    status = int(all(live))
    if len(legs) == 3 and sum(live) == 2:
        status = {0: 4, 1: 2, 2: 3}[live.index(False)]
    windings = list(item.windings)
    for number, k in enumerate(legs):
        a, b, c = network.rating_mw[k].tolist()
        windings[number] = replace(windings[number], rate_a_mva=a, rate_b_mva=b, rate_c_mva=c)
    return replace(item, status=status, windings=tuple(windings))


def _fault(derate: Derate, message: str, found: str) -> Finding:
    return Finding(
        "NET_DERATE",
        f"{derate.branch} {message}",
        where=str(derate.branch),
        found=found,
        allowed="a branch with a limit, for hours of the period",
        remedy="correct the derate",
        rule="rulebook 3.5",
    )
