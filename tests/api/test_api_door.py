"""The door's turns: a calendar that is far behind goes on, and callers come in between."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

from simulator.api.door import Door


class SlowCalendar:
    """Behind until it has been let on so many times."""

    def __init__(self, times: int, told: list[str]) -> None:
        self.times = times
        self.told = told
        self.asked_in: set[str] = set()

    @property
    def behind(self) -> bool:
        self.asked_in.add(threading.current_thread().name.partition("_")[0])
        return self.times > 0

    def now(self) -> int:
        return 0

    def catch_up(self) -> int:
        self.times -= 1
        self.told.append("calendar")
        return 0


def test_a_calendar_that_is_behind_goes_on_by_itself_and_others_come_in_between():
    told: list[str] = []
    room: Any = SimpleNamespace(store=SimpleNamespace(length=lambda: 0))
    clock = SlowCalendar(5, told)

    async def play() -> None:
        door = Door(room, clock)
        door.tick()  # once: nobody ticks again
        await door.in_turn(lambda: told.append("caller"))
        while clock.times > 0:
            await asyncio.sleep(0)
        await door.in_turn(lambda: None)
        door.close()

    asyncio.run(asyncio.wait_for(play(), 20))
    assert told.count("calendar") == 5
    assert told.index("caller") < 5
    assert clock.asked_in == {"writer"}  # elsewhere a command could be under way: nobody knows then
