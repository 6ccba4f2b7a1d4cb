"""The participants' services are taken down for a while, and brought up again.

Maintenance and the cutover of the deck: the calendar says when. Meanwhile nobody but the operator
gets anything done, and every answer says so with the body of a 500 (wire contract 1.2: SER0028 is
the one code that every operation may answer when the fault is not the caller's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.domain import Finding
from simulator.market.command import OPERATOR, Command
from simulator.market.messages import announce
from simulator.market.world import World
from simulator.store import Transaction, special_tables
from simulator.timeline.event import EventKind
from simulator.timeline.hours import iso_utc

DOWN_CODE = "SER0028"
CHANGING = (EventKind.SERVICE_DOWN.value, EventKind.SERVICE_UP.value)


@dataclass(frozen=True)
class Outage:
    """Why the services are down, and since when; `until` is 0 when the calendar does not say."""

    text: str
    since: int
    until: int


def take_down(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """From now on participants are refused; they find the operator's words as a message later."""
    done = announce(tx, world, command)
    ends = (
        event.at
        for event in world.scenario.events
        if event.kind is EventKind.SERVICE_UP and event.at >= command.at
    )
    row = {"since": command.at, "until": min(ends, default=0), "text": done["text"]}
    tx.delete(special_tables.service_outage, {})
    tx.insert(special_tables.service_outage, [row])
    return {**done, "until": row["until"]}


def bring_up(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Everybody is served again."""
    tx.delete(special_tables.service_outage, {})
    return announce(tx, world, command)


def outage(tx: Transaction) -> Outage | None:
    """Why the services are down now; None while they are up."""
    return tx.derived("service outage", lambda: _outage(tx))


def _outage(tx: Transaction) -> Outage | None:
    rows = tx.rows(special_tables.service_outage)
    return Outage(rows[0]["text"], rows[0]["since"], rows[0]["until"]) if rows else None


def denied(tx: Transaction, command: Command) -> tuple[Finding, ...]:
    """Why nothing can be done now; the operator always can."""
    now = None if command.user == OPERATOR else outage(tx)
    return () if now is None else (finding(now),)


def finding(now: Outage) -> Finding:
    """What a participant is told."""
    ends = iso_utc(now.until) if now.until else "the operator's next message"
    return Finding(
        DOWN_CODE,
        f"the service is down: {now.text}",
        where="all services",
        found=f"down since {iso_utc(now.since)}",
        allowed=f"calls from {ends} on",
        remedy="send it again then",
        rule="wire contract 1.2",
    )
