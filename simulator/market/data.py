"""Events that bring out data: what is preloaded, and what is published between the markets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from simulator.domain import MarketKind, MarketState, MarketStatus, usd
from simulator.market import caps, day_ahead, inventory, listing, messages, set_aside
from simulator.market.command import Command
from simulator.market.world import World
from simulator.participants.endowment import endowment
from simulator.store import Transaction, books, tables
from simulator.timeline.event import DataKind

CAPS = (DataKind.SEQ, DataKind.MEQ, DataKind.UPPER_BOUND, DataKind.SIGNATURE)
HOLDINGS = (DataKind.PUBLIC_EXISTING_CRR, DataKind.PRIVATE_EXISTING_CRR)


def preload(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Everything that is there before the first window opens; a later preload adds its own."""
    kinds = _kinds(command)
    done: dict[str, Any] = {}
    if not books.markets(tx):
        _announce_markets(tx, world)
        done["markets"] = len(world.scenario.markets)
    if DataKind.PARTICIPANTS in kinds:
        done["participants"] = _register(tx, world)
    if any(kind in kinds for kind in HOLDINGS):
        held = endowment(world.people, world.folder.layer, world.seed, world.year)
        done["crrs"] = len(inventory.enter(tx, world, held, command.at, preloaded=True))
    if not tx.rows(tables.congestion):
        done["history_days"] = _history(tx, world)
    return {**done, **_publish(tx, world, command)}


def publish(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Figures that participants wait for, and the message that they are out."""
    return _publish(tx, world, command)


def _publish(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    kinds = _kinds(command)
    done: dict[str, Any] = {"data": kinds}
    if any(kind in kinds for kind in CAPS):
        for market in _capped_markets(tx, world, command):
            asked = replace(command, arguments={"market": market})
            done[market] = caps.post_caps(tx, world, asked)
    if DataKind.SOURCE_SINK in kinds:
        done["source_sink_versions"] = listing.release(tx, world, command)
    if DataKind.SET_ASIDE in kinds:
        done["set_aside"] = set_aside.post_set_aside(tx, world, command)
    messages.send(tx, command.at, command.arguments["text"])
    return done


def _capped_markets(tx: Transaction, world: World, command: Command) -> list[str]:
    """The market the event names, else the allocations that no event of their own serves."""
    if command.arguments.get("market"):
        return [command.arguments["market"]]
    served = {
        event.market
        for event in world.scenario.events
        if event.market and any(kind in event.data for kind in CAPS)
    }
    return [
        state.market.name
        for state in books.markets(tx)
        if state.market.kind == MarketKind.ALLOCATION and state.market.name not in served
    ]


def _announce_markets(tx: Transaction, world: World) -> None:
    for spec in world.scenario.markets:
        books.add_market(
            tx, MarketState(spec.market, MarketStatus.PREP, spec.open_at, spec.close_at)
        )


def _register(tx: Transaction, world: World) -> int:
    books.add_participants(tx, (person.participant for person in world.people))
    tx.insert(
        tables.collateral,
        (
            {"participant": person.participant_id, "amount_usd": usd(person.collateral_usd)}
            for person in world.people
        ),
    )
    return len(world.people)


def _history(tx: Transaction, world: World) -> int:
    history = day_ahead.congestion_before(world)
    tx.insert(
        tables.congestion,
        (
            {
                "location": location,
                "tou": tou.value,
                "daily_mcc_usd": json.dumps([str(value) for value in values]),
            }
            for (location, tou), values in sorted(history.items())
        ),
    )
    return max((len(values) for values in history.values()), default=0)


def _kinds(command: Command) -> tuple[DataKind, ...]:
    return tuple(DataKind(kind) for kind in command.arguments.get("data", ()))
