"""The committed layer and the views that a market would show, small enough to read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.domain import (
    Market,
    MarketKind,
    MarketTerm,
    Period,
    Product,
    Tier,
    Tou,
)
from simulator.domain.settings import BiddingSettings, PopulationSettings
from simulator.participants import (
    AllocationView,
    AuctionView,
    LoadCurve,
    MarketLayer,
    Person,
    endowment,
    load_curve,
    market_layer,
    population,
)
from simulator.participants.endowment import allocated_type
from simulator.rules.caps import signature_pairs

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SEED = 7
WINDOW_SECONDS = 9 * 3600
CLASS_OF_KIND = {
    "GEN": "GEN",
    "HUB": "TH",
    "DLAP": "LAP",
    "SLAP": "LAP",
    "MLAP": "LAP",
    "CLAP": "LAP",
    "SP": "SP",
    "ITC": "SP",
}


def read(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def layer() -> MarketLayer:
    return market_layer(
        read("california/location_zones.csv"),
        read("california/rights.csv"),
        read("participants/roster.csv"),
    )


@pytest.fixture(scope="session")
def people(layer: MarketLayer) -> tuple[Person, ...]:
    return population(SEED, 24, layer, PopulationSettings())


@pytest.fixture(scope="session")
def forecast(layer: MarketLayer) -> dict[tuple[str, Tou], Decimal]:
    """North cheap, south dear, and every location a little different from its neighbours."""
    of_zone = {"NP15": -900, "ZP26": -400, "SP15": 700, "EXTERNAL": -100}
    return {
        (place.name, tou): Decimal(of_zone[place.zone] + 7 * (nth % 23))
        for nth, place in enumerate(layer.places.values())
        for tou in Tou
    }


def market(name: str, kind: MarketKind, tier: Tier, periods: tuple[Period, ...]) -> Market:
    products = tuple(Product(period, tou) for period in periods for tou in Tou)
    term = MarketTerm.MONTHLY if len(periods) == 1 else MarketTerm.ANNUAL
    return Market(name, kind, term, tier, products, 1.0)


SEASONS = tuple(Period.season(2025, season) for season in (1, 2, 3, 4))
APRIL = (Period.month(2024, 4),)


@pytest.fixture(scope="session")
def allocation_view(
    layer: MarketLayer, people: tuple[Person, ...], forecast: dict[tuple[str, Tou], Decimal]
) -> Callable[..., AllocationView]:
    owned = endowment(people, layer, SEED)
    listed = tuple(
        place.name for place in layer.places.values() if CLASS_OF_KIND.get(place.kind) != "LAP"
    )

    def view(person: Person, tier: Tier = Tier.T1, share: str = "0.2") -> AllocationView:
        annual = tier == Tier.PNP
        name = "ALLOC_AN_2025_PNP" if annual else f"ALLOC_MN_2024_M04_{tier}"
        made = market(name, MarketKind.ALLOCATION, tier, SEASONS if annual else APRIL)
        crr_type, sink = allocated_type(person.participant.role), person.participant.sink
        cap_mw = (person.peak_load_mw * Decimal(share)).quantize(Decimal("0.001"))
        caps = {
            (sink, crr_type, product.period.name, product.tou): cap_mw for product in made.products
        }
        mine = [crr for crr in owned if crr.owner == person.participant_id]
        pairs = signature_pairs(mine, made.products) if annual else {}
        return AllocationView(made, made.products, caps, pairs, listed, forecast, WINDOW_SECONDS)

    return view


@pytest.fixture(scope="session")
def auction_view(
    layer: MarketLayer, people: tuple[Person, ...], forecast: dict[tuple[str, Tou], Decimal]
) -> Callable[..., AuctionView]:
    owned = endowment(people, layer, SEED)
    classes = {
        place.name: CLASS_OF_KIND[place.kind]
        for place in layer.places.values()
        if place.kind in CLASS_OF_KIND
    }

    def view(person: Person, annual: bool = False) -> AuctionView:
        name = "AUC_AN_2025" if annual else "AUC_MN_2024_M04"
        made = market(name, MarketKind.AUCTION, Tier.NONE, SEASONS if annual else APRIL)
        mine = tuple(crr for crr in owned if crr.owner == person.participant_id)
        return AuctionView(
            made,
            made.products,
            classes,
            BiddingSettings().biddable_pairs,
            forecast,
            mine,
            person.collateral_usd,
            WINDOW_SECONDS,
        )

    return view


@pytest.fixture(scope="session")
def load_texts() -> tuple[str, str]:
    return read("load_history/levels.csv"), read("load_history/shapes.csv")


@pytest.fixture(scope="session")
def curve(load_texts: tuple[str, str]) -> LoadCurve:
    return load_curve(*load_texts)
