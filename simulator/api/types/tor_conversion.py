"""Types of caiso_crr_tor_conversion_v1.2.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from simulator.api.types.wire import STEP_0_001, Number, Wire, misfit

DateTime = Annotated[datetime, Meta(tz=True)]
Id = Annotated[int, Meta(ge=1, le=9999999999)]
Name100 = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name150 = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name20 = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name64 = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
String1040 = Annotated[str, Meta(max_length=1040)]
String150 = Annotated[str, Meta(max_length=150)]
Megawatt = Decimal
TimeOfUse = Literal["ON", "OFF"]
HedgeType = Literal["OBL", "OPT"]
Modeled = Literal["Y", "N"]
ConversionWindowStatus = Literal[
    "NEW",
    "OPEN_FOR_CONVERSION",
    "CLOSED_FOR_CONVERSION",
    "OPEN_FOR_APPROVAL",
    "CLOSED_FOR_APPROVAL",
    "POSTED",
]
TorRequestStatus = Literal["PENDING_APPROVAL", "ERROR", "APPROVED", "DISAPPROVED"]
ConversionApprovalStatus = Literal["PENDING_APPROVAL", "APPROVED", "DISAPPROVED"]
TORConversionUploadStatus = Literal["VALID", "ERROR"]
_MW = {
    "mw": Number(minimum=Decimal("0.001"), step=STEP_0_001),
}
_MAXMW = {
    "maxMw": Number(minimum=Decimal("0.001"), step=STEP_0_001),
}


class Period(Wire, frozen=True, kw_only=True):
    """A month or season with its first and its last second."""

    name: Name20
    startDate: DateTime
    endDate: DateTime


class SubmissionWindow(Wire, frozen=True, kw_only=True):
    """When submissions are accepted, in UTC."""

    openDate: DateTime
    closeDate: DateTime


class ConversionRequestUploadResponse(Wire, frozen=True, kw_only=True):
    """What became of the requests."""

    status: TORConversionUploadStatus
    timestamp: DateTime
    errorMessages: str


class ConversionApprovalUploadResponse(Wire, frozen=True, kw_only=True):
    """What became of the approvals."""

    status: TORConversionUploadStatus
    timestamp: DateTime
    errorMessages: str


class ConversionRequestWithStatus(Wire, frozen=True, kw_only=True):
    """A request with its state."""

    id: Id | UnsetType = UNSET
    source: Name150
    sink: Name150
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    transfereeAO: Name64
    requestStatus: TorRequestStatus
    message: String1040 | UnsetType = UNSET
    modeled: Modeled

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class ConversionRequest(Wire, frozen=True, kw_only=True):
    """A request to convert."""

    source: Name150
    sink: Name150
    startDate: DateTime
    endDate: DateTime
    mw: Megawatt
    transfereeAO: Name64
    modeled: Modeled

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class ConversionApprovalRecord(Wire, frozen=True, kw_only=True):
    """A CRR with its approval."""

    conversionApprovalId: Id
    mtTorCrrId: Id | UnsetType = UNSET
    source: Name150
    sink: Name150
    tou: TimeOfUse
    hedgeType: HedgeType
    mw: Megawatt
    approvalStatus: ConversionApprovalStatus

    def __post_init__(self) -> None:
        try:
            if not (self.mw < STEP_0_001 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class NewTorConversionRequest(Wire, frozen=True, kw_only=True):
    """Requests of one holder."""

    torConversionWindow: Name100
    torHolder: Name64
    conversionRequests: list[ConversionRequest]


class MtTorCRRApproval(Wire, frozen=True, kw_only=True):
    """Approvals of one owner."""

    torConversionWindow: Name100
    assetOwner: Name64
    conversionApprovalRecords: list[ConversionApprovalRecord]


class TorConversionWindow(Wire, frozen=True, kw_only=True):
    """A conversion window."""

    name: Name100
    period: Period
    conversionSubmissionWindow: SubmissionWindow
    ConversionApprovalWindow: SubmissionWindow | UnsetType = UNSET
    status: ConversionWindowStatus


class TorConversionPath(Wire, frozen=True, kw_only=True):
    """A right that can be converted."""

    id: Id
    source: String150
    sink: String150
    startDate: DateTime
    endDate: DateTime
    maxMw: Megawatt

    def __post_init__(self) -> None:
        try:
            if not (self.maxMw < STEP_0_001 or self.maxMw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MAXMW)
