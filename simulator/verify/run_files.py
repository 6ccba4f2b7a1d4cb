"""The files of a run: all that were written and no others, downloads that say what products say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from simulator.verify.check import Check, Offence, judged
from simulator.verify.hubs import held_as
from simulator.verify.table import Row, read_rows, unreadable

CENT, KILOWATT = Decimal("0.01"), Decimal("0.001")
Key = tuple[object, ...]
SUMS = "SHA256SUMS"
FILES, FOLDERS = ("summary.json", "journal.jsonl", "report.html"), ("published", "private")
ALLOCATED = "PUBLIC_ALLOCATION_RESULT"
AWARDED = ("Period", "TOU", "TransactionType", "Source", "Sink", "AwardedMW")
OWN_AWARDED = ("Period", "TOU", "Source", "Sink", "AwardedMW", "Participant")
BINDING = ("Period", "TOU", "ConstraintName", "DeviceType", "ContingencyName", "Direction")
PRICED = ("Period", "TOU", "SourceSink", "ClearingPrice")


def verify_listed(folder: Path) -> Check:
    """`SHA256SUMS` names every file of the run with its digest, and no other lies among them.

    The database is not among them: it keeps books of its own.
    """
    listed = dict(_sums(folder / SUMS))
    found = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    offences = [
        Offence(1.0, name, f"{name}, which {SUMS} does not name")
        for name in sorted(found.keys() - listed.keys())
    ]
    offences += [
        Offence(1.0, name, "missing" if name not in found else f"not the file that {SUMS} names")
        for name, digest in sorted(listed.items())
        if name not in found or hashlib.sha256(found[name].read_bytes()).hexdigest() != digest
    ]
    return judged("files of the run", f"those of {SUMS}", offences, len(found))


def _files(folder: Path) -> list[Path]:
    below = [path for name in FOLDERS for path in (folder / name).rglob("*")]
    return [path for path in (*(folder / name for name in FILES), *below) if path.is_file()]


def _sums(path: Path) -> list[tuple[str, str]]:
    """Name and digest of every line; the paths of a run have no line feeds."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(str(path), str(error), "the digests of a run's files") from error
    return [(name, digest) for digest, _, name in (line.partition("  ") for line in lines)]


def verify_downloads(published: Path, summary: Mapping[str, Any]) -> Check:
    """The downloads of every posted market say what its products' folders say, as rounded there."""
    offences: list[Offence] = []
    looked_at = 0
    for market in summary.get("markets", []):
        if market.get("status") != "POSTED":
            continue
        name = str(market.get("name"))
        for kind, file, columns, own, ours, theirs in _downloads(market.get("kind") == "AUCTION"):
            path = published / name / f"{name}_{kind}.csv"
            if not path.exists():
                offences.append(Offence(1.0, path.name, "missing"))
                continue
            rows = read_rows(path, ("MarketName", *columns))
            looked_at += len(rows)
            offences += [
                Offence(1.0, row.where, f"market {row.text('MarketName')}")
                for row in rows
                if row.text("MarketName") != name
            ]
            right = _product_rows(published / name, file, own, kind)
            offences += _unlike(path.name, Counter(map(theirs, rows)), Counter(map(ours, right)))
    return judged("downloads of the markets", "what the products say", offences, looked_at)


Download = tuple[str, str, Sequence[str], Sequence[str], Callable[[Row], Key], Callable[[Row], Key]]


def _downloads(auction: bool) -> list[Download]:
    """Kind, the products' file, the columns of either, and what a row of either says."""
    binding: Download = (
        "BINDING_CONSTRAINT", "binding_constraints.csv",
        (*BINDING, "Flow", "Limit", "ShadowPrice"), (*BINDING, "FlowMW", "LimitMW", "ShadowPrice"),
        lambda row: _binding(row, "FlowMW", "LimitMW"), lambda row: _binding(row, "Flow", "Limit"),
    )  # fmt: skip
    if not auction:
        return [
            binding,
            (
                ALLOCATED, "awards.csv", (*AWARDED, "AssetOwner"), OWN_AWARDED,
                lambda row: (*_awarded(row, "Participant"), "BUY"),
                lambda row: (*_awarded(row, "AssetOwner"), row.text("TransactionType")),
            ),
        ]  # fmt: skip
    priced = ("TransactionType", "HedgeType", "ClearingPrice")
    return [
        binding,
        ("CLEARING_PRICE", "clearing_prices.csv", PRICED, PRICED, _price, _price),
        (
            "PUBLIC_AUCTION_RESULT", "awards.csv", (*AWARDED, *priced, "AssetOwner"),
            (*OWN_AWARDED, *priced),
            lambda row: _auctioned(row, "Participant"), lambda row: _auctioned(row, "AssetOwner"),
        ),
    ]  # fmt: skip


def _product_rows(market: Path, file: str, columns: Sequence[str], kind: str) -> list[Row]:
    """All rows of the products' `file`, awards as what they are held as, if they got anything."""
    rows: list[Row] = []
    for path in sorted(market.glob(f"*/{file}")):
        found = read_rows(path, columns)
        rows += held_as(path.parent, found) if kind == ALLOCATED else found
    if kind.endswith("RESULT"):
        return [row for row in rows if row.decimal("AwardedMW") > 0]
    return rows


def _unlike(where: str, found: Counter[Key], right: Counter[Key]) -> list[Offence]:
    return [
        Offence(1.0, where, f"{found[key]} instead of {right[key]} of {' '.join(map(str, key))}")
        for key in sorted({*found, *right}, key=str)
        if found[key] != right[key]
    ]


def _awarded(row: Row, owner: str) -> Key:
    place = tuple(row.text(column) for column in ("Period", "TOU", owner, "Source", "Sink"))
    return *place, _rounded(row, "AwardedMW", KILOWATT)


def _auctioned(row: Row, owner: str) -> Key:
    kind = row.text("TransactionType"), row.text("HedgeType")
    return *_awarded(row, owner), *kind, _rounded(row, "ClearingPrice", CENT)


def _price(row: Row) -> Key:
    place = tuple(row.text(column) for column in ("Period", "TOU", "SourceSink"))
    return *place, _rounded(row, "ClearingPrice", CENT)


def _binding(row: Row, flow: str, limit: str) -> Key:
    place = tuple(row.text(column) for column in BINDING)
    loaded = _rounded(row, flow, KILOWATT), _rounded(row, limit, KILOWATT)
    return *place, *loaded, _rounded(row, "ShadowPrice", CENT)


def _rounded(row: Row, column: str, step: Decimal) -> Decimal | str:
    """As downloads print it, half up; an empty cell stays empty."""
    if not row.text(column):
        return ""
    return row.decimal(column).quantize(step, ROUND_HALF_UP)
