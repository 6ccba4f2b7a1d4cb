"""One HTTP request and its answer, before anybody knows what they mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulator.api.documents import REQUEST_ID_HEADER, Operation
from simulator.api.errors import busy, invalid
from simulator.api.identity import Identity
from simulator.api.limits import BODIES_BYTES, BODIES_BYTES_EACH, too_long_a_body
from simulator.domain import Refused

REQUEST_ID = REQUEST_ID_HEADER.encode()
UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
JSON = b"application/json"

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True)
class Request:
    """One HTTP request, and what becomes known of it while it is answered."""

    scope: MutableMapping[str, Any]
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]]
    identity: Identity | None = None
    operation: Operation | None = None
    participant: str = ""
    request_id: bytes = b""
    read_whole: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; without a body it has no content type."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = ()
    code: str = field(default="")


def request_id(scope: MutableMapping[str, Any]) -> bytes:
    """The header's UUID; b"" when there is not exactly one."""
    # Blanks around a value are no part of it (RFC 9112 5.1); the parser leaves those behind it.
    given = [value.strip(b" \t") for name, value in scope["headers"] if name == REQUEST_ID]
    return bytes(given[0]) if len(given) == 1 and UUID.fullmatch(given[0]) else b""


def echo_of(request: Request) -> Headers:
    """The request's id as a header of its answer."""
    return ((REQUEST_ID, request.request_id),) if request.request_id else ()


class Intake:
    """How many bytes there are of bodies that are not read yet: of all, and of each caller."""

    def __init__(self, most: int = BODIES_BYTES, each: int = BODIES_BYTES_EACH) -> None:
        self._most = most
        self._each = each
        self._held: Counter[Identity | None] = Counter()
        self.size = 0

    def takes(self, caller: Identity | None, size: int) -> bool:
        """Whether there is room for so many more of the caller, which are held from now on."""
        if self.size + size > self._most or self._held[caller] + size > self._each:
            return False
        self._holds(caller, size)
        return True

    @contextmanager
    def waiting(self, caller: Identity | None, size: int) -> Iterator[None]:
        """A whole body waits to be read: it stays, and others come in only where there is room."""
        self._holds(caller, size)
        try:
            yield
        finally:
            self.gives(caller, size)

    def gives(self, caller: Identity | None, size: int) -> None:
        """So many of the caller are held no more."""
        if size:
            self.size -= size
            self._held[caller] -= size
            if not self._held[caller]:
                del self._held[caller]

    def _holds(self, caller: Identity | None, size: int) -> None:
        self.size += size
        self._held[caller] += size


async def read_body(request: Request, limit: int, intake: Intake) -> bytes:
    """All of the body; what has no room is read to its end, so that the caller hears why."""
    parts: list[bytes] = []
    size = held = 0
    crowded = False
    try:
        while True:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise Refused([invalid("the body did not come in whole", "body")])
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if more and size <= limit and not crowded:  # the last part waits for no other
                crowded = not intake.takes(request.identity, len(part))
                held += 0 if crowded else len(part)
            if size <= limit and not crowded:
                parts.append(part)
            elif parts:
                parts.clear()
                intake.gives(request.identity, held)
                held = 0
            if size > 2 * limit:
                request.read_whole = False
                break
            if not more:
                break
    finally:
        intake.gives(request.identity, held)
    if size > limit:
        raise Refused([too_long_a_body(size, limit, request.read_whole)])
    if crowded:
        raise Refused([busy()])
    return parts[0] if len(parts) == 1 else b"".join(parts)
