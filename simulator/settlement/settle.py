"""A whole month: its days, its true-up, its auction and its balancing account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from simulator.domain import Finding, StatementLine, refuse_if_any
from simulator.settlement.account import BalancingAccount, balancing_account
from simulator.settlement.auction import settle_auctions
from simulator.settlement.case import ConstraintHour, SettlementCase
from simulator.settlement.clawback import Clawback, clawbacks, settle_clawbacks
from simulator.settlement.clawback_hours import ClawbackHours, clawback_findings, clawback_hours
from simulator.settlement.day import DaySettlement, settle_checked_day
from simulator.settlement.findings import case_findings
from simulator.settlement.flows import Flows
from simulator.settlement.hedge import Reversal, hedge
from simulator.settlement.measured_demand import demand_findings, distribute_to_measured_demand
from simulator.settlement.month import MonthEnd, month_end
from simulator.settlement.rights import Rights


@dataclass(frozen=True)
class SettlementResult:
    """Everything a month's settlement says, and of what; `lines` are sorted.

    `distribution` are the lines among them that share the account's balance out. Revenue in `days`
    and `month` is what the `reversals` of existing rights left.
    """

    case: SettlementCase
    lines: tuple[StatementLine, ...]
    days: tuple[DaySettlement, ...]
    month: MonthEnd
    account: BalancingAccount
    clawbacks: tuple[Clawback, ...] = ()
    clawback_hours: ClawbackHours = field(default_factory=ClawbackHours)
    distribution: tuple[StatementLine, ...] = ()
    reversals: tuple[Reversal, ...] = ()

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
    """Settle a month: its days, clawback, true-up and auction; the rest to measured demand.

    Auction money settles on day one unless the award names a day. Raises Refused with every
    finding on rights and hours.
    """
    refuse_if_any((*case_findings(case), *later_findings(case)))
    calendar = case.calendar
    rights = Rights.of(case.crrs)
    flows = Flows(rights)
    hedged = hedge(case)
    days = tuple(
        settle_checked_day(day, flows, rows, calendar) for day, rows in _by_day(hedged.rows).items()
    )
    month = month_end(days, calendar)
    judged = clawback_hours(case, rights, flows)
    clawed_back = _clawbacks(case, judged)
    lines = (
        *(line for settled in days for line in settled.lines),
        *hedged.lines,
        *settle_clawbacks(clawed_back, calendar),
        *month.lines,
        *settle_auctions(case.auction_awards, calendar),
    )
    revenue = [
        (day, sum((row.revenue_usd for row in rows), Decimal(0)))
        for day, rows in _by_day(case.constraint_hours).items()
    ]
    account = balancing_account(revenue, lines, month.constraints)
    assert account.residual_usd == 0, f"settlement leaves {account.residual_usd} USD without owner"
    shares = _distribution(case, account)
    ordered = tuple(sorted((*lines, *shares), key=statement_order))
    return SettlementResult(
        case, ordered, days, month, account, clawed_back, judged, shares, hedged.reversals
    )


def later_findings(case: SettlementCase) -> Iterator[Finding]:
    """What stops clawback and the balancing account's shares, known before anything is settled."""
    yield from clawback_findings(case)
    if case.measured_demand:
        yield from demand_findings(
            {row.coordinator: row.sharing_mwh for row in case.measured_demand}
        )


def _clawbacks(case: SettlementCase, found: ClawbackHours) -> tuple[Clawback, ...]:
    return clawbacks(
        found.virtual,
        found.intertie,
        Decimal(str(case.settings.virtual_clawback_threshold)),
        Decimal(str(case.settings.intertie_clawback_threshold)),
    )


def _distribution(case: SettlementCase, account: BalancingAccount) -> tuple[StatementLine, ...]:
    if not case.measured_demand:
        return ()
    return distribute_to_measured_demand(
        account.balance_usd,
        {row.coordinator: row.demand_mwh for row in case.measured_demand},
        case.calendar.last_trading_day,
        case.calendar,
        {row.coordinator: row.excluded_mwh for row in case.measured_demand},
    )


def statement_order(line: StatementLine) -> tuple[str, date, date, str]:
    """The order of statements: owner, trading day, statement date, charge code."""
    return line.owner, line.trading_day, line.statement_date, line.charge_code.value


def _by_day(rows: Iterable[ConstraintHour]) -> dict[date, list[ConstraintHour]]:
    days: dict[date, list[ConstraintHour]] = {}
    for row in rows:
        days.setdefault(row.hour.day, []).append(row)
    return dict(sorted(days.items()))
