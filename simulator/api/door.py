"""The door between requests and the market: commands one after another, readings beside them.

A command is answered when its commit is durable. What was read is remembered until a command
could have changed it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from simulator.api.limits import READERS
from simulator.api.turns import Turns
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

    @property
    def behind(self) -> bool:
        """Whether more is due by now than has been carried out; not while something is."""
        ...

    def catch_up(self) -> int:
        """Let the calendar do what is due by now, if that is soon done; how far it has come."""
        ...


class FixedClock:
    """A clock that stands still."""

    behind = False

    def __init__(self, moment: int) -> None:
        self._moment = moment

    def now(self) -> int:
        """The moment it stands at."""
        return self._moment

    def catch_up(self) -> int:
        """Nothing becomes due."""
        return self._moment


class WatchedRoom(MarketRoom):
    """The market room, counting what is carried out in it: calendar and callers share one."""

    def __init__(self, store: Store, world: World) -> None:
        super().__init__(store, world)
        self.carried_out: Counter[str] = Counter()
        self.version = 0
        self.others = 0  # how often it was heard that another process had written
        self._heard = 0

    def carry_out_many(self, commands: Sequence[Command]) -> list[Entry]:
        """As the market room does; the counts rise before anybody hears the answer."""
        entries = super().carry_out_many(commands)
        self.carried_out.update(command.kind for command in commands)
        self.version += 1
        return entries

    def heard(self, length: int) -> None:
        """The journal is that long: if it has grown, others may have changed anything."""
        if length > self._heard:
            self._heard = length
            self.others += 1
            self.version += 1


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command that waits for its turn."""

    key: str
    kind: str
    actor: str
    user: str
    arguments: Mapping[str, Any]
    answer: asyncio.Future[Entry]


@dataclass(frozen=True, slots=True)
class _View:
    """What was read: at this version of the room, after so many commands that could change it."""

    version: int
    stamp: int
    value: Any


def names_of(world: World) -> Mapping[str, Collection[str]]:
    """Names that bodies of this market have, by the property."""
    places = world.locations
    return {"assetOwner": world.participants, "source": places, "sink": places}


class Door:
    """What handlers may do with the market."""

    def __init__(self, room: WatchedRoom, clock: Clock, name: str = "api") -> None:
        """`name` is of this server process: no two that share a database have the same."""
        self.room = room
        self.clock = clock
        self._name = name
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._views: dict[object, _View] = {}
        self._turns = Turns(self._begin)
        self._catching_up: asyncio.Future[bool] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self.stuck = False  # whether the calendar broke when it last went on
        # A request id promises nothing (wire contract 14), so the number makes a key unique. What
        # this process had journalled before a restart is not more than the journal holds now.
        self._number = room.store.length()

    @property
    def names(self) -> Mapping[str, Collection[str]]:
        """What is expected where a body names somebody or some place, by the property."""
        return names_of(self.room.world)

    @property
    def version(self) -> int:
        """Rises with every commit, whoever asked for it."""
        return self.room.version

    @property
    def carried_out(self) -> int:
        """How many commands this process has carried out, for callers and for the calendar."""
        return self.room.carried_out.total()

    async def _hear_others(self) -> None:
        """Learn of what other processes have written until now.

        Those who ask in the same turn of the loop share one question to the database.
        """
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._hear())
        await asyncio.shield(self._hearing)

    async def _hear(self) -> None:
        self._hearing = None  # who comes from now on needs a later answer
        loop = asyncio.get_running_loop()
        self.room.heard(await loop.run_in_executor(self._readers, self.room.store.length))

    async def command(
        self,
        kind: str,
        actor: str,
        arguments: Mapping[str, Any],
        request_id: str,
        user: str = "",
    ) -> Entry:
        """Carry a command out; it is durable when this returns, or was refused and says why.

        `user` asks for `actor`; "" is the actor itself. Commands that come in together, or while
        the disk is busy, share a commit.
        """
        self._number += 1
        key = f"{self._name}/{self._number}/{request_id}"
        loop = asyncio.get_running_loop()
        asked = _Asked(key, kind, actor, user, arguments, loop.create_future())
        self._turns.add(asked)
        return await asked.answer

    def reading(self) -> AbstractAsyncContextManager[None]:
        """The turn of somebody whose long body is to be read: not beside a commit."""
        return self._turns.reading()

    async def in_turn(self, work: Callable[[], T]) -> T:
        """Do something that writes, between two commits; the calendar moves on by this."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    async def read(self, reading: Reading[T]) -> T:
        """One consistent reading of the market's books, in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, reading)

    async def view(self, name: object, reading: Reading[T], kinds: Iterable[str]) -> T:
        """A reading that only commands of `kinds` can change, made anew after one of them.

        What other processes wrote until now is in it.
        """
        if self.room.store.shared:
            await self._hear_others()
        known, version = self._views.get(name), self.room.version
        if known is None or known.version != version:
            stamp = self.room.others + sum(self.room.carried_out[kind] for kind in kinds)
            value = known.value if known and known.stamp == stamp else await self.read(reading)
            self._views[name] = known = _View(version, stamp, value)
        remembered: T = known.value
        return remembered

    def tick(self) -> None:
        """A moment has gone by: what is due by the clock is carried out."""
        if self._catching_up is None or self._catching_up.done():
            loop = asyncio.get_running_loop()
            self._catching_up = loop.run_in_executor(self._writer, self._catch_up)
            self._catching_up.add_done_callback(self._tell)

    def close(self) -> None:
        """Finish what was begun; the store stays open."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    def _read(self, reading: Reading[T]) -> T:
        with self.room.store.reading() as tx:
            return reading(tx, self.room.world)

    def _begin(self, batch: Sequence[_Asked]) -> asyncio.Future[Sequence[Entry | Exception]]:
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(self._writer, self._carry_out, batch)
        done.add_done_callback(partial(self._answer, batch))
        return done

    def _answer(
        self, batch: Sequence[_Asked], done: asyncio.Future[Sequence[Entry | Exception]]
    ) -> None:
        failed = done.exception()
        outcomes = [failed] * len(batch) if failed is not None else done.result()
        for asked, outcome in zip(batch, outcomes, strict=True):
            if asked.answer.done():  # the caller has gone
                continue
            if isinstance(outcome, BaseException):
                asked.answer.set_exception(outcome)
            else:
                asked.answer.set_result(outcome)

    def _carry_out(self, batch: Sequence[_Asked]) -> Sequence[Entry | Exception]:
        """All in one commit; where that breaks, each in its own, so that one harms no other."""
        at = self.clock.catch_up()
        commands = [
            Command(asked.key, asked.kind, asked.actor, at, asked.arguments, asked.user)
            for asked in batch
        ]
        try:
            return self.room.carry_out_many(commands)
        except Exception:
            return [self._alone(command) for command in commands]

    def _alone(self, command: Command) -> Entry | Exception:
        try:
            return self.room.carry_out(command)
        except Exception as error:
            return error

    def _catch_up(self) -> bool:
        """Whether more is due than was done now; only between two commands can the clock tell."""
        self.clock.catch_up()
        return self.clock.behind

    def _tell(self, done: asyncio.Future[bool]) -> None:
        """A calendar that cannot go on is the operator's business, not that of the next caller."""
        error = done.exception()
        self.stuck = error is not None
        if error is not None:
            logging.getLogger("uvicorn.error").error("the calendar cannot go on", exc_info=error)
        elif done.result():  # whoever waits for the writer comes in between
            self.tick()
