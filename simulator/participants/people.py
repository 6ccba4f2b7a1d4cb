"""Who takes part: the named roster first, then as many more as are asked for, made by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count as numbers_from

from faker import Faker

from simulator.domain import Finding, Participant, Refused, Role, mw_down
from simulator.domain.settings import PopulationSettings
from simulator.participants.layer import (
    LocationLimit,
    MarketLayer,
    RosterEntry,
    Strategy,
)
from simulator.participants.stream import stream, subseed

MIN_PEOPLE, MAX_PEOPLE = 6, 300

BUSINESS = {
    Role.LSE: "Electric Service",
    Role.CCA: "Community Choice",
    Role.OBAALSE: "Power Cooperative",
    Role.GENERATOR: "Generation",
    Role.TRADER: "Energy Trading",
    Role.MUNICIPAL: "Public Power",
}

# Who comes after the roster: each newcomer copies the roster's participant of the same role whose
# turn it is. Half are traders, as in the real auctions (rulebook 4.4).
NEWCOMERS = (
    Role.TRADER,
    Role.CCA,
    Role.TRADER,
    Role.GENERATOR,
    Role.TRADER,
    Role.LSE,
    Role.TRADER,
    Role.GENERATOR,
    Role.TRADER,
    Role.OBAALSE,
)
NEWCOMER_PREFIX = {
    Role.TRADER: "FIN",
    Role.CCA: "CCA",
    Role.GENERATOR: "GEN",
    Role.LSE: "ESP",
    Role.OBAALSE: "OBA",
}

# The roster leaves load unserved; newcomers together never take more than this share of it, each
# a share of what is left of that, so that the load served stays below the load there is.
NEWCOMERS_LOAD = Decimal("0.3")
NEWCOMER_LOAD_SHARE = Decimal("0.1")
# A newcomer's collateral is this much smaller than that of the one it copies, and so are the
# sources and the load of one that takes no part of a LAP's load.
NEWCOMER_SIZE = Decimal("0.25")
# Nobody copies one who has put up less than this: some may be short of money, not a crowd.
LEAST_COLLATERAL_TO_COPY_USD = Decimal(1_000_000)


@dataclass(frozen=True)
class Traits:
    """Temper: how a person prices what it wants.

    `forecast_noise` is the standard deviation of its forecast error as a share of congestion
    values; `margin` the share of a value that it wants to keep; `counterflow_share` the part of
    its bids against the usual flow; `sell_share` the chance that it offers a CRR it holds.
    """

    forecast_noise: float
    margin: float
    counterflow_share: float
    sell_share: float


@dataclass(frozen=True)
class Person:
    """A participant with what makes it act.

    `load_share` is its part of the load at its first sink, of which it serves `peak_load_mw`;
    `more_loads` are the peaks at further ones.
    """

    participant: Participant
    strategy: Strategy
    traits: Traits
    load_share: Decimal
    peak_load_mw: Decimal
    collateral_usd: Decimal
    sources: tuple[LocationLimit, ...]
    more_loads: tuple[LocationLimit, ...] = ()

    @property
    def participant_id(self) -> str:
        """The id that is in everything the person submits."""
        return self.participant.participant_id

    @property
    def loads(self) -> tuple[LocationLimit, ...]:
        """The peak load at each of its sinks."""
        first = LocationLimit(self.participant.sink, self.peak_load_mw)
        return (first, *self.more_loads) if self.participant.sink else ()


def population(
    seed: int, count: int, layer: MarketLayer, settings: PopulationSettings
) -> tuple[Person, ...]:
    """`count` people; a smaller population of the same seed is the beginning of a larger one.

    Raises Refused when `count` is not 6 to 300.
    """
    entries = [*layer.roster, *_newcomers(layer, count - len(layer.roster))][:count]
    if not MIN_PEOPLE <= count <= MAX_PEOPLE or len(entries) < count:
        raise Refused([_size_finding(count, len(entries))])
    names = _names(seed, entries)
    return tuple(
        _person(seed, entry, name, layer, settings)
        for entry, name in zip(entries, names, strict=True)
    )


def _size_finding(count: int, made: int) -> Finding:
    allowed = f"{MIN_PEOPLE} to {MAX_PEOPLE}"
    remedy = "choose a number in that range"
    if MIN_PEOPLE <= count <= MAX_PEOPLE:
        allowed = f"{made}, the length of the roster"
        remedy = "give the roster someone to copy, with collateral, or ask for fewer"
    return Finding(
        "POP0001",
        "that many participants cannot be made",
        "settings.population.participants",
        str(count),
        allowed,
        remedy,
    )


def _person(
    seed: int, entry: RosterEntry, name: str, layer: MarketLayer, settings: PopulationSettings
) -> Person:
    place = layer.places.get(entry.sink)
    load_mw = place.load_mw if place else Decimal(0)
    return Person(
        Participant(
            entry.participant_id,
            name,
            entry.role,
            entry.sink,
            tuple(load.name for load in entry.more_loads),
        ),
        entry.strategy,
        _traits(seed, entry, settings),
        entry.peak_load_mw / load_mw if load_mw else Decimal(0),
        entry.peak_load_mw,
        entry.collateral_usd,
        entry.sources,
        entry.more_loads,
    )


def _traits(seed: int, entry: RosterEntry, settings: PopulationSettings) -> Traits:
    rng = stream(seed, entry.participant_id, "traits")
    is_trader = entry.role == Role.TRADER
    counterflow = 0.6 if entry.strategy == Strategy.COUNTERFLOW else 0.15
    return Traits(
        forecast_noise=settings.forecast_noise * rng.uniform(0.6, 1.4),
        margin=rng.uniform(0.05, 0.40),
        counterflow_share=counterflow if is_trader else 0.0,
        sell_share=rng.uniform(0.2, 0.5) if is_trader else rng.uniform(0.0, 0.1),
    )


def _newcomers(layer: MarketLayer, count: int) -> Iterator[RosterEntry]:
    """The entries after the roster, in an order that does not depend on how many are wanted."""
    taken = {entry.participant_id for entry in layer.roster}
    turns: Counter[Role] = Counter()
    unserved = {name: place.load_mw for name, place in layer.places.items() if place.load_mw}
    for entry in layer.roster:
        for load in (LocationLimit(entry.sink, entry.peak_load_mw), *entry.more_loads):
            if load.name in unserved:
                unserved[load.name] = max(unserved[load.name] - load.mw, Decimal(0))
    left = {name: load_mw * NEWCOMERS_LOAD for name, load_mw in unserved.items()}
    copied = [
        entry for entry in layer.roster if entry.collateral_usd >= LEAST_COLLATERAL_TO_COPY_USD
    ]
    roles = [role for role in NEWCOMERS if any(entry.role == role for entry in copied)]
    for nth in range(max(count, 0) if roles else 0):
        role = roles[nth % len(roles)]
        models = [entry for entry in copied if entry.role == role]
        model = models[turns[role] % len(models)]
        turns[role] += 1
        participant_id = _free_id(NEWCOMER_PREFIX[role], taken)
        taken.add(participant_id)
        size = NEWCOMER_SIZE
        if model.sink in left and model.peak_load_mw:
            peak_mw = left[model.sink] * NEWCOMER_LOAD_SHARE
            left[model.sink] -= peak_mw
            size = peak_mw / model.peak_load_mw
        yield _resized(model, participant_id, size)


def _free_id(prefix: str, taken: Collection[str]) -> str:
    return next(name for nth in numbers_from(1) if (name := f"{prefix}{nth}") not in taken)


def _resized(model: RosterEntry, participant_id: str, size: Decimal) -> RosterEntry:
    return RosterEntry(
        participant_id,
        model.role,
        model.strategy,
        model.sink,
        mw_down(model.peak_load_mw * size),
        model.collateral_usd * NEWCOMER_SIZE,
        tuple(LocationLimit(source.name, mw_down(source.mw * size)) for source in model.sources),
    )


def _names(seed: int, entries: Sequence[RosterEntry]) -> list[str]:
    """A company name each, marked as synthetic; no two alike."""
    faker = Faker("en_US")
    names: list[str] = []
    for entry in entries:
        faker.seed_instance(subseed(seed, entry.participant_id, "name"))
        name = _company(faker, entry.role)
        while name in names:
            name = _company(faker, entry.role)
        names.append(name)
    return names


def _company(faker: Faker, role: Role) -> str:
    return f"{faker.last_name()} {faker.last_name()} {BUSINESS[role]} (synthetic)"
