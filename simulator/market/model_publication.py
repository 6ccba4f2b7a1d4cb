"""A market's model as participants download it: case, tables, list versions, replacements.

`published/<MARKET>/model/nda/` is for those who signed the non-disclosure agreement, `public/` for
everybody (rulebook 3.1 and 8.3); so is the `case/` of a cleared product for those who signed, which
holds the same network again so that an answer can be checked against its question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from simulator.domain import Market, MarketState, Period, Product, Tou
from simulator.market.base_loading import loaded_locations
from simulator.market.facilities import known_to, world_of
from simulator.market.left_out import of_model
from simulator.market.listing import listing
from simulator.market.model_data import (
    PeriodModel,
    list_period,
    model_in_force,
    model_of_version,
    released,
    version_in_force,
)
from simulator.market.world import World
from simulator.network.dc import DcNetwork
from simulator.network.model import Location
from simulator.network.period_model import case_of_network
from simulator.network.publication import ModelFile, model_files
from simulator.network.raw.writer import write_raw
from simulator.network.source_sink_list import (
    SourceSinkList,
    changes_text,
    difference,
    list_text,
    with_base_loading,
)
from simulator.publish import market_data
from simulator.publish.download import Rows
from simulator.store import Transaction, books

NDA, PUBLIC = "model/nda", "model/public"
WHO_GETS_WHAT = """\
# Who gets what

Everybody may download what is here, but for two kinds of folders, which are for those who signed
the non-disclosure agreement, because the network is in them:

- `MARKET/model/nda/`: power-flow cases, branches, resources, what contingencies and interfaces
  consist of, outages, lowered limits;
- each `case/`: the question that a product's answer belongs to, without the bids.

