"""What a person does in a market: the well-meant portfolio, and before it perhaps a bad one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.domain import Portfolio, Role
from simulator.domain.settings import PopulationSettings
from simulator.participants.bid import bids
from simulator.participants.mistakes import (
    allocation_mistakes,
    auction_mistakes,
    spoiled_allocation,
    spoiled_auction,
)
from simulator.participants.nominate import nominations
from simulator.participants.people import Person
from simulator.participants.stream import stream
from simulator.participants.view import AllocationView, AuctionView, Mistake, Submission

# When people act, as shares of the window: the first attempt, and a corrected one after it.
FIRST_ATTEMPT = (0.05, 0.80)
CORRECTION = (0.82, 0.98)
LATENESS_SECONDS = (60, 1800)


def submissions(
    person: Person,
    view: AllocationView | AuctionView,
    settings: PopulationSettings,
    seed: int,
) -> tuple[Submission, ...]:
    """What the person hands in, in order of time; empty when it wants nothing of this market.

    Draws come from the person's own stream of this market, so nobody else's acts move them.
    """
    rng = stream(seed, person.participant_id, view.market.name)
    portfolio = _well_meant(person, view, settings, rng)
    if portfolio.is_empty:
        return ()
    chance = stream(seed, person.participant_id, f"{view.market.name} care")
    mistake = _mistake(person, view, portfolio, settings, chance)
    first = _moment(view, FIRST_ATTEMPT, chance)
    if mistake is None:
        return (Submission(portfolio, first),)
    if mistake == Mistake.LATE:
        late = view.window_seconds + int(chance.integers(*LATENESS_SECONDS))
        return (Submission(portfolio, late, mistake),)
    bad = Submission(_attempt(_spoiled(view, portfolio, mistake), "A"), first, mistake)
    good = Submission(_attempt(portfolio, "B"), _moment(view, CORRECTION, chance))
    return (bad, good)


def _well_meant(
    person: Person,
    view: AllocationView | AuctionView,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Portfolio:
    empty = Portfolio(f"{person.participant_id}_1", view.market.name, person.participant_id)
    if isinstance(view, AllocationView):
        return replace(empty, nominations=nominations(person, view, rng))
    return replace(empty, bids=bids(person, view, settings.bids_per_trader, rng))


def _mistake(
    person: Person,
    view: AllocationView | AuctionView,
    portfolio: Portfolio,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Mistake | None:
    if rng.random() >= settings.careless_share:
        return None
    if isinstance(view, AllocationView):
        possible = allocation_mistakes(view, portfolio)
    else:
        possible = auction_mistakes(view, portfolio)
    if person.participant.role == Role.LSE:  # a utility's desk does not miss a window
        possible = tuple(mistake for mistake in possible if mistake != Mistake.LATE)
    return possible[int(rng.integers(len(possible)))]


def _spoiled(
    view: AllocationView | AuctionView, portfolio: Portfolio, mistake: Mistake
) -> Portfolio:
    if isinstance(view, AllocationView):
        return spoiled_allocation(view, portfolio, mistake)
    return spoiled_auction(view, portfolio, mistake)


def _attempt(portfolio: Portfolio, mark: str) -> Portfolio:
    """The portfolio under another name and with other ids, so that both attempts can be told."""
    return replace(
        portfolio,
        name=f"{portfolio.name}{mark}",
        bids=tuple(replace(bid, bid_id=f"{bid.bid_id}{mark}") for bid in portfolio.bids),
        nominations=tuple(
            replace(item, nomination_id=f"{item.nomination_id}{mark}")
            for item in portfolio.nominations
        ),
    )


def _moment(
    view: AllocationView | AuctionView, shares: tuple[float, float], rng: np.random.Generator
) -> int:
    return int(view.window_seconds * rng.uniform(*shares))
