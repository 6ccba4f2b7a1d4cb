"""From holdings and a market's tier to the nomination caps of one load-serving entity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from simulator.domain import Crr, CrrType, Market, MarketTerm, Product, Tier, Tou
from simulator.domain.settings import EligibilitySettings
from simulator.rules import eligibility
from simulator.rules.figure import ZERO, Figure, Quantity

DEFAULTS = EligibilitySettings()
ALLOCATED = (CrrType.LSE, CrrType.OBAALSE)
BY_ALLOCATION = (*ALLOCATED, CrrType.LSE_THCNT)
COUNTED = (*BY_ALLOCATION, CrrType.LSE_LMT, CrrType.LMT_CNT)


class CapKey(NamedTuple):
    """What one nomination cap is about: the sums that it limits."""

    sink: str
    crr_type: CrrType
    period: str
    tou: Tou


class PairKey(NamedTuple):
    """A signature pair: what may be nominated again in the priority tier, and for when."""

    source: str
    sink: str
    period: str
    tou: Tou


@dataclass(frozen=True)
class Standing:
    """What one entity brings to a tier at one sink in one product.

    `adjusted_load_metric` is of historical load in annual markets, of forecast load in monthly
    ones. `allocated_mw` is last year's seasonal allocation (annual) or what is allocated in the
    month (monthly); `awards_mw` holds what earlier tiers of the same process gave. `elected` is
    what an entity outside the balancing area may have in place of SEQ (annual) or of the forecast
    load (monthly): its election within its shown need (rulebook 2.7).
    """

    adjusted_load_metric: Quantity
    allocated_mw: Quantity = 0
    long_term_mw: Quantity = 0
    migrated_mw: Quantity = 0
    awards_mw: Mapping[Tier, Decimal] = field(default_factory=dict)
    elected: Figure | None = None


def eligible_quantity(
    market: Market, standing: Standing, settings: EligibilitySettings = DEFAULTS
) -> Figure:
    """SEQ or MEQ: what all tiers of the market's process share (rulebook 2.4, 2.7)."""
    alm = standing.adjusted_load_metric
    if market.term == MarketTerm.MONTHLY:
        basis = alm if standing.elected is None else standing.elected
        return eligibility.monthly_eligible_quantity(basis, standing.allocated_mw)
    if standing.elected is not None:
        return standing.elected
    return eligibility.seasonal_eligible_quantity(alm, settings)


def tier_cap(
    market: Market, standing: Standing, settings: EligibilitySettings = DEFAULTS
) -> Figure:
    """The nomination cap of the market's tier (rulebook 2.4), with all that leads to it.

    ValueError when the market has no tier, as auctions.
    """
    alm, awards = standing.adjusted_load_metric, standing.awards_mw
    eligible = eligible_quantity(market, standing, settings)
    if market.term == MarketTerm.MONTHLY:
        if market.tier == Tier.T1:
            return eligibility.monthly_tier_1_cap(eligible)
        if market.tier == Tier.T2:
            return eligibility.monthly_tier_2_cap(eligible, awards.get(Tier.T1, ZERO))
        raise ValueError(f"{market.name} is no monthly allocation tier")
    tier_1, long_term = awards.get(Tier.PNP, ZERO), standing.long_term_mw
    match market.tier:
        case Tier.PNP | Tier.T1:
            return eligibility.priority_cap(
                eligible, standing.allocated_mw, long_term, standing.migrated_mw, settings
            )
        case Tier.LT:
            return eligibility.long_term_cap(alm, long_term, settings)
        case Tier.T2:
            return eligibility.tier_2_cap(eligible, tier_1, long_term)
        case Tier.T3:
            return eligibility.tier_3_cap(eligible, tier_1, long_term, awards.get(Tier.T2, ZERO))
        case _:
            raise ValueError(f"{market.name} is no annual allocation tier")


def allocated_mw(crrs: Iterable[Crr], sink: str, product: Product) -> Decimal:
    """MW allocated to one entity at `sink` through the whole of `product`, after load migration.

    Pass what the entity was allocated, not what it still owns: selling a CRR frees no
    eligibility. What ends at the sink counts; what begins there is taken off: the counter-flow of
    one who lost load (rulebook 2.4, 7.1) and the counter CRR of a trading hub (3.3). Migrated
    rights count for the one who gained the load.
    """
    total = ZERO
    for crr in crrs:
        if crr.tou != product.tou or not crr.spans(product.period):
            continue
        if crr.crr_type in COUNTED:
            total += crr.mw if crr.sink == sink else ZERO
            total -= crr.mw if crr.source == sink else ZERO
    return max(total, ZERO)


def signature_pairs(crrs: Iterable[Crr], products: Iterable[Product]) -> dict[PairKey, Decimal]:
    """Pairs that may be nominated in the priority tier of `products`, with their MW.

    These are the allocated seasonal CRRs of the same season and time of use one year before
    (rulebook 2.4), less what of them is a long-term right that still runs in the product; rights
    that expire are passed in as such CRRs.
    """
    held = tuple(crr for crr in crrs if crr.crr_type in ALLOCATED)
    pairs: dict[PairKey, Decimal] = {}
    for product in sorted(products):
        before = product.period.in_year(product.period.start.year - 1)
        for crr in held:
            if crr.tou == product.tou and crr.spans(before):
                key = PairKey(crr.source, crr.sink, product.period.name, product.tou)
                pairs[key] = pairs.get(key, ZERO) + crr.mw
        for crr in held:
            key = PairKey(crr.source, crr.sink, product.period.name, product.tou)
            if crr.tou == product.tou and crr.spans(product.period) and key in pairs:
                pairs[key] -= crr.mw
    return {key: mw for key, mw in sorted(pairs.items()) if mw > 0}
