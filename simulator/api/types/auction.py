"""Types of caiso_crr_auction_v1.2.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from simulator.api.types.wire import STEP_0_001, STEP_0_01, Number, Wire, misfit

AnyText512 = Annotated[str, Meta(max_length=512, pattern=r"^[a-zA-Z0-9. _#@-]*\Z")]
Id = Annotated[int, Meta(ge=1, le=9999999999)]
Name10 = Annotated[str, Meta(min_length=1, max_length=10, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name150 = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name20 = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name50 = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
PortfolioName100 = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[. _-]*[a-zA-Z0-9][a-zA-Z0-9. _-]*\Z")
]
ParticipantName = Name10
HedgeType = Literal["OBL", "OPT"]
Megawatt = Decimal
TimeOfUse = Literal["ON", "OFF"]
CrrType = Literal["LSE", "AUC", "OBAALSE", "MT", "LSE_LMT", "LMT_CNT", "LSE_THCNT", "MT_TOR"]
PortfolioStatusType = Literal["INVALID", "VALID", "SUBMITTED", "REJECTED", "DELETED", "NEW"]
_MW_AND_PRICE = {
    "mw": Number(minimum=Decimal("0"), step=STEP_0_001),
    "price": Number(step=STEP_0_01),
}
_REQUIREDCREDIT = {
    "requiredCredit": Number(minimum=Decimal("0"), step=STEP_0_01),
}


class BidPoint(Wire, frozen=True, kw_only=True):
    """A price, in USD per MW of the whole product, at cumulative megawatts. The first point of a
    curve is at 0 MW.
    """

    mw: Megawatt
    price: Decimal

    def __post_init__(self) -> None:
        try:
            if not (self.mw < 0 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class NewBid(Wire, frozen=True, kw_only=True):
    """A bid to buy for one period and time of use."""

    assetOwner: Name10
    source: Name150
    sink: Name150
    hedgeType: HedgeType
    tou: TimeOfUse
    period: Name20
    crrType: CrrType
    bidCurve: Annotated[list[BidPoint], Meta(min_length=2, max_length=20)]
    description: AnyText512 | UnsetType = UNSET


class NewOffer(Wire, frozen=True, kw_only=True):
    """An offer to sell of a held CRR."""

    crrId: Id
    assetOwner: Name10
    source: Name150
    sink: Name150
    hedgeType: HedgeType
    tou: TimeOfUse
    period: Name20
    crrType: CrrType
    bidCurve: Annotated[list[BidPoint], Meta(min_length=2, max_length=20)]
    description: AnyText512 | UnsetType = UNSET


class NewPortfolio(Wire, frozen=True, kw_only=True):
    """A portfolio to save; either list may be empty."""

    portfolioName: PortfolioName100
    marketName: Name50
    newBids: list[NewBid]
    newOffers: list[NewOffer]
    participantName: ParticipantName


class Bid(Wire, frozen=True, kw_only=True):
    """A saved bid."""

    bidId: Id
    assetOwner: Name10
    source: Name150
    sink: Name150
    hedgeType: HedgeType
    tou: TimeOfUse
    period: Name20
    crrType: CrrType
    bidCurve: Annotated[list[BidPoint], Meta(min_length=2, max_length=20)]
    description: AnyText512 | UnsetType = UNSET


class Offer(Wire, frozen=True, kw_only=True):
    """A saved offer."""

    bidId: Id
    crrId: int
    assetOwner: Name10
    source: Name150
    sink: Name150
    hedgeType: HedgeType
    tou: TimeOfUse
    period: Name20
    crrType: CrrType
    bidCurve: Annotated[list[BidPoint], Meta(min_length=2, max_length=20)]
    description: AnyText512 | UnsetType = UNSET


class Portfolio(Wire, frozen=True, kw_only=True):
    """A saved portfolio."""

    portfolioName: PortfolioName100
    marketName: Name50
    bids: list[Bid]
    offers: list[Offer]


class PortfolioIdentifier(Wire, frozen=True, kw_only=True):
    """Which portfolio is meant."""

    portfolioName: PortfolioName100
    marketName: Name50
    participantName: ParticipantName


class PortfolioStatus(Wire, frozen=True, kw_only=True):
    """State of a portfolio."""

    portfolioName: PortfolioName100
    marketName: Name50
    status: PortfolioStatusType
    errorMessage: str | UnsetType = UNSET


class PortfolioCredit(Wire, frozen=True, kw_only=True):
    """Credit that a portfolio takes, in USD."""

    portfolioName: PortfolioName100
    marketName: Name50
    requiredCredit: Decimal

    def __post_init__(self) -> None:
        try:
            if not (self.requiredCredit < 0 or self.requiredCredit % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _REQUIREDCREDIT)
