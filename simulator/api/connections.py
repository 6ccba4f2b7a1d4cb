"""How many connections a server has, and who has to go when there is no room for another.

One that has kept us waiting goes before one that we keep waiting, and who has shown no certificate
of ours before who has: a flood of half-open connections washes away itself.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

from simulator.api.limits import (
    ACCEPT_AGAIN_SECONDS,
    BACKLOG,
    GOODBYE_SECONDS,
    HANDSHAKE_SECONDS,
)
from simulator.api.protocol import MutualTlsProtocol


class Connections:
    """Accepts, shakes hands, and keeps to a limit."""

    def __init__(
        self,
        limit: int,
        context: ssl.SSLContext,
        protocol: Callable[[], MutualTlsProtocol],
        made: set[MutualTlsProtocol],
    ) -> None:
        """`protocol` makes that of a new connection; `made` holds those whose handshake is done."""
        self._limit = limit
        self._context = context
        self._protocol = protocol
        self._made = made
        self._shaking: dict[asyncio.Task[None], float] = {}  # the oldest first
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._shaking) + len(self._made)

    async def accept(self, listening: socket.socket) -> None:
        """Let callers in, for ever."""
        loop = asyncio.get_running_loop()
        listening.setblocking(False)
        listening.listen(BACKLOG)
        while True:
            try:
                connected, _ = await loop.sock_accept(listening)
            except OSError:  # the peer has gone already, or the process may open no more files
                self._drop()
                await asyncio.sleep(ACCEPT_AGAIN_SECONDS)
                continue
            if len(self) >= self._limit and not self._drop():
                connected.close()
                self.dropped += 1
                continue
            task = loop.create_task(self._shake_hands(connected))
            self._shaking[task] = loop.time()
            task.add_done_callback(self._shaken)

    def sweep(self) -> None:
        """Hang up on all who have kept us waiting longer than they may."""
        for connection in list(self._made):
            connection.sweep()

    def close(self) -> None:
        """Hang up on those whose handshake is not done."""
        for task in list(self._shaking):
            self._cancel(task)

    async def _shake_hands(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        protocol = self._protocol()
        shaking = cast("asyncio.Task[None]", asyncio.current_task())
        protocol.shaken = partial(self._shaking.pop, shaking, None)  # it counts once
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol,
            connected,
            ssl=self._context,
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=GOODBYE_SECONDS,
        )

    def _shaken(self, task: asyncio.Task[None]) -> None:
        self._shaking.pop(task, None)
        if not task.cancelled():
            task.exception()  # who does not shake hands as we do hears it from TLS

    def _drop(self) -> bool:
        """Hang up on who has kept us waiting longest; False where all are waiting for us."""
        waiting: list[tuple[bool, float, Callable[[], None]]] = []
        for task, since in self._shaking.items():
            waiting.append((False, since, partial(self._cancel, task)))
            break
        for connection in self._made:
            heard = connection.waits_since()
            if heard is not None:
                known = connection.certificate is not None
                waiting.append((known, heard, partial(self._abort, connection)))
        if not waiting:
            return False
        min(waiting, key=lambda each: each[:2])[2]()
        self.dropped += 1
        return True

    def _cancel(self, task: asyncio.Task[None]) -> None:
        del self._shaking[task]
        task.cancel()

    def _abort(self, connection: MutualTlsProtocol) -> None:
        self._made.discard(connection)
        connection.transport.abort()
