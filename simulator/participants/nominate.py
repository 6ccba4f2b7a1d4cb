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
        (product, *line)
        for product in sorted(view.products)
        for line in _fill(person, view, product, forecast)
    ]
    return tuple(
        Nomination(
            nomination_id=f"{person.participant_id}-{nth:05d}",
            participant=person.participant_id,
            source=source,
            sink=sink,
            tou=product.tou,
            period=product.period.name,
            mw=quantity,
            crr_type=allocated_type(person.participant.role),
        )
        for nth, (product, source, sink, quantity) in enumerate(wanted, start=1)
    )


def _fill(
    person: Person, view: AllocationView, product: Product, forecast: OwnForecast
) -> Iterator[tuple[str, str, Decimal]]:
    """(source, sink, MW), sink by sink, in falling order of value until the sink's cap is used up.

    What a source gives to one sink it has no more for the next.
    """
    unused = {source.name: source.mw for source in person.sources if source.name in view.sources}
    for sink in person.participant.sinks:
        left = _cap(view, sink, allocated_type(person.participant.role), product)
        value = {name: path_value(forecast, name, sink, product.tou) for name in unused}
        for name in sorted(unused, key=lambda name: (-value[name], name)):
            quantity = mw_down(min(_limit(view, (name, sink), unused[name], product), left))
            if value[name] >= 0 and quantity > 0:
                yield name, sink, quantity
                left -= quantity
                unused[name] -= min(quantity, unused[name])


def _cap(view: AllocationView, sink: str, crr_type: CrrType, product: Product) -> Decimal:
    return view.caps.get((sink, crr_type, product.period.name, product.tou), Decimal(0))


def _limit(
    view: AllocationView, pair: tuple[str, str], source_mw: Decimal, product: Product
) -> Decimal:
    if not view.market.tier.by_pair:
        return source_mw
    return view.signature_pairs.get((*pair, product.period.name, product.tou), Decimal(0))
