"""Random months, the same for the same seed: options, slices, counter-flows, both times of use."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from settlement_cases import JUNE, case, congestion, crr

from simulator.domain import Hedge, Tou, TransactionType
from simulator.settlement import AuctionAward, SettlementCase
from simulator.timeline.hours import hours_of_period

PLACES = ("A", "B", "C", "D", "E")
OWNERS = ("O1", "O2", "O3", "O4")


def random_case(seed: int, rights: int = 25, constraints: int = 4, hours: int = 20):
    draw = random.Random(seed)
    names = [f"K{n}" for n in range(constraints)]
    factors = {name: _factors(draw) for name in names}
    congested = []
    for hour in draw.sample(hours_of_period(JUNE), hours):
        for name in draw.sample(names, draw.randint(1, constraints)):
            price = Decimal(draw.randint(0, 9000)).scaleb(-2)
            revenue = Decimal(draw.randint(-50_000, 400_000)).scaleb(-2)
            own = _factors(draw) if draw.random() < 0.2 else factors[name]
            congested.append(congestion(hour, price, revenue, own, name))
    held = [_right(draw, str(number)) for number in range(rights)]
    return case(held, congested, tuple(_award(draw, right) for right in held[::3]))


def shuffled(given: SettlementCase, seed: int) -> SettlementCase:
    """The same case, its rows in another order."""
    draw = random.Random(seed)
    return case(
        draw.sample(given.crrs, len(given.crrs)),
        draw.sample(given.constraint_hours, len(given.constraint_hours)),
        tuple(draw.sample(given.auction_awards, len(given.auction_awards))),
    )


def _factors(draw: random.Random) -> dict[str, float]:
    return {
        place: round(draw.uniform(-1, 1), draw.choice((2, 6)))
        for place in PLACES
        if draw.random() < 0.9
    }


def _right(draw: random.Random, crr_id: str):
    source, sink = draw.sample(PLACES, 2)
    first = draw.randint(0, 20)
    return crr(
        crr_id,
        draw.choice(OWNERS),
        Decimal(draw.randint(1, 200_000)).scaleb(-3),
        source,
        sink,
        Hedge.OPT if draw.random() < 0.3 else Hedge.OBL,
        draw.choice((Tou.ON, Tou.OFF)),
        JUNE.start + timedelta(days=first),
        JUNE.start + timedelta(days=draw.randint(first + 1, 40)),
    )


def _award(draw: random.Random, right) -> AuctionAward:
    return AuctionAward(
        right.crr_id,
        right.owner,
        draw.choice((TransactionType.BUY, TransactionType.SELL)),
        right.mw,
        Decimal(draw.randint(-100_000, 100_000)).scaleb(-2),
    )
