"""What people own when the story starts: last year's annual allocation and annual auction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from simulator.domain import Crr, CrrType, Hedge, Period, Role, Tou, mw, mw_down
from simulator.participants.layer import MarketLayer, Place
from simulator.participants.people import Person
from simulator.participants.stream import stream

SEASONS = (1, 2, 3, 4)

# Last year's allocation gave this share of what each source could give. Together it stays below
# the priority cap of 2/3 x 0.75 of load (rulebook 2.4) and below what 65 % of the limits allow.
ALLOCATED_SHARE = {Tou.ON: Decimal("0.42"), Tou.OFF: Decimal("0.30")}

# Each trader won this many paths in last year's auction, of a size between these, in MW for each
# million USD of its collateral.
AUCTION_PATHS = 6
AUCTION_MW_PER_MILLION_USD = (0.1, 0.4)

FIRST_CRR_ID = 1_000_001


def endowment(
    people: Sequence[Person], layer: MarketLayer, seed: int, year: int = 2024
) -> tuple[Crr, ...]:
    """Seasonal CRRs of `year` by owner: allocated ones (LSE, OBAALSE) and auctioned ones (AUC).

    Ids count up from 1000001 in the order of people, sources, seasons and times of use. Rights of
    transmission owners are no CRRs; they are in `layer.rights`.
    """
    drafts = [draft for person in people for draft in _holdings(person, layer, seed, year)]
    return tuple(
        Crr(
            str(FIRST_CRR_ID + nth),
            person.participant_id,
            crr_type,
            Hedge.OBL,
            source,
            sink,
            tou,
            period.start,
            period.end,
            mw_,
            market,
        )
        for nth, (person, crr_type, source, sink, tou, period, mw_, market) in enumerate(drafts)
    )


def allocated_type(role: Role) -> CrrType:
    """The origin code of what this role gets in allocations (rulebook 1.2)."""
    return CrrType.OBAALSE if role == Role.OBAALSE else CrrType.LSE


_Draft = tuple[Person, CrrType, str, str, Tou, Period, Decimal, str]


def _holdings(person: Person, layer: MarketLayer, seed: int, year: int) -> Iterator[_Draft]:
    if person.participant.role.serves_load:
        yield from _allocated(person, year)
    elif person.participant.role == Role.TRADER:
        yield from _auctioned(person, layer, seed, year)


def _allocated(person: Person, year: int) -> Iterator[_Draft]:
    crr_type, sink = allocated_type(person.participant.role), person.participant.sink
    for source in person.sources:
        for season in SEASONS:
            for tou in Tou:
                awarded_mw = mw_down(source.mw * ALLOCATED_SHARE[tou])
                if awarded_mw:
                    period = Period.season(year, season)
                    market = f"ALLOC_AN_{year}_T1"
                    yield person, crr_type, source.name, sink, tou, period, awarded_mw, market


def _auctioned(person: Person, layer: MarketLayer, seed: int, year: int) -> Iterator[_Draft]:
    rng = stream(seed, person.participant_id, f"endowment {year}")
    millions = float(person.collateral_usd) / 1e6
    sources = _named(layer.places.values(), ("GEN", "HUB", "SP"))
    sinks = _named(layer.places.values(), ("DLAP", "SLAP"))
    for _ in range(AUCTION_PATHS):
        source, sink = rng.choice(sources), rng.choice(sinks)
        tou = Tou.ON if rng.random() < 0.5 else Tou.OFF
        won_mw = mw(millions * rng.uniform(*AUCTION_MW_PER_MILLION_USD))
        for season in SEASONS:
            period = Period.season(year, season)
            market = f"AUC_AN_{year}"
            yield person, CrrType.AUC, str(source), str(sink), tou, period, won_mw, market


def _named(places: Iterable[Place], kinds: Sequence[str]) -> list[str]:
    return sorted(place.name for place in places if place.kind in kinds)
