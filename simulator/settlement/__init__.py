"""Settlement: awards and day-ahead congestion become statements, to the cent."""

from simulator.settlement.account import AccountEntry, BalancingAccount, balancing_account
from simulator.settlement.auction import award_amount_usd, settle_auction
from simulator.settlement.case import (
    AuctionAward,
    ConstraintHour,
    SettlementCalendar,
    SettlementCase,
)
from simulator.settlement.day import DaySettlement, settle_day
from simulator.settlement.flows import Flows
from simulator.settlement.month import Adjustment, ConstraintMonth, MonthEnd, month_end
from simulator.settlement.rights import Rights
from simulator.settlement.settle import SettlementResult, settle, statement_order

__all__ = [
    "AccountEntry",
    "Adjustment",
    "AuctionAward",
    "BalancingAccount",
    "ConstraintHour",
    "ConstraintMonth",
    "DaySettlement",
    "Flows",
    "MonthEnd",
    "Rights",
    "SettlementCalendar",
    "SettlementCase",
    "SettlementResult",
    "award_amount_usd",
    "balancing_account",
    "month_end",
    "settle",
    "settle_auction",
    "settle_day",
    "statement_order",
]
