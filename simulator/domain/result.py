"""What a cleared market publishes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from simulator.domain.crr import CrrType, Hedge
from simulator.domain.portfolio import TransactionType
from simulator.domain.product import Tou


class Direction(StrEnum):
    """Of a flow or a limit, against the element's own from and to."""

    FROM_TO = "FROM_TO"
    TO_FROM = "TO_FROM"


@dataclass(frozen=True)
class Award:
    """What one bid or nomination got; allocations have no price (`None`)."""

    bid_id: str
    participant: str
    transaction: TransactionType
    hedge: Hedge
    source: str
    sink: str
    tou: Tou
    period: str
    submitted_mw: Decimal
    awarded_mw: Decimal
    clearing_price_usd_per_mw: Decimal | None = None
    crr_id: str = ""
    crr_type: CrrType = CrrType.AUC


@dataclass(frozen=True)
class LocationPrice:
    """Nodal price; a path costs price(source) - price(sink) (rulebook 4.6, W13)."""

    location: str
    tou: Tou
    period: str
    price_usd_per_mw: Decimal


@dataclass(frozen=True)
class BindingConstraint:
    """A limit that the awards use up, and what one more MW of it is worth."""

    name: str
    device_type: str  # BRANCH or INTERFACE
    from_bus: int
    to_bus: int
    circuit: str
    contingency: str
    direction: Direction
    tou: Tou
    period: str
    flow_mw: Decimal
    limit_mw: Decimal
    shadow_price_usd_per_mw: Decimal


@dataclass(frozen=True)
class RelaxedConstraint:
    """A limit that the fixed CRRs alone exceed, lifted to their flow (rulebook 3.6)."""

    name: str
    device_type: str
    from_bus: int
    to_bus: int
    circuit: str
    contingency: str
    direction: Direction
    tou: Tou
    period: str
    original_limit_mw: Decimal
    limit_mw: Decimal
    fixed_flow_mw: Decimal
