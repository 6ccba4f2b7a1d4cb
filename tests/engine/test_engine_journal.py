"""The journal holds all that happened: it cannot be altered unseen, and it can be played again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from engine_runs import DATABASE, ROOT, SHORT_RUN, digests

from simulator.domain import Refused
from simulator.market.command import Command
from simulator.market.replay import replay
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import Store, open_store
from simulator.store.journal import first_break
from simulator.timeline.scenario import load_scenario


@pytest.fixture(scope="module")
def world() -> World:
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    return World(load_scenario(SHORT_RUN.read_text(), SHORT_RUN.name), 1, folder)


@pytest.fixture(scope="module")
def original(short_run: Path):
    store = open_store(f"sqlite:///{short_run / DATABASE}")
    yield store
    store.close()


@pytest.fixture
def empty(tmp_path: Path, original: Store):
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    store.identify(original.identity())
    yield store
    store.close()


def test_the_journals_commands_in_an_empty_store_give_the_same_state(
    world, original, empty, short_run
):
    replay(original.entries(), MarketRoom(empty, world))
    assert (empty.state_digest(), empty.journal_digest()) == digests(short_run)


def test_a_replay_in_another_world_says_where_it_parts(world, original, empty):
    with pytest.raises(Refused) as refusal:
        replay(original.entries(), MarketRoom(empty, replace(world, seed=2)))
    (finding,) = refusal.value.findings
    assert finding.code == "RPL0001"
    assert "journal entry" in finding.where
    assert "effect_digest" in finding.found


def test_every_single_alteration_of_the_journal_is_found(original):
    entries = original.entries()
    assert original.first_break() is None
    middle = len(entries) // 2
    for change in (
        {"at": entries[middle].at + 1},
        {"actor": "SOMEBODY"},
        {"command": "setup"},
        {"status": "refused"},
        {"effect_digest": "0" * 64},
        {"arguments": "{}"},
    ):
        forged = [*entries]
        forged[middle] = replace(entries[middle], **change)
        assert first_break(forged) == middle + 1, change
    assert first_break(entries[:middle] + entries[middle + 1 :]) == middle + 1
    swapped = [*entries]
    swapped[3], swapped[4] = swapped[4], swapped[3]
    assert first_break(swapped) == 4


def test_a_refused_command_is_kept_and_changes_nothing(world, original, tmp_path):
    refused = [entry for entry in original.entries() if entry.status == "refused"]
    assert refused, "somebody careless is among the people"
    assert {entry.effect_digest for entry in refused} == {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing at all
    }
    entries = original.entries()
    room = MarketRoom(open_store(f"sqlite:///{tmp_path / 'part.db'}"), world)
    replay(entries[: refused[0].seq - 1], room)
    before = room.store.state_digest()
    replay(entries[: refused[0].seq], room)
    assert len(room.store.entries()) == refused[0].seq
    assert room.store.state_digest() == before
    room.store.close()


def test_an_unknown_kind_of_command_leaves_no_entry(world, empty):
    with pytest.raises(Refused, match="SER0017"):
        MarketRoom(empty, world).carry_out(Command("x", "abracadabra", "OPERATOR", 1))
    assert empty.entries() == []
