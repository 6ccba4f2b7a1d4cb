"""Messages: what the operator tells everybody, or one participant."""

from __future__ import annotations

from typing import Any

from simulator.domain import Finding, refuse_if_any
from simulator.market.command import Command
from simulator.market.plain import operator_only, understood
from simulator.market.world import World
from simulator.rules.messages import Message, between, wire_text
from simulator.store import Transaction, tables

EVERYBODY = ""
SENDER = "System Operator"


def send(tx: Transaction, at: int, text: str, audience: str = EVERYBODY) -> None:
    """Enter a message; it can be read at once."""
    tx.insert(
        tables.message,
        [
            {
                "message_id": tx.next_id(tables.message),
                "sent_at": at,
                "audience": audience,
                "text": text,
            }
        ],
    )


def announce(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The calendar says something: a call, a set-up day, an unstructured day."""
    text = command.arguments["text"]
    send(tx, command.at, text)
    return {"text": text}


def send_to(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator writes to one participant, or to everybody."""
    with understood(command):
        text, audience = str(command.arguments["text"]), str(command.arguments["audience"])
    findings = operator_only(command)
    if audience != EVERYBODY and audience not in world.participants:
        allowed = "a participant, or nothing for everybody"
        findings.append(
            Finding("SER0002", "the participant name is invalid", "audience", audience, allowed)
        )
    refuse_if_any(findings)
    send(tx, command.at, wire_text(text), audience)
    return {"text": wire_text(text), "audience": audience}


def inbox(
    tx: Transaction, audience: str, from_at: int, to_at: int | None = None
) -> tuple[Message, ...]:
    """Messages to one participant, or to everybody, in a range of time (wire contract 7)."""
    return between(all_messages(tx), audience, from_at, to_at)


def all_messages(tx: Transaction) -> tuple[Message, ...]:
    """Every message that was sent, as the service shows it."""
    return tuple(
        Message(row["sent_at"], SENDER, wire_text(row["text"]), row["audience"])
        for row in tx.rows(tables.message)
    )
