"""The HTTP server: uvicorn, with our protocol, our patience and our way to end."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from simulator.api.connections import Connections
from simulator.api.errors import body_of
from simulator.api.limits import (
    CONNECTIONS,
    KEEP_ALIVE_SECONDS,
    SHUTDOWN_SECONDS,
    SWEEP_SECONDS,
)
from simulator.api.protocol import MutualTlsProtocol
from simulator.domain import Finding

TICKS_PER_SECOND = 10  # how often uvicorn's main loop comes round


class Server(uvicorn.Server):
    """Serves one application on one listening socket until it is told to end."""

    def __init__(
        self,
        application: Any,
        context: ssl.SSLContext,
        now: Callable[[], int],
        every_second: Callable[[], None] = lambda: None,
        connections: int = CONNECTIONS,
    ) -> None:
        """`now` dates the refusal of what is no HTTP; `every_second` does what must not wait.

        Of more `connections` than so many those go that have kept us waiting longest.
        """

        class Protocol(MutualTlsProtocol):
            refusal = staticmethod(lambda finding: self._refused(finding, now()))

        self._http = Protocol
        config = uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody is who a header says
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        super().__init__(config)
        self._every_second = every_second
        self._accepting: list[asyncio.Task[None]] = []
        self.not_understood = 0  # what came in and was no request
        made = cast("set[MutualTlsProtocol]", self.server_state.connections)
        self.connections = Connections(connections, context, self._protocol, made)

    def serve_on(self, listening: socket.socket) -> None:
        """Serve until control-C or the end is asked for; open requests are answered first."""
        self.run(sockets=[listening])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let callers in: by ourselves, for a handshake that does not end is a connection too."""
        self.servers = []
        for listening in sockets or ():
            self._accepting.append(asyncio.create_task(self.connections.accept(listening)))
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, and answer who is in."""
        for task in self._accepting:
            task.cancel()
        self.connections.close()
        await super().shutdown(sockets)

    def _protocol(self) -> MutualTlsProtocol:
        return self._http(self.config, self.server_state, self.lifespan.state)

    def _refused(self, finding: Finding, now: int) -> bytes:
        self.not_understood += 1
        return refusal(finding, now)

    async def on_tick(self, counter: int) -> bool:
        """Once a second, look for those who keep us waiting."""
        if counter % int(TICKS_PER_SECOND * SWEEP_SECONDS) == 0:
            self.connections.sweep()
            self._every_second()
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Control-C and a polite kill end the server; what follows is for the caller to say."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def refusal(finding: Finding, now: int) -> bytes:
    """The whole answer to what is no HTTP request: the contract's error body, then the end."""
    body = body_of([finding], now)
    head = (
        "HTTP/1.1 400 Bad Request\r\n"
        "content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
