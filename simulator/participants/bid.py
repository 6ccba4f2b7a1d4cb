"""How people bid in auctions: buy what they think is worth more than it costs, sell the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

import numpy as np

from simulator.domain import Bid, Crr, CurvePoint, Hedge, Product, Role, TransactionType
from simulator.participants.curves import buy_curve, sell_curve
from simulator.participants.forecast import OwnForecast, own_forecast, path_value
from simulator.participants.people import Person
from simulator.participants.view import AuctionView

# A trader wants one MW for so many USD of its collateral, split over its bids log-normally; a
# hedger bids a share of its source between these two.
COLLATERAL_USD_PER_MW = 25_000.0
TRADER_SIGMA, TRADER_MOST_OF_MEDIAN = 0.7, 5.0
HEDGE_SHARE = (0.05, 0.25)
PLANT_SINKS = 4  # of each plant and product

# People leave this share of their collateral for the credit margins that they cannot compute.
COLLATERAL_RESERVE = Decimal("0.35")


@dataclass(frozen=True)
class _Draft:
    """A bid before it has an id."""

    transaction: TransactionType
    product: Product
    source: str
    sink: str
    curve: tuple[CurvePoint, ...]
    crr_id: str = ""

    def exposure_usd(self, credit_margin_usd_per_mw: Decimal) -> Decimal:
        """Most that credit can ask for this bid (rulebook 5.1), with the person's guess."""
        if self.transaction == TransactionType.SELL:
            return max(max(-at.price_usd_per_mw, Decimal(0)) * at.mw for at in self.curve)
        return max(
            (max(at.price_usd_per_mw, Decimal(0)) + credit_margin_usd_per_mw) * at.mw
            for at in self.curve
        )


def bids(
    person: Person, view: AuctionView, bids_per_trader: int, rng: np.random.Generator
) -> tuple[Bid, ...]:
    """Offers first, then purchases, as many as the person's collateral covers."""
    forecast = own_forecast(person, view.forecast_usd_per_mw, rng)
    pairs = biddable_paths(view)
    offers = list(_offers(person, view, forecast, rng))
    is_trader = person.participant.role == Role.TRADER
    wanted = (
        _speculation(person, view, pairs, forecast, bids_per_trader, rng)
        if is_trader
        else _hedges(person, view, pairs, forecast, rng)
    )
    drafts = _affordable(chain(offers, wanted), view)
    return tuple(_bid(person, draft, nth) for nth, draft in enumerate(drafts, start=1))


def biddable_paths(view: AuctionView) -> list[tuple[str, str]]:
    """Every biddable (source, sink), in order of names."""
    allowed = frozenset(view.biddable_pairs)
    names = sorted(view.locations.items())
    return [
        (source, sink)
        for source, source_class in names
        for sink, sink_class in names
        if source != sink and f"{source_class}>{sink_class}" in allowed
    ]


def _offers(
    person: Person, view: AuctionView, forecast: OwnForecast, rng: np.random.Generator
) -> Iterator[_Draft]:
    """Some of what the person holds, each CRR once, at more than the person thinks it is worth."""
    for crr in sorted(view.holdings, key=lambda crr: crr.crr_id):
        product = _product_of(crr, view.products)
        if rng.random() >= person.traits.sell_share or product is None or crr.mw <= 0:
            continue
        value = path_value(forecast, crr.source, crr.sink, crr.tou)
        size_mw = float(crr.mw) * rng.uniform(0.25, 1.0)
        curve = sell_curve(size_mw, value, person.traits.margin, rng)
        yield _Draft(TransactionType.SELL, product, crr.source, crr.sink, curve, crr.crr_id)


def _product_of(crr: Crr, products: Sequence[Product]) -> Product | None:
    """The first product of the auction that the CRR is held through."""
    held = (item for item in sorted(products) if item.tou == crr.tou and crr.spans(item.period))
    return next(held, None)


