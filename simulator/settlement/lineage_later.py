"""Lineage of what comes after the hours: clawback, and the balancing account's shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from simulator.domain import ChargeCode, StatementLine
from simulator.settlement.case import MeasuredDemand
from simulator.settlement.clawback import (
    INTERTIE,
    IntertieHour,
    VirtualHour,
    intertie_revenue_usd,
    virtual_gain_usd,
)
from simulator.settlement.settle import SettlementResult

Record = dict[str, Any]

CLAWBACK = (
    "-(sum over times of use and causes of cents(sum of the hours' gains)); the gain of a "
    "constraint's hour is max(0, (day_ahead_price - real_time_price) * crr_flow_mw) where "
    "abs(virtual_flow_mw) > threshold * limit_mw and both flows have one sign, else 0; that of an "
    "intertie's hour is max(0, crr_revenue_usd) where abs(day_ahead_mw) - abs(real_time_mw) > "
    "threshold * capacity_mw, real_time_mw counting as 0 when it flows the other way, and nothing "
    "was bid again, else 0; a right between two interties given up goes back with its source"
)
REVERSAL = (
    "cents(sum over schedules and constraints of mw * (factor_source - factor_sink) * shadow_price)"
)
BALANCING = (
    "balance_usd * (demand_mwh - excluded_mwh) / total_mwh, cut down to the cent; the cents that "
    "are left go one by one to the largest remainders, equal ones in order of name"
)


def statement_record(line: StatementLine, formula: str, inputs: Record) -> Record:
    """One statement line with its formula and its inputs."""
    return {
        "amount": "statement",
        "owner": line.owner,
        "trading_day": str(line.trading_day),
        "statement_date": str(line.statement_date),
        "charge_code": line.charge_code.value,
        "amount_usd": str(line.amount_usd),
        "formula": formula,
        "inputs": inputs,
    }


def clawback_records(result: SettlementResult) -> Iterator[Record]:
    """Every clawback line, with the hours that anything goes back for."""
    settings, judged = result.case.settings, result.clawback_hours
    share = Decimal(str(settings.virtual_clawback_threshold))
    intertie_share = Decimal(str(settings.intertie_clawback_threshold))
    hours: dict[tuple[str, str], list[Record]] = {}
    for virtual in judged.virtual:
        if virtual_gain_usd(virtual, share):
            key = virtual.owner, str(virtual.hour.day)
            hours.setdefault(key, []).append(_virtual(virtual))
    for intertie in judged.intertie:
        if intertie_revenue_usd(intertie, intertie_share):
            key = intertie.owner, str(intertie.hour.day)
            hours.setdefault(key, []).append(_intertie(intertie))
    thresholds = {
        "virtual_threshold": settings.virtual_clawback_threshold,
        "intertie_threshold": settings.intertie_clawback_threshold,
    }
    for line in result.lines:
        if line.charge_code == ChargeCode.CLAWBACK:
            own = hours.get((line.owner, str(line.trading_day)), [])
            yield statement_record(line, CLAWBACK, {**thresholds, "hours": own})


def reversal_records(result: SettlementResult) -> Iterator[Record]:
    """Every line that gives congestion back, with the schedules that it was charged for."""
    items: dict[tuple[str, str], list[Record]] = {}
    for item in result.reversals:
        schedule, row = item.schedule, item.row
        items.setdefault((schedule.holder, str(row.hour.day)), []).append(
            {
                "right": schedule.right_id,
                "hour_ending": row.hour.hour_ending,
                "constraint": row.constraint,
                "mw": str(schedule.mw),
                "factor_source": str(item.factor_source),
                "factor_sink": str(item.factor_sink),
                "shadow_price": str(row.shadow_price_usd_per_mwh),
            }
        )
    for line in result.lines:
        if line.charge_code == ChargeCode.REVERSAL:
            own = items[line.owner, str(line.trading_day)]
            yield statement_record(line, REVERSAL, {"schedules": own})


def distribution_records(result: SettlementResult) -> Iterator[Record]:
    """Every share of the account's balance."""
    for line in result.distribution:
        yield share_record(line, result.account.balance_usd, result.case.measured_demand)


def share_record(
    line: StatementLine, balance_usd: Decimal, demand: Sequence[MeasuredDemand]
) -> Record:
    """A coordinator's share of a balance that all of `demand` shares."""
    own = next(row for row in demand if row.coordinator == line.owner)
    total = sum(row.sharing_mwh for row in demand)
    return statement_record(
        line,
        BALANCING,
        {
            "balance_usd": str(balance_usd),
            "demand_mwh": str(own.demand_mwh),
            "excluded_mwh": str(own.excluded_mwh),
            "total_mwh": str(total),
        },
    )


def _virtual(row: VirtualHour) -> Record:
    return {
        "hour_ending": row.hour.hour_ending,
        "tou": row.hour.tou.value,
        "cause": row.constraint,
        "limit_mw": str(row.limit_mw),
        "virtual_flow_mw": str(row.virtual_flow_mw),
        "crr_flow_mw": str(row.crr_flow_mw),
        "day_ahead_price": str(row.day_ahead_price_usd_per_mwh),
        "real_time_price": str(row.real_time_price_usd_per_mwh),
    }


def _intertie(row: IntertieHour) -> Record:
    return {
        "hour_ending": row.hour.hour_ending,
        "tou": row.hour.tou.value,
        "cause": INTERTIE,
        "capacity_mw": str(row.capacity_mw),
        "day_ahead_mw": str(row.day_ahead_mw),
        "real_time_mw": str(row.real_time_mw),
        "crr_revenue_usd": str(row.crr_revenue_usd),
    }
