"""What the books know of a sandbox's clock: how far it has gone, and whether it goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from simulator.domain import Finding, refuse_if_any
from simulator.market.command import Command
from simulator.market.plain import understood
from simulator.market.world import World
from simulator.store import Transaction, special_tables

NAME = "clock"
RATE_MAX = Decimal(1_000_000)  # simulated seconds in a real one: a month in three seconds
# The end of 2999, as of all dates that are handed in: near 9999 no calendar can reckon any more.
LATEST = 32_503_679_999


class Mode(StrEnum):
    """A paused clock moves when it is told to; a running one also by itself."""

    PAUSED = "paused"
    RUNNING = "running"


@dataclass(frozen=True)
class ClockSetting:
    """Where the clock stood when it was last set; whoever reads it can tell the time from it.

    `rate` is simulated seconds a real second, `moment` epoch seconds of simulated time, `since` the
    real seconds at which it stood there, `goal` the moment that it was sent to and has not
    reached yet, or 0.
    """

    mode: Mode = Mode.PAUSED
    rate: Decimal = Decimal(1)
    moment: int = 0
    since: Decimal = Decimal(0)
    goal: int = 0

    def now(self, real: Decimal) -> int:
        """What it shows at a moment of real time; it runs to `LATEST` and stands there."""
        if self.mode is Mode.PAUSED:
            return self.moment
        return min(self.moment + int(max(real - self.since, Decimal(0)) * self.rate), LATEST)


@dataclass(frozen=True)
class CalendarEvent:
    """An event of the calendar, and whether it has been carried out; `at` in epoch seconds."""

    id: str
    at: int
    kind: str
    market: str
    text: str
    done: bool


@dataclass(frozen=True)
class ClockState:
    """The clock as people see it; `next_event` is None at the end of the calendar."""

    now: int
    mode: Mode
    rate: Decimal
    next_event: CalendarEvent | None


def setting(tx: Transaction) -> ClockSetting:
    """How the clock was last set; paused while nobody has set it."""
    return tx.derived("clock", lambda: _setting(tx))


def _setting(tx: Transaction) -> ClockSetting:
    row = tx.one(special_tables.clock, name=NAME)
    if row is None:
        return ClockSetting()
    mode, rate, since = Mode(row["mode"]), Decimal(row["rate"]), Decimal(row["since"])
    return ClockSetting(mode, rate, row["moment"], since, row["goal"])


def setting_arguments(kept: ClockSetting) -> dict[str, Any]:
    """A setting as the arguments of a `set_clock` command, whose `at` is its moment."""
    return {
        "mode": kept.mode.value, "rate": str(kept.rate), "since": str(kept.since),
        "goal": kept.goal,
    }  # fmt: skip


def set_clock(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator's: pause it, let it run at a rate, send it on, or note where it was put."""
    given = command.arguments
    with understood(command):
        mode = Mode(given["mode"])
        rate = Decimal(str(given["rate"]))
        since, goal = Decimal(str(given.get("since", 0))), int(given.get("goal", 0))
    refuse_if_any(_rate_findings(rate))
    tx.delete(special_tables.clock, {"name": NAME})
    row = {
        "name": NAME, "mode": mode.value, "rate": str(rate), "moment": command.at,
        "since": str(since), "goal": goal,
    }  # fmt: skip
    tx.insert(special_tables.clock, [row])
    return {"mode": mode.value, "rate": str(rate), "goal": goal}


def _rate_findings(rate: Decimal) -> list[Finding]:
    if rate.is_finite() and 0 < rate <= RATE_MAX:
        return []
    return [
        Finding(
            "CLK0001",
            "the clock cannot run at this rate",
            where="rate",
            found=str(rate),
            allowed=f"simulated seconds a real second, above 0 and up to {RATE_MAX}",
            remedy="give such a number; to stop the clock set its mode to paused",
            rule="design decision 2",
        )
    ]
