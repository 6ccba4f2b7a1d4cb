"""What a market lays over a DC network: contingencies, interfaces and locations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.domain import Tou
from simulator.network.branch import BranchKey
from simulator.network.case import Case
from simulator.network.dc import DcNetwork
from simulator.network.machine import MachineKey


@dataclass(frozen=True, order=True)
class Contingency:
    """What is lost together: branches, of a multi-section line all, and machines."""

    name: str
    branches: tuple[BranchKey, ...]
    machines: tuple[MachineKey, ...] = ()


@dataclass(frozen=True)
class Interface:
    """A weighted sum of branch flows with a limit each way; None is no limit, 0 MW is a limit.

    A term's flow counts from the `from_bus` to the `to_bus` of its key, which may be against the
    direction of the file. Both limits are positive numbers: -reverse <= flow <= forward.
    """

    name: str
    terms: tuple[tuple[BranchKey, float], ...]
    forward_limit_mw: float | None
    reverse_limit_mw: float | None


@dataclass(frozen=True)
class Location:
    """A source or sink: one bus, or an aggregate whose factors add to 1 for each time of use."""

    name: str
    type: str
    biddable: bool
    factors: Mapping[Tou, tuple[tuple[int, float], ...]]  # (bus number, factor), by bus number
    zone: str = ""


@dataclass(frozen=True)
class NetworkModel:
    """A case with its DC network (outages out) and the market's tables.

    `locations` None: every bus number is a location. `monitored` None: every rated branch.
    """

    case: Case
    network: DcNetwork
    locations: Mapping[str, Location] | None
    contingencies: tuple[Contingency, ...]
    interfaces: tuple[Interface, ...]
    monitored: tuple[BranchKey, ...] | None
    outages: tuple[BranchKey, ...] = ()
    warnings: tuple[str, ...] = ()
