"""The settlement's files of a run: a case folder of each month, statements, kits, corrections."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from simulator.domain import Crr, Period, StatementLine
from simulator.domain.table import csv_text
from simulator.market.adequacy import adequacy_files, adequacy_month
from simulator.market.settlement_inputs import (
    auction_awards,
    constraint_hours,
    rights_on,
    settlement_calendar,
    trading_days,
)
from simulator.market.settlement_rights import right_schedules
from simulator.market.statements import INITIAL, Item, stated_lines
from simulator.market.world import World
from simulator.settlement import SettlementCase, SettlementResult, settle
from simulator.settlement.case_files import case_files
from simulator.settlement.kit import day_kits, kit_zip, true_up_kits
from simulator.settlement.report import statements_csv
from simulator.store import Transaction, tables
from simulator.timeline.hours import local

Files = Iterator[tuple[str, bytes]]
PUBLIC, PRIVATE, FOLDER = "published", "private", "settlement"
STATEMENT_HEADER = ("Owner", "TradingDay", "StatementDate", "ChargeCode", "AmountUSD", "Version")


def settlement_files(tx: Transaction, world: World) -> Files:
    """Below `published/settlement/MONTH` and `private/OWNER/settlement/MONTH`.

    A month's case folder comes out with its true-up: `marketsim settle` gives its statements again.
    """
    for trading in world.scenario.trading_months():
        month = trading.period
        yield from _statements(tx, world, month)
        yield from _day_kits(tx, world, month)
        yield from _corrections(tx, world, month)
        yield from _shares(tx, world, month)
    yield from _replaced_results(tx)
    for case, result in settled_months(tx, world):
        month = case.calendar.month
        texts = case_files(case, world.day_ahead_market.locations)
        public = (*texts.items(), *adequacy_files(adequacy_month(tx, world, case, result)))
        for name, text in public:
            yield f"{PUBLIC}/{FOLDER}/{month.name}/{name}", text.encode()
        for owner, files in true_up_kits(result).items():
            yield f"{_private(owner, month)}/kits/true_up.zip", kit_zip(files)


def settled_months(
    tx: Transaction, world: World
) -> Iterator[tuple[SettlementCase, SettlementResult]]:
    """Every month whose true-up is out, as a case and settled, as things stand."""
    for trading in world.scenario.trading_months():
        last = trading.days[-1].day
        if tx.rows(tables.statement_version, trading_day=last, item=Item.MONTH.value):
            case = month_case(tx, world, trading.period)
            yield case, settle(case)


def month_case(tx: Transaction, world: World, month: Period) -> SettlementCase:
    """A month as a case: rights, prices, factors, revenue and auction money, as they stand."""
    days = trading_days(world, month)
    rights: dict[tuple[str, date, str, str], Crr] = {}
    for day in days:
        for crr in rights_on(tx, world, day):
            rights[crr.crr_id, crr.start, crr.source, crr.sink] = crr
    return SettlementCase(
        settlement_calendar(world, days[0]),
        tuple(crr for _, crr in sorted(rights.items())),
        tuple(row for day in days for row in constraint_hours(tx, day)),
        tuple(award for day in days for award in auction_awards(tx, world, day)),
        right_schedules=tuple(row for day in days for row in right_schedules(tx, world, day)),
    )


def _statements(tx: Transaction, world: World, month: Period) -> Files:
    """`statements.csv` of each owner: every version, lines of later ones are differences.

    Shares of the balancing account have a file of their own: no case folder holds everybody's
    measured demand.
    """
    rows = tx.rows(tables.statement, trading_day=trading_days(world, month))
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["item"] != Item.DEMAND.value:
            own[row["owner"]].append(row)
    columns = (*("owner", "trading_day", "statement_date", "charge_code"), "amount_usd", "version")
    for owner, lines in sorted(own.items()):
        ordered = sorted(lines, key=lambda row: tuple(row[name] for name in columns))
        text = csv_text(STATEMENT_HEADER, ([row[name] for name in columns] for row in ordered))
        yield f"{_private(owner, month)}/statements.csv", text.encode()


def _day_kits(tx: Transaction, world: World, month: Period) -> Files:
    """A kit of each version of each owner's statement of a trading day, as things stood then."""
    calendar = settlement_calendar(world, month.start)
    for day in trading_days(world, month):
        scheduled = right_schedules(tx, world, day)
        for version in tx.rows(tables.statement_version, trading_day=day, item=Item.DAY.value):
            rights = rights_on(tx, world, day, version["inventory"])
            hours = constraint_hours(tx, day, version["edition"])
            awards = tuple(auction_awards(tx, world, day, version["auction_run"]))
            case = SettlementCase(calendar, rights, hours, awards, right_schedules=scheduled)
            changed = _changed(tx, day, version["version"])
            for owner, files in day_kits(case, day).items():
                number = version["version"]
                if number > INITIAL:
                    files = {**files, "changes.csv": statements_csv(changed.get(owner, ()))}
                yield f"{_private(owner, month)}/kits/{day}_v{number}.zip", kit_zip(files)


