"""Messages of the operator (wire contract 7)."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.errors import invalid
from simulator.api.moments import moment
from simulator.api.router import handles
from simulator.api.types import messages as wire
from simulator.domain import Finding, refuse_if_any
from simulator.market.messages import EVERYBODY, inbox
from simulator.rules.messages import Message

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@handles("messages", "publicMessages")
async def public_messages(call: Call) -> list[wire.Message]:
    """Messages to everybody."""
    return await _messages(call, EVERYBODY)


@handles("messages", "privateMessages")
async def private_messages(call: Call) -> list[wire.Message]:
    """Messages to the participant."""
    return await _messages(call, call.participant)


async def _messages(call: Call, audience: str) -> list[wire.Message]:
    findings: list[Finding] = []
    moments = {
        name: _moment(name, call.query[name], findings)
        for name in ("fromDate", "toDate")
        if name in call.query
    }
    refuse_if_any(findings)
    start, end = moments["fromDate"], moments.get("toDate")
    found = await call.read(lambda tx, world: inbox(tx, audience, start, end))
    return [_shown(message) for message in found]


def _moment(name: str, value: str, findings: list[Finding]) -> int:
    """Epoch seconds; a finding when the calendar has no such day or the day no such time."""
    try:
        return int(datetime.strptime(value, MOMENT).replace(tzinfo=UTC).timestamp())
    except ValueError:
        findings.append(invalid("no such date and time", name, value, "YYYY-MM-DDThh:mm:ssZ"))
        return 0


def _shown(message: Message) -> wire.Message:
    return wire.Message(
        sentTime=moment(message.sent_at),
        sender=message.sender,
        message=message.text,
        attachmentName=message.attachment_name or UNSET,
        attachment=message.attachment or UNSET,
    )
