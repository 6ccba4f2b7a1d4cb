"""The files of a settled case (contract section 5): the same result, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.domain import StatementLine
from simulator.domain.table import csv_text
from simulator.settlement.account import AccountEntry, Entry
from simulator.settlement.lineage import lineage
from simulator.settlement.settle import SettlementResult
from simulator.settlement.warnings import case_warnings
from simulator.timeline.hours import Hour, local

CLAWBACK = "clawback.csv"
UNROUNDED_DECIMALS = 6  # amounts of which no cents are made


def write_settlement(result: SettlementResult, path: Path) -> None:
    """Write the files into the folder `path`, which is made when it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    for name, content in settlement_files(result):
        with (path / name).open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(content)
    if not result.clawbacks:  # one of an earlier case in the same folder would be read as ours
        (path / CLAWBACK).unlink(missing_ok=True)


def settlement_files(result: SettlementResult) -> Iterator[tuple[str, Iterable[str]]]:
    """Each file's name and its text in pieces."""
    yield "hourly.csv", [_hourly(result)]
    yield "hourly_constraints.csv", [_hourly_constraints(result)]
    yield "constraint_month.csv", [_constraint_month(result)]
    yield "adjustments.csv", [_adjustments(result)]
    yield "statements.csv", [statements_csv(result.lines)]
    yield "monthly.csv", [monthly_csv(result.lines)]
    yield "balancing_account.csv", [_balancing_account(result)]
    if result.clawbacks:
        yield CLAWBACK, [_clawback(result)]
    yield "lineage.jsonl", (f"{json.dumps(record)}\n" for record in lineage(result))
    yield "summary.json", [json.dumps(summary(result), indent=2) + "\n"]


def summary(result: SettlementResult) -> dict[str, Any]:
    """`summary.json`: the five sums of the contract, then what explains the account's balance."""
    account = result.account
    return {
        **{name: float(amount) for name, amount in result.summary().items()},
        "month": result.case.calendar.month.name,
        "statement_lines": len(result.lines),
        "clawed_back_usd": float(account.clawed_back_usd),
        "congestion_given_back_usd": float(account.given_back_usd),
        "to_measured_demand_usd": float(distributed(result)),
        "balancing_account": {
            "auction_net_usd": float(account.auction_net_usd),
            "residual_surplus_usd": float(account.residual_surplus_usd),
            "unborne_deficit_usd": float(account.unborne_deficit_usd),
            "rounding_usd": float(account.rounding_usd),
        },
        "warnings": [finding.as_dict() for finding in case_warnings(result.case)],
    }


def distributed(result: SettlementResult) -> Decimal:
    """What measured demand was paid of the account's balance."""
    return sum((line.amount_usd for line in result.distribution), Decimal("0.00"))


def hour_text(hour: Hour, timezone: str) -> str:
    """The start of the hour in local time with its offset."""
    return local(hour.start, timezone).isoformat()


def _hourly(result: SettlementResult) -> str:
    zone = result.case.calendar.calendar.timezone
    header = ("Hour", "Owner", "TOU", "NotionalValueUSD", "DeficitUSD")
    return csv_text(
        header,
        (
            (hour_text(hour.hour, zone), owner, hour.hour.tou, six(notional), six(deficit))
            for day in result.days
            for hour in day.hours
            for owner, notional, deficit in zip(
                day.owners, hour.owner_notional, hour.owner_deficit, strict=True
            )
            if notional or deficit
        ),
    )


def _hourly_constraints(result: SettlementResult) -> str:
    zone = result.case.calendar.calendar.timezone
    header = (
        *("Hour", "Constraint", "ShadowPrice", "RevenueUSD"),
        *("NotionalValueUSD", "OffsetUSD", "DeficitUSD"),
    )
    return csv_text(
        header,
        (
            (
                hour_text(hour.hour, zone),
                row.constraint,
                row.shadow_price_usd_per_mwh,
                row.revenue_usd,
                six(hour.notional[k]),
                six(hour.offset[k]),
                six(hour.deficit[k]),
            )
            for day in result.days
            for hour in day.hours
            for k, row in enumerate(hour.rows)
        ),
    )


def _constraint_month(result: SettlementResult) -> str:
    header = (
        *("Constraint", "RevenueUSD", "NotionalValueUSD", "OffsetUSD", "DeficitUSD", "SurplusUSD"),
        *("GiveBackUSD", "UnrecoveredUSD", "ResidualUSD", "UnborneUSD"),
    )
    return csv_text(
        header,
        (
            (
                month.constraint,
                *map(six, (month.revenue_usd, month.notional_usd, month.offset_usd)),
                *map(six, (month.deficit_usd, month.surplus_usd, month.given_back_usd)),
                *map(six, (month.unrecovered_usd, month.residual_usd, month.unborne_usd)),
            )
            for month in result.month.constraints
        ),
    )


def _adjustments(result: SettlementResult) -> str:
    return csv_text(
        ("Owner", "Constraint", "DeficitUSD", "GiveBackUSD", "AdjustmentUSD"),
        (
            (
                row.owner,
                row.constraint,
                six(row.deficit_usd),
                six(row.given_back_usd),
                six(row.given_back_usd - row.deficit_usd),
            )
            for row in result.month.adjustments
        ),
    )


def statements_csv(lines: Iterable[StatementLine]) -> str:
    """`statements.csv` of `lines`, in their order."""
    return csv_text(
        ("Owner", "TradingDay", "StatementDate", "ChargeCode", "AmountUSD"),
        (
            (line.owner, line.trading_day, line.statement_date, line.charge_code, line.amount_usd)
            for line in lines
        ),
    )


def monthly_csv(lines: Iterable[StatementLine]) -> str:
    """`monthly.csv`: what the lines of each owner and charge code come to in each month."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    for line in lines:
        key = line.owner, f"{line.trading_day:%Y-%m}", line.charge_code.value
        sums[key] = sums.get(key, Decimal("0.00")) + line.amount_usd
    header = ("Owner", "Month", "ChargeCode", "AmountUSD")
    return csv_text(header, ((*key, amount) for key, amount in sorted(sums.items())))


def _clawback(result: SettlementResult) -> str:
    return csv_text(
        ("Owner", "TradingDay", "TOU", "Cause", "AmountUSD"),
        (
            (row.owner, row.trading_day, row.tou, row.cause, row.amount_usd)
            for row in result.clawbacks
        ),
    )


def _balancing_account(result: SettlementResult) -> str:
    header = ("TradingDay", "Entry", "AmountUSD", "BalanceUSD")
    entries = list(result.account.entries)
    if result.distribution:
        day = result.case.calendar.last_trading_day
        entries.append(AccountEntry(day, Entry.MEASURED_DEMAND, -distributed(result)))
    return csv_text(header, _with_balance(entries))


def _with_balance(entries: Iterable[AccountEntry]) -> Iterator[tuple[object, ...]]:
    balance = Decimal("0.00")
    for entry in entries:
        balance += entry.amount_usd
        yield entry.trading_day, entry.entry, entry.amount_usd, balance


def six(amount: float) -> str:
    """An amount of which no cents are made, to six decimals."""
    return f"{round(float(amount), UNROUNDED_DECIMALS) + 0.0:.{UNROUNDED_DECIMALS}f}"
