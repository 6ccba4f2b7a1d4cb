"""What people see of a market before they act, and what they hand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Crr, CrrType, Market, Portfolio, Product, Tou

Forecast = Mapping[tuple[str, Tou], Decimal]
"""Public expectation of congestion by location and time of use: the sum of MCC over the hours of
one product of the market, in USD per MW. A path is worth forecast(sink) - forecast(source)."""


@dataclass(frozen=True)
class AllocationView:
    """One allocation as one load-serving entity sees it.

    `caps` are keyed (sink, CRR type, period, time of use) and `signature_pairs`, which matter in
    the priority tier only, (source, sink, period, time of use). `sources` are those on the list
    that it may nominate from; it nominates only from its own among them.
    """

    market: Market
    products: tuple[Product, ...]
    caps: Mapping[tuple[str, CrrType, str, Tou], Decimal]
    signature_pairs: Mapping[tuple[str, str, str, Tou], Decimal]
    sources: tuple[str, ...]
    forecast_usd_per_mw: Forecast
    window_seconds: int


@dataclass(frozen=True)
class AuctionView:
    """One auction as one participant sees it.

    `locations` maps each biddable source or sink to its class (GEN, LAP, TH or SP),
    `biddable_pairs` lists the classes that go together as `GEN>LAP`; `holdings` are the person's
    own CRRs that it may offer; `credit_margin_usd_per_mw` is its guess of what credit adds for a
    MW of any path.
    """

    market: Market
    products: tuple[Product, ...]
    locations: Mapping[str, str]
    biddable_pairs: tuple[str, ...]
    forecast_usd_per_mw: Forecast
    holdings: tuple[Crr, ...]
    collateral_usd: Decimal
    window_seconds: int
    credit_margin_usd_per_mw: Decimal = Decimal(0)


class Mistake(StrEnum):
    """What careless people do wrong, so that refusals happen."""

    OVER_CAP = "OVER_CAP"
    NO_SIGNATURE = "NO_SIGNATURE"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    TOO_FINE = "TOO_FINE"
    RISING_BUY_CURVE = "RISING_BUY_CURVE"
    NOT_FROM_ZERO = "NOT_FROM_ZERO"
    FORBIDDEN_PAIR = "FORBIDDEN_PAIR"
    OVER_COLLATERAL = "OVER_COLLATERAL"
    LATE = "LATE"


@dataclass(frozen=True)
class Submission:
    """A portfolio and when it is handed in, in seconds after the window opens.

    `mistake` is what its maker got wrong, None when it is well meant; no rule may look at it.
    """

    portfolio: Portfolio
    offset_seconds: int
    mistake: Mistake | None = None
