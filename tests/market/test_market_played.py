"""People come to a market: provisioned at any time, and then theirs alone to play."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.domain import Refused
from simulator.market import access
from simulator.market.command import OPERATOR, Command
from simulator.market.played import played
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.rules.access import Service
from simulator.store import open_store
from simulator.timeline.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
CALENDAR = ROOT / "tests" / "engine" / "short_run.toml"
DESK = {"user": "desk", "organisation": "Desk", "participant": "FIN1"}


@pytest.fixture(scope="module")
def world() -> World:
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    return World(load_scenario(CALENDAR.read_text(), CALENDAR.name), 1, folder)


@pytest.fixture
def room(world, tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    yield MarketRoom(store, world)
    store.close()


def ask(room, kind, arguments, actor=OPERATOR):
    key = f"{kind}/{room.store.length()}"
    return room.carry_out(Command(key, kind, actor, 1, arguments)).answer()


def test_a_desk_that_is_provisioned_first_takes_nothing_from_the_others(room):
    assert ask(room, "provision", DESK)["functions"] > 0
    ask(room, "setup", {"text": "The environment is set up."})
    with room.store.reading() as tx:
        for user, participant in (("desk", "FIN1"), ("FIN1", "FIN1"), ("LSEP", "LSEP")):
            asked = (tx, room.world, user, participant, Service.AUCTION)
            assert access.may_read(*asked) == ()
        assert access.may_read(tx, room.world, "desk", "LSEP", Service.AUCTION)


def test_only_the_operator_says_who_is_played_and_saying_it_again_changes_nothing(room):
    with pytest.raises(Refused):
        ask(room, "play", {"participant": "FIN1"}, actor="FIN1")
    with pytest.raises(Refused, match="unknown"):
        ask(room, "play", {"participant": "NOBODY"})
    for _ in range(2):
        ask(room, "play", {"participant": "FIN1"})
    with room.store.reading() as tx:
        assert played(tx) == {"FIN1"}
