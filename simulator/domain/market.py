"""One market: an allocation tier or an auction, with its products and its states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simulator.domain.product import Product


class MarketKind(StrEnum):
    """Names as in the market status service."""

    ALLOCATION = "ALLOCATION"
    AUCTION = "AUCTION"


class MarketTerm(StrEnum):
    """Monthly markets sell one month, annual ones four seasons."""

    MONTHLY = "MONTHLY"
    ANNUAL = "ANNUAL"


class MarketStatus(StrEnum):
    """PREP before the window opens, CLOSED until the results are posted (wire contract 5)."""

    PREP = "PREP"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    POSTED = "POSTED"


class Tier(StrEnum):
    """The step of an allocation; an auction has none."""

    NONE = ""
    T1 = "T1"  # monthly tier 1
    T2 = "T2"  # monthly tier 2; annual tier 2 where the market's term is annual
    PNP = "PNP"  # annual tier 1, the priority nomination process
    LT = "LT"  # annual tier LT: ten-year rights out of the priority awards
    T3 = "T3"  # annual tier 3

    @property
    def by_pair(self) -> bool:
        """Whether it takes only pairs that the operator has posted (rulebook 2.4)."""
        return self in (Tier.PNP, Tier.LT)


@dataclass(frozen=True)
class Market:
    """`limit_scale` is the share of every limit that this market releases (rulebook 3.2)."""

    name: str
    kind: MarketKind
    term: MarketTerm
    tier: Tier
    products: tuple[Product, ...]
    limit_scale: float


@dataclass(frozen=True)
class MarketState:
    """A market and where it stands; times are epoch seconds, the window is half open."""

    market: Market
    status: MarketStatus
    opens_at: int
    closes_at: int
    posted_at: int | None = None
