"""Messages: what the operator tells everybody, or one participant."""

from __future__ import annotations

from typing import Any

from simulator.market.command import Command
from simulator.market.world import World
from simulator.store import Transaction, tables

EVERYBODY = ""


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