def _speculation(
    person: Person,
    view: AuctionView,
    pairs: Sequence[tuple[str, str]],
    forecast: OwnForecast,
    count: int,
    rng: np.random.Generator,
) -> Iterator[_Draft]:
    """`count` bids over all products: paths of great value in one direction or the other."""
    products = sorted(view.products)
    median_mw = float(person.collateral_usd) / COLLATERAL_USD_PER_MW / max(count, 1)
    for nth, product in enumerate(products):
        wanted = count // len(products) + (nth < count % len(products))
        for source, sink in _chosen(person, product, pairs, forecast, wanted, rng):
            value = path_value(forecast, source, sink, product.tou)
            share = min(float(rng.lognormal(0.0, TRADER_SIGMA)), TRADER_MOST_OF_MEDIAN)
            curve = buy_curve(median_mw * share, value, person.traits.margin, rng)
            yield _Draft(TransactionType.BUY, product, source, sink, curve)


def _chosen(
    person: Person,
    product: Product,
    pairs: Sequence[tuple[str, str]],
    forecast: OwnForecast,
    wanted: int,
    rng: np.random.Generator,
) -> list[tuple[str, str]]:
    """`wanted` different pairs (fewer when there are not so many), the valuable ones likelier.

    The person's `counterflow_share` of them are paths that it expects to cost money and wants to
    be paid for.
    """
    if not pairs:
        return []
    values = np.array([path_value(forecast, *pair, product.tou) for pair in pairs])
    # Gumbel noise on the log of a weight draws without replacement in proportion to the weight.
    keys = np.log(np.abs(values) + 1.0) + rng.gumbel(size=len(pairs))
    falling = np.argsort(-keys, kind="stable")
    against = [int(nth) for nth in falling if values[nth] < 0]
    along = [int(nth) for nth in falling if values[nth] >= 0]
    counterflows = min(round(wanted * person.traits.counterflow_share), len(against))
    picked = along[: wanted - counterflows]
    picked += against[: wanted - len(picked)]
    return [pairs[nth] for nth in picked]


def _hedges(
    person: Person,
    view: AuctionView,
    pairs: Sequence[tuple[str, str]],
    forecast: OwnForecast,
    rng: np.random.Generator,
) -> Iterator[_Draft]:
    """From the person's sources to its load, or from its plants to where power is dearest."""
    own = [source.name for source in person.sources]
    reach = {name: [sink for source, sink in pairs if source == name] for name in own}
    load = person.participant.sink
    for product in sorted(view.products):
        for source in person.sources:
            value = {
                sink: path_value(forecast, source.name, sink, product.tou)
                for sink in reach[source.name]
                if sink == load or not load
            }
            dearest = sorted(value, key=lambda sink: (-value[sink], sink))[:PLANT_SINKS]
            for sink in dearest:
                size_mw = float(source.mw) * rng.uniform(*HEDGE_SHARE)
                curve = buy_curve(size_mw, value[sink], person.traits.margin, rng)
                if value[sink] > 0:
                    yield _Draft(TransactionType.BUY, product, source.name, sink, curve)


def _affordable(wanted: Iterable[_Draft], view: AuctionView) -> list[_Draft]:
    """What the collateral covers, in the order wanted; what does not fit is left out."""
    budget = view.collateral_usd * (1 - COLLATERAL_RESERVE)
    kept = []
    for draft in wanted:
        exposure = draft.exposure_usd(view.credit_margin_usd_per_mw)
        if exposure <= budget:
            budget -= exposure
            kept.append(draft)
    return kept


def _bid(person: Person, draft: _Draft, nth: int) -> Bid:
    return Bid(
        bid_id=f"{person.participant_id}-{nth:05d}",
        participant=person.participant_id,
        transaction=draft.transaction,
        hedge=Hedge.OBL,
        source=draft.source,
        sink=draft.sink,
        tou=draft.product.tou,
        period=draft.product.period.name,
        curve=draft.curve,
        crr_id=draft.crr_id,
    )
