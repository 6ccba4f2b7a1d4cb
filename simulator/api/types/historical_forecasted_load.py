"""Types of caiso_crr_historical_forecasted_load_v1.1.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815, N816

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from simulator.api.types.wire import STEP_0_001, Number, Wire, misfit

DateTime = Annotated[datetime, Meta(tz=True)]
From1To25 = Annotated[int, Meta(ge=1, le=25)]
Name = Annotated[str, Meta(min_length=1, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name150 = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name20 = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name40 = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
Name64 = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
LoadSubmissionWindowStatus = Literal["OPEN", "CLOSED"]
MarketTerm = Literal["MONTHLY", "ANNUAL"]
historicalforecastedloadFlag = Literal["H", "F"]
Megawatt = Decimal
LoadType = Literal["FINAL_LOAD", "GROSS_LOAD", "GROSS_GENERATION"]
CRRTimeOfUse = Literal["OFF", "ON"]
SubmissionStatus = Literal["VALID", "ERROR"]
_MW = {
    "mw": Number(minimum=Decimal("0"), step=STEP_0_001),
}
_MAXMW_AND_EXCEEDANCE = {
    "maxMW": Number(minimum=Decimal("0"), step=STEP_0_001),
    "exceedance": Number(minimum=Decimal("0"), step=STEP_0_001),
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


class LoadSubmissionWindow(Wire, frozen=True, kw_only=True):
    """When load is submitted, and for which periods."""

    name: Name
    histForecastFlag: historicalforecastedloadFlag
    term: MarketTerm
    submissionWindow: SubmissionWindow
    periods: Annotated[list[Period], Meta(min_length=1, max_length=4)]
    windowStatus: LoadSubmissionWindowStatus


class LoadSubmissionStatus(Wire, frozen=True, kw_only=True):
    """State of a submission."""

    status: SubmissionStatus
    submissionTime: DateTime
    errorMessages: str | UnsetType = UNSET


class HourlyLoadRecord(Wire, frozen=True, kw_only=True):
    """Load of one sink in one hour."""

    sinkName: Name150
    effectiveDate: DateTime
    hourEnding: From1To25
    dataType: LoadType
    mw: Megawatt

    def __post_init__(self) -> None:
        try:
            if not (self.mw < 0 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class HourlyLoadResponseRecord(Wire, frozen=True, kw_only=True):
    """Load of one sink in one hour, with its time of use."""

    sinkName: Name150
    effectiveDate: DateTime
    hourEnding: From1To25
    dataType: LoadType
    mw: Megawatt
    timeOfUse: CRRTimeOfUse

    def __post_init__(self) -> None:
        try:
            if not (self.mw < 0 or self.mw % STEP_0_001):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MW)


class LoadExceedance(Wire, frozen=True, kw_only=True):
    """Greatest and exceeded load of a sink."""

    sinkName: Name150
    maxMW: Megawatt
    exceedance: Megawatt
    timeOfUse: CRRTimeOfUse

    def __post_init__(self) -> None:
        try:
            if not (
                self.maxMW < 0
                or self.maxMW % STEP_0_001
                or self.exceedance < 0
                or self.exceedance % STEP_0_001
            ):
                return
        except ArithmeticError:
            pass
        raise misfit(self, _MAXMW_AND_EXCEEDANCE)


class LoadDataSet(Wire, frozen=True, kw_only=True):
    """Hourly load for one period."""

    histForecastFlag: historicalforecastedloadFlag
    assetOwner: Name64
    loadSubmissionWindowName: Name40
    periodName: Name20
    hourlyLoad: Annotated[list[HourlyLoadRecord], Meta(min_length=1)]


class LoadDataResponseSet(Wire, frozen=True, kw_only=True):
    """Submitted hourly load for one period."""

    histForecastFlag: historicalforecastedloadFlag
    assetOwner: Name64
    loadSubmissionWindowName: Name40
    periodName: Name20
    hourlyLoad: Annotated[list[HourlyLoadResponseRecord], Meta(min_length=1)]
    loadSubmissionStatus: LoadSubmissionStatus


class LoadExceedanceSet(Wire, frozen=True, kw_only=True):
    """Exceedance values of all sinks."""

    loadExceedance: list[LoadExceedance]
    lastCalculation: DateTime
