"""One market to clear: everything the answer depends on, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from simulator.domain import Bid, Hedge, Nomination, Tou
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.model import Contingency, Interface, Location
from simulator.network.tables import BASE_CASE as BASE_CASE


@dataclass(frozen=True)
class FixedCrr:
    """A right that is already held: base loading, and what a SELL may take away."""

    crr_id: str
    owner: str
    source: str
    sink: str
    hedge: Hedge
    tou: Tou
    period: str
    mw: Decimal


@dataclass(frozen=True)
class ClearingCase:
    """An auction or an allocation on one network (outer contract, section 3).

    `network` has the market's outages out already. `locations` None: every bus number is a
    location. `monitored` None: every branch with a rating is enforced. `limit_scale` multiplies
    every limit, branches and interfaces alike. Interfaces are enforced in the base case only.
    Phase shifters hold their angle, so that they move no CRR flow.
    """

    name: str
    kind: str  # "auction" or "allocation"
    objective: str  # "bid_value", "weighted_least_squares" or "max_mw"
    network: DcNetwork
    locations: Mapping[str, Location] | None = None
    contingencies: tuple[Contingency, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    monitored: tuple[BranchKey, ...] | None = None
    fixed_crrs: tuple[FixedCrr, ...] = ()
    bids: tuple[Bid, ...] = ()
    nominations: tuple[Nomination, ...] = ()
    limit_scale: float = 1.0
    base_rating: str = "A"
    contingency_rating: str = "B"
    infeasible_base: str = "relax"  # or "refuse"
    curve: str = "linear"  # or "step"
    impedance_correction: bool = True  # whether `network` has its transformers' tables in
    outages: tuple[BranchKey, ...] = ()  # what is out of `network`, for the record
    warnings: tuple[str, ...] = ()  # what reading it noticed but accepted
