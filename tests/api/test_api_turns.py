"""Commits and the reading of long bodies take turns, and neither waits long for the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from simulator.api import turns as room
from simulator.api.turns import Turns

SOON = 20.0  # what a test waits at most


class Disk:
    """Commits that end when they are told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.under_way: list[asyncio.Future[None]] = []
        self.turns: Turns[str] = Turns(self.begin)

    def begin(self, batch) -> asyncio.Future[None]:
        self.batches.append(list(batch))
        self.under_way.append(asyncio.get_running_loop().create_future())
        return self.under_way[-1]

    def end(self) -> None:
        self.under_way[-1].set_result(None)


def played(script: Callable[[Disk], Awaitable[None]]) -> list[list[str]]:
    async def play() -> list[list[str]]:
        disk = Disk()
        async with asyncio.timeout(SOON):
            await script(disk)
        return disk.batches

    return asyncio.run(play())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0)


async def read(disk: Disk, name: str, told: list[str] | None = None) -> None:
    async with disk.turns.reading():
        if told is not None:
            told.append(name)
    disk.turns.add(name)


def test_what_comes_in_together_or_beside_a_commit_shares_the_next():
    async def script(disk: Disk) -> None:
        for name in "ab":
            disk.turns.add(name)
        await until(lambda: len(disk.batches) == 1)
        for name in "cd":
            disk.turns.add(name)
        await asyncio.sleep(0)
        assert len(disk.batches) == 1  # one at a time
        disk.end()
        await until(lambda: len(disk.batches) == 2)

    assert played(script) == [["a", "b"], ["c", "d"]]


def test_no_more_than_so_many_share_a_commit(monkeypatch):
    monkeypatch.setattr(room, "COMMANDS_AT_ONCE", 2)

    async def script(disk: Disk) -> None:
        for name in "abc":
            disk.turns.add(name)
        await until(lambda: len(disk.batches) == 1)
        disk.end()
        await until(lambda: len(disk.batches) == 2)

    assert played(script) == [["a", "b"], ["c"]]


def test_a_commit_waits_for_the_long_bodies_that_are_here():
    async def script(disk: Disk) -> None:
        async with asyncio.TaskGroup() as tasks:
            for name in ("long", "longer"):
                tasks.create_task(read(disk, name))
            await asyncio.sleep(0)
            disk.turns.add("short")
        await until(lambda: bool(disk.batches))

    assert played(script) == [["short", "long", "longer"]]


def test_no_long_body_is_read_beside_a_commit(monkeypatch):
    monkeypatch.setattr(room, "GATHER_SECONDS", 10 * SOON)  # the end of the commit is what counts

    async def script(disk: Disk) -> None:
        told: list[str] = []
        disk.turns.add("first")
        for number in (1, 2):
            await until(lambda number=number: len(disk.batches) == number)
            reading = asyncio.create_task(read(disk, f"long {number}", told))
            for _ in range(5):
                await asyncio.sleep(0)
            assert len(told) == number - 1
            disk.end()
            await reading
        await until(lambda: len(disk.batches) == 3)

    assert played(script) == [["first"], ["long 1"], ["long 2"]]


def test_long_bodies_are_read_one_by_one_and_others_come_in_between():
    async def script(disk: Disk) -> None:
        told: list[str] = []
        looked: list[int] = []

        async def others() -> None:
            while len(told) < 3:
                looked.append(len(told))
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(others())
            for name in "abc":
                tasks.create_task(read(disk, name, told))
        assert told == list("abc")
        assert {0, 1, 2} <= set(looked)
        await until(lambda: bool(disk.batches))

    assert played(script) == [["a", "b", "c"]]


@pytest.mark.parametrize("again", [1, 2])
def test_a_commit_waits_no_longer_than_a_moment(again):
    async def script(disk: Disk) -> None:
        async with disk.turns.reading():  # somebody whose reading does not end
            for number in range(again):
                disk.turns.add(f"short {number}")
                await until(lambda number=number: len(disk.batches) > number)
                disk.end()
                await asyncio.sleep(0)

    assert played(script) == [[f"short {number}"] for number in range(again)]


def test_a_long_body_waits_no_longer_than_a_moment():
    async def script(disk: Disk) -> None:
        told: list[str] = []
        disk.turns.add("first")
        await until(lambda: bool(disk.batches))
        await read(disk, "long", told)  # while the first commit does not end
        assert told == ["long"]
        assert len(disk.batches) == 1
        disk.end()
        await until(lambda: len(disk.batches) == 2)

    assert played(script) == [["first"], ["long"]]


def test_all_long_bodies_together_wait_for_a_commit_no_longer_than_one(monkeypatch):
    monkeypatch.setattr(room, "GATHER_SECONDS", 0.5)

    async def script(disk: Disk) -> None:
        told: list[str] = []
        disk.turns.add("first")
        await until(lambda: bool(disk.batches))
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for name in "abcd":
                tasks.create_task(read(disk, name, told))
        assert told == list("abcd")
        assert 0.4 < asyncio.get_running_loop().time() - began < 1.0
        disk.end()
        await until(lambda: len(disk.batches) == 2)

    assert played(script) == [["first"], list("abcd")]


def test_who_goes_away_while_waiting_is_waited_for_no_more():
    async def script(disk: Disk) -> None:
        disk.turns.add("first")
        await until(lambda: bool(disk.batches))
        reading = asyncio.create_task(read(disk, "long"))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        disk.turns.add("second")
        disk.end()
        await until(lambda: len(disk.batches) == 2)

    assert played(script) == [["first"], ["second"]]


def test_a_commit_begins_when_the_last_long_body_is_read_though_it_asks_for_nothing(monkeypatch):
    monkeypatch.setattr(room, "GATHER_SECONDS", 10 * SOON)

    async def script(disk: Disk) -> None:
        with suppress(KeyError):
            async with disk.turns.reading():
                disk.turns.add("short")
                for _ in range(5):
                    await asyncio.sleep(0)
                assert disk.batches == []
                patience = disk.turns._overdue
                raise KeyError  # a body that is refused
        await until(lambda: bool(disk.batches))
        assert patience.cancelled()  # else it would end the patience with the next long body

    assert played(script) == [["short"]]


def test_no_commit_begins_beside_another_whoever_asks_for_it(monkeypatch):
    monkeypatch.setattr(room, "COMMANDS_AT_ONCE", 1)

    async def script(disk: Disk) -> None:
        for name in "ab":
            disk.turns.add(name)
        disk.turns._write(overdue=True)  # just before the look that was asked for
        for _ in range(5):
            await asyncio.sleep(0)
        assert disk.batches == [["a"]]
        disk.end()
        await until(lambda: len(disk.batches) == 2)

    assert played(script) == [["a"], ["b"]]
