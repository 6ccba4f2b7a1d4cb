"""Types of caiso_crr_secondary_market_v1.2.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from simulator.api.types.wire import STEP_0_001, STEP_0_01, Number, Wire, misfit

AnyEmail256 = Annotated[str, Meta(max_length=256, pattern=r"^[a-zA-Z0-9@._-]*\Z")]
AnyName256 = Annotated[str, Meta(max_length=256, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
AnyName64 = Annotated[str, Meta(max_length=64, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
AnyPhone256 = Annotated[str, Meta(max_length=256, pattern=r"^[0-9. _-]*\Z")]
DateTime = Annotated[datetime, Meta(tz=True)]
Id = Annotated[int, Meta(ge=1, le=9999999999)]
Name = Annotated[str, Meta(min_length=1, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name150 = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name256 = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name6 = Annotated[str, Meta(min_length=1, max_length=6, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name64 = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
String1024 = Annotated[str, Meta(max_length=1024)]
OfferType = Literal["BUY", "SELL"]
OfferStatus = Literal[
    "POSTED",
    "PENDING_MP_RESPONSE",
    "APPROVED",
    "DISAPPROVED",
    "PENDING_CREDIT_CHECK",
    "ERROR",
]
ResponseStatus = Literal[
    "PENDING_MP_RESPONSE",
    "APPROVED",
    "DISAPPROVED",
    "PENDING_CREDIT_CHECK",
    "ERROR",
]
PostType = Literal["PUBLIC", "PRIVATE"]
TimeOfUse = Literal["ON", "OFF"]
HedgeType = Literal["OBL", "OPT"]
CrrType = Literal["LSE", "AUC", "OBAALSE", "MT", "LSE_LMT", "LMT_CNT", "LSE_THCNT", "MT_TOR"]
Megawatt = Decimal
Price = Decimal
_MW_AND_PRICE = {
    "mw": Number(minimum=Decimal("0.001"), step=STEP_0_001),
    "price": Number(step=STEP_0_01),
}
_MW = {
    "mw": Number(minimum=Decimal("0.001"), step=STEP_0_001),
}
_PRICE = {
    "price": Number(step=STEP_0_01),
}


class ContactInfo(Wire, frozen=True, kw_only=True):
    """Whom to ask about an offer."""

    name: Name256
    phone: AnyPhone256
    email: AnyEmail256
    address: AnyName256 | UnsetType = UNSET


class NewPrivateSmBuyOffer(Wire, frozen=True, kw_only=True):
    """A new offer to buy from one participant."""

    assetOwner: Name64
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    price: Price
    targetMpName: Name64
    contactInfo: ContactInfo | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class NewPrivateSmSellOffer(Wire, frozen=True, kw_only=True):
    """A new offer to sell to one participant."""

    assetOwner: Name64
    crrId: int
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    price: Price
    targetMpName: Name
    contactInfo: ContactInfo | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class NewPublicSmBuyOffer(Wire, frozen=True, kw_only=True):
    """A new public offer to buy."""

    assetOwner: Name
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    price: Price
    contactInfo: ContactInfo

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class NewPublicSmSellOffer(Wire, frozen=True, kw_only=True):
    """A new public offer to sell."""

    assetOwner: Name64
    crrId: Id
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    price: Price
    contactInfo: ContactInfo

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class SmOffer(Wire, frozen=True, kw_only=True):
    """An offer."""

    assetOwner: Name64
    requestId: Id
    offerType: OfferType
    postType: PostType
    crrId: Id | UnsetType = UNSET
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    price: Price
    targetMpName: AnyName64 | UnsetType = UNSET
    contactInfo: ContactInfo | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class SmResponse(Wire, frozen=True, kw_only=True):
    """A response, or an offer that waits for one."""

    responseId: Id | UnsetType = UNSET
    requestId: Id
    initiatingOfferType: OfferType
    initiatingAO: Name64
    crrId: Id | UnsetType = UNSET
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    price: Price
    respondingAssetOwner: AnyName64 | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001 or self.price % STEP_0_01):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW_AND_PRICE)


class SmResponseToBuyOffer(Wire, frozen=True, kw_only=True):
    """Acceptance of an offer to buy."""

    requestId: Id
    crrId: Id


class SmResponseToSellOffer(Wire, frozen=True, kw_only=True):
    """Acceptance of an offer to sell."""

    requestId: Id


class SmOfferStatus(Wire, frozen=True, kw_only=True):
    """What became of one offer."""

    assetOwner: Name6
    requestId: Id | UnsetType = UNSET
    offerType: OfferType
    postType: PostType
    crrId: Id | UnsetType = UNSET
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    crrType: CrrType
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    offerStatus: OfferStatus
    message: String1024 | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class TargetRespondingMp(Wire, frozen=True, kw_only=True):
    """Who is to respond to a public offer."""

    requestId: Id
    respondingMpName: Name64
    price: Price

    def __post_init__(self) -> None:
        try:
            if not self.price % STEP_0_01:
                return
        except ArithmeticError:
            pass
        raise misfit(self, _PRICE)


class SmResponseStatus(Wire, frozen=True, kw_only=True):
    """What became of one response."""

    requestId: Id
    responseId: Id | UnsetType = UNSET
    responseStatus: ResponseStatus
    message: String1024 | UnsetType = UNSET
