"""A request of the secondary market: who offers what to whom, and how far it has come (7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain import CrrType, Hedge, Tou


class OfferStatus(StrEnum):
    """States of the wire contract; a response has the same ones but POSTED."""

    POSTED = "POSTED"
    PENDING_MP_RESPONSE = "PENDING_MP_RESPONSE"
    PENDING_CREDIT_CHECK = "PENDING_CREDIT_CHECK"
    APPROVED = "APPROVED"
    DISAPPROVED = "DISAPPROVED"
    ERROR = "ERROR"


FINAL = (OfferStatus.APPROVED, OfferStatus.DISAPPROVED, OfferStatus.ERROR)


class Side(StrEnum):
    """What the one who offers wants to do."""

    BUY = "BUY"
    SELL = "SELL"


class PostType(StrEnum):
    """Whether everybody was asked at first, or one counterparty."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"


@dataclass(frozen=True)
class Offer:
    """One request: `counterparty` is "" while it is public; `crr_id` is known from a SELL on."""

    request_id: str
    owner: str
    side: Side
    source: str
    sink: str
    tou: Tou
    hedge: Hedge
    crr_type: CrrType
    start: date
    end: date
    mw: Decimal
    price_usd_per_mw: Decimal
    crr_id: str = ""
    counterparty: str = ""
    contact: str = ""
    status: OfferStatus = OfferStatus.POSTED
    message: str = ""
    post_type: PostType = PostType.PUBLIC
    response_id: str = ""

    @property
    def seller(self) -> str:
        """Who gives the CRR away; "" while nobody is named."""
        return self.owner if self.side == Side.SELL else self.counterparty

    @property
    def buyer(self) -> str:
        """Who gets it; "" while nobody is named."""
        return self.counterparty if self.side == Side.SELL else self.owner

    def is_pending(self, today: date = date.min) -> bool:
        """Whether it binds its CRR, so that no auction offer of it is accepted (rulebook 4.4).

        Until the day before flow: afterwards nothing can come of it any more.
        """
        return bool(self.crr_id) and self.status not in FINAL and self.start > today
