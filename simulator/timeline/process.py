"""The special processes of a calendar: what they are called and the states they go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from simulator.domain import Period


class ProcessKind(StrEnum):
    """What participants can do beside the markets (rulebook 2 and 7)."""

    HISTORICAL_LOAD = "HISTORICAL_LOAD"  # submission window for annual markets
    FORECAST_LOAD = "FORECAST_LOAD"  # submission window for monthly markets
    SHOWN_NEED = "SHOWN_NEED"  # entities outside the balancing area show their need and elect
    LOAD_MIGRATION = "LOAD_MIGRATION"
    TOR_CONVERSION = "TOR_CONVERSION"
    SECONDARY_MARKET = "SECONDARY_MARKET"


WINDOW = ("CLOSED", "OPEN", "CLOSED")

# Where a process of each kind begins, and where events lead it, in order.
STATES: Mapping[ProcessKind, tuple[str, ...]] = {
    ProcessKind.HISTORICAL_LOAD: WINDOW,
    ProcessKind.FORECAST_LOAD: WINDOW,
    ProcessKind.SHOWN_NEED: WINDOW,
    ProcessKind.LOAD_MIGRATION: ("PREP", "OPEN", "CLOSED", "POSTED"),
    ProcessKind.TOR_CONVERSION: (
        "NEW",
        "OPEN_FOR_CONVERSION",
        "CLOSED_FOR_CONVERSION",
        "OPEN_FOR_APPROVAL",
        "CLOSED_FOR_APPROVAL",
        "POSTED",
    ),
    ProcessKind.SECONDARY_MARKET: WINDOW,
}


@dataclass(frozen=True)
class ProcessSpec:
    """One process with the periods that it is about, in order."""

    name: str
    kind: ProcessKind
    periods: tuple[Period, ...]
    line: int = 0

    @property
    def first_status(self) -> str:
        """Where it stands before anything happens."""
        return STATES[self.kind][0]
