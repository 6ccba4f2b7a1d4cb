"""The settlement's files of a run: a case folder of each month, statements, kits, corrections."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from simulator.domain import Crr, Period, StatementLine
from simulator.domain.table import csv_text
from simulator.market.adequacy import adequacy_files, adequacy_month
from simulator.market.balancing_files import account_files, share_kits
from simulator.market.left_out import of_days
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
from simulator.store.transaction import Row
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
        yield from _true_up_kits(tx, world, month)
        yield from _corrections(tx, world, month)
        yield from _shares(tx, world, month)
        for name, content in share_kits(tx, world, month):
            owner, _, rest = name.partition("/")
            yield f"{_private(owner, month)}/{rest}", content
    yield from _replaced_results(tx)
    for case, result in settled_months(tx, world):
        month = case.calendar.month
        texts = case_files(case, world.day_ahead_market.locations)
        public = (
            *texts.items(),
            *adequacy_files(adequacy_month(tx, world, case, result)),
            *account_files(tx, world, month),
            ("contingencies_left_out.csv", of_days(tx, world, trading_days(world, month))),
        )
        for name, text in public:
            yield f"{PUBLIC}/{FOLDER}/{month.name}/{name}", text.encode()


def settled_months(
    tx: Transaction, world: World
) -> Iterator[tuple[SettlementCase, SettlementResult]]:
    """Every month whose true-up is out, as a case and settled, as things stand."""
    for trading in world.scenario.trading_months():
        last = trading.days[-1].day
        if tx.rows(tables.statement_version, trading_day=last, item=Item.MONTH.value):
            case = month_case(tx, world, trading.period)
            yield case, settle(case)


def month_case(
    tx: Transaction, world: World, month: Period, as_of: Row | None = None
) -> SettlementCase:
    """A month as a case: rights, prices, factors, revenue and auction money.

    As they stand, or as they did when a version of a statement, `as_of`, was stated.
    """
    days = trading_days(world, month)
    change, run = (as_of["inventory"], as_of["auction_run"]) if as_of else (None, None)
    rights: dict[tuple[str, date, str, str], Crr] = {}
    for day in days:
        for crr in rights_on(tx, world, day, change):
            rights[crr.crr_id, crr.start, crr.source, crr.sink] = crr
    editions = json.loads(as_of["editions"]) if as_of else {}
    hours = (
        constraint_hours(tx, day, editions.get(day.isoformat(), 0) if as_of else None)
        for day in days
    )
    return SettlementCase(
        settlement_calendar(world, days[0]),
        tuple(crr for _, crr in sorted(rights.items())),
        tuple(row for of_day in hours for row in of_day),
        tuple(award for day in days for award in auction_awards(tx, world, day, run)),
        right_schedules=tuple(row for day in days for row in right_schedules(tx, world, day)),
        settings=world.settings.settlement,
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
    """A kit of each version of each owner's statement of a trading day, as things stood then.

    It has the day's hourly settlement and what auctions cost on it; where only the latter changed,
    the kit is named by the auction's version.
    """
    calendar = settlement_calendar(world, month.start)
    for day in trading_days(world, month):
        scheduled = right_schedules(tx, world, day)
        for together in _stated_together(tx, day):
            made_from = together[-1]
            rights = rights_on(tx, world, day, made_from["inventory"])
            hours = constraint_hours(tx, day, made_from["edition"])
            awards = tuple(auction_awards(tx, world, day, made_from["auction_run"]))
            case = SettlementCase(calendar, rights, hours, awards, right_schedules=scheduled)
            number, of_day = made_from["version"], made_from["item"] == Item.DAY.value
            later, on = number > INITIAL, _stated_on(world, made_from)
            changed = _changed(tx, together)
            kits = day_kits(case, day, on if later else None)
            for owner, files in (_led_to(kits, changed) if later else kits).items():
                name = f"{day}_v{number}" if of_day else f"{day}_auction_v{number}"
                yield f"{_private(owner, month)}/kits/{name}.zip", kit_zip(files)


def _true_up_kits(tx: Transaction, world: World, month: Period) -> Files:
    """A kit of each version of each owner's true-up, from the rights and prices as they stood."""
    last = trading_days(world, month)[-1]
    for version in tx.rows(tables.statement_version, trading_day=last, item=Item.MONTH.value):
        number = version["version"]
        changed = _changed(tx, [version])
        later, on = number > INITIAL, _stated_on(world, version)
        result = settle(month_case(tx, world, month, version))
        kits = true_up_kits(result, on if later else None)
        for owner, files in (_led_to(kits, changed) if later else kits).items():
            yield f"{_private(owner, month)}/kits/true_up_v{number}.zip", kit_zip(files)


def _stated_together(tx: Transaction, day: date) -> list[list[Row]]:
    """A day's versions and its auctions' that came out as one, the day's last where it is there."""
    groups: dict[tuple[int, ...], list[Row]] = {}
    for item in (Item.AUCTION, Item.DAY):
        for row in tx.rows(tables.statement_version, trading_day=day, item=item.value):
            made_from = (row["edition"], row["inventory"], row["auction_run"])
            groups.setdefault((row["stated_at"], *made_from), []).append(row)
    return [rows for _, rows in sorted(groups.items())]


def _led_to(
    kits: dict[str, dict[str, str]], changed: dict[str, list[StatementLine]]
) -> dict[str, dict[str, str]]:
    """The kits with what their version changed; whoever has nothing left is told that alone."""
    nothing = {"statements.csv": statements_csv(())}
    return {
        owner: {
            **kits.get(owner, nothing),
            "changes.csv": statements_csv(changed.get(owner, ())),
        }
        for owner in sorted({*kits, *changed})
    }


def _stated_on(world: World, version: Row) -> date:
    return local(version["stated_at"], world.settings.calendar.timezone).date()


def _changed(tx: Transaction, versions: Iterable[Row]) -> dict[str, list[StatementLine]]:
    """By owner, the lines of the versions."""
    own: dict[str, list[StatementLine]] = defaultdict(list)
    for row in versions:
        for line in stated_lines(tx, row["trading_day"], Item(row["item"]), row["version"]):
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
