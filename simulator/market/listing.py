"""The source/sink list of a market, as rules and participants read it."""

from __future__ import annotations

from simulator.market.world import World
from simulator.rules.listing import SourceSink


def listing(world: World) -> dict[str, SourceSink]:
    """Every location of the network's list, by name."""
    return {
        name: SourceSink(name, location.type, location.biddable)
        for name, location in sorted(world.locations.items())
    }
