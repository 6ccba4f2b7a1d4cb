"""The nouns of the market: frozen, without I/O, units in their names."""

from simulator.domain.crr import Crr, CrrType, Hedge
from simulator.domain.finding import Finding, Refused, refuse_if_any
from simulator.domain.market import Market, MarketKind, MarketState, MarketStatus, MarketTerm, Tier
from simulator.domain.participant import Participant, Role
from simulator.domain.portfolio import (
    Bid,
    CurvePoint,
    Nomination,
    Portfolio,
    PortfolioStatus,
    TransactionType,
)
from simulator.domain.product import Period, Product, Tou
from simulator.domain.quantity import CENT, MW_STEP, mw, mw_down, usd
from simulator.domain.result import (
    Award,
    BindingConstraint,
    Direction,
    LocationPrice,
    RelaxedConstraint,
)
from simulator.domain.statement import ChargeCode, StatementLine

__all__ = [
    "CENT",
    "MW_STEP",
    "Award",
    "Bid",
    "BindingConstraint",
    "ChargeCode",
    "Crr",
    "CrrType",
    "CurvePoint",
    "Direction",
    "Finding",
    "Hedge",
    "LocationPrice",
    "Market",
    "MarketKind",
    "MarketState",
    "MarketStatus",
    "MarketTerm",
    "Nomination",
    "Participant",
    "Period",
    "Portfolio",
    "PortfolioStatus",
    "Product",
    "Refused",
    "RelaxedConstraint",
    "Role",
    "StatementLine",
    "Tier",
    "Tou",
    "TransactionType",
    "mw",
    "mw_down",
    "refuse_if_any",
    "usd",
]
