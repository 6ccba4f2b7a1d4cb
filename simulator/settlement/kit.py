"""The shadow-settlement kit: what one owner needs to settle its own month again, in one zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta

from simulator.domain.table import csv_text
from simulator.settlement.lineage import lineage
from simulator.settlement.lineage_later import Record
from simulator.settlement.report import statements_csv
from simulator.settlement.settle import SettlementResult

_EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # no wall clock: the same kit is the same bytes

README = """This kit holds the statement of {owner} for {month} and what each amount comes from.

statements.csv  your lines: positive amounts are paid to you
crrs.csv        your rights; EndDate is their last day
lineage.jsonl   one JSON object per line: first the formulas, then the inputs that amounts share
                (shift factors, hours, your rights), then each amount with its formula and inputs

To check an amount, take its formula and look up the ids that its inputs name. The deficit rates of
an hour come from everybody's net flows; their sums are given, the rights of others are not.
To compare your own figures, write them as statements.csv and run
    marketsim settle CASE --out DIR --compare statements.csv
"""


def kit_files(result: SettlementResult, owner: str) -> dict[str, str]:
    """The kit of `owner` as file texts by name; nobody else's rights or lines are in it."""
    crrs = sorted(
        (crr for crr in result.case.crrs if crr.owner == owner),
        key=lambda crr: (crr.crr_id, crr.start),
    )
    return {
        "README.txt": README.format(owner=owner, month=result.case.calendar.month.name),
        "statements.csv": statements_csv(line for line in result.lines if line.owner == owner),
        "crrs.csv": csv_text(
            ["CRRID", "Owner", "HedgeType", "Source", "Sink", "TOU", "MW", "StartDate", "EndDate"],
            (
                (
                    *(crr.crr_id, owner, crr.hedge, crr.source, crr.sink, crr.tou, crr.mw),
                    *(crr.start, crr.end - timedelta(days=1)),
                )
                for crr in crrs
            ),
        ),
        "lineage.jsonl": "".join(f"{json.dumps(row)}\n" for row in _of(owner, lineage(result))),
    }


def kit_zip(files: Mapping[str, str]) -> bytes:
    """The files as one zip, the same bytes every time; not compressed, as compressors differ."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST_ZIP_TIME), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _of(owner: str, records: Iterator[Record]) -> Iterator[Record]:
    """The records that belong to `owner` or to everybody; the account is nobody's business."""
    for record in records:
        if record.get("owner", owner) == owner and record.get("amount") != "balancing_account":
            yield record