def _changed(tx: Transaction, day: date, version: int) -> dict[str, list[StatementLine]]:
    own: dict[str, list[StatementLine]] = defaultdict(list)
    for line in stated_lines(tx, day, Item.DAY, version):
        own[line.owner].append(line)
    return own


def _replaced_results(tx: Transaction) -> Files:
    """The downloads of auctions that were run again, as each earlier version of them was."""
    version: Counter[str] = Counter()
    for row in tx.rows(tables.auction_rerun):
        market = row["market"]
        version[market] += 1
        for name, text in json.loads(row["files"]).items():
            yield f"{PUBLIC}/{market}/version_{version[market]}/{name}", text.encode()


def _corrections(tx: Transaction, world: World, month: Period) -> Files:
    """`corrections.csv`: each corrected price beside the old one, for everybody."""
    rows = tx.rows(tables.price_correction, day=trading_days(world, month))
    if not rows:
        return
    zone = world.settings.calendar.timezone
    header = (
        *("Hour", "Constraint", "CorrectedAt", "BeforeUSDPerMWh", "AfterUSDPerMWh"),
        *("BeforeRevenueUSD", "AfterRevenueUSD", "Reason"),
    )
    text = csv_text(
        header,
        (
            (
                local(row["hour"], zone).isoformat(),
                row["constraint"],
                local(row["corrected_at"], zone).isoformat(),
                row["before_usd_per_mwh"],
                row["after_usd_per_mwh"],
                row["before_revenue_usd"],
                row["after_revenue_usd"],
                row["reason"],
            )
            for row in rows
        ),
    )
    yield f"{PUBLIC}/{FOLDER}/{month.name}/corrections.csv", text.encode()


def _shares(tx: Transaction, world: World, month: Period) -> Files:
    """`balancing_share.csv`: what a load-serving entity got of the account, and of what."""
    last = trading_days(world, month)[-1]
    rows = tx.rows(tables.statement, trading_day=last, item=Item.DEMAND.value)
    demand = {row["coordinator"]: row for row in tx.rows(tables.measured_demand, month=month.name)}
    total = sum(row["demand_mwh"] - row["excluded_mwh"] for row in demand.values())
    account = tx.rows(tables.balancing, trading_day=last, item="MEASURED_DEMAND")
    shared = {row["version"]: -row["amount_usd"] for row in account}
    header = (
        *("Owner", "TradingDay", "StatementDate", "ChargeCode", "AmountUSD", "Version"),
        *("SharedUSD", "DemandMWh", "ExcludedMWh", "TotalMWh"),
    )
    for owner in sorted({row["owner"] for row in rows}):
        own = demand[owner]
        text = csv_text(
            header,
            (
                (
                    *(owner, row["trading_day"], row["statement_date"], row["charge_code"]),
                    *(row["amount_usd"], row["version"], shared.get(row["version"], 0)),
                    *(own["demand_mwh"], own["excluded_mwh"], total),
                )
                for row in rows
                if row["owner"] == owner
            ),
        )
        yield f"{_private(owner, month)}/balancing_share.csv", text.encode()


def _private(owner: str, month: Period) -> str:
    return f"{PRIVATE}/{owner}/{FOLDER}/{month.name}"
