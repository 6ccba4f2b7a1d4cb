"""The ASGI application: the participant API, what watches over it, and the doors beside it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from simulator.api.api import Api
from simulator.api.errors import body_of, fault, not_found
from simulator.api.exchange import Request, Response
from simulator.api.metrics import CONTENT_TYPE, Metrics
from simulator.domain import Finding

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"
PARTICIPANTS = "/crr/"


async def _always_ready() -> list[Finding]:
    return []


class Application:
    """`mounts` are other applications by the beginning of their paths, such as `/oasis/`."""

    def __init__(
        self,
        api: Api,
        metrics: Metrics,
        mounts: Mapping[str, Asgi] | None = None,
        unready: Callable[[], Awaitable[list[Finding]]] = _always_ready,
    ) -> None:
        """`unready` says why nobody should be sent here, if anything."""
        self._api = api
        self._unready = unready
        self._metrics = metrics
        self._mounts = dict(mounts or {})
        # Asked about the first part of a path that nothing is mounted under: whether it is now.
        self.unmounted: Callable[[str], Awaitable[bool]] | None = None

    def mount_below(self, name: str, application: Asgi) -> None:
        """Another application under `/name/`; it sees its paths without that."""
        beginning = f"/{name}"

        async def below(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope["path"][len(beginning) :]
            await application({**scope, "path": path, "root_path": beginning}, receive, send)

        self._mounts[f"{beginning}/"] = below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's own beginning and end."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        try:
            if scope["path"].startswith(PARTICIPANTS):
                await respond(await self._api.answer(Request(scope, receive)), send)
            else:
                await self._outside(scope, receive, send)
        except (Exception, asyncio.CancelledError) as error:  # the server ends, or we are wrong
            logging.getLogger("uvicorn.error").error("a request broke", exc_info=error)
            await respond(Response(500, body_of([fault()], self._api.now())), send)

    async def _outside(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._mounted(scope["path"]) or await self._mounted_now(scope)
        if application is None:
            await respond(await self._own(scope), send)
        else:
            await application(scope, receive, send)

    def _mounted(self, path: str) -> Asgi | None:
        found = (each for beginning, each in self._mounts.items() if path.startswith(beginning))
        return next(found, None)

    async def _mounted_now(self, scope: Scope) -> Asgi | None:
        """What has been mounted meanwhile, for who has a certificate: looking is some work."""
        path = scope["path"]
        _, name, rest = f"{path}//".split("/", 2)
        if self.unmounted is None or not rest.strip("/") or self._api.identity(scope) is None:
            return None
        return self._mounted(path) if await self.unmounted(name) else None

    async def _own(self, scope: Scope) -> Response:
        """Health, readiness, metrics, and what is nowhere."""
        path, method = scope["path"], scope["method"]
        if method in ("GET", "HEAD"):
            if path == "/health":
                return Response(200, b'{"status":"up"}')
            if path == "/ready":
                return await self._ready()
            if path == "/metrics" and self._api.is_operator(scope):
                return Response(200, self._metrics.page(), CONTENT_TYPE.encode())
        return Response(404, body_of([not_found("path", path[:200])], self._api.now()))

    async def _ready(self) -> Response:
        """200 when callers may be sent here; else 503 with the contract's body (rule C7)."""
        try:
            findings = await self._unready()
        except Exception:  # whatever it is, it is no reason to send callers here
            findings = [fault()]
        if findings:
            return Response(503, body_of(findings, self._api.now()))
        return Response(200, b'{"ready":true}')


async def respond(response: Response, send: Send) -> None:
    """Send an answer whole."""
    headers = [(b"content-length", b"%d" % len(response.body))]
    if response.body:
        headers.append((b"content-type", response.content_type))
    headers.extend(response.headers)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
