"""What one participant can see of a market before it acts.

Only figures that do not change while the market lives go in, so that a run that was cut off sees
the same when it looks again.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from simulator.domain import MarketKind, MarketState, Product, Tou
from simulator.market.base_loading import holdings
from simulator.market.caps import posted_caps, posted_signatures
from simulator.market.congestion import congestion_history
from simulator.market.listing import listing
from simulator.market.world import World
from simulator.participants import AllocationView, AuctionView, Person
from simulator.rules.margins import product_days
from simulator.store import Transaction, tables


def view_of(
    tx: Transaction, world: World, state: MarketState, person: Person
) -> AllocationView | AuctionView | None:
    """The person's view of an open market; None where it has no business there."""
    if state.market.kind == MarketKind.AUCTION:
        return _auction_view(tx, world, state, person)
    if person.participant.role.serves_load:
        return _allocation_view(tx, world, state, person)
    return None


def _allocation_view(
    tx: Transaction, world: World, state: MarketState, person: Person
) -> AllocationView:
    market, owner = state.market, person.participant_id
    return AllocationView(
        market,
        market.products,
        {
            (key.sink, key.crr_type, key.period, key.tou): mw
            for key, mw in posted_caps(tx, world, market.name, owner).items()
        },
        {
            (key.source, key.sink, key.period, key.tou): mw
            for key, mw in posted_signatures(tx, market.name, owner).items()
        },
        tuple(
            name
            for name, location in listing(tx, world, market).items()
            if location.always_biddable
        ),
        public_forecast(tx, state),
        state.closes_at - state.opens_at,
    )


def _auction_view(tx: Transaction, world: World, state: MarketState, person: Person) -> AuctionView:
    market, owner = state.market, person.participant_id
    account = tx.one(tables.collateral, participant=owner)
    return AuctionView(
        market,
        market.products,
        {
            name: location.location_class.value
            for name, location in listing(tx, world, market).items()
            if location.always_biddable and location.location_class is not None
        },
        world.settings.bidding.biddable_pairs,
        public_forecast(tx, state),
        holdings(tx, market.name, owner),
        account["amount_usd"] if account else Decimal(0),
        state.closes_at - state.opens_at,
    )


def public_forecast(tx: Transaction, state: MarketState) -> dict[tuple[str, Tou], Decimal]:
    """Congestion of the history, as if every day of a product were like the past ones.

    USD per MW over one product; the market's products of a time of use count as equally long.
    """
    days: dict[Tou, int] = {}
    for product in state.market.products:
        days[product.tou] = max(days.get(product.tou, 0), _product_days(product))
    return {
        (location, tou): days[tou] * sum(values, Decimal(0)) / len(values)
        for (location, tou), values in congestion_history(tx).daily_mcc_usd.items()
        if tou in days
    }


@cache
def _product_days(product: Product) -> int:
    return product_days(product)
