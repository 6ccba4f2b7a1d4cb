"""A client of a sandbox: mutual TLS with one certificate, and every failure in words."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from simulator.domain import Finding, Refused

CALL_SECONDS = 60.0
ENCODER = msgspec.json.Encoder(decimal_format="number")
OF_ANOTHER_NAME = (62, 64)  # OpenSSL's verify codes: the host's name, or its address, is another


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body, its numbers exact; ValueError where it is no JSON."""
        return json.loads(self.body, parse_float=Decimal)


@dataclass(frozen=True)
class Client:
    """Calls of one certificate; `context` has it, and the authority that is trusted.

    `url` is `https://HOST:PORT`, with the path of a fork where one is meant.
    """

    url: str
    context: ssl.SSLContext

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = CALL_SECONDS,
    ) -> Reply:
        """One request on a connection of its own; a body goes as JSON. Refused says what failed."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None, self.url
        content = None if body is None else ENCODER.encode(body)
        target = parts.path.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        sent = {**(headers or {}), **({"content-type": "application/json"} if content else {})}
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port or 443, timeout=seconds, context=self.context
        )
        with _told(self.url, seconds):
            try:
                connection.request(method, target, content, sent)
                response = connection.getresponse()
                return Reply(response.status, response.read())
            finally:
                connection.close()


@contextmanager
def _told(url: str, seconds: float) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Refused([_not_trusted(url, error)]) from error
    except TimeoutError as error:
        found = f"nothing within {seconds:.0f} seconds"
        remedy = "look at the server's log, or ask again"
        raise Refused([_failed(url, "the server does not answer", found, remedy)]) from error
    except ssl.SSLError as error:
        message = "the server does not take the certificate, or speaks no TLS"
        remedy = "name a certificate of the sandbox's authority that is not revoked"
        found = error.reason or str(error)
        raise Refused([_failed(url, message, found, remedy)]) from error
    except http.client.HTTPException as error:
        message = "what answers there speaks no HTTP"
        remedy = "name the address that `marketsim serve` told"
        raise Refused([_failed(url, message, repr(error), remedy)]) from error
    except OSError as error:
        remedy = "start it with `marketsim serve`, or correct the address"
        found = error.strerror or str(error)
        raise Refused([_failed(url, "no server can be reached", found, remedy)]) from error


def _not_trusted(url: str, error: ssl.SSLCertVerificationError) -> Finding:
    if error.verify_code in OF_ANOTHER_NAME:
        remedy = "use a name that the certificate has: localhost, or one given to `certs init`"
        message = "the server's certificate is for another name"
    else:
        remedy = "name the authority of the sandbox: --cacert DIR/pki/ca.pem"
        message = "the server's certificate is not of the authority that is trusted"
    return _failed(url, message, error.verify_message, remedy)


def _failed(url: str, message: str, found: str, remedy: str) -> Finding:
    allowed = "a sandbox that `marketsim serve` serves"
    return Finding("TGT0001", message, url, found, allowed, remedy)
