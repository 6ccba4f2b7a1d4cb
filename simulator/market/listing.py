"""The source/sink list of a market: released in versions, read by rules and participants."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.domain import Market
from simulator.market.base_loading import loaded_locations
from simulator.market.command import Command
from simulator.market.model_data import PeriodModel, list_period, models_in_force, released
from simulator.market.world import World
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

    A location that is islanded in one of the market's products is islanded in the market.
    """
    models = models_in_force(tx, world, market)
    loaded = loaded_locations(tx, market.name)
    key = ("listing", *models.items(), loaded)
    if key not in world.memo:
        world.memo[key] = _listing(world, models.values(), loaded)
    made = world.memo[key]
    assert isinstance(made, dict)
    return made


def _listing(
    world: World, models: Iterable[PeriodModel], loaded: frozenset[str]
) -> dict[str, SourceSink]:
    listed: dict[str, SourceSink] = {}
    for model in models:
        for name, entry in model.listed.entries.items():
            if name not in listed or entry.islanded:
                listed[name] = _source_sink(name, entry, name in loaded)
        for item in model.replacements:
            note = f"retired, replaced by {item.replacement}"
            kind = world.locations[item.retired].type
            listed[item.retired] = SourceSink(item.retired, kind, False, retired=True, note=note)
    return dict(sorted(listed.items()))


def _source_sink(name: str, entry: Entry, loaded: bool) -> SourceSink:
    location = entry.location
    return SourceSink(
        name, location.type, location.biddable, entry.islanded, entry.islanded and loaded,
        note=entry.note if entry.islanded else "",
    )  # fmt: skip
