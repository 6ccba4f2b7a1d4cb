"""One HTTP request and its answer, before anybody knows what they mean."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from simulator.api.documents import REQUEST_ID_HEADER, Operation
from simulator.api.errors import invalid
from simulator.api.identity import Identity
from simulator.api.limits import too_long_a_body
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


async def read_body(request: Request, limit: int) -> bytes:
    """All of the body; what is too long is read to its end, so that the caller hears why."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused([invalid("the body did not come in whole", "body")])
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        elif parts:
            parts.clear()
        if size > 2 * limit:
            request.read_whole = False
            break
        if not message.get("more_body", False):
            break
    if size > limit:
        raise Refused([too_long_a_body(size, limit, request.read_whole)])
    return parts[0] if len(parts) == 1 else b"".join(parts)
