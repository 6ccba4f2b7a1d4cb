"""What the operator can do with an environment: clock, calendar, journal, people, forks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from simulator.api.door import Clock, Door
from simulator.api.errors import invalid
from simulator.api.sim_types import (
    Advance,
    Fork,
    Forked,
    Order,
    Played,
    Provision,
    Provisioned,
    SetClock,
    ToldClock,
    ToldEvent,
    ToldParticipant,
    ToldState,
    told_clock,
    told_event,
    told_month,
    told_participants,
)
from simulator.domain import Refused
from simulator.market import certificates
from simulator.market.clock import CalendarEvent, ClockState, Mode
from simulator.market.command import OPERATOR
from simulator.market.world import World
from simulator.store import Transaction

LINES_AT_ONCE = 1000  # of the journal in one answer; the next part begins after the last of them
FOLLOWING_SECONDS = 0.2  # how often a process looks how far the one that keeps the clock is


class OperatorClock(Clock, Protocol):
    """A clock that can be set and sent on; its methods are for the thread that writes."""

    @property
    def goal(self) -> int:
        """The moment it was sent to and has not reached; 0 when it is there."""
        ...

    @property
    def keeps(self) -> bool:
        """Whether this process carries the calendar out."""
        ...

    def state(self) -> ClockState:
        """Where it stands."""
        ...

    def events(self) -> tuple[CalendarEvent, ...]:
        """The calendar's events."""
        ...

    def set(self, mode: Mode, rate: Decimal) -> ClockState:
        """Pause it or let it run."""
        ...

    def send(self, to: str) -> None:
        """Give it a goal."""
        ...

    def approach(self) -> bool:
        """Come one step nearer to the goal; True when it is there."""
        ...


@dataclass(frozen=True)
class Credentials:
    """What the client of a user needs."""

    serial: int
    certificate_pem: bytes
    key_pem: bytes
    authority_pem: bytes
    p12: bytes


class Surroundings(Protocol):
    """What lies outside the market: files of certificates, and other environments."""

    def check_name(self, name: str) -> None:
        """Refused for a name that no user can have."""
        ...

    def credentials(self, name: str, password: str | None, legacy: bool) -> Credentials:
        """Those of a user, made where there are none that count."""
        ...

    async def fork(self, name: str) -> OperatorClock:
        """Copy this environment to a new one of that name, and open it; Refused if it is taken."""
        ...


class SimCalls:
    """The operations of `/sim/v1`, each by its `operationId` in our document."""

    def __init__(self, door: Door, clock: OperatorClock, around: Surroundings) -> None:
        self._door = door
        self._clock = clock
        self._around = around
        self._under_way: asyncio.Task[None] | None = None

    async def clock(self, request_id: str) -> ToldClock:
        """Where the clock stands."""
        return told_clock(await self._aside(self._clock.state))

    async def set_clock(self, body: SetClock, request_id: str) -> ToldClock:
        """Pause the clock or let it run; without a rate it keeps the one that it has."""
        mode = Mode(body.mode)

        def change() -> ClockState:
            rate = self._clock.state().rate if body.rate is None else body.rate
            return self._clock.set(mode, rate)

        return told_clock(await self._door.in_turn(change))

    async def advance(self, body: Advance, request_id: str) -> ToldClock:
        """Send the clock on, and answer when it is there; callers are let in between the steps."""
        await self._door.in_turn(lambda: self._clock.send(body.to))
        await asyncio.shield(self._on_its_way())
        return await self.clock(request_id)

    async def events(self, request_id: str) -> list[ToldEvent]:
        """The whole calendar."""
        return [told_event(event) for event in await self._aside(self._clock.events)]

    async def month(self, request_id: str) -> Played:
        """Which calendar is played, and with which seed."""
        return told_month(await self._aside(self._door.room.store.identity))

    async def state(self, request_id: str) -> ToldState:
        """The books between two commands: whoever changed anything changed the digest."""
        store = self._door.room.store
        return await self._door.in_turn(lambda: ToldState(store.state_digest(), store.length()))

    async def journal(self, after: int, request_id: str) -> msgspec.Raw:
        """Public lines of the journal: digests where bids were, in the order of the chain."""
        entries = await self._aside(lambda: self._door.room.store.entries(after, LINES_AT_ONCE))
        return msgspec.Raw(f"[{','.join(entry.public_line() for entry in entries)}]".encode())

    async def participants(self, request_id: str) -> list[ToldParticipant]:
        """Who takes part, and who may do what for whom."""
        return await self._door.read(told_participants)

    async def order(self, body: Order, request_id: str) -> dict[str, Any]:
        """What the operator does by hand; what the market says when it is done."""
        return await self._ordered(body.command, body.arguments, request_id)

    async def provision(self, body: Provision, request_id: str) -> Provisioned:
        """Give a user functions for a participant, and the certificate to call with."""
        self._around.check_name(body.name)
        participant = body.participant or body.name
        known = self._door.room.world.participants.get(participant)
        asked = [[item.service.value, item.access.value] for item in body.functions]
        given = {
            "user": body.name, "participant": participant, "functions": asked,
            "organisation": body.organisation or (known.name if known else body.name),
        }  # fmt: skip
        done = await self._ordered("provision", given, request_id)
        made = await self._aside(
            lambda: self._around.credentials(body.name, body.password, body.legacy_p12)
        )
        if not await self._door.read(_entered(made.serial)):
            entered = {"user": body.name, "serial": str(made.serial)}
            await self._ordered("issue_certificate", entered, request_id)
        if body.played:
            await self._ordered("play", {"participant": participant}, request_id)
        return Provisioned(
            body.name, participant, done["functions"], body.played, str(made.serial),
            made.certificate_pem.decode(), made.key_pem.decode(), made.authority_pem.decode(),
            made.p12,
        )  # fmt: skip

    async def fork(self, body: Fork, request_id: str) -> Forked:
        """A second environment that goes its own way from here."""
        clock = await self._around.fork(body.name)
        state = await self._aside(clock.state)
        return Forked(body.name, f"/{body.name}/crr", f"/{body.name}/sim/v1", told_clock(state))

    def tick(self) -> None:
        """A clock that has a goal goes there, whoever sent it and whatever was in between."""
        if self._clock.goal and self._clock.keeps:
            self._on_its_way()

    def _on_its_way(self) -> asyncio.Task[None]:
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._go())
            self._under_way.add_done_callback(_looked_at)
        return self._under_way

    async def _go(self) -> None:
        while not await self._door.in_turn(self._clock.approach):
            if not self._clock.keeps:
                await asyncio.sleep(FOLLOWING_SECONDS)

    async def _ordered(self, kind: str, given: dict[str, Any], request_id: str) -> dict[str, Any]:
        entry = await self._door.command(kind, OPERATOR, given, request_id)
        answer: dict[str, Any] = entry.answer()
        return answer

    async def _aside(self, work: Callable[[], Any]) -> Any:
        """In another thread: the loop must not wait for a disk."""
        return await asyncio.to_thread(work)


def _entered(serial: int) -> Callable[[Transaction, World], bool]:
    return lambda tx, world: certificates.is_known(tx, serial)


def _looked_at(task: asyncio.Task[None]) -> None:
    """Who waits for the clock hears of its failure; nobody may be waiting."""
    if not task.cancelled():
        task.exception()


def after(text: str) -> int:
    """The number of a journal's line in a query; 0 is before the first."""
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text)
    raise Refused([invalid("value not as it should be", "after", text[:50], "a number from 0 on")])
