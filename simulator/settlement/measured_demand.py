"""The balancing account's balance goes to measured demand, to the cent (rulebook 6.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from simulator.domain import CENT, ChargeCode, Finding, StatementLine, refuse_if_any
from simulator.settlement.case import SettlementCalendar


def distribute_to_measured_demand(
    balance_usd: Decimal,
    demand_mwh: Mapping[str, Decimal],
    trading_day: date,
    calendar: SettlementCalendar,
    excluded_mwh: Mapping[str, Decimal] | None = None,
) -> tuple[StatementLine, ...]:
    """`balance_usd` (a charge when negative) in proportion to each coordinator's demand, in MWh.

    `excluded_mwh` is served under existing rights and bears nothing. Shares are cut down to cents;
    the cents that are left go to the largest remainders, equal ones in order of name, so that the
    lines add up to the balance. Refused when no demand is left to share over.
    """
    excluded = excluded_mwh or {}
    sharing = {
        name: demand - excluded.get(name, Decimal(0)) for name, demand in sorted(demand_mwh.items())
    }
    refuse_if_any(demand_findings(sharing))
    total = sum(sharing.values(), Decimal(0))
    exact = {name: balance_usd * demand / total for name, demand in sharing.items()}
    shares = {name: share.quantize(CENT, ROUND_FLOOR) for name, share in exact.items()}
    left = int((balance_usd - sum(shares.values(), Decimal(0))) / CENT)
    by_remainder = sorted(shares, key=lambda name: (shares[name] - exact[name], name))
    for name in by_remainder[:left]:
        shares[name] += CENT
    statement_date = calendar.statement_date(trading_day)
    return tuple(
        StatementLine(name, trading_day, statement_date, ChargeCode.BALANCING, share)
        for name, share in shares.items()
        if share
    )


def demand_findings(sharing_mwh: Mapping[str, Decimal]) -> Iterator[Finding]:
    """No demand of any coordinator to share a balance over, or less than nothing of one."""
    negative = sorted(name for name, demand in sharing_mwh.items() if demand < 0)
    if negative or not any(sharing_mwh.values()):
        yield Finding(
            "SETTLE_DEMAND",
            "there is no measured demand to share the balance over",
            ", ".join(negative) or "measured demand",
            "less than nothing" if negative else "nothing",
            "demand in MWh, above what is excluded",
            "correct the demand or the exclusions",
            "rulebook 6.5",
        )
