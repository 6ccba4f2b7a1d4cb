"""Rooms of the short calendar, played up to an event, for tests that go on from there by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from simulator.domain import Bid, CurvePoint, Hedge, Nomination, Portfolio, Tou, TransactionType
from simulator.engine import Run
from simulator.market.command import OPERATOR, Command
from simulator.market.portfolios import create_arguments
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import Entry, open_store
from simulator.timeline.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
SHORT_RUN = ROOT / "tests" / "engine" / "short_run.toml"
STOPS = ("t1-post", "t2-open", "auction-open", "settlement-available", None)
MONTH = "2024_M04"
TIER_1, TIER_2 = f"ALLOC_MN_{MONTH}_T1", f"ALLOC_MN_{MONTH}_T2"
AUCTION = f"AUC_MN_{MONTH}"

_numbers = count(1)


def short_world() -> World:
    """The short calendar on the shipped network."""
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    return World(load_scenario(SHORT_RUN.read_text(), SHORT_RUN.name), 1, folder)


def play_and_keep(world: World, folder: Path) -> dict[str | None, Path]:
    """One run with a copy of its database at each stop; None is the end."""
    live, kept = folder / "live.db", {}
    for stop in STOPS:
        room = room_at(live, world)
        Run(room, stop).play()
        room.store.close()
        kept[stop] = folder / f"{stop}.db"
        shutil.copy(live, kept[stop])
    return kept


def room_at(database: Path, world: World) -> MarketRoom:
    return MarketRoom(open_store(f"sqlite:///{database}"), world)


def ask(room: MarketRoom, kind: str, actor: str = OPERATOR, **arguments: Any) -> Entry:
    """One command, now."""
    last = room.store.entries()[-1]
    return room.carry_out(Command(f"by-hand-{next(_numbers)}", kind, actor, last.at, arguments))


def answer(entry: Entry) -> dict[str, Any]:
    """What a command that was carried out said."""
    assert entry.status == "done", entry.effect
    return json.loads(entry.effect)


def codes(entry: Entry) -> list[str]:
    """The codes of a refusal."""
    assert entry.status == "refused", entry.effect
    return [finding["code"] for finding in json.loads(entry.effect)]


def create(
    room: MarketRoom, market: str, owner: str, name: str, lines: Iterable[Bid | Nomination]
) -> Entry:
    lines = tuple(lines)
    portfolio = Portfolio(
        name,
        market,
        owner,
        tuple(line for line in lines if isinstance(line, Bid)),
        tuple(line for line in lines if isinstance(line, Nomination)),
    )
    return ask(room, "create_portfolio", owner, **create_arguments(portfolio))


def submit(room: MarketRoom, market: str, owner: str, name: str) -> Entry:
    where = {"market": market, "participant": owner, "portfolio": name}
    return ask(room, "submit_portfolio", owner, **where)


def buy(owner: str, source: str, sink: str, mw: object, price: object, tou: Tou = Tou.ON) -> Bid:
    """A bid of one price for all its MW."""
    return _line(owner, TransactionType.BUY, source, sink, mw, price, tou)


def sell(
    owner: str, source: str, sink: str, mw: object, price: object, tou: Tou, crr_id: str
) -> Bid:
    """An offer of a part of a CRR."""
    return _line(owner, TransactionType.SELL, source, sink, mw, price, tou, crr_id)


def nominate(owner: str, source: str, sink: str, mw: object, tou: Tou = Tou.ON) -> Nomination:
    return Nomination("1", owner, source, sink, tou, MONTH, Decimal(str(mw)))


def _line(
    owner: str,
    kind: TransactionType,
    source: str,
    sink: str,
    mw: object,
    price: object,
    tou: Tou,
    crr_id: str = "",
) -> Bid:
    amount = Decimal(str(price))
    curve = (CurvePoint(Decimal("0.000"), amount), CurvePoint(Decimal(str(mw)), amount))
    return Bid("1", owner, kind, Hedge.OBL, source, sink, tou, MONTH, curve, crr_id)
