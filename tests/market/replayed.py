"""A journal replayed into an empty store gives the state it came from."""

from __future__ import annotations

from pathlib import Path

from simulator.market.replay import replay
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.store import Store, open_store


def assert_replays(store: Store, world: World, folder: Path) -> None:
    """The journal is unbroken, every command ends as it did, and so do the books."""
    assert store.first_break() is None
    again = open_store(f"sqlite:///{folder / 'again.db'}")
    replay(store.entries(), MarketRoom(again, world))
    assert again.state_digest() == store.state_digest()
    again.close()
