"""Doors beside the participant API: their requests are logged too, and ids that come are echoed."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from simulator.api.api import Api
from simulator.api.app import Asgi, Receive, Scope, Send
from simulator.api.exchange import REQUEST_ID, request_id
from simulator.api.logs import Note, Served


class Noted:
    """An application below a path of its own, under `name` in the log."""

    def __init__(
        self, inner: Asgi, name: str, api: Api, note: Note, timer: Callable[[], float]
    ) -> None:
        """`timer` gives seconds, for the log only."""
        self._inner = inner
        self._name = name
        self._api = api
        self._note = note
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        began = self._timer()
        identity, known, status = self._api.identity(scope), request_id(scope), 0

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if known:
                    message = {**message, "headers": [*message["headers"], (REQUEST_ID, known)]}
            await send(message)

        await self._inner(scope, receive, sending)
        user = identity.name if identity else ""
        taken = int((self._timer() - began) * 1_000_000)
        self._note(Served(known.decode(), user, "", self._name, status, "", taken))
