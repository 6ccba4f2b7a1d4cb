"""A clearing case read from a folder of files, and cleared into one (contract, section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from operator import itemgetter
from pathlib import Path
from typing import Any

from simulator.clearing import folder_faults
from simulator.clearing.case import ClearingCase, FixedCrr
from simulator.clearing.clear import clear_checked
from simulator.clearing.interior import SolverFailed
from simulator.clearing.market_file import MARKET_FILE, read_market
from simulator.clearing.result import ClearingResult
from simulator.clearing.timer import Clock
from simulator.clearing.validate import case_findings, place_findings, submission_findings
from simulator.clearing.workers import HERE, Workers
from simulator.clearing.write import write_case_folder, write_result
from simulator.domain import (
    Bid,
    CurvePoint,
    Finding,
    Hedge,
    Nomination,
    Refused,
    Tou,
    TransactionType,
)
from simulator.domain.collector import no_cycle_search
from simulator.domain.table import Column, Parser, TableRow, any_text, choice, integer, read_table
from simulator.domain.table import text as some_text
from simulator.network.folder import CASE_FILES, read_network_folder
from simulator.network.model import NetworkModel

DECIMALS = 9
"""Finer than any figure of a bid; what a spreadsheet's double adds beyond them is noise."""
LARGEST = Decimal("1e15")
"""Figures are no larger in size; `verify` reads none that are."""


def _number(cell: str) -> Decimal:
    """A finite decimal of sensible size, to the nearest of `DECIMALS`."""
    allowed = f"a number between -{LARGEST:.0e} and {LARGEST:.0e}"
    try:
        value = Decimal(cell)
        if not abs(value) <= LARGEST:
            raise ValueError(allowed)
    except InvalidOperation:
        raise ValueError(allowed) from None
    nearest = round(value, DECIMALS)
    return value if value == nearest else nearest


def _one_of(kind: type[StrEnum]) -> Parser:
    """A member of `kind`, spelt exactly."""
    spelt = choice([str(item) for item in kind])
    return lambda cell: kind(spelt(cell))


_hedge, _tou = _one_of(Hedge), _one_of(Tou)

BID_COLUMNS = (
    Column("BidID", some_text),
    Column("Participant", some_text),
    Column("TransactionType", _one_of(TransactionType)),
    Column("HedgeType", _hedge),
    Column("Source", some_text),
    Column("Sink", some_text),
    Column("TOU", _tou),
    Column("Period", some_text),
    Column("CRRID", any_text),
    Column("Point", integer),
    Column("MW", _number),
    Column("Price", _number),
)
NOMINATION_COLUMNS = (  # in the order of `Nomination`
    Column("NominationID", some_text),
    Column("Participant", some_text),
    Column("Source", some_text),
    Column("Sink", some_text),
    Column("TOU", _tou),
    Column("Period", some_text),
    Column("MW", _number),
)
FIXED_COLUMNS = (  # in the order of `FixedCrr`
    Column("CRRID", some_text),
    Column("Owner", some_text),
    Column("Source", some_text),
    Column("Sink", some_text),
    Column("HedgeType", _hedge),
    Column("TOU", _tou),
    Column("Period", some_text),
    Column("MW", _number),
)


