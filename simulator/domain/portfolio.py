"""What participants submit: bids, offers and nominations, in portfolios."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from simulator.domain.crr import CrrType, Hedge
from simulator.domain.product import Tou


class TransactionType(StrEnum):
    """A buyer takes a CRR, a seller gives up one that it holds."""

    BUY = "BUY"
    SELL = "SELL"


class PortfolioStatus(StrEnum):
    """States of the wire contract (sections 3 and 4); REJECTED and DELETED are never stored."""

    NEW = "NEW"
    VALID = "VALID"
    INVALID = "INVALID"
    SUBMITTED = "SUBMITTED"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


@dataclass(frozen=True, order=True)
class CurvePoint:
    """`price_usd_per_mw` is per MW of the whole product, at cumulative `mw`."""

    mw: Decimal
    price_usd_per_mw: Decimal


@dataclass(frozen=True)
class Bid:
    """One auction bid (BUY) or offer (SELL, of the CRR `crr_id`) for one period and time of use."""

    bid_id: str
    participant: str
    transaction: TransactionType
    hedge: Hedge
    source: str
    sink: str
    tou: Tou
    period: str
    curve: tuple[CurvePoint, ...]
    crr_id: str = ""
    crr_type: CrrType = CrrType.AUC
    description: str = ""

    @property
    def mw(self) -> Decimal:
        """The largest MW the curve reaches."""
        return self.curve[-1].mw


@dataclass(frozen=True)
class Nomination:
    """MW asked for in an allocation, without a price."""

    nomination_id: str
    participant: str
    source: str
    sink: str
    tou: Tou
    period: str
    mw: Decimal
    crr_type: CrrType = CrrType.LSE
    description: str = ""


@dataclass(frozen=True)
class Portfolio:
    """A named set of bids or nominations of one participant in one market."""

    name: str
    market: str
    participant: str
    bids: tuple[Bid, ...] = ()
    nominations: tuple[Nomination, ...] = ()
    status: PortfolioStatus = PortfolioStatus.NEW
    message: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it that could be submitted."""
        return not self.bids and not self.nominations
