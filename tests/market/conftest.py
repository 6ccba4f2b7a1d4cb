"""The short calendar played once, and a fresh copy of it at any of its stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from market_played import play_and_keep, room_at, short_world

from simulator.market.room import MarketRoom
from simulator.market.world import World


@pytest.fixture(scope="session")
def market_world() -> World:
    return short_world()


@pytest.fixture(scope="session")
def kept(market_world, tmp_path_factory) -> dict[str | None, Path]:
    return play_and_keep(market_world, tmp_path_factory.mktemp("market"))


@pytest.fixture
def room(kept, market_world, tmp_path) -> Iterator[Callable[[str | None], MarketRoom]]:
    """`room("t2-open")` is a room of one's own at that moment; `room(None)` at the end."""
    opened = []

    def copy(stop: str | None) -> MarketRoom:
        database = tmp_path / f"{len(opened)}.db"
        shutil.copy(kept[stop], database)
        opened.append(room_at(database, market_world))
        return opened[-1]

    yield copy
    for one in opened:
        one.store.close()
