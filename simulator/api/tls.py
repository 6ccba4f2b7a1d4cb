"""Mutual TLS: the context that a server's connections are made in.

A caller without a certificate gets through the handshake and is told 401 by the application; a
foreign, an expired and a revoked certificate do not get through.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

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

    A client may resume its own TLS 1.2 session, as Java's does: by its number, which this context
    keeps with the certificate that was shown first. That one calls, and its end and its revocation
    count at every request. There are no tickets: what is not kept here is not resumed. A session
    is never negotiated anew. ssl.SSLError or OSError where a file cannot be used.
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
