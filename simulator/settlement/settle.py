"""A whole month: its days, its true-up, its auction and its balancing account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.domain import StatementLine, refuse_if_any
from simulator.settlement.account import BalancingAccount, balancing_account
from simulator.settlement.auction import settle_auction
from simulator.settlement.case import ConstraintHour, SettlementCase
from simulator.settlement.day import DaySettlement, settle_day
from simulator.settlement.findings import case_findings
from simulator.settlement.flows import Flows
from simulator.settlement.month import MonthEnd, month_end
from simulator.settlement.rights import Rights


@dataclass(frozen=True)
class SettlementResult:
    """Everything a month's settlement says, and of what; `lines` are sorted."""

    case: SettlementCase
    lines: tuple[StatementLine, ...]
    days: tuple[DaySettlement, ...]
    month: MonthEnd
    account: BalancingAccount

    def summary(self) -> dict[str, Decimal]:
        """The five sums of contract section 5; the residual is 0.00."""
        return {
            "paid_to_holders_usd": self.account.paid_to_holders_usd,
            "congestion_revenue_usd": self.account.congestion_revenue_usd,
            "auction_net_usd": self.account.auction_net_usd,
            "balancing_account_usd": self.account.balance_usd,
            "residual_usd": self.account.residual_usd,
        }


def settle(case: SettlementCase) -> SettlementResult:
    """Settle a month: the sum of its days, and the true-up. Auction money settles on day one.

    Raises Refused with every finding on rights and hours.
    """
    refuse_if_any(case_findings(case))
    rights = Rights.of(case.crrs)
    flows = Flows(rights)
    days = tuple(
        settle_day(day, rights, rows, case.calendar, flows) for day, rows in _by_day(case).items()
    )
    month = month_end(days, case.calendar)
    auction = settle_auction(case.auction_awards, case.calendar.month.start, case.calendar)
    lines = (*(line for settled in days for line in settled.lines), *month.lines, *auction)
    revenue = [(settled.day, settled.total_revenue_usd) for settled in days]
    account = balancing_account(revenue, lines, month.constraints)
    assert account.residual_usd == 0, f"settlement leaves {account.residual_usd} USD without owner"
    lines = tuple(sorted(lines, key=statement_order))
    return SettlementResult(case, lines, days, month, account)


def statement_order(line: StatementLine) -> tuple[str, date, date, str]:
    """The order of statements: owner, trading day, statement date, charge code."""
    return line.owner, line.trading_day, line.statement_date, line.charge_code.value


def _by_day(case: SettlementCase) -> dict[date, list[ConstraintHour]]:
    days: dict[date, list[ConstraintHour]] = {}
    for row in case.constraint_hours:
        days.setdefault(row.hour.day, []).append(row)
    return dict(sorted(days.items()))
