"""The files of a run: what everybody could download, and what each participant could.

A pure reading of the store: the same state gives the same files, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from simulator.clearing.certificate import certificate
from simulator.clearing.result import ClearingResult
from simulator.clearing.write import case_files, json_bytes, result_files
from simulator.domain import (
    Crr,
    CrrType,
    Direction,
    Hedge,
    Market,
    MarketKind,
    MarketState,
    MarketStatus,
    Period,
    Product,
    Tou,
    TransactionType,
)
from simulator.market import hub_rights, model_publication, results, special_publication
from simulator.market.caps import crr_type_of
from simulator.market.cases import product_case
from simulator.market.portfolios import submitted
from simulator.market.posting import market_awards
from simulator.market.settlement_files import settlement_files
from simulator.market.world import World
from simulator.publish import market_data
from simulator.publish import tables as downloads
from simulator.publish.download import DownloadType, FileFormat, Rows, file_name, render
from simulator.store import Transaction, books, tables

Files = Iterator[tuple[str, bytes]]
PUBLIC, PRIVATE = "published", "private"
CASE = "case"


def run_files(tx: Transaction, world: World) -> Files:
    """Every file below `published/` and `private/`, with its path."""
    yield from special_publication.existing_crrs(tx, world)
    yield from special_publication.special_files(tx, world)
    for state in books.markets(tx):
        yield from _market_data(tx, world, state.market)
        if state.status == MarketStatus.POSTED:
            yield from _results(tx, state)
            for product in state.market.products:
                yield from _cleared_product(tx, world, state.market, product)
    yield from settlement_files(tx, world)


def _market_data(tx: Transaction, world: World, market: Market) -> Files:
    folder = f"{PUBLIC}/{market.name}"
    rows = model_publication.source_sinks(tx, world, market)
    yield _download(folder, market.name, DownloadType.SOURCE_SINK, rows)
    rows = model_publication.replacement_rows(tx, world, market)
    if rows:
        yield _download(folder, market.name, DownloadType.SOURCE_SINK_REPLACEMENT, rows)
    for path, content in model_publication.files(tx, world, market):
        yield f"{folder}/{path}", content
    loading = _base_loading(tx, market)
    if loading:
        periods = sorted({product.period for product in market.products})
        rows = market_data.grouped_base_loading(market.name, periods, loading)
        yield _download(folder, market.name, DownloadType.GROUPED_BASE_LOADING, rows)
    held = tx.rows(tables.set_aside, market=market.name)
    if held:
        set_aside_rows = (
            market_data.SetAsideRow(
                row["interface"], Direction.FROM_TO, row["period"], Tou(row["tou"]),
                row["set_aside_mw"],
            )
            for row in held
        )  # fmt: skip
        rows = market_data.set_asides(market.name, set_aside_rows)
        yield _download(folder, market.name, DownloadType.SET_ASIDE, rows)
    yield from _caps(tx, world, market)


def _caps(tx: Transaction, world: World, market: Market) -> Files:
    posted = tx.rows(tables.nomination_cap, market=market.name)
    pairs = tx.rows(tables.signature, market=market.name)
    calculation = f"NOMCAP_{market.name.removeprefix('ALLOC_')}"
    for owner in sorted({row["participant"] for row in posted}):
        folder = f"{PRIVATE}/{owner}/{market.name}"
        crr_type = crr_type_of(world.participants[owner].role)
        for kind in ("SEQ", "MEQ", "UPPER_BOUND"):
            caps = [
                downloads.NominationCap(
                    owner, crr_type, row["sink"], row["period"], Tou(row["tou"]), row["mw"]
                )
                for row in posted
                if (row["participant"], row["kind"]) == (owner, kind)
            ]
            if caps:
                rows = downloads.nomination_caps(calculation, caps)
                yield _download(folder, calculation, DownloadType(kind), rows, owner)
        signed = [
            downloads.NominationCap(
                owner, crr_type, row["sink"], row["period"], Tou(row["tou"]), row["mw"],
                row["source"],
            )
            for row in pairs
            if row["participant"] == owner
        ]  # fmt: skip
        if signed:
            rows = downloads.signatures(calculation, signed)
            yield _download(folder, calculation, DownloadType.SIGNATURE, rows, owner)


def _results(tx: Transaction, state: MarketState) -> Files:
    market = state.market
    folder, auction = f"{PUBLIC}/{market.name}", market.kind == MarketKind.AUCTION
    awards, portfolios = market_awards(tx, market.name), submitted(tx, market.name)
    ids = {award.bid_id: award.crr_id for award in awards}
    rows = downloads.binding_constraints(market.name, results.binding(tx, market=market.name))
    yield _download(folder, market.name, DownloadType.BINDING_CONSTRAINT, rows)
    if auction:
        rows = downloads.clearing_prices(market.name, results.prices(tx, market=market.name))
        yield _download(folder, market.name, DownloadType.CLEARING_PRICE, rows)
        rows = downloads.public_auction_results(market.name, awards, ids)
        yield _download(folder, market.name, DownloadType.PUBLIC_AUCTION_RESULT, rows)
    else:
        awards = hub_rights.as_rights(tx, market.name, awards)
        rows = downloads.public_allocation_results(market.name, awards, ids)
        yield _download(folder, market.name, DownloadType.PUBLIC_ALLOCATION_RESULT, rows)
    names = {
        **{bid.bid_id: item.name for item in portfolios for bid in item.bids},
        **{line.nomination_id: item.name for item in portfolios for line in item.nominations},
    }
    for owner in sorted({award.participant for award in awards}):
        own = [award for award in awards if award.participant == owner]
        if auction:
            kind = DownloadType.PRIVATE_AUCTION_RESULT
            rows = downloads.private_auction_results(market.name, own, ids, names)
        else:
            kind = DownloadType.PRIVATE_ALLOCATION_RESULT
            rows = downloads.private_allocation_results(market.name, own, ids, names)
        yield _download(f"{PRIVATE}/{owner}/{market.name}", market.name, kind, rows, owner)


def _cleared_product(tx: Transaction, world: World, market: Market, product: Product) -> Files:
    """A folder that `verify` can check and `clear` can repeat, bids apart in `private/`."""
    place = f"{market.name}/{product.period.name}_{product.tou}"
    case = product_case(tx, world, market, product, submitted(tx, market.name))
    inputs = case_files(case, model_publication.case_text(world, case.network))
    outputs = result_files(_result(tx, market, product))
    summary = results.summary(tx, market.name, product)
    proof = certificate(
        summary,
        {f"{CASE}/{name}": _digest(content) for name, content in inputs.items()},
        {name: _digest(content) for name, content in outputs.items()},
    )
    secret = "bids.csv" if market.kind == MarketKind.AUCTION else "nominations.csv"
    for name, content in sorted(inputs.items()):
        if name != secret:
            yield f"{PUBLIC}/{place}/{CASE}/{name}", content
    for name, content in sorted(outputs.items()):
        yield f"{PUBLIC}/{place}/{name}", content
    yield f"{PUBLIC}/{place}/summary.json", json_bytes(summary)
    yield f"{PUBLIC}/{place}/certificate.json", json_bytes(proof)
    legs = hub_rights.legs_text(tx, market.name, product.period.name, product.tou)
    if legs:
        yield f"{PUBLIC}/{place}/hub_legs.csv", legs.encode()
    owners = {bid.participant for bid in case.bids}
    owners |= {line.participant for line in case.nominations}
    for owner in sorted(owners):
        own = replace(
            case,
            bids=tuple(bid for bid in case.bids if bid.participant == owner),
            nominations=tuple(line for line in case.nominations if line.participant == owner),
        )
        yield f"{PRIVATE}/{owner}/{place}/{secret}", case_files(own, b"")[secret]


def _result(tx: Transaction, market: Market, product: Product) -> ClearingResult:
    key = results.product_key(market.name, product)
    summary = results.summary(tx, market.name, product)
    awards = (
        award if award.transaction == TransactionType.SELL else replace(award, crr_id="")
        for award in hub_rights.as_cleared(tx, market.name, market_awards(tx, market.name))
        if (award.period, award.tou) == (product.period.name, product.tou)
    )
    return ClearingResult(
        name=summary["name"],
        kind=summary["kind"],
        status=summary["status"],
        awards=tuple(sorted(awards, key=lambda award: award.bid_id)),
        prices=results.prices(tx, **key),
        binding=results.binding(tx, **key),
        relaxed=results.relaxed(tx, **key),
        problems=(),
        solver=summary["solver"],
        versions=summary["versions"],
    )


def _base_loading(tx: Transaction, market: Market) -> list[Crr]:
    loading = []
    for row in tx.rows(tables.base_loading, market=market.name):
        period = Period.parse(row["period"])
        loading.append(
            Crr(
                "", "", CrrType.LSE, Hedge(row["hedge"]), row["source"], row["sink"],
                Tou(row["tou"]), period.start, period.end, row["mw"], market.name,
            )
        )  # fmt: skip
    return loading


def _download(
    folder: str, about: str, kind: DownloadType, rows: Rows, participant: str = ""
) -> tuple[str, bytes]:
    name = file_name(about, kind, FileFormat.CSV, participant)
    return f"{folder}/{name}", render(kind, rows, FileFormat.CSV).encode()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
