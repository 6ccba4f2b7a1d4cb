"""The application called as its server calls it, without a socket: thousands of calls a second."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from api_server import REQUEST_ID, Answer

from simulator.api.app import Application
from simulator.cli.pki_folder import PkiFolder


@dataclass
class InProcess:
    """Callers by name, with the certificates that their files hold."""

    application: Application
    folder: PkiFolder
    runner: asyncio.Runner
    ders: dict[str, bytes] = field(default_factory=dict)

    def call(self, *asked: Any, **more: Any) -> Answer:
        """One request of a name (None comes without a certificate), as `asking` takes it."""
        return self.runner.run(self.asking(*asked, **more))

    async def asking(
        self,
        name: str | None,
        method: str,
        path: str,
        query: bytes = b"",
        body: bytes = b"",
        headers: Iterable[tuple[bytes, bytes]] = ((b"caiso-request-id", REQUEST_ID.encode()),),
    ) -> Answer:
        """One request among others."""
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": list(headers),
            "extensions": {"tls": {"client_cert_der": self._der(name)}},
        }
        return await self._exchange(scope, body)

    def _der(self, name: str | None) -> bytes | None:
        if name is None:
            return None
        if name not in self.ders:
            pem = self.folder.certificate(name).read_text()
            self.ders[name] = ssl.PEM_cert_to_DER_cert(pem)
        return self.ders[name]

    async def _exchange(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        start, *parts = sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(part["body"] for part in parts))


@contextmanager
def in_process(application: Application, folder: PkiFolder) -> Iterator[InProcess]:
    """The application on an event loop of its own."""
    with asyncio.Runner() as runner:
        yield InProcess(application, folder, runner)
