"""The source/sink list of a market: released in versions, read by rules and participants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulator.domain import Market, Period, Product
from simulator.market.base_loading import loaded_locations
from simulator.market.command import Command
from simulator.market.model_data import PeriodModel, list_period, models_in_force, released
from simulator.market.world import World
from simulator.network.remap import Replacement
from simulator.network.source_sink_list import Entry
from simulator.rules.listing import SourceSink
from simulator.store import Transaction, books, tables


def release(tx: Transaction, world: World, command: Command) -> dict[str, int]:
    """Bring out the next version of the named market's list, or of every market's."""
    name = command.arguments.get("market", "")
    markets = [s.market for s in books.markets(tx) if not name or s.market.name == name]
    versions = {list_period(market): len(released(tx, market)) for market in markets}
    tx.insert(
        tables.source_sink_release,
        (
            {"period": period, "version": version, "released_at": command.at}
            for period, version in sorted(versions.items())
        ),
    )
    return versions


def listing(tx: Transaction, world: World, market: Market) -> dict[str, SourceSink]:
    """Every location of the market's list, by name, and the retired ones with what became of them.

    What an outage islands, or the operator retires, in one period is open in the others.
    """
    return tx.derived(("listing", market.name), lambda: _in_force(tx, world, market))


def _in_force(tx: Transaction, world: World, market: Market) -> dict[str, SourceSink]:
    models = models_in_force(tx, world, market)
    loaded = {
        product.period: loaded_locations(tx, market.name, product.period) for product in models
    }
    key = ("listing", *models.items(), *loaded.items())
    if key not in world.memo:
        world.memo[key] = _listing(world, models, loaded)
    made = world.memo[key]
    assert isinstance(made, dict)
    return made


def _listing(
    world: World,
    models: Mapping[Product, PeriodModel],
    loaded: Mapping[Period, frozenset[str]],
) -> dict[str, SourceSink]:
    listed: dict[str, dict[str, SourceSink]] = {}
    for product, model in sorted(models.items(), key=lambda item: item[0]):
        rows = {
            **{
                name: _source_sink(name, entry, name in loaded[product.period])
                for name, entry in model.listed.entries.items()
            },
            **{item.retired: _retired(world, item) for item in model.replacements},
        }
        for name, row in rows.items():
            of_period = listed.setdefault(name, {})
            if product.period.name not in of_period or not _stands(row):
                of_period[product.period.name] = row
    return {name: _in_one(of_period) for name, of_period in sorted(listed.items())}


def _in_one(of_period: Mapping[str, SourceSink]) -> SourceSink:
    """The row of a period in which the location stands, with those of the others that differ."""
    row = next(filter(_stands, of_period.values()), next(iter(of_period.values())))
    apart = {period: other for period, other in of_period.items() if other != row}
    return replace(row, apart=apart)


def _stands(row: SourceSink) -> bool:
    return not row.islanded and not row.retired


def _source_sink(name: str, entry: Entry, loaded: bool) -> SourceSink:
    location = entry.location
    return SourceSink(
        name, location.type, location.biddable, entry.islanded, entry.islanded and loaded,
        note=entry.note if entry.islanded else "",
    )  # fmt: skip


def _retired(world: World, item: Replacement) -> SourceSink:
    kind, note = world.locations[item.retired].type, f"retired, replaced by {item.replacement}"
    return SourceSink(item.retired, kind, False, retired=True, note=note)
