"""Whether callers should be sent here: what `/ready` looks at."""

from __future__ import annotations

import asyncio

from simulator.api.door import Door
from simulator.api.errors import FAULT
from simulator.api.limits import READY_SECONDS
from simulator.domain import Finding, Refused

REMEDY = "send callers to another server until this one is ready"


class Readiness:
    """Asks the database, and whether anybody moves the market's clock.

    However many want to know, one question at a time is on its way: where the database says
    nothing at all, one thread waits for it.
    """

    def __init__(self, door: Door, seconds: float = READY_SECONDS) -> None:
        """The database has so many `seconds` to answer."""
        self._door = door
        self._seconds = seconds
        self._asking: asyncio.Task[bool] | None = None

    async def findings(self) -> list[Finding]:
        """Why nobody should be sent here; nothing when it is ready."""
        if self._asking is None or self._asking.done():
            store = self._door.room.store
            self._asking = asyncio.create_task(asyncio.to_thread(store.clock_is_kept))
        await asyncio.wait([self._asking], timeout=self._seconds)
        if not self._asking.done():
            return [_finding("database", "it did not answer", f"in {self._seconds:g} s")]
        error = self._asking.exception()
        if isinstance(error, Refused):
            return [_finding("database", "it cannot be used", "a database that answers")]
        if error is not None:
            raise error
        if not self._asking.result():
            return [_finding("clock", "no process keeps it", "one that does, within seconds")]
        if self._door.stuck:
            return [_finding("calendar", "it cannot go on; the log says where", "one that can")]
        return []


def _finding(where: str, found: str, allowed: str) -> Finding:
    return Finding(FAULT, "the server is not ready", where, found, allowed, REMEDY)
