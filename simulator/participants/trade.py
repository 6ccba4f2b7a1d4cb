"""Trades that people make among each other when nothing else is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.domain import Crr, Role, mw, usd
from simulator.participants.people import Person
from simulator.participants.stream import stream

Value = Callable[[Crr], Decimal]
"""What a person may think that one MW of what is left of a CRR is worth, in USD."""

TRADES_CHANCE = 0.5  # that a trader offers something on a day
ACCEPTED_CHANCE = 0.85
SIZE = (0.25, 1.0)  # share of the CRR
PRICE = (0.8, 1.2)  # share of its value
SECONDS = (600, 14_400)  # after the day begins


@dataclass(frozen=True)
class Trade:
    """A sale of `mw` of a CRR from `start` on; public ones are first offered to everybody."""

    seller: str
    buyer: str
    crr: Crr
    mw: Decimal
    start: date
    price_usd_per_mw: Decimal
    is_public: bool
    is_accepted: bool
    offset_seconds: int


def trades(
    people: Iterable[Person],
    holdings: Sequence[Crr],
    first_day: date,
    value: Value,
    seed: int,
    occasion: str,
) -> Iterator[Trade]:
    """At most one sale a trader, of CRRs that last beyond `first_day`, to another trader."""
    traders = [p.participant_id for p in people if p.participant.role == Role.TRADER]
    for seller in traders:
        rng = stream(seed, seller, f"{occasion} trades")
        own = [crr for crr in holdings if crr.owner == seller and crr.end > first_day]
        others = [name for name in traders if name != seller]
        if rng.random() >= TRADES_CHANCE or not own or not others:
            continue
        crr = own[int(rng.integers(len(own)))]
        size = max(mw(crr.mw * Decimal(str(round(rng.uniform(*SIZE), 3)))), Decimal("0.001"))
        price = usd(value(crr) * Decimal(str(round(rng.uniform(*PRICE), 3))))
        yield Trade(
            seller,
            others[int(rng.integers(len(others)))],
            crr,
            min(size, crr.mw),
            max(crr.start, first_day),
            price,
            rng.random() < 0.5,
            rng.random() < ACCEPTED_CHANCE,
            int(rng.integers(*SECONDS)),
        )
