"""The shadow-settlement kit: what one owner needs to settle a statement again, in one zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from simulator.domain import StatementLine
from simulator.settlement.case import MeasuredDemand, SettlementCase
from simulator.settlement.case_files import crrs_csv
from simulator.settlement.lineage import lineage, true_up_records
from simulator.settlement.lineage_later import Record, share_record
from simulator.settlement.month import MonthEnd
from simulator.settlement.report import statements_csv
from simulator.settlement.settle import SettlementResult, settle

_EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # no wall clock: the same kit is the same bytes

README = """This kit holds the statement of {owner} for {what} and what each amount comes from.

statements.csv  your lines: positive amounts are paid to you
changes.csv     what this version changed, when it is not the first
crrs.csv        your rights; EndDate is their last day
lineage.jsonl   one JSON object per line: first the formulas, then the inputs that amounts share
                (shift factors, hours, your rights), then each amount with its formula and inputs

To check an amount, take its formula and look up the ids that its inputs name. The deficit rates of
an hour come from everybody's net flows; their sums are given, the rights of others are not.
To compare your own figures, write them as statements.csv and run
    marketsim settle CASE --out DIR --compare statements.csv
where CASE is the month's folder among the published files. Only the trading days that your file
names are compared. The month's true-up is a statement of its own, with the last trading day: put
its lines and that day's into one file, and all later versions' changes with them.
"""

SHARE_README = """This kit holds the share of {owner} in the CRR balancing account of {month}.

statements.csv  your line as it stands: a positive amount is paid to you
changes.csv     what this version of it changed; the same as the line when it is the first
lineage.jsonl   the line's formula with its inputs: the balance shared, your measured demand, what
                of it existing rights served, and the sum of what everybody shares over

What the balance consists of is public: balancing_account.csv of the month among the published
files has every entry, balancing_constraints.csv what each constraint left, balancing_lineage.jsonl
the formulas and inputs of both.
"""

Files = dict[str, str]
COMPACT = (",", ":")


def day_kits(case: SettlementCase, day: date, stated_on: date | None = None) -> dict[str, Files]:
    """By owner, the kit of one trading day; the month's true-up has kits of its own.

    `case` holds the rights, hours and awards of that day. A later version's lines came out on
    `stated_on`, not on the statement date of the day.
    """
    settled = settle(case)
    lines = _dated((line for line in settled.lines if line not in settled.month.lines), stated_on)
    return kits(replace(settled, lines=lines, month=MonthEnd((), (), ())), str(day))


def kits(result: SettlementResult, what: str) -> dict[str, Files]:
    """By owner, file texts by name; nobody gets another's rights or lines."""
    return _kits(result, result.lines, tuple(lineage(result)), what)


def true_up_kits(result: SettlementResult, stated_on: date | None = None) -> dict[str, Files]:
    """By owner, the kit of a settled month's true-up; a later version's came out on `stated_on`."""
    what = f"the true-up of {result.case.calendar.month.name}"
    lines = _dated(result.month.lines, stated_on)
    dated = replace(result, month=replace(result.month, lines=lines))
    return _kits(dated, lines, tuple(true_up_records(dated)), what)


def share_kit(
    line: StatementLine,
    changed: StatementLine,
    balance_usd: Decimal,
    demand: Sequence[MeasuredDemand],
    month: str,
) -> Files:
    """The kit of a coordinator's share of the month's balance: `line` as it stands, and its change.

    Of the others it holds nothing but what all of them add up to.
    """
    return {
        "README.txt": SHARE_README.format(owner=line.owner, month=month),
        "statements.csv": statements_csv([line]),
        "changes.csv": statements_csv([changed]),
        "lineage.jsonl": json_lines([share_record(line, balance_usd, demand)]),
    }


def json_lines(records: Iterable[Record]) -> str:
    """One compact JSON object a line."""
    return "".join(f"{json.dumps(record, separators=COMPACT)}\n" for record in records)


def _dated(lines: Iterable[StatementLine], on: date | None) -> tuple[StatementLine, ...]:
    return tuple(line if on is None else replace(line, statement_date=on) for line in lines)


def kit_zip(files: Mapping[str, str]) -> bytes:
    """The files as one zip, the same bytes every time; stored as they are: compressors differ."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST_ZIP_TIME), text, zipfile.ZIP_STORED)
    return stream.getvalue()


def _kits(
    result: SettlementResult,
    lines: Iterable[StatementLine],
    records: tuple[Record, ...],
    what: str,
) -> dict[str, Files]:
    own: dict[str, list[StatementLine]] = {}
    for line in lines:
        own.setdefault(line.owner, []).append(line)
    kits = {}
    for owner, stated in sorted(own.items()):
        crrs = [crr for crr in result.case.crrs if crr.owner == owner]
        places = {place for crr in crrs for place in (crr.source, crr.sink)}
        kits[owner] = {
            "README.txt": README.format(owner=owner, what=what),
            "statements.csv": statements_csv(stated),
            "crrs.csv": crrs_csv(crrs),
            "lineage.jsonl": json_lines(_of(owner, places, records)),
        }
    return kits


def _of(owner: str, places: set[str], records: Iterable[Record]) -> Iterator[Record]:
    """The records that belong to `owner` or to everybody, factors only at the owner's places."""
    for record in records:
        if record.get("owner", owner) != owner or record.get("amount") == "balancing_account":
            continue
        if record.get("input") == "factors":
            factors = record["shift_factors"]
            own = {place: factor for place, factor in factors.items() if place in places}
            yield {**record, "shift_factors": own}
        else:
            yield record
