"""How load-serving entities nominate: most valuable source first, up to what they may."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from simulator.domain import CrrType, Nomination, Product, mw_down
from simulator.participants.endowment import allocated_type
from simulator.participants.forecast import OwnForecast, own_forecast, path_value
from simulator.participants.people import Person
from simulator.participants.view import AllocationView


def nominations(
    person: Person, view: AllocationView, rng: np.random.Generator
) -> tuple[Nomination, ...]:
    """Nominations within the person's caps, sources and, in the priority tier, signature pairs.

    Paths that the person expects to cost money are left out. Who serves no load nominates nothing.
    """
    if not person.participant.role.serves_load:
        return ()
    forecast = own_forecast(person, view.forecast_usd_per_mw, rng)
    wanted = [
        (product, source, quantity)
        for product in sorted(view.products)
        for source, quantity in _fill(person, view, product, forecast)
    ]
    return tuple(
        Nomination(
            nomination_id=f"{person.participant_id}-{nth:05d}",
            participant=person.participant_id,
            source=source,
            sink=person.participant.sink,
            tou=product.tou,
            period=product.period.name,
            mw=quantity,
            crr_type=allocated_type(person.participant.role),
        )
        for nth, (product, source, quantity) in enumerate(wanted, start=1)
    )


def _fill(
    person: Person, view: AllocationView, product: Product, forecast: OwnForecast
) -> Iterator[tuple[str, Decimal]]:
    """(source, MW) in falling order of value until the cap is used up."""
    sink, crr_type = person.participant.sink, allocated_type(person.participant.role)
    left = _cap(view, sink, crr_type, product)
    offered = {
        source.name: _limit(person, view, source.name, source.mw, product)
        for source in person.sources
        if source.name in view.sources
    }
    value = {name: path_value(forecast, name, sink, product.tou) for name in offered}
    for name in sorted(offered, key=lambda name: (-value[name], name)):
        quantity = mw_down(min(offered[name], left))
        if value[name] >= 0 and quantity > 0:
            yield name, quantity
            left -= quantity


def _cap(view: AllocationView, sink: str, crr_type: CrrType, product: Product) -> Decimal:
    return view.caps.get((sink, crr_type, product.period.name, product.tou), Decimal(0))


def _limit(
    person: Person, view: AllocationView, source: str, source_mw: Decimal, product: Product
) -> Decimal:
    if not view.market.tier.by_pair:
        return source_mw
    pair = (source, person.participant.sink, product.period.name, product.tou)
    return view.signature_pairs.get(pair, Decimal(0))
