"""Nominations from trading hubs: one leg per hub node, and the hub put together again.

Rulebook 3.3; C12. In an allocation a hub nomination is cleared leg by leg. Afterwards the holder
has one CRR from the hub, as large as its best-served leg needs, and for each leg that got less a
counter CRR `LSE_THCNT` from the sink back to the node: the injections are those that cleared.
(The other way, the pure hub and what the legs have beyond it, injects the same: C12.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from simulator.domain import MW_STEP
from simulator.rules.figure import ZERO

Factors = Sequence[tuple[str, Decimal]]


@dataclass(frozen=True)
class HubAward:
    """`hub_mw` from the hub, and MW of the counter CRRs by node; nodes without one are left out."""

    hub_mw: Decimal
    counters_mw: tuple[tuple[str, Decimal], ...]


def legs(nominated_mw: Decimal, factors: Factors) -> tuple[tuple[str, Decimal], ...]:
    """MW of each leg in proportion to the participation factors, which add up to 1.

    Rounded to 0.001 MW so that the legs add up to the nomination: what rounding down leaves over
    goes to the largest remainders, ties by name. Legs of 0 MW are left out.
    """
    shares = sorted((node, nominated_mw * factor) for node, factor in factors)
    down = {node: share.quantize(MW_STEP, ROUND_DOWN) for node, share in shares}
    left = int((nominated_mw - sum(down.values(), ZERO)) / MW_STEP)
    by_remainder = sorted(shares, key=lambda item: (down[item[0]] - item[1], item[0]))
    for node, _ in by_remainder[:left]:
        down[node] += MW_STEP
    return tuple((node, mw) for node, mw in sorted(down.items()) if mw > 0)


def pure_hub_mw(awarded_mw: Mapping[str, Decimal], factors: Factors) -> Decimal:
    """The hub CRR that the legs alone would carry: the worst-served leg decides (C12: 50 MW)."""
    carried = [awarded_mw.get(node, ZERO) / factor for node, factor in factors if factor > 0]
    return min(carried, default=ZERO).quantize(MW_STEP, ROUND_DOWN)


def reassemble(
    nominated_mw: Decimal, awarded_mw: Mapping[str, Decimal], factors: Factors
) -> HubAward:
    """The hub CRR and its counter CRRs that inject at every node what its leg was awarded.

    The hub CRR is as large as the best-served leg needs, and never larger than the nomination, so
    that its own legs cover every awarded one; each counter takes back what its leg has too much.
    Legs are whole steps: hub less counters is what was awarded, to the last 0.001 MW.
    """
    needed = [awarded_mw.get(node, ZERO) / factor for node, factor in factors if factor > 0]
    hub_mw = min(max(needed, default=ZERO), nominated_mw).quantize(MW_STEP, ROUND_UP)
    own = dict(legs(hub_mw, factors))
    counters = ((node, mw - awarded_mw.get(node, ZERO)) for node, mw in own.items())
    return HubAward(hub_mw, tuple((node, mw) for node, mw in counters if mw > 0))


def injections_mw(award: HubAward, factors: Factors) -> dict[str, Decimal]:
    """MW that the hub CRR, as legs of whole steps, and its counters inject at each node."""
    own, counters = dict(legs(award.hub_mw, factors)), dict(award.counters_mw)
    return {node: own.get(node, ZERO) - counters.get(node, ZERO) for node, _ in sorted(factors)}
