"""What must hold between the data that events bring out and the markets they are about."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.domain import MarketKind, Tier
from simulator.timeline.document import Document
from simulator.timeline.event import DataKind, Event, MarketSpec

NOMINATION_CAPS = (DataKind.SEQ, DataKind.MEQ, DataKind.UPPER_BOUND, DataKind.SIGNATURE)


def check_data(document: Document, markets: Sequence[MarketSpec], events: Sequence[Event]) -> None:
    """Caps are for allocations, the set-aside for a tier 2 after a tier 1 (rulebook 2.4, 2.8)."""
    specs = {spec.name: spec for spec in markets}
    for event in events:
        if event.market and event.market not in specs:
            continue  # that it is unknown is said elsewhere
        spec = specs.get(event.market)
        if spec is not None and spec.market.kind is MarketKind.AUCTION:
            _only_allocations_have_caps(document, event)
        if DataKind.SET_ASIDE in event.data and not follows_tier_1(spec, markets):
            message = (
                f"{event.id} brings out a set-aside, but not for a tier 2 that follows a tier 1"
            )
            allowed = "the monthly tier 2 of a month that has a tier 1"
            path = document.path_at("event", event.line)
            document.fault("SCN_VALUE", (*path, "market"), message, event.market, allowed)


def _only_allocations_have_caps(document: Document, event: Event) -> None:
    caps = [kind for kind in event.data if kind in NOMINATION_CAPS]
    if caps:
        message = f"{event.market} is an auction, which has no nomination caps"
        path = document.path_at("event", event.line)
        document.fault("SCN_VALUE", (*path, "data"), message, ", ".join(caps), "an allocation")


def follows_tier_1(spec: MarketSpec | None, markets: Sequence[MarketSpec]) -> bool:
    """Whether the market is the tier 2 of products that a tier 1 sells too."""
    if spec is None or spec.market.tier is not Tier.T2:
        return False
    return any(
        other.market.tier is Tier.T1 and other.market.products == spec.market.products
        for other in markets
    )
