"""When a commit begins and when a long body is read: by turns, not side by side.

To read a long body takes as much work as to carry out what it asks for. In one interpreter the two
hinder each other, and a commit waits for the disk however much is in it. So it waits for the long
bodies that have come in, and these are read one after the other, with a look in between at what
else comes in. A commit waits no longer than GATHER_SECONDS, and nobody for it when it takes longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

from simulator.api.limits import COMMANDS_AT_ONCE, GATHER_SECONDS

T = TypeVar("T")


class Turns(Generic[T]):
    """What waits for the next commit, and what that waits for."""

    def __init__(self, begin: Callable[[Sequence[T]], asyncio.Future[Any]]) -> None:
        """`begin` begins the commit of what it is given, which ends when the future is done."""
        self._begin = begin
        self._waiting: list[T] = []
        self._writing = False
        self._written = asyncio.Event()
        self._begun = 0.0  # when the commit that is under way did, by the loop's clock
        self._unread = 0  # long bodies that have come in
        self._one = asyncio.Lock()
        self._overdue: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None

    def add(self, item: T) -> None:
        """To be in the next commit, with all that comes in the same turn of the loop."""
        self._waiting.append(item)
        self._look()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """The turn of a long body."""
        self._unread += 1
        try:
            async with self._one:
                if self._writing:
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(self._begun + GATHER_SECONDS):
                            await self._written.wait()
                await asyncio.sleep(0)  # a look at what else comes in
                yield
        finally:
            self._unread -= 1
            self._look()

    def _look(self) -> None:
        """Begin a commit at the end of this turn of the loop, if one may begin."""
        if self._soon is None and self._waiting and not self._writing:
            self._soon = asyncio.get_running_loop().call_soon(self._write)

    def _write(self, overdue: bool = False) -> None:
        self._soon = None
        if overdue:
            self._overdue = None
        if self._writing or not self._waiting:
            return
        if self._unread and not overdue:
            if self._overdue is None:
                loop = asyncio.get_running_loop()
                self._overdue = loop.call_later(GATHER_SECONDS, self._write, True)
            return
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
        batch, self._waiting = self._waiting[:COMMANDS_AT_ONCE], self._waiting[COMMANDS_AT_ONCE:]
        self._writing = True
        self._begun = asyncio.get_running_loop().time()
        self._written.clear()
        self._begin(batch).add_done_callback(self._ended)

    def _ended(self, done: asyncio.Future[Any]) -> None:
        self._writing = False
        self._written.set()
        self._look()