`MARKET/model/public/` has the names of constraints and the locations with their buses and factors,
as the SOURCE_SINK download has them; no branches, impedances, ratings, resources or injections.
CONTINGENCY_LEFT_OUT there warns of contingencies that the market does not enforce, because after
them a MW would be many MW on the branch named: reactances that nearly cancel, no line's flow.
Results are public as they are: binding constraints are named with their ends and limits, and a
location that is cut off with the outage that does it.
"""


def case_text(tx: Transaction, world: World, network: DcNetwork) -> bytes:
    """The power-flow case of a period: what was released, its outages out, its limits lowered."""
    case = world_of(tx, world, network).folder.model.case
    return write_raw(case_of_network(case, network)).encode("latin-1")


def files(tx: Transaction, world: World, market: Market) -> Iterator[tuple[str, bytes]]:
    """Everything below `published/<MARKET>/`, with its path there."""
    tables = {
        item.name: item
        for product in market.products
        for item in _model_files(tx, world, market, product)
    }
    for name, item in sorted(tables.items()):
        yield f"{NDA if item.nda else PUBLIC}/{name}", item.text.encode("latin-1")
    for product in sorted(market.products):
        name = f"{market.name}_{product.period.name}_{product.tou.value}_CONTINGENCY_LEFT_OUT.csv"
        left_out = model_in_force(tx, world, market, product).enforced.left_out
        yield f"{PUBLIC}/{name}", of_model(world, left_out).encode()
    for period_ in sorted({product.period for product in market.products}):
        yield from _lists(tx, world, market, period_)


def _model_files(
    tx: Transaction, world: World, market: Market, product: Product
) -> tuple[ModelFile, ...]:
    period = model_in_force(tx, world, market, product)
    model = replace(
        known_to(tx, world, market.name).folder.model,
        network=period.network,
        outages=period.outages,
        contingencies=period.enforced.contingencies,
        locations=period.locations,
    )
    return model_files(model, market.name, product.period.name, product.tou)


def source_sinks(tx: Transaction, world: World, market: Market) -> Rows:
    """The SOURCE_SINK download: the list that the market's bids are checked against.

    Biddable is what is so in any period; the lists of the periods tell where an outage closes it.
    Factors are those of the first period of each time of use.
    """
    names = {bus.number: bus.name.strip() for bus in world.folder.model.case.buses}
    first = {product.tou: product for product in sorted(market.products, reverse=True)}
    models = {tou: model_in_force(tx, world, market, first[tou]) for tou in sorted(first)}
    listed = listing(tx, world, market)
    return market_data.source_sinks(
        market_data.LocationBus(
            name,
            location.type,
            listed[name].biddable,
            location.zone,
            f"{names[bus]}_{bus}",
            f"1-BUS-{bus}",
            Decimal(repr(factor)),
            tou,
        )
        for name in _names(model.locations for model in models.values())
        for tou, model in models.items()
        for location in [model.locations.get(name)]
        if location is not None
        for bus, factor in location.factors.get(tou, ())
    )


def _names(of_models: Iterable[Mapping[str, Location]]) -> list[str]:
    return sorted({name for locations in of_models for name in locations})


def replacement_rows(tx: Transaction, world: World, market: Market) -> Rows:
    """The SOURCE_SINK_REPLACEMENT download: where retired locations went in each period."""
    retired = {item.location: item.retired for item in world.folder.retirements}
    found = {
        market_data.Replacement(
            item.retired,
            item.replacement,
            market.name,
            max(product.period.start, retired[item.retired]),
        )
        for product in market.products
        for item in model_in_force(tx, world, market, product).replacements
    }
    return market_data.source_sink_replacements(
        sorted(found, key=lambda row: (row.retired, row.effective))
    )


def _lists(
    tx: Transaction, world: World, market: Market, period: Period
) -> Iterator[tuple[str, bytes]]:
    """The version in force and what changed since the one before; updates with the last market."""
    in_force = version_in_force(tx, market)
    network = known_to(tx, world, market.name).folder.model.network
    last = market.name == _last_of_list(tx, market)
    for version, _ in released(tx, market):
        if version == in_force or (last and version > in_force):
            models, after = _version(tx, world, market, period, version)
            prefix = f"{PUBLIC}/{market.name}_{period.name}_SOURCE_SINK"
            yield f"{prefix}_V{version}.csv", list_text(after, network).encode()
            if version:
                _, before = _version(tx, world, market, period, version - 1)
                changes = {
                    tou: difference(before[tou], after[tou], models[tou].replacements)
                    for tou in after
                }
                name = f"{prefix}_CHANGES_V{version - 1}_V{version}.csv"
                yield name, changes_text(changes).encode()


def _version(
    tx: Transaction, world: World, market: Market, period: Period, version: int
) -> tuple[dict[Tou, PeriodModel], dict[Tou, SourceSinkList]]:
    """A version of the period's list at each time of use, with the models that it is made from."""
    loaded = _loaded(tx, market, period, version)
    models = {
        product.tou: model_of_version(tx, world, market, product, version)
        for product in sorted(market.products)
        if product.period == period
    }
    return models, {tou: with_base_loading(model.listed, loaded) for tou, model in models.items()}


def _loaded(tx: Transaction, market: Market, period: Period, version: int) -> frozenset[str]:
    """What loads a version: the base loading of the market, or of the last one that had an earlier
    version, as it was when that one opened.
    """
    if version < version_in_force(tx, market):
        earlier = [s for s in _sharing(tx, market) if version_in_force(tx, s.market) <= version]
        if not earlier:
            return frozenset()
        market = earlier[-1].market
    return loaded_locations(tx, market.name, period)


def _sharing(tx: Transaction, market: Market) -> list[MarketState]:
    """The markets of the same list in the order of their windows."""
    sharing = [s for s in books.markets(tx) if list_period(s.market) == list_period(market)]
    return sorted(sharing, key=lambda state: (state.opens_at, state.market.name))


def _last_of_list(tx: Transaction, market: Market) -> str:
    """The market that opens last among those that share the list."""
    return _sharing(tx, market)[-1].market.name
