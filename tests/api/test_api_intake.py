"""Bodies that are still coming in: all of them together, and those of one caller, have a bound."""

from __future__ import annotations

import asyncio
import io
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from threading import Event

import pytest
from api_in_process import in_process
from api_server import PASSWORD

from simulator.api.api import Api
from simulator.api.app import Application
from simulator.api.door import FixedClock
from simulator.api.exchange import Intake, Request, read_body
from simulator.api.identity import Identity
from simulator.api.limits import HUGE_BODY_BYTES, LONG_BODY_BYTES
from simulator.api.logs import request_log
from simulator.api.metrics import Metrics
from simulator.api.mock import NoMarket, mock_routes
from simulator.api.new_portfolio import PortfolioReader
from simulator.api.pki import Kind
from simulator.cli.pki_folder import PkiFolder
from simulator.domain import Refused

LIMIT = 1000
ONE, OTHER = (Identity(name, Kind.PARTICIPANT, at, 2**40) for at, name in enumerate("AB"))


class Coming:
    """A body that comes in parts, each when it is let go."""

    def __init__(self, intake, caller, limit=LIMIT):
        self.parts = asyncio.Queue()
        request = Request({}, self.parts.get, caller)
        self.read = asyncio.create_task(read_body(request, limit, intake))

    async def part(self, size, more=True):
        await self.parts.put({"type": "http.request", "body": b"x" * size, "more_body": more})
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def leave(self):
        await self.parts.put({"type": "http.disconnect"})
        with pytest.raises(Refused) as refused:
            await self.read
        return refused.value.findings[0].code

    async def end(self, size=0):
        await self.part(size, more=False)
        return len(await self.read)

    async def refused(self):
        with pytest.raises(Refused) as refused:
            await self.end()
        return refused.value.findings[0].code


def played(play):
    asyncio.run(asyncio.wait_for(play(), 10))


def test_what_one_caller_has_begun_leaves_room_for_the_others():
    async def play():
        intake = Intake(most=300, each=200)
        first, second, other = Coming(intake, ONE), Coming(intake, ONE), Coming(intake, OTHER)
        await first.part(150)
        await second.part(100)  # the caller's own are more than 200 now
        await other.part(150)
        assert await second.refused() == "GEN0003"
        last = Coming(intake, OTHER)
        await last.part(1)  # there is no room for anybody
        assert await last.refused() == "GEN0003"
        assert await first.end(500) == 650  # what is there whole waits for nobody
        assert await other.end() == 150
        assert intake.size == 0

    played(play)


def test_room_comes_back_however_a_body_ends():
    async def play():
        intake = Intake(most=300, each=200)
        for _ in range(3):
            left, long = Coming(intake, ONE), Coming(intake, OTHER, limit=100)
            await left.part(200)
            await long.part(100)
            assert intake.size == 300
            await long.part(1)
            assert intake.size == 200  # too long a body is not kept while it is read to its end
            assert await long.refused() == "SER0017"
            assert await left.leave() == "SER0017"
            assert intake.size == 0

    played(play)


def test_what_comes_at_once_is_never_held():
    async def play():
        assert await Coming(Intake(most=0, each=0), ONE).end(LIMIT) == LIMIT

    played(play)


def test_what_waits_to_be_read_takes_room_from_what_comes_in():
    async def play():
        intake = Intake(most=300, each=200)
        with intake.waiting(ONE, 250):  # more than its caller may hold: it is there and stays
            mine, other, more = (Coming(intake, caller) for caller in (ONE, OTHER, OTHER))
            await mine.part(1)
            await other.part(50)
            await more.part(1)
            assert await mine.refused() == await more.refused() == "GEN0003"
            assert await other.end() == 50
            assert intake.size == 250
        assert intake.size == 0
        with suppress(KeyError), intake.waiting(ONE, 250):
            raise KeyError
        later = Coming(intake, ONE)
        await later.part(200)
        assert await later.end() == 200

    played(play)


class Watched(NoMarket):
    """Notes how much is held while a body has its turn."""

    def __init__(self):
        super().__init__(FixedClock(0))
        self.held = []

    @asynccontextmanager
    async def reading(self):
        self.held.append(self.api.intake.size)
        yield


@pytest.fixture
def watched(tmp_path):
    """The application before no market, and its door."""
    folder, now, door, metrics = PkiFolder(tmp_path), datetime.now(UTC), Watched(), Metrics()
    folder.initialise([], now)
    folder.issue(["ANYBODY"], now, PASSWORD)
    note = request_log(io.BytesIO())
    door.api = api = Api(mock_routes(), door, note, metrics, time.perf_counter)
    with in_process(Application(api, metrics), folder) as calling:
        yield calling, door
    assert api.intake.size == 0


CREATION = "/crr/auction/v1.0/portfolioCreation"


@pytest.mark.parametrize(
    ("size", "held"), [(LONG_BODY_BYTES - 1, []), (LONG_BODY_BYTES, [LONG_BODY_BYTES])]
)
def test_a_long_body_is_held_until_it_had_its_turn(watched, size, held):
    calling, door = watched
    answer = calling.call("ANYBODY", "POST", CREATION, b"", b"{}".ljust(size))
    assert answer.status == 400
    assert door.held == held


def test_others_are_served_while_a_huge_body_is_read(watched, monkeypatch):
    calling, door = watched
    begun, served, beside = Event(), Event(), []
    read = PortfolioReader.read

    def slow(reader, raw):
        begun.set()
        beside.append((served.wait(10), door.api.intake.size))
        return read(reader, raw)

    monkeypatch.setattr(PortfolioReader, "read", slow)

    async def play():
        huge = b"{}".ljust(HUGE_BODY_BYTES)
        first, second = (
            asyncio.create_task(calling.asking("ANYBODY", "POST", CREATION, b"", huge))
            for _ in range(2)
        )
        while not begun.is_set():
            await asyncio.sleep(0.001)
        assert (await calling.asking("ANYBODY", "GET", "/health")).status == 200
        assert len(beside) == 0  # neither of the two: they are read one after the other
        served.set()
        assert [(await each).status for each in (first, second)] == [400, 400]

    calling.runner.run(play())
    assert beside == [(True, 2 * HUGE_BODY_BYTES), (True, HUGE_BODY_BYTES)]
    assert door.held == []  # it is read beside commits
