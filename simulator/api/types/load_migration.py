"""Types of caiso_crr_load_migration_v1.3.2_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from simulator.api.types.wire import STEP_0_001, Number, Wire, misfit

DateTime = Annotated[datetime, Meta(tz=True)]
Digits9 = Annotated[str, Meta(min_length=1, max_length=9, pattern=r"^[0-9]*\Z")]
From0To9223372036854775807 = Annotated[int, Meta(ge=0, le=9223372036854775807)]
From1To25 = Annotated[int, Meta(ge=1, le=25)]
From1To9223372036854775807 = Annotated[int, Meta(ge=1, le=9223372036854775807)]
From2000To2999 = Annotated[int, Meta(ge=2000, le=2999)]
Id = Annotated[int, Meta(ge=1, le=9999999999)]
Name150 = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name50 = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name64 = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
String64 = Annotated[str, Meta(max_length=64)]
LMMarketStatus = Literal["PREP", "OPEN", "CLOSED", "POSTED"]
SubmissionStatus = Literal["VALID"]
TimeOfUse = Literal["ON", "OFF"]
Megawatt = Decimal
YesNo = Literal["Yes", "No"]
Season = Literal[1, 2, 3, 4]
CustomerClass = Literal[
    "AGRICULTURAL",
    "RESIDENTIAL",
    "LARGE15_2",
    "LIGHTING",
    "MED_COM",
    "LARGE1_15",
    "SMALL_COM",
    "LARGE2_3",
    "LARGE3_5",
    "LARGE5_8",
    "LARGE8_13",
    "LARGE13_18",
    "LARGE18_24",
    "LARGE24_30",
    "LARGE30_40",
    "LARGE40_50",
    "LARGE50_60",
    "LARGE60_70",
    "LARGE70_80",
    "LARGE80_UP",
    "INDUSTRIAL",
]
CrrType = Literal["LSE_LMT", "LMT_CNT"]
_KWRATE = {
    "kwRate": Number(minimum=Decimal("0.001"), step=STEP_0_001),
}
_LOADPERCENTAGE_AND_LOADTRANSFERMW = {
    "loadPercentage": Number(minimum=Decimal("0"), maximum=Decimal("100")),
    "loadTransferMw": Number(minimum=Decimal("0"), maximum=Decimal("9223372036854775807")),
}


class UDCSubmissionStatus(Wire, frozen=True, kw_only=True):
    """What became of an upload."""

    submissionStatus: SubmissionStatus


class NHourData(Wire, frozen=True, kw_only=True):
    """One of the hours that set the rates."""

    defaultLoadAggregationPoint: Name150
    seasonNumber: Season
    tou: TimeOfUse
    effectiveDate: DateTime
    hourEnding: From1To25
    lastModified: DateTime | UnsetType = UNSET


class SubmissionWindow(Wire, frozen=True, kw_only=True):
    """When submissions are accepted, in UTC."""

    openDate: DateTime
    closeDate: DateTime


class LoadMigrationMarket(Wire, frozen=True, kw_only=True):
    """One load migration market."""

    marketName: Name50
    effectiveDate: DateTime
    nHourDataPosting: YesNo
    nHourDataPostDate: DateTime | UnsetType = UNSET
    submissionWindow: SubmissionWindow
    marketStatus: LMMarketStatus


class NumberOfCustomers(Wire, frozen=True, kw_only=True):
    """Customers of an entity in a class."""

    lse: Digits9
    class_: CustomerClass = field(name="class")
    numberOfCustomers: From1To9223372036854775807
    lastModified: DateTime | UnsetType = UNSET


class PostNumberOfCustomers(Wire, frozen=True, kw_only=True):
    """Customers of an entity in a class."""

    lse: Digits9
    class_: CustomerClass = field(name="class")
    numberOfCustomers: From0To9223372036854775807


class NumberOfCustomersSet(Wire, frozen=True, kw_only=True):
    """Uploaded numbers of customers."""

    loadMigrationMarket: Name50
    udcName: Name64
    numberOfCustomerRecords: list[NumberOfCustomers]


class PostNumberOfCustomersSet(Wire, frozen=True, kw_only=True):
    """Numbers of customers to upload."""

    loadMigrationMarket: Name50
    udcName: Name64
    numberOfCustomerRecords: list[PostNumberOfCustomers]


class DASRsummary(Wire, frozen=True, kw_only=True):
    """Customers that moved."""

    recordId: Name50
    class_: CustomerClass = field(name="class")
    fromLse: Digits9
    toLse: Digits9
    numCustomerTransfer: From1To9223372036854775807
    lastModified: DateTime | UnsetType = UNSET


class PostDASRsummary(Wire, frozen=True, kw_only=True):
    """Customers that moved."""

    recordId: Name50
    class_: CustomerClass = field(name="class")
    fromLse: Digits9
    toLse: Digits9
    numCustomerTransfer: From1To9223372036854775807


class DASRsummaryset(Wire, frozen=True, kw_only=True):
    """Uploaded moves."""

    loadMigrationMarket: Name50
    udcName: String64
    dasrRecords: list[DASRsummary]


class PostDASRsummaryset(Wire, frozen=True, kw_only=True):
    """Moves to upload."""

    loadMigrationMarket: Name50
    udcName: Name64
    effectiveDate: DateTime
    dasrRecords: list[PostDASRsummary]


class CustomerRate(Wire, frozen=True, kw_only=True):
    """kW of a customer of a class."""

    class_: CustomerClass = field(name="class")
    tou: TimeOfUse
    seasonNumber: Season
    kwRate: Megawatt
    year: From2000To2999
    uploadDate: DateTime
    lastModified: DateTime

    def __post_init__(self) -> None:
        try:
            if not (self.kwRate < STEP_0_001 or self.kwRate % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _KWRATE)


class PostCustomerRate(Wire, frozen=True, kw_only=True):
    """kW of a customer of a class."""

    class_: CustomerClass = field(name="class")
    tou: TimeOfUse
    seasonNumber: Season
    kwRate: Megawatt
    year: From2000To2999

    def __post_init__(self) -> None:
        try:
            if not (self.kwRate < STEP_0_001 or self.kwRate % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _KWRATE)


class CustomerRateSet(Wire, frozen=True, kw_only=True):
    """Uploaded rates."""

    loadMigrationMarket: Name50
    udcName: Name64
    customerRateRecords: list[CustomerRate]


class PostCustomerRateSet(Wire, frozen=True, kw_only=True):
    """Rates to upload."""

    loadMigrationMarket: Name50
    udcName: Name64
    customerRateRecords: list[PostCustomerRate]


class LoadPercentage(Wire, frozen=True, kw_only=True):
    """Share of load that moved between two entities."""

    id: Id
    udc: Name64
    fromLse: Name64
    toLse: Name64
    fromAssetOwner: Name64
    toAssetOwner: Name64
    seasonNumber: Season
    tou: TimeOfUse
    loadPercentage: Decimal
    loadTransferMw: Decimal

    def __post_init__(self) -> None:
        try:
            if not (
                self.loadPercentage < 0
                or self.loadPercentage > 100
                or self.loadTransferMw < 0
                or self.loadTransferMw > 9223372036854775807
            ):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _LOADPERCENTAGE_AND_LOADTRANSFERMW)


class LoadPercentageResults(Wire, frozen=True, kw_only=True):
    """Shares of load that moved."""

    loadMigrationMarket: Name50
    loadMigrationPercentages: list[LoadPercentage]


class LoadMigrationCrr(Wire, frozen=True, kw_only=True):
    """A CRR of the market."""

    crrId: Id
    parentCrrId: Id
    assetOwner: Name64
    source: Name150
    sink: Name150
    tou: TimeOfUse
    startDate: DateTime
    endDate: DateTime
    crrType: CrrType
    initialMw: Decimal | UnsetType = UNSET
    adjustedMw: Decimal | UnsetType = UNSET


class LoadMigrationResults(Wire, frozen=True, kw_only=True):
    """CRRs of the market."""

    loadMigrationMarket: Name50
    loadMigrationCrrs: list[LoadMigrationCrr]


class LoadMigrationMarketStatus(Wire, frozen=True, kw_only=True):
    """State of a market."""

    marketStatus: LMMarketStatus
