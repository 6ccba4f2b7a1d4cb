"""One connection: the peer's certificate for the application, and an end to every patience.

The certificate comes from the TLS layer itself, as the ASGI `tls` extension: there is no header by
which anybody could claim one.
"""

from __future__ import annotations

import ssl
from asyncio import Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.api.errors import invalid
from simulator.api.limits import (
    ANSWER_SECONDS,
    GAP_SECONDS,
    HEAD_BYTES,
    HEAD_FIELDS,
    REQUEST_SECONDS,
)
from simulator.domain import Finding


class NoRequest(Exception):
    """The head of a request is not as it should be; httptools makes it an error of the request."""


class MutualTlsProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the peer's certificate, and with limits of size and of time.

    `refusal` makes the body of the answer to what is no HTTP request; `Server` sets it.
    `shaken` is called when the handshake is done; `Connections` sets it.
    """

    refusal: Any = None
    shaken: Any = None
    certificate: bytes | None = None  # the peer's, DER
    _tls: dict[object, object] | None = None
    _began: float | None = None  # since when a request is awaited or coming in
    _heard: float = 0.0
    _stalled: float | None = None  # since when the peer takes nothing
    _asked = False  # whether the beginning of a request has come in
    _head = 0  # bytes of the head of the request that is coming in
    _parts = 0  # parts of requests that were understood so far
    _pending = 0  # bytes since the last of them
    _fault: Finding | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A handshake is done."""
        super().connection_made(transport)
        self.shaken()
        self._began = self._heard = self.loop.time()
        peer = transport.get_extra_info("ssl_object")
        if peer is not None:
            self.certificate = der = peer.getpeercert(binary_form=True)
            self._tls = {
                "tls_version": peer.version(),
                "client_cert_der": der,
                "client_cert_chain": (ssl.DER_cert_to_PEM_cert(der),) if der else (),
            }

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request, or of several; a line that does not end is refused."""
        self._heard = self.loop.time()
        if self._began is None:
            self._began = self._heard
        self._asked = True
        parts = self._parts
        super().data_received(data)
        self._pending = self._pending + len(data) if self._parts == parts else 0
        if self._pending > HEAD_BYTES and not self.transport.is_closing():
            self._fault = _too_long(self._pending)
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """The request line begins: this is what the application will see."""
        super().on_message_begin()
        self._head, self._parts = 0, self._parts + 1
        if self._began is None:  # it came in the same packet as the one before
            self._began = self._heard
        if self._tls is not None:
            self.scope["extensions"] = {"tls": self._tls}

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head, or one that trails the body."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there; there is nothing here to upgrade to, so the answer is the last."""
        self._parts += 1
        names = [name for name, _ in self.headers]
        upgrading = self.parser.should_upgrade()
        self._fault = _head_fault(names, self.parser.get_http_version(), upgrading)
        if self._fault is not None:
            raise NoRequest
        super().on_headers_complete()
        if upgrading:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._parts += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing more is expected of the peer."""
        self._parts += 1
        super().on_message_complete()
        self._began, self._asked = None, False

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write."""
        super().pause_writing()
        self._stalled = self.loop.time()

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        self._stalled = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP request in the contract's own words, and hang up.

        Where the answer to an earlier request is still being made, that answer is the last.
        """
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:
                cycle.keep_alive = False
                self.flow.pause_reading()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(self.refusal(self._fault or invalid("not understood", "HTTP", msg)))
        self.transport.close()

    def sweep(self) -> None:
        """Hang up on a peer that keeps us waiting; looked at about once a second."""
        now = self.loop.time()
        if self._stalled is not None and now - self._stalled > ANSWER_SECONDS:
            self.transport.abort()
        elif self._began is None:
            return
        elif now - self._heard > GAP_SECONDS or now - self._began > REQUEST_SECONDS:
            if self._asked:
                self.send_400_response("the request did not come in within the time allowed")
            else:
                self.transport.close()

    def waits_since(self) -> float | None:
        """Since when we wait for the peer; None while the peer waits for us."""
        if self._stalled is not None:
            return self._stalled
        cycle = self.cycle
        answering = cycle is not None and not cycle.response_complete and not cycle.more_body
        return None if answering else self._heard

    def _count(self, size: int) -> None:
        self._parts += 1
        self._head += size
        if self._head > HEAD_BYTES or len(self.headers) >= HEAD_FIELDS:
            self._fault = _too_long(self._head, len(self.headers) + 1)
            raise NoRequest


def _head_fault(names: list[bytes], version: str, upgrading: bool) -> Finding | None:
    """RFC 9112, 3.2: one Host. An upgrade that is not made takes a body with it."""
    hosts = names.count(b"host")
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        return invalid("the header host", "HTTP", f"{hosts} of them", "exactly one")
    if upgrading and not {b"content-length", b"transfer-encoding"}.isdisjoint(names):
        return invalid("there is nothing to upgrade to", "HTTP", "upgrade", "no such header")
    return None


def _too_long(size: int, fields: int = 1) -> Finding:
    return invalid(
        "the head of the request is too long",
        "HTTP",
        f"{size} bytes or more, {fields} header{'s' if fields > 1 else ''} or more",
        f"at most {HEAD_BYTES} bytes and {HEAD_FIELDS} headers",
        "leave out headers and parameters that no document asks for",
    )
