"""The HTTP server: uvicorn, with our protocol, our patience and our way to end."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from simulator.api.errors import body_of, invalid
from simulator.api.limits import (
    BACKLOG,
    KEEP_ALIVE_SECONDS,
    SHUTDOWN_SECONDS,
    SWEEP_SECONDS,
)
from simulator.api.tls import MutualTlsProtocol

TICKS_PER_SECOND = 10  # how often uvicorn's main loop comes round


class Server(uvicorn.Server):
    """Serves one application on one listening socket until it is told to end."""

    def __init__(
        self,
        application: Any,
        context: ssl.SSLContext,
        now: Callable[[], int],
        every_second: Callable[[], None] = lambda: None,
    ) -> None:
        """`now` dates the refusal of what is no HTTP; `every_second` does what must not wait."""

        class Protocol(MutualTlsProtocol):
            refusal = staticmethod(lambda message: refusal(message, now()))

        config = uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody is who a header says
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            ssl_context_factory=lambda _config, _default: context,
        )
        super().__init__(config)
        self._every_second = every_second

    def serve_on(self, listening: socket.socket) -> None:
        """Serve until control-C or the end is asked for; open requests are answered first."""
        self.run(sockets=[listening])

    async def on_tick(self, counter: int) -> bool:
        """Once a second, look for those who keep us waiting."""
        if counter % int(TICKS_PER_SECOND * SWEEP_SECONDS) == 0:
            for connection in list(self.server_state.connections):
                if isinstance(connection, MutualTlsProtocol):
                    connection.sweep()
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


def refusal(message: str, now: int) -> bytes:
    """The whole answer to what is no HTTP request: the contract's error body, then the end."""
    body = body_of([invalid("not understood", "HTTP", message)], now)
    head = (
        "HTTP/1.1 400 Bad Request\r\n"
        "content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
