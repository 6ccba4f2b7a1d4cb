"""How a download looks: the columns of every type, and rows as CSV or JSON text.

Columns are those of wire contract 6, PascalCase; only SOURCE_SINK's are on public record, the
others follow its style. A table with rows in any order gives the same text: rows are sorted.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

Value = str | int | Decimal
Row = dict[str, Value]
Rows = tuple[Row, ...]


class FileFormat(StrEnum):
    """As the services name it."""

    CSV = "CSV"
    JSON = "JSON"


class DownloadType(StrEnum):
    """The download types of the market data service (wire contract 6)."""

    PUBLIC_EXISTING_CRR = "PUBLIC_EXISTING_CRR"
    SOURCE_SINK_REPLACEMENT = "SOURCE_SINK_REPLACEMENT"
    GROUPED_BASE_LOADING = "GROUPED_BASE_LOADING"
    SOURCE_SINK = "SOURCE_SINK"
    SET_ASIDE = "SET_ASIDE"
    BINDING_CONSTRAINT = "BINDING_CONSTRAINT"
    PUBLIC_ALLOCATION_RESULT = "PUBLIC_ALLOCATION_RESULT"
    PUBLIC_AUCTION_RESULT = "PUBLIC_AUCTION_RESULT"
    CLEARING_PRICE = "CLEARING_PRICE"
    PRIVATE_EXISTING_CRR_ALLOCATION = "PRIVATE_EXISTING_CRR_ALLOCATION"
    PRIVATE_EXISTING_CRR_AUCTION = "PRIVATE_EXISTING_CRR_AUCTION"
    PRIVATE_EXISTING_CRR_SECONDARY_MARKET = "PRIVATE_EXISTING_CRR_SECONDARY_MARKET"
    PRIVATE_EXISTING_CRR_SYSTEM = "PRIVATE_EXISTING_CRR_SYSTEM"
    PRIVATE_EXISTING_CRR_LM_CURRENT_PLUS_3 = "PRIVATE_EXISTING_CRR_LM_CURRENT_PLUS_3"
    PRIVATE_EXISTING_CRR_LM_BEYOND_3 = "PRIVATE_EXISTING_CRR_LM_BEYOND_3"
    SIGNATURE = "SIGNATURE"
    UPPER_BOUND = "UPPER_BOUND"
    SEQ = "SEQ"
    MEQ = "MEQ"
    PRIVATE_ALLOCATION_RESULT = "PRIVATE_ALLOCATION_RESULT"
    PRIVATE_AUCTION_RESULT = "PRIVATE_AUCTION_RESULT"


EXISTING_CRR = (
    "CRRID", "ParentCRRID", "AssetOwner", "MarketName", "Category", "CRRType", "HedgeType",
    "Source", "Sink", "TOU", "StartDate", "EndDate", "MW",
)  # fmt: skip
PUBLIC_ALLOCATION_RESULT = (
    "MarketName", "Period", "TOU", "CRRID", "AssetOwner", "TransactionType", "HedgeType",
    "CRRType", "Source", "Sink", "StartDate", "EndDate", "AwardedMW",
)  # fmt: skip
PUBLIC_AUCTION_RESULT = (*PUBLIC_ALLOCATION_RESULT, "ClearingPrice")
CAP = ("NominationCapCalcName", "AssetOwner", "CRRType", "Sink", "Period", "TOU", "AllowedMW")

COLUMNS: Mapping[DownloadType, tuple[str, ...]] = {
    DownloadType.PUBLIC_EXISTING_CRR: EXISTING_CRR,
    DownloadType.PRIVATE_EXISTING_CRR_ALLOCATION: EXISTING_CRR,
    DownloadType.PRIVATE_EXISTING_CRR_AUCTION: EXISTING_CRR,
    DownloadType.PRIVATE_EXISTING_CRR_SECONDARY_MARKET: EXISTING_CRR,
    DownloadType.PRIVATE_EXISTING_CRR_SYSTEM: EXISTING_CRR,
    DownloadType.PRIVATE_EXISTING_CRR_LM_CURRENT_PLUS_3: EXISTING_CRR,
    DownloadType.PRIVATE_EXISTING_CRR_LM_BEYOND_3: EXISTING_CRR,
    DownloadType.SOURCE_SINK_REPLACEMENT: (
        "RetiredSourceSink", "ReplacementSourceSink", "MarketName", "EffectiveDate",
    ),
    DownloadType.SOURCE_SINK: (
        "SourceSink", "Type", "BiddableFlag", "Zone", "AugmentedBusName", "EMSBusName",
        "ParticipationFactor", "TOU",
    ),
    DownloadType.GROUPED_BASE_LOADING: (
        "MarketName", "Period", "TOU", "Source", "Sink", "HedgeType", "MW",
    ),
    DownloadType.SET_ASIDE: (
        "MarketName", "Period", "TOU", "InterfaceName", "Direction", "SetAsideMW",
    ),
    DownloadType.BINDING_CONSTRAINT: (
        "MarketName", "Period", "TOU", "ConstraintName", "DeviceType", "ContingencyName",
        "Direction", "Flow", "Limit", "ShadowPrice",
    ),
    DownloadType.CLEARING_PRICE: ("MarketName", "Period", "TOU", "SourceSink", "ClearingPrice"),
    DownloadType.PUBLIC_ALLOCATION_RESULT: PUBLIC_ALLOCATION_RESULT,
    DownloadType.PUBLIC_AUCTION_RESULT: PUBLIC_AUCTION_RESULT,
    DownloadType.PRIVATE_ALLOCATION_RESULT: (
        "MarketName", "PortfolioName", "NominationID", "CRRID", "AssetOwner", "CRRType",
        "HedgeType", "Source", "Sink", "TOU", "Period", "NominatedMW", "AwardedMW",
    ),
    DownloadType.PRIVATE_AUCTION_RESULT: (
        *PUBLIC_AUCTION_RESULT, "PortfolioName", "BidID", "BidMW", "Description",
    ),
    DownloadType.SIGNATURE: (
        "NominationCapCalcName", "AssetOwner", "CRRType", "Source", "Sink", "Period", "TOU",
        "AllowedMW",
    ),
    DownloadType.UPPER_BOUND: CAP,
    DownloadType.SEQ: CAP,
    DownloadType.MEQ: CAP,
}  # fmt: skip


def file_name(
    about: str, kind: DownloadType, file_format: FileFormat, participant: str = ""
) -> str:
    """`<market or cap calculation>_<TYPE>[_<participant>].csv`; `about` may be ""."""
    parts = [part for part in (about, kind.value, participant) if part]
    return f"{'_'.join(parts)}.{file_format.lower()}"


def render(kind: DownloadType, rows: Iterable[Row], file_format: FileFormat) -> str:
    """The rows of one download as the text of its file."""
    return to_csv(kind, rows) if file_format is FileFormat.CSV else to_json(kind, rows)


def to_csv(kind: DownloadType, rows: Iterable[Row]) -> str:
    """Header and rows: comma, CRLF, quotes only where needed (wire contract 6)."""
    columns = COLUMNS[kind]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([plain(row[name]) for name in columns] for row in _sorted(columns, rows))
    return stream.getvalue()


def to_json(kind: DownloadType, rows: Iterable[Row]) -> str:
    """One array, one object a row, numbers as exact decimals (never through binary floats)."""
    columns = COLUMNS[kind]
    objects = (
        "{" + ",".join(f"{json.dumps(name)}:{_json(row[name])}" for name in columns) + "}"
        for row in _sorted(columns, rows)
    )
    return "[" + ",\n".join(objects) + "]\n"


def identifier(text: str) -> Value:
    """Ids are numbers on the wire; one that is no number stays a text, as an empty one does."""
    return int(text) if text.isascii() and text.isdecimal() else text


def dates(start: date, end: date) -> Row:
    """`start` and the day before `end`: local dates in downloads are both inclusive."""
    return {"StartDate": start.isoformat(), "EndDate": (end - timedelta(days=1)).isoformat()}


def _sorted(columns: Sequence[str], rows: Iterable[Row]) -> list[Row]:
    """From the first column to the last; numbers by size and before texts."""
    collected = list(rows)
    for row in collected:
        assert set(row) == set(columns), f"columns {sorted(set(row) ^ set(columns))}"
    return sorted(collected, key=lambda row: [_sort_key(row[name]) for name in columns])


def _sort_key(value: Value) -> tuple[int, Decimal, str]:
    if isinstance(value, str):
        return (1, Decimal(0), value)
    return (0, Decimal(value), "")


def plain(value: Value) -> str:
    """A text as it is; a number without an exponent and without a negative zero."""
    if isinstance(value, str):
        return value
    number = Decimal(value)
    return f"{abs(number) if number == 0 else number:f}"


def _json(value: Value) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return plain(value)
