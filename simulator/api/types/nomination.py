"""Types of caiso_crr_nomination_v1.3.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from simulator.api.types.wire import STEP_0_001, Number, Wire, misfit

AnyName50 = Annotated[str, Meta(max_length=50, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
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
CrrType = Literal["LSE", "OBAALSE"]
PortfolioStatusType = Literal["INVALID", "VALID", "SUBMITTED", "REJECTED", "DELETED", "NEW"]
_MW = {
    "mw": Number(minimum=Decimal("0.001"), step=STEP_0_001),
}


class NewNomination(Wire, frozen=True, kw_only=True):
    """Megawatts asked for on one path, period and time of use."""

    assetOwner: Name10
    source: Name150
    sink: Name150
    hedgeType: HedgeType
    tou: TimeOfUse
    period: Name20
    crrType: CrrType
    mw: Megawatt
    description: AnyText512 | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class NewPortfolio(Wire, frozen=True, kw_only=True):
    """A portfolio to save; its list may be empty."""

    portfolioName: PortfolioName100
    marketName: Name50
    newNominations: list[NewNomination]
    participantName: ParticipantName


class Nomination(Wire, frozen=True, kw_only=True):
    """A saved nomination."""

    nominationId: Id
    assetOwner: Name10
    source: Name150
    sink: Name150
    hedgeType: HedgeType
    tou: TimeOfUse
    period: Name20
    crrType: CrrType
    mw: Megawatt
    description: AnyText512 | UnsetType = UNSET

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class Portfolio(Wire, frozen=True, kw_only=True):
    """A saved portfolio."""

    portfolioName: PortfolioName100
    marketName: Name50
    nominations: list[Nomination]


class PortfolioIdentifier(Wire, frozen=True, kw_only=True):
    """Which portfolio is meant."""

    portfolioName: PortfolioName100
    marketName: AnyName50 | UnsetType = UNSET
    participantName: ParticipantName


class PortfolioStatus(Wire, frozen=True, kw_only=True):
    """State of a portfolio."""

    portfolioName: PortfolioName100
    marketName: Name50
    status: PortfolioStatusType
    errorMessage: str | UnsetType = UNSET
