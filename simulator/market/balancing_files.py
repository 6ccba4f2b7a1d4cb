"""The balancing account's month for everybody: what went in, what it came from, what is shared out.

Other coordinators' demand is nobody's business: each has a kit of its own share, and the operator
has the list of all. `marketsim verify` works everything out again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from simulator.domain import Period
from simulator.domain.table import csv_text
from simulator.market.command import OPERATOR
from simulator.market.measured_demand import AuctionPart, auction_parts
from simulator.market.settlement_inputs import trading_days
from simulator.market.statements import Item, stated_lines
from simulator.market.world import World
from simulator.settlement import MeasuredDemand
from simulator.settlement.balancing import (
    BEFORE_AUCTIONS,
    ConstraintResidual,
    Posting,
    account_csv,
    account_records,
    constraints_csv,
)
from simulator.settlement.kit import json_lines, kit_zip, share_kit
from simulator.store import Transaction, tables

Files = Iterator[tuple[str, bytes]]
SHARED_OUT = "MEASURED_DEMAND"
DEMAND_HEADER = ("Owner", "DemandMWh", "ExcludedMWh", "AmountUSD")


def account_files(tx: Transaction, world: World, month: Period) -> Iterator[tuple[str, str]]:
    """The month's account as it stands: its postings, its constraints, the lineage of both."""
    postings, constraints = _postings(tx, world, month), _constraints(tx, month)
    yield "balancing_account.csv", account_csv(postings)
    yield "balancing_constraints.csv", constraints_csv(constraints)
    yield "balancing_lineage.jsonl", json_lines(account_records(postings, constraints))


def share_kits(tx: Transaction, world: World, month: Period) -> Files:
    """Below `OWNER/`: a kit of each version of each coordinator's share; the operator's list."""
    last = trading_days(world, month)[-1]
    demand = _demand(tx, month)
    shared, standing = Decimal(0), defaultdict[str, Decimal](Decimal)
    for version in tx.rows(tables.statement_version, trading_day=last, item=Item.DEMAND.value):
        number = version["version"]
        changed = {
            line.owner: line for line in stated_lines(tx, last, Item.DEMAND, version["version"])
        }
        shared -= _sum(tx, (last,), SHARED_OUT, number)
        for owner, line in sorted(changed.items()):
            standing[owner] += line.amount_usd
            whole = replace(line, amount_usd=standing[owner])
            files = share_kit(whole, line, shared, tuple(demand.values()), month.name)
            yield f"{owner}/kits/balancing_v{number}.zip", kit_zip(files)
    if standing:
        rows = (
            (name, row.demand_mwh, row.excluded_mwh, standing[name])
            for name, row in sorted(demand.items())
        )
        yield f"{OPERATOR}/measured_demand.csv", csv_text(DEMAND_HEADER, rows).encode()


def _postings(tx: Transaction, world: World, month: Period) -> list[Posting]:
    days = trading_days(world, month)
    last = days[-1]
    postings = [
        Posting(entry, day, _sum(tx, (day,), entry))
        for entry in BEFORE_AUCTIONS
        for day in days
        if tx.rows(tables.balancing, trading_day=day, item=entry)
    ]
    for part in auction_parts(tx, world, last, month):
        period = part.period.name if part.period else ""
        postings.append(Posting("AUCTION", last, part.amount_usd, period, _days(part, month)))
    if tx.rows(tables.balancing, trading_day=last, item=SHARED_OUT):
        demand = _demand(tx, month).values()
        inputs = {
            "total_mwh": sum((row.demand_mwh - row.excluded_mwh for row in demand), Decimal(0)),
            "excluded_mwh": sum((row.excluded_mwh for row in demand), Decimal(0)),
            "coordinators": len(demand),
        }
        shared = _sum(tx, (last,), SHARED_OUT)
        postings.append(Posting(SHARED_OUT, last, shared, inputs=inputs))
    return postings


def _days(part: AuctionPart, month: Period) -> dict[str, object]:
    if part.period is None:
        return {"money_usd": part.money_usd}
    start, end = part.period.start, part.period.end
    return {
        "money_usd": part.money_usd,
        "period_days": (end - start).days,
        "days_until_start": (max(month.start, start) - start).days,
        "days_until_end": (min(month.end, end) - start).days,
    }


def _constraints(tx: Transaction, month: Period) -> list[ConstraintResidual]:
    return [
        ConstraintResidual(
            row["constraint"],
            *(row[name] for name in ("revenue_usd", "notional_usd", "deficit_usd")),
            *(row[name] for name in ("given_back_usd", "residual_usd", "unborne_usd")),
        )
        for row in tx.rows(tables.constraint_month, month=month.name)
    ]


def _demand(tx: Transaction, month: Period) -> dict[str, MeasuredDemand]:
    return {
        row["coordinator"]: MeasuredDemand(
            row["coordinator"], row["demand_mwh"], row["excluded_mwh"]
        )
        for row in tx.rows(tables.measured_demand, month=month.name)
    }


def _sum(
    tx: Transaction, days: tuple[date, ...], entry: str, version: int | None = None
) -> Decimal:
    only = {} if version is None else {"version": version}
    rows = tx.rows(tables.balancing, trading_day=days, item=entry, **only)
    return sum((row["amount_usd"] for row in rows), Decimal("0.00"))
