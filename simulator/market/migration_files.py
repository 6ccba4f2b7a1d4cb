"""Files of load migration: N-hours for everybody, shares and CRRs for those they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from simulator.domain.table import csv_text
from simulator.market import migration, processes
from simulator.market.n_hours import posted_n_hours
from simulator.market.world import World
from simulator.rules.migrated import MigrationResult
from simulator.store import Transaction, special_tables
from simulator.store.transaction import Row
from simulator.timeline.process import ProcessKind

N_HOURS = ("LoadMigrationMarket", "DLAP", "SeasonNumber", "TOU", "Date", "HourEnding")
SHARES = (
    *("LoadMigrationMarket", "UDC", "FromAssetOwner", "ToAssetOwner", "SeasonNumber", "TOU"),
    *("LoadPercentage", "LoadTransferMW"),
)
CRRS = (
    *("LoadMigrationMarket", "CRRID", "ParentCRRID", "AssetOwner", "CRRType", "Source", "Sink"),
    *("TOU", "StartDate", "EndDate", "InitialMW", "AdjustedMW"),
)


def migration_files(
    tx: Transaction, world: World, public: str, private: str
) -> Iterator[tuple[str, bytes]]:
    """Everything that is posted, in the folders `public` and `private`; no file without rows."""
    markets = [spec.name for spec in processes.of_kind(world, ProcessKind.LOAD_MIGRATION)]
    hours = [
        (market, hour.dlap, hour.season, hour.tou, hour.day.isoformat(), hour.hour_ending)
        for market in markets
        for hour in posted_n_hours(tx, market)
    ]
    if hours:
        yield _csv(f"{public}/N_HOUR_DATA.csv", N_HOURS, hours)
    shares = tx.rows(special_tables.migration_share)
    for owner in sorted({row[end] for row in shares for end in ("from_lse", "to_lse")}):
        rows = [_share(row) for row in shares if owner in (row["from_lse"], row["to_lse"])]
        yield _csv(f"{private}/{owner}/LOAD_PERCENTAGE_{owner}.csv", SHARES, rows)
    results = migration.results(tx)
    for owner in sorted({result.crr.owner for result in results}):
        rows = [_crr(result) for result in results if result.crr.owner == owner]
        yield _csv(f"{private}/{owner}/LOAD_MIGRATION_CRR_{owner}.csv", CRRS, rows)


def _share(row: Row) -> Sequence[object]:
    return (
        row["market"], row["udc"], row["from_lse"], row["to_lse"], row["season"], row["tou"],
        row["percent"], row["transfer_mw"],
    )  # fmt: skip


def _crr(result: MigrationResult) -> Sequence[object]:
    crr = result.crr
    return (
        result.market, crr.crr_id, crr.parent_crr_id, crr.owner, crr.crr_type, crr.source,
        crr.sink, crr.tou, crr.start.isoformat(), crr.end.isoformat(),
        _blank(result.initial_mw), _blank(result.adjusted_mw),
    )  # fmt: skip


def _blank(mw: Decimal | None) -> object:
    return "" if mw is None else mw


def _csv(path: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> tuple[str, bytes]:
    return path, csv_text(header, rows).encode()
