"""Settlement: awards and day-ahead congestion become statements, to the cent."""

from simulator.settlement.account import AccountEntry, BalancingAccount, balancing_account
from simulator.settlement.adequacy import Adequacy, CutOffEffect, adequacy, cut_off_lens
from simulator.settlement.auction import award_amount_usd, settle_auction
from simulator.settlement.case import (
    AuctionAward,
    ConstraintHour,
    IntertieReduction,
    MeasuredDemand,
    RealTime,
    RightSchedule,
    SettlementCalendar,
    SettlementCase,
    VirtualAward,
)
from simulator.settlement.clawback import (
    Clawback,
    IntertieHour,
    VirtualHour,
    clawbacks,
    settle_clawbacks,
)
from simulator.settlement.day import DaySettlement, settle_day
from simulator.settlement.difference import (
    LineDifference,
    compare,
    differences,
    recalculation,
)
from simulator.settlement.flows import Flows
from simulator.settlement.folder import read_settlement_folder
from simulator.settlement.measured_demand import distribute_to_measured_demand
from simulator.settlement.month import Adjustment, ConstraintMonth, MonthEnd, month_end
from simulator.settlement.remap import Replacement, remapped
from simulator.settlement.report import write_settlement
from simulator.settlement.rights import Rights
from simulator.settlement.settle import SettlementResult, settle, statement_order
from simulator.settlement.warnings import case_warnings

__all__ = [
    "AccountEntry",
    "Adequacy",
    "Adjustment",
    "AuctionAward",
    "BalancingAccount",
    "Clawback",
    "ConstraintHour",
    "ConstraintMonth",
    "CutOffEffect",
    "DaySettlement",
    "Flows",
    "IntertieHour",
    "IntertieReduction",
    "LineDifference",
    "MeasuredDemand",
    "MonthEnd",
    "RealTime",
    "Replacement",
    "RightSchedule",
    "Rights",
    "SettlementCalendar",
    "SettlementCase",
    "SettlementResult",
    "VirtualAward",
    "VirtualHour",
    "adequacy",
    "award_amount_usd",
    "balancing_account",
    "case_warnings",
    "clawbacks",
    "compare",
    "cut_off_lens",
    "differences",
    "distribute_to_measured_demand",
    "month_end",
    "read_settlement_folder",
    "recalculation",
    "remapped",
    "settle",
    "settle_auction",
    "settle_clawbacks",
    "settle_day",
    "statement_order",
    "write_settlement",
]
