"""Load over mutual TLS: many connections of one process, each with one request at a time."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

REQUEST_ID = b"5f1c8b52-6f0e-4f0a-9d5e-0b8f7f3f9a11"
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """One HTTP request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n".encode()
    head += b"caiso-request-id: " + REQUEST_ID + b"\r\n"
    if body:
        head += b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
    return head + b"\r\n" + body


@dataclass
class Tally:
    """What came back."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    last: bytes = b""

    def add(self, other: Tally) -> None:
        """What came back later."""
        self.seconds += other.seconds
        self.statuses += other.statuses
        self.waits += other.waits
        self.last = other.last

    @property
    def answers(self) -> int:
        """How many there were."""
        return len(self.waits)

    @property
    def errors(self) -> int:
        """Everything but 200; 0 is a connection that broke."""
        return self.answers - self.statuses[200]

    def wait_ms(self, share: float) -> float:
        """What a share of the answers came within, in milliseconds."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client(asyncio.Protocol):
    """One connection: `ask` sends a request and waits for the whole answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(HEAD_END)
        if not found or self._answer is None:
            return
        place = head.find(LENGTH)
        end = head.find(b"\r\n", place)
        length = int(head[place + len(LENGTH) : end if end >= 0 else None])
        if len(body) >= length and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))
            self._received = b""

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((0, repr(error).encode()))

    async def ask(self, content: bytes) -> tuple[int, bytes]:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            return 0, b"closed"
        self._transport.write(content)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@dataclass(frozen=True)
class Load:
    """`steady` clients keep their connection, `fleeting` ones take a new one for every request.

    `requests` makes the requests of one client, by its number; it ends after `seconds`, or when
    its requests do.
    """

    requests: Callable[[int], Iterator[bytes]]
    seconds: float
    steady: int
    fleeting: int = 0


async def run(load: Load, port: int, context: ssl.SSLContext) -> Tally:
    """Every client at once; connections are made before the time is taken."""
    loop = asyncio.get_running_loop()
    tally = Tally()

    async def connect() -> Client:
        _, client = await loop.create_connection(
            Client, "127.0.0.1", port, ssl=context, server_hostname="localhost"
        )
        return client

    async def one(number: int, kept: Client | None) -> None:
        for content in load.requests(number):
            began = time.perf_counter()
            if began > end:
                return
            try:
                client = kept or await connect()
                status, tally.last = await client.ask(content)
                if kept is None:
                    client.close()
            except OSError as error:
                status, tally.last = 0, repr(error).encode()
            tally.waits.append(time.perf_counter() - began)
            tally.statuses[status] += 1

    kept = [await connect() for _ in range(load.steady)]
    began = time.perf_counter()
    end = began + load.seconds
    clients: list[Client | None] = [*kept, *[None] * load.fleeting]
    await asyncio.gather(*(one(number, client) for number, client in enumerate(clients)))
    tally.seconds = time.perf_counter() - began
    for client in kept:
        client.close()
    return tally
