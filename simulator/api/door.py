"""The door between requests and the market: commands one after another, readings beside them.

A command is answered when its commit is durable. What was read is remembered until a command
could have changed it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from simulator.api.limits import READERS
from simulator.market.command import Command
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.store import Entry, Store, Transaction

T = TypeVar("T")
Reading = Callable[[Transaction, World], T]


class Clock(Protocol):
    """The sandbox's clock."""

    def now(self) -> int:
        """Epoch seconds of simulated time."""
        ...


class FixedClock:
    """A clock that stands still."""

    def __init__(self, moment: int) -> None:
        self._moment = moment

    def now(self) -> int:
        """The moment it stands at."""
        return self._moment


class WatchedRoom(MarketRoom):
    """The market room, counting what is carried out in it: calendar and callers share one."""

    def __init__(self, store: Store, world: World) -> None:
        super().__init__(store, world)
        self.carried_out: Counter[str] = Counter()
        self.version = 0

    def carry_out(self, command: Command) -> Entry:
        """As the market room does; the counts rise before anybody hears the answer."""
        entry = super().carry_out(command)
        self.carried_out[command.kind] += 1
        self.version += 1
        return entry


class Door:
    """What handlers may do with the market."""

    def __init__(self, room: WatchedRoom, clock: Clock, name: str = "api") -> None:
        """`name` is of this server process: no two that share a database have the same."""
        self.room = room
        self.clock = clock
        self._name = name
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._views: dict[object, tuple[int, Any]] = {}
        # A request id promises nothing (wire contract 14), so the number makes a key unique. What
        # this process had journalled before a restart is not more than the journal holds now.
        self._number = len(room.store.entries())

    @property
    def version(self) -> int:
        """Rises with every command that was carried out, whoever asked for it."""
        return self.room.version

    async def command(
        self, kind: str, actor: str, arguments: Mapping[str, Any], request_id: str
    ) -> Entry:
        """Carry a command out; it is durable when this returns, or was refused and says why."""
        self._number += 1
        key = f"{self._name}/{self._number}/{request_id}"

        def carry_out() -> Entry:
            return self.room.carry_out(Command(key, kind, actor, self.clock.now(), arguments))

        return await self.in_turn(carry_out)

    async def in_turn(self, work: Callable[[], T]) -> T:
        """Do something that writes, between two commands; the calendar moves on by this."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    async def read(self, reading: Reading[T]) -> T:
        """One consistent reading of the market's books, in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, reading)

    async def view(self, name: object, reading: Reading[T], kinds: Iterable[str]) -> T:
        """A reading that only commands of `kinds` can change, made anew after one of them."""
        stamp = sum(self.room.carried_out[kind] for kind in kinds)
        known = self._views.get(name)
        if known is not None and known[0] == stamp:
            remembered: T = known[1]
            return remembered
        made = await self.read(reading)
        self._views[name] = (stamp, made)
        return made

    def close(self) -> None:
        """Finish what was begun; the store stays open."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    def _read(self, reading: Reading[T]) -> T:
        with self.room.store.reading() as tx:
            return reading(tx, self.room.world)
