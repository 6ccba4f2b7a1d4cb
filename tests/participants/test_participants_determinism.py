"""The same seed gives the same world, whatever the hash seed and whoever else draws."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain.settings import PopulationSettings
from simulator.participants import AuctionView, Person, stream, submissions

ROOT = Path(__file__).resolve().parents[2]

WORLD = """
from decimal import Decimal
from pathlib import Path
from simulator.domain import Market, MarketKind, MarketTerm, Period, Product, Tier, Tou
from simulator.domain.settings import PopulationSettings
from simulator.participants import (
    AuctionView, endowment, market_layer, population, submissions
)
folder = Path("fixtures")
names = ("california/location_zones.csv", "california/rights.csv", "participants/roster.csv")
layer = market_layer(*((folder / name).read_text() for name in names))
settings = PopulationSettings()
people = population(11, 40, layer, settings)
print(people)
print(endowment(people, layer, 11))
products = tuple(Product(Period.month(2024, 4), tou) for tou in Tou)
market = Market(
    "AUC_MN_2024_M04", MarketKind.AUCTION, MarketTerm.MONTHLY, Tier.NONE, products, 1.0
)
classes = {"GEN": "GEN", "HUB": "TH", "DLAP": "LAP", "SLAP": "LAP", "SP": "SP"}
locations = {p.name: classes[p.kind] for p in layer.places.values() if p.kind in classes}
forecast = {(name, tou): Decimal(len(name) * 50) for name in locations for tou in Tou}
for person in people:
    view = AuctionView(
        market, products, locations, ("GEN>LAP", "TH>LAP", "SP>LAP"), forecast, (),
        person.collateral_usd, 3600,
    )
    print(submissions(person, view, settings, 11))
"""


def digest_of_world(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", WORLD], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return hashlib.sha256(done.stdout).hexdigest()


def test_a_world_does_not_depend_on_the_hash_seed() -> None:
    assert len({digest_of_world(hash_seed) for hash_seed in ("0", "1", "random")}) == 1


def test_submissions_of_one_do_not_depend_on_who_else_acted(
    people: tuple[Person, ...], auction_view: Callable[..., AuctionView]
) -> None:
    settings = PopulationSettings()
    forward = {p.participant_id: submissions(p, auction_view(p), settings, 5) for p in people}
    backward = {
        p.participant_id: submissions(p, auction_view(p), settings, 5) for p in reversed(people)
    }
    assert forward == backward


def test_one_who_draws_more_leaves_the_others_alone(
    people: tuple[Person, ...], auction_view: Callable[..., AuctionView]
) -> None:
    few, many = PopulationSettings(bids_per_trader=5), PopulationSettings(bids_per_trader=50)
    before = submissions(people[0], auction_view(people[0]), few, 5)
    busy = next(person for person in people if person.participant_id == "FIN1")
    assert submissions(busy, auction_view(busy), many, 5) != submissions(
        busy, auction_view(busy), few, 5
    )
    assert submissions(people[0], auction_view(people[0]), many, 5) == before


def test_another_seed_and_another_market_give_other_bids(
    people: tuple[Person, ...], auction_view: Callable[..., AuctionView]
) -> None:
    trader = next(person for person in people if person.participant_id == "FIN1")
    view, settings = auction_view(trader), PopulationSettings()
    renamed = replace(view, market=replace(view.market, name="AUC_MN_2024_M05"))
    first = submissions(trader, view, settings, 5)[0].portfolio.bids
    assert submissions(trader, view, settings, 6)[0].portfolio.bids != first
    assert submissions(trader, renamed, settings, 5)[0].portfolio.bids != first


@given(st.integers(), st.text(max_size=10), st.text(max_size=30))
def test_streams_repeat(seed: int, participant: str, occasion: str) -> None:
    draws = stream(seed, participant, occasion).integers(0, 2**63, size=4)
    again = stream(seed, participant, occasion).integers(0, 2**63, size=4)
    assert draws.tolist() == again.tolist()


@pytest.mark.parametrize("other", [(2, "A", "x"), (1, "B", "x"), (1, "A", "y"), (1, "Ax", "")])
def test_streams_of_other_keys_differ(other: tuple[int, str, str]) -> None:
    mine = stream(1, "A", "x").standard_normal(1000)
    theirs = stream(*other).standard_normal(1000)
    assert abs(float(np.corrcoef(mine, theirs)[0, 1])) < 0.15


def test_a_stream_is_the_same_on_every_machine() -> None:
    draws = stream(1, "LSEP", "AUC_MN_2024_M04").integers(0, 1000, size=5)
    assert draws.tolist() == [332, 457, 64, 263, 659]
