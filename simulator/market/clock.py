"""What the books know of a sandbox's clock: how far it has gone, and whether it goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from simulator.domain import Finding, refuse_if_any
from simulator.market.command import Command
from simulator.market.plain import operator_only, understood
from simulator.market.world import World
from simulator.store import Transaction, special_tables

NAME = "clock"
RATE_MAX = Decimal(1_000_000)  # simulated seconds in a real one: a month in three seconds


class Mode(StrEnum):
    """A paused clock moves when it is told to; a running one also by itself."""

    PAUSED = "paused"
    RUNNING = "running"


@dataclass(frozen=True)
class ClockSetting:
    """`rate` is simulated seconds a real second; `moment` is in epoch seconds."""

    mode: Mode = Mode.PAUSED
    rate: Decimal = Decimal(1)
    moment: int = 0


def setting(tx: Transaction) -> ClockSetting:
    """How the clock was last set; paused while nobody has set it."""
    row = tx.one(special_tables.clock, name=NAME)
    if row is None:
        return ClockSetting()
    return ClockSetting(Mode(row["mode"]), Decimal(row["rate"]), row["moment"])


def set_clock(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator's: pause it, let it run at a rate, or note where it was put."""
    with understood(command):
        mode = Mode(command.arguments["mode"])
        rate = Decimal(str(command.arguments["rate"]))
    refuse_if_any(operator_only(command) + _rate_findings(rate))
    tx.delete(special_tables.clock, {"name": NAME})
    row = {"name": NAME, "mode": mode.value, "rate": str(rate), "moment": command.at}
    tx.insert(special_tables.clock, [row])
    return {"mode": mode.value, "rate": str(rate)}


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
        )
    ]
