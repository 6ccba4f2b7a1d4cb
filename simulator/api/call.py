"""One call of one operation, as its handler sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from simulator.api.documents import Operation
from simulator.api.door import Door, Reading
from simulator.api.identity import Identity
from simulator.api.rights import rights
from simulator.domain import refuse_if_any
from simulator.rules.access import Access, Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Checked against the service's document, and its participant against the certificate.

    `query` holds the parameters by their wire names, `body` the decoded Struct (None without one),
    `now` the sandbox's time in epoch seconds.
    """

    operation: Operation
    identity: Identity
    participant: str
    query: Mapping[str, str]
    body: Any
    request_id: str
    now: int
    door: Door

    async def acting_for(self, participant: str) -> Call:
        """The same call for this participant; Refused when the certificate may not act for it.

        Done already where there is a `participantName`; handlers of operations that name the one
        who acts otherwise (torHolder, assetOwner) do it themselves.
        """
        service = Service(self.operation.path.split("/")[1])
        access = Access.READ if self.operation.access == "read" else Access.WRITE
        known = await rights(self.door)
        refuse_if_any(known.findings(self.identity, participant, service, access))
        return replace(self, participant=participant)

    async def read(self, reading: Reading[T]) -> T:
        """One consistent reading of the market's books."""
        return await self.door.read(reading)

    async def command(self, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What the market answers when it is done and durable; Refused when it refuses."""
        user = self.identity.name
        entry = await self.door.command(kind, self.participant, arguments, self.request_id, user)
        answer: dict[str, Any] = entry.answer()
        return answer


@dataclass(frozen=True, slots=True)
class Download:
    """An answer of bytes: a ZIP file, and the name to save it by."""

    content: bytes
    name: str


Answer = Any  # a Struct, a list of Structs, a string, or a Download
