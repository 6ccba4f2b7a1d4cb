"""A market room that is set up and preloaded, for tests that drive it by commands alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from simulator.domain import Crr
from simulator.market.command import OPERATOR, Command
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.participants.layer import LocationLimit
from simulator.store import Entry, books, open_store
from simulator.timeline.hours import epoch
from simulator.timeline.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
MONDAY = date(2024, 4, 1)


class Room:
    """One market; `says` tells how to ask it, `at` is its clock."""

    def __init__(self, room: MarketRoom) -> None:
        self.room = room
        entries = room.store.entries()
        self.at = entries[-1].at if entries else epoch(MONDAY, time(8))
        self._asked = len(entries)

    @property
    def world(self) -> World:
        return self.room.world

    def ask(self, kind: str, actor: str = OPERATOR, **arguments: Any) -> Entry:
        return self.as_user(actor, kind, actor, **arguments)

    def as_user(self, user: str, kind: str, actor: str, /, **arguments: Any) -> Entry:
        """What `user` asks for `actor`."""
        self._asked += 1
        self.at += 60
        command = Command(f"test/{self._asked}", kind, actor, self.at, arguments, user)
        return self.room.carry_out(command)

    def done(self, kind: str, actor: str = OPERATOR, **arguments: Any) -> dict[str, Any]:
        entry = self.ask(kind, actor, **arguments)
        assert entry.status == "done", entry.effect
        return dict(json.loads(entry.effect))

    def refused(self, kind: str, actor: str = OPERATOR, **arguments: Any) -> list[dict[str, str]]:
        """The findings; nothing has changed."""
        before = self.room.store.state_digest()
        entry = self.ask(kind, actor, **arguments)
        assert entry.status == "refused", entry.effect
        assert self.room.store.state_digest() == before
        findings = list(json.loads(entry.effect))
        assert_helpful(findings)
        return findings

    def lead(self, process: str, *states: str) -> None:
        for status in states:
            self.done("process", process=process, status=status, text=f"{process} {status}")

    def crrs(self, **equal: Any) -> tuple[Crr, ...]:
        with self.room.store.reading() as tx:
            return books.crrs(tx, **equal)


def assert_helpful(findings: list[dict[str, str]]) -> None:
    """Every part of a finding is there, so that whoever is refused can act on it."""
    assert findings
    for item in findings:
        missing = [part for part, words in item.items() if not words]
        assert not missing, f"{item['code']} {item['message']}: no {missing}"


def preloaded(folder: Path, settings: Mapping[str, str] | None = None) -> Path:
    """A database after set-up and preload, to be copied for each test."""
    path = folder / "preloaded.db"
    room = room_at(path, settings)
    room.done("setup", text="week 1")
    room.done(
        "preload",
        data=["PARTICIPANTS", "PRIVATE_EXISTING_CRR", "SOURCE_SINK"],
        text="preloaded",
    )
    room.room.store.close()
    return path


def room_at(path: Path, settings: Mapping[str, str] | None = None) -> Room:
    world = _world(tuple((settings or {}).items()))
    return Room(MarketRoom(open_store(f"sqlite:///{path}"), world))


@cache
def _world(settings: tuple[tuple[str, str], ...]) -> World:
    """Never changed by a market, so that all rooms of these settings share it."""
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    text = (ROOT / "scenarios" / "market_sim.toml").read_text(encoding="utf-8")
    short = "[settings.day_ahead]\nhistory_days = 2\n\n[settings.calendar]"
    text = text.replace("[settings.calendar]", short)
    for old, new in settings:
        text = text.replace(old, new)
    return World(load_scenario(text, "market_sim.toml"), 7, folder)


def copy_of(path: Path, folder: Path) -> Path:
    return Path(shutil.copy(path, folder / "market.db"))


def with_more(room: Room, owner: str = "CCA1", more: tuple[LocationLimit, ...] = ()) -> Room:
    """The same market with a second sink of one entity, as a roster's `MoreSinks` gives it."""
    more = more or (LocationLimit("DLAP_SCE-APND", Decimal(400)),)
    folder = room.world.folder
    roster = tuple(
        replace(entry, more_loads=more) if entry.participant_id == owner else entry
        for entry in folder.layer.roster
    )
    layer = replace(folder.layer, roster=roster)
    room.room.world = replace(room.world, folder=replace(folder, layer=layer))
    return room
