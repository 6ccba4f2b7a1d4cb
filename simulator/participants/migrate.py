"""Customers of load-serving entities, and how some of them change their supplier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.domain import Tou
from simulator.participants.people import Person
from simulator.participants.stream import stream

SEASONS = (1, 2, 3, 4)

# Of every MW of peak load, so many customers of each class; kW of one customer on-peak, and how
# much of that it takes off-peak and in each season.
CUSTOMERS_PER_MW = {"RESIDENTIAL": 200, "SMALL_COM": 40, "MED_COM": 5}
KW = {"RESIDENTIAL": 1.2, "SMALL_COM": 6.0, "MED_COM": 50.0}
OFF_PEAK_SHARE = 0.7
SEASON_SHARE = {1: 0.85, 2: 0.9, 3: 1.0, 4: 0.85}
MOST_LEAVING = 0.02  # share of a class that goes from the utility to one other


def customers_of(person: Person) -> tuple[tuple[str, int], ...]:
    """Customers of each class; at least one."""
    return tuple(
        (name, max(int(float(person.peak_load_mw) * count), 1))
        for name, count in CUSTOMERS_PER_MW.items()
    )


def kw_per_customer() -> Iterator[tuple[str, Tou, int, str]]:
    """Class, time of use, season, and kW as text."""
    for name, kw in KW.items():
        for season in SEASONS:
            for tou in Tou:
                share = SEASON_SHARE[season] * (1.0 if tou == Tou.ON else OFF_PEAK_SHARE)
                yield name, tou, season, f"{kw * share:.3f}"


def leaving(
    area: Sequence[Person], utility: str, seed: int, occasion: str
) -> Iterator[tuple[str, str, int]]:
    """Class, gainer and customers that go from the utility to each other supplier of its area."""
    served = next((dict(customers_of(p)) for p in area if p.participant_id == utility), {})
    for person in area:
        if person.participant_id == utility:
            continue
        rng = stream(seed, person.participant_id, f"{occasion} migration")
        for name, count in served.items():
            moved = int(count * rng.uniform(0.0, MOST_LEAVING))
            if moved:
                yield name, person.participant_id, moved
