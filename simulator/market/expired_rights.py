"""Ownership rights and contracts that have expired count once as annual CRRs (rulebook 2.4)."""

from __future__ import annotations

from simulator.domain import Crr, CrrType, Hedge, Market, MarketTerm, Participant
from simulator.market.world import World
from simulator.participants.layer import Right


def expired_rights(
    world: World, market: Market, participant: Participant, crr_type: CrrType
) -> list[Crr]:
    """A participant's rights that served its load last year and are over now, as expiring CRRs.

    Of annual markets: the right was in effect through the same season a year before and ends
    before the market's own begins. So its path is a signature pair of the priority tier and its MW
    count as last year's allocation, once, instead of the right's own place in the model.
    """
    if market.term == MarketTerm.MONTHLY:
        return []
    found = []
    for product in market.products:
        now, before = product.period, product.period.in_year(product.period.start.year - 1)
        found += [
            Crr(
                right.right_id, right.holder, crr_type, Hedge.OBL, right.source, right.sink,
                product.tou, before.start, before.end, right.mw, right.right_type,
            )
            for right in _of(world, participant)
            if right.end is not None and before.end <= right.end <= now.start
        ]  # fmt: skip
    return found


def _of(world: World, participant: Participant) -> list[Right]:
    own = participant.participant_id
    return [r for r in world.rights if r.holder == own and r.sink in participant.sinks]
