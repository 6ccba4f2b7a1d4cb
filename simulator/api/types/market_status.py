"""Types of caiso_crr_market_status_v1.2.0_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from simulator.api.types.wire import Wire

DateTime = Annotated[datetime, Meta(tz=True)]
Name50 = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
String20 = Annotated[str, Meta(max_length=20)]
MarketStatus = Literal["PREP", "OPEN", "CLOSED", "POSTED"]
MarketType = Literal["ALLOCATION", "AUCTION"]
MarketTerm = Literal["MONTHLY", "ANNUAL"]
TimeOfUse = Literal["ON", "OFF"]


class Period(Wire, frozen=True, kw_only=True):
    """A month or season with its first and its last second."""

    name: String20
    startDate: DateTime
    endDate: DateTime


class SubmissionWindow(Wire, frozen=True, kw_only=True):
    """When submissions are accepted, in UTC."""

    openDate: DateTime
    closeDate: DateTime


class Product(Wire, frozen=True, kw_only=True):
    """What is sold: a period and a time of use."""

    period: Period
    tou: TimeOfUse


class Market(Wire, frozen=True, kw_only=True):
    """One market; it has no property for its state."""

    name: Name50
    marketType: MarketType
    marketTerm: MarketTerm
    dataPublishDate: DateTime
    submissionWindow: SubmissionWindow
    products: Annotated[list[Product], Meta(min_length=2)]
