"""The files of a run: what everybody, those under the NDA and each participant could download.

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
    Market,
    MarketKind,
    MarketStatus,
    Product,
    TransactionType,
)
from simulator.market import (
    downloads,
    hub_rights,
    model_publication,
    results,
    special_publication,
)
from simulator.market.cases import product_case
from simulator.market.portfolios import submitted
from simulator.market.posting import market_awards
from simulator.market.settlement_files import settlement_files
from simulator.market.world import World
from simulator.publish.download import DownloadType, FileFormat, Rows, file_name, render
from simulator.store import Transaction, books

Files = Iterator[tuple[str, bytes]]
PUBLIC, PRIVATE = "published", "private"
CASE = "case"


def run_files(tx: Transaction, world: World) -> Files:
    """Every file below `published/` and `private/`, with its path."""
    yield f"{PUBLIC}/README.md", model_publication.WHO_GETS_WHAT.encode()
    yield from special_publication.existing_crrs(tx, world)
    yield from special_publication.special_files(tx, world)
    yield from _replacements(tx, world)
    for state in books.markets(tx):
        yield from _market_data(tx, world, state.market)
        if state.status == MarketStatus.POSTED:
            yield from _results(tx, state.market)
            for product in state.market.products:
                yield from _cleared_product(tx, world, state.market, product)
    yield from settlement_files(tx, world)


def _replacements(tx: Transaction, world: World) -> Files:
    """Every market's replaced locations in one file, as the service gives them."""
    rows = downloads.all_replacements(tx, world)
    if rows:
        yield _download(PUBLIC, "", DownloadType.SOURCE_SINK_REPLACEMENT, rows)


def _market_data(tx: Transaction, world: World, market: Market) -> Files:
    folder = f"{PUBLIC}/{market.name}"
    for kind in downloads.MARKET_DATA:
        rows = downloads.market_rows(tx, world, market, kind)
        if rows:
            yield _download(folder, market.name, kind, rows)
    for path, content in model_publication.files(tx, world, market):
        yield f"{folder}/{path}", content
    yield from _caps(tx, world, market)


def _caps(tx: Transaction, world: World, market: Market) -> Files:
    calculation = downloads.calculation_of(market)
    for owner in downloads.caps_posted(tx, market):
        folder = f"{PRIVATE}/{owner}/{market.name}"
        for kind in downloads.cap_kinds(market):
            rows = downloads.cap_rows(tx, world, market, kind, owner)
            if rows:
                yield _download(folder, calculation, kind, rows, owner)


def _results(tx: Transaction, market: Market) -> Files:
    posted = downloads.PostedResults.read(tx, market)
    for kind in posted.kinds:
        yield _download(f"{PUBLIC}/{market.name}", market.name, kind, posted.public(kind))
    for owner in posted.owners():
        folder, kind = f"{PRIVATE}/{owner}/{market.name}", posted.private_kind
        yield _download(folder, market.name, kind, posted.private(owner), owner)


def _cleared_product(tx: Transaction, world: World, market: Market, product: Product) -> Files:
    """A folder that `verify` can check and `clear` can repeat, bids apart in `private/`.

    Its `case/` holds the network, so it is for those who signed the non-disclosure agreement.
    """
    place = f"{market.name}/{product.period.name}_{product.tou}"
    case = product_case(tx, world, market, product, submitted(tx, market.name))
    inputs = case_files(case, model_publication.case_text(tx, world, case.network))
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


def _download(
    folder: str, about: str, kind: DownloadType, rows: Rows, participant: str = ""
) -> tuple[str, bytes]:
    name = file_name(about, kind, FileFormat.CSV, participant)
    return f"{folder}/{name}", render(kind, rows, FileFormat.CSV).encode()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
