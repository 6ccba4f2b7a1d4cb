"""Mutual TLS: the context, and the protocol that hands the peer's certificate to the application.

A caller without a certificate gets through the handshake and is told 401 by the application; a
foreign, an expired and a revoked certificate do not get through. The certificate comes from the
TLS layer itself, as the ASGI `tls` extension: there is no header by which anybody could claim one.
"""

from __future__ import annotations

import ssl
from asyncio import Transport
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.api.limits import ANSWER_SECONDS, GAP_SECONDS, REQUEST_SECONDS

# Suites that Java 8 has and that keep their secrets (wire contract, rule C10); 1.3 has its own.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"


@dataclass(frozen=True)
class PkiFiles:
    """Paths of PEM files, as the TLS library wants them."""

    certificate: str
    key: str
    authority: str
    revocations: str


def server_context(files: PkiFiles) -> ssl.SSLContext:
    """TLS 1.2 and 1.3, certificates of our authority only, checked against the revocation list.

    A client may resume its own TLS 1.2 session, as Java's does; its certificate's end counts all
    the same, at every request. ssl.SSLError or OSError where a file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(files.authority)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    reload_revocations(context, files)
    return context


def reload_revocations(context: ssl.SSLContext, files: PkiFiles) -> None:
    """Take the newer list: of several of one authority, TLS uses the one that was made last."""
    context.load_verify_locations(files.revocations)


class MutualTlsProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with the peer's certificate, and with an end to every patience.

    `refusal` makes the body of the answer to what is no HTTP request; `Server` sets it.
    """

    refusal: Any = None
    _tls: dict[object, object] | None = None
    _began: float | None = None  # since when a request is awaited or coming in
    _heard: float = 0.0
    _stalled: float | None = None  # since when the peer takes nothing
    _asked = False  # whether the beginning of a request has come in

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A handshake is done."""
        super().connection_made(transport)
        self._began = self._heard = self.loop.time()
        peer = transport.get_extra_info("ssl_object")
        if peer is not None:
            der = peer.getpeercert(binary_form=True)
            self._tls = {
                "tls_version": peer.version(),
                "client_cert_der": der,
                "client_cert_chain": (ssl.DER_cert_to_PEM_cert(der),) if der else (),
            }

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request, or of several."""
        self._heard = self.loop.time()
        if self._began is None:
            self._began = self._heard
        self._asked = True
        super().data_received(data)

    def on_message_begin(self) -> None:
        """The request line begins: this is what the application will see."""
        super().on_message_begin()
        if self._tls is not None:
            self.scope["extensions"] = {"tls": self._tls}

    def on_headers_complete(self) -> None:
        """The head is there; there is nothing here to upgrade to, so the answer is the last."""
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Nothing more is expected of the peer."""
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
        self.transport.write(self.refusal(msg))
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
