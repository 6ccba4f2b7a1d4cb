"""Messages: what the operator tells everybody, or one participant."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from simulator.domain import Finding, refuse_if_any
from simulator.market.calendar import calendar_csv
from simulator.market.command import Command
from simulator.market.plain import understood
from simulator.market.world import World
from simulator.rules.messages import (
    Attachment,
    Message,
    between,
    read_attachment,
    wire_text,
)
from simulator.store import Transaction, tables

EVERYBODY = ""
SENDER = "System Operator"


def send(
    tx: Transaction, at: int, text: str, audience: str = EVERYBODY, file: Attachment | None = None
) -> None:
    """Enter a message; it can be read at once."""
    number = tx.next_id(tables.message)
    row = {"message_id": number, "sent_at": at, "audience": audience, "text": text}
    tx.insert(tables.message, [row])
    if file is not None:
        content = b64encode(file.content).decode()
        row = {"message_id": number, "name": file.name, "content": content}
        tx.insert(tables.attachment, [row])


def announce(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The calendar says something: a call, a set-up day, an unstructured day."""
    text = command.arguments["text"]
    send(tx, command.at, text)
    return {"text": text}


def send_calendar(tx: Transaction, world: World, at: int) -> None:
    """Tell everybody what is when (rulebook 8.3: the calendar also comes with a message)."""
    file = Attachment(f"CRR_Calendar_{world.year}.csv", calendar_csv(world).encode())
    send(tx, at, f"CRR Calendar for {world.year}", EVERYBODY, file)


def send_to(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator writes to one participant, or to everybody; a file may come with it."""
    given = command.arguments
    with understood(command):
        text, audience = str(given["text"]), str(given["audience"])
    findings: list[Finding] = []
    if audience != EVERYBODY and audience not in world.participants:
        allowed = "a participant, or nothing for everybody"
        findings.append(
            Finding(
                "SER0002",
                "the participant name is invalid",
                "audience",
                audience,
                allowed,
                "correct the name",
                "wire contract 7",
            )
        )
    file = None
    if "attachment" in given or "attachment_name" in given:
        name, content = given.get("attachment_name", ""), given.get("attachment", "")
        file = read_attachment(str(name), str(content), findings)
    refuse_if_any(findings)
    send(tx, command.at, wire_text(text), audience, file)
    done = {"text": wire_text(text), "audience": audience}
    return {**done, "attachment_name": file.name} if file else done


def inbox(
    tx: Transaction, audience: str, from_at: int, to_at: int | None = None
) -> tuple[Message, ...]:
    """Messages to one participant, or to everybody, in a range of time (wire contract 7)."""
    return between(all_messages(tx), audience, from_at, to_at)


def all_messages(tx: Transaction) -> tuple[Message, ...]:
    """Every message that was sent, as the service shows it."""
    files = {row["message_id"]: row for row in tx.rows(tables.attachment)}
    return tuple(
        Message(
            row["sent_at"],
            SENDER,
            wire_text(row["text"]),
            row["audience"],
            files[row["message_id"]]["name"] if row["message_id"] in files else "",
            _content(files.get(row["message_id"])),
        )
        for row in tx.rows(tables.message)
    )


def _content(file: dict[str, Any] | None) -> bytes:
    return b64decode(file["content"]) if file else b""