@dataclass
class _Reading:
    """What was read so far, and what was wrong with it."""

    folder: Path
    submissions: tuple[Path, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def rows(self, file: str, columns: tuple[Column, ...], required: bool) -> tuple[TableRow, ...]:
        """The rows of a file of the case, and of the files of that name that lie elsewhere."""
        places = [self.folder / file, *(folder / file for folder in self.submissions)]
        there = [path for path in places if path.exists()]
        if required and not there:
            self.findings.append(
                Finding("CLR0201", f"{file} is missing", str(self.folder), "no such file",
                        file, "add the file")
            )  # fmt: skip
        rows: list[TableRow] = []
        for path in there:
            name = file if path.parent == self.folder else str(path)
            content = self.text(path)
            if content is not None:
                found, findings = read_table(content, name, columns)
                rows += found
                self.findings += findings
                if findings and columns is BID_COLUMNS:
                    self.unread |= folder_faults.ids_of_unread_rows(
                        content, name, columns, findings, "BidID"
                    )
        return tuple(rows)

    def text(self, path: Path) -> str | None:
        """The file's text; None, and a finding, where it cannot be read."""
        try:
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.findings.append(
                Finding("CLR0202", f"{path.name} cannot be read", str(path), str(reason),
                        "a readable file of UTF-8 text", "save it as UTF-8")
            )  # fmt: skip
            return None


def read_case_folder(path: Path, submissions: Sequence[Path] = ()) -> ClearingCase:
    """The case in a folder; raises `Refused` with the findings of all its files at once.

    Participants' own bids or nominations may lie in the folders `submissions` instead.
    """
    reading = _Reading(path, tuple(submissions))
    market = _market(reading)
    model = _network(reading, bool(market.get("impedance_correction", True)))
    auction, unsure = market.get("kind") == "auction", "kind" not in market
    fixed = tuple(_fixed(reading, reading.rows("fixed_crrs.csv", FIXED_COLUMNS, False)))
    bids: tuple[Bid, ...] = ()
    nominations: tuple[Nomination, ...] = ()
    if auction or unsure:
        bids = tuple(_bids(reading, reading.rows("bids.csv", BID_COLUMNS, auction)))
    if not auction:
        rows = reading.rows("nominations.csv", NOMINATION_COLUMNS, not unsure)
        nominations = tuple(_nominations(reading, rows))
    case = None
    if model is not None and "kind" in market:
        case = ClearingCase(
            network=model.network,
            locations=model.locations,
            contingencies=model.contingencies,
            interfaces=model.interfaces,
            monitored=model.monitored,
            outages=model.outages,
            fixed_crrs=fixed,
            bids=bids,
            nominations=nominations,
            warnings=(*model.warnings, *folder_faults.unknown_tables(path)),
            **market,
        )
        reading.findings += case_findings(case, reading.places)
    else:
        entries: list[Bid | Nomination] = [*bids, *nominations]
        reading.findings += submission_findings(fixed, entries, reading.places)
        table = path / "locations.csv"
        content = reading.text(table) if table.exists() else None
        bare = folder_faults.bare_case(path, content, table.exists())
        if bare is not None:
            reading.findings += place_findings(bare, fixed, entries, reading.places)
    reading.findings = folder_faults.without_curves(
        reading.findings, {reading.places.get(bid_id, "") for bid_id in reading.unread}
    )
    if reading.findings or case is None:
        raise Refused(reading.findings)
    return case


def _network(reading: _Reading, impedance_correction: bool) -> NetworkModel | None:
    try:
        return read_network_folder(reading.folder, impedance_correction=impedance_correction)
    except Refused as refused:
        reading.findings += refused.findings
        return None


def _market(reading: _Reading) -> dict[str, Any]:
    """`market.toml` with its defaults; {} when it cannot be used at all."""
    file = reading.folder / MARKET_FILE
    if not file.exists():
        reading.findings.append(
            Finding("CLR0201", "market.toml is missing", str(reading.folder), "no such file",
                    MARKET_FILE, "add the file")
        )  # fmt: skip
        return {}
    content = reading.text(file)
    if content is None:
        return {}
    market, findings = read_market(content)
    reading.findings += findings
    return market


def _fixed(reading: _Reading, rows: Iterable[TableRow]) -> Iterable[FixedCrr]:
    for row in rows:
        reading.places.setdefault(row["CRRID"], row.where())
        yield FixedCrr(*(row[column.name] for column in FIXED_COLUMNS))


def _nominations(reading: _Reading, rows: Iterable[TableRow]) -> Iterable[Nomination]:
    for row in rows:
        reading.places.setdefault(row["NominationID"], row.where())
        yield Nomination(*(row[column.name] for column in NOMINATION_COLUMNS))


def _bids(reading: _Reading, rows: Iterable[TableRow]) -> Iterable[Bid]:
    """Rows of one BidID are the points of one bid, in the order of `Point`."""
    points: dict[str, list[TableRow]] = {}
    for row in rows:
        points.setdefault(row["BidID"], []).append(row)
    for bid_id, own in points.items():
        first = own[0]
        reading.places.setdefault(bid_id, first.where())
        reading.findings += folder_faults.mixed(first, own)
        own.sort(key=itemgetter("Point"))
        if bid_id not in reading.unread:
            reading.findings += folder_faults.numbering(own)
        yield Bid(
            bid_id=bid_id,
            participant=first["Participant"],
            transaction=first["TransactionType"],
            hedge=first["HedgeType"],
            source=first["Source"],
            sink=first["Sink"],
            tou=first["TOU"],
            period=first["Period"],
            curve=tuple(CurvePoint(row["MW"], row["Price"]) for row in own),
            crr_id=first["CRRID"],
        )


def clear_folder(
    case_path: Path, out: Path, workers: Workers = HERE, clock: Clock | None = None
) -> ClearingResult:
    """`marketsim clear CASE --out DIR`: read, clear, write the answer and `case/` beside it.

    Raises `Refused` with all findings of the case, or where `out` holds what no clearing left.
    """
    with no_cycle_search():
        return _clear_folder(case_path, out, workers, clock)


def _clear_folder(
    case_path: Path, out: Path, workers: Workers, clock: Clock | None
) -> ClearingResult:
    started = clock() if clock else 0.0
    folder_faults.refuse_strangers(case_path, out)
    case = read_case_folder(case_path)
    network = next(case_path / name for name in CASE_FILES if (case_path / name).exists())
    read_seconds = clock() - started if clock else 0.0
    try:
        result = clear_checked(case, workers, clock, read_seconds)
    except SolverFailed:  # the case stays, to be looked into and cleared again
        write_case_folder(case, out / "case", network.read_bytes(), network.name)
        raise
    digests = write_case_folder(case, out / "case", network.read_bytes(), network.name)
    write_result(result, out, {f"case/{name}": digest for name, digest in digests.items()})
    return result
