"""OASIS reports as texts: the columns of each, CSV and XML, file names, and what a refusal says.

Names and codes are those of wire contract 13; where no columns are on public record (market names,
the calendar) they are our own. Times in rows are texts already: this room knows no calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape

from simulator.domain.table import csv_text
from simulator.publish.download import Row, plain

NAMESPACE = "http://www.caiso.com/soa/OASISReport_v1.xsd"
INVALID_REQUEST = "INVALID_REQUEST.xml"
NO_MARKET_RUN = "N"  # the part of a file name that tells the market run, where there is none
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class ReportName(StrEnum):
    """What can be asked for by `queryname`."""

    CRR_CLEARING = "CRR_CLEARING"
    CRR_INVENTORY = "CRR_INVENTORY"
    CRR_AGG_REV_ADJ = "CRR_AGG_REV_ADJ"
    PUB_CRR_BID = "PUB_CRR_BID"
    CRR_MRKT_NAMES = "CRR_MRKT_NAMES"
    CRR_CALENDAR = "CRR_CALENDAR"


@dataclass(frozen=True)
class Report:
    """Version and form of a report.

    `parameters` are its own beside dates, version and format. `elements` gives the column of each
    XML element where XML and CSV differ; otherwise the elements have the columns' names.
    """

    name: ReportName
    version: int
    parameters: tuple[str, ...]
    columns: tuple[str, ...]
    elements: Mapping[str, str] | None = None
    dated: bool = True


_INVENTORY = (
    "CRR_MARKET_NAME", "SOURCE", "SINK", "RESOURCE_NAME", "OPTION", "INVENTORY_DATE_TIME",
    "START_DATE_TIME", "END_DATE_TIME", "REASON", "STATUS_TYPE", "CRR_CATEGORY", "CRR_NSR",
    "CRR_SEGMENT", "OFFER_TYPE",
)  # fmt: skip
_ITEM = {"DATA_ITEM": "XML_DATA_ITEM"}

REPORTS: Mapping[str, Report] = {
    report.name.value: report
    for report in (
        Report(
            ReportName.CRR_CLEARING, 1, ("market_name", "market_term", "time_of_use"),
            (
                "MARKET_NAME", "MARKET_TERM", "TIME_OF_USE", "START_DATE", "END_DATE",
                "START_DATE_GMT", "END_DATE_GMT", "APNODE_ID", "APNODE_ID_PRICE", "XML_DATA_ITEM",
            ),
            {
                **_ITEM, "CRR_MARKET_NAME": "MARKET_NAME", "RESOURCE_NAME": "APNODE_ID",
                "START_DATE_TIME": "START_DATE_GMT", "END_DATE_TIME": "END_DATE_GMT",
                "REASON": "MARKET_TERM", "VALUE": "APNODE_ID_PRICE",
            },
        ),
        Report(
            ReportName.CRR_INVENTORY, 1, ("market_name", "market_term", "time_of_use"),
            (*_INVENTORY, "MW", "XML_DATA_ITEM"),
            {
                **_ITEM,
                **{name: name for name in _INVENTORY},
                "VALUE": "MW",
            },
        ),
        Report(
            ReportName.CRR_AGG_REV_ADJ, 7, ("trans_cnstr_id",),
            (
                "START_DATE_TIME", "END_DATE_TIME", "TRANS_CNSTR_ID", "CNSTR_CASE",
                "TOTAL_NOTIONAL_VALUE", "TOTAL_OFFSET_VALUE",
            ),
        ),
        Report(
            ReportName.PUB_CRR_BID, 2, ("market_name",),
            (
                "STARTTIME", "STOPTIME", "MARKETTERM", "MARKETNAME", "SOURCEID", "SINKID",
                "TIMEOFUSE", "MWQUANTITY", "CRR_PRICE", "CRRBID_ID", "CRRBIDSEG_ID",
                "AUCTIONCLOSEDATE", "TRANSACTION_TYPE", "HEDGE_TYPE",
            ),
        ),
        Report(
            ReportName.CRR_MRKT_NAMES, 1, (),
            ("MARKET_NAME", "MARKET_TYPE", "MARKET_TERM", "START_DATE_GMT", "END_DATE_GMT"),
            dated=False,
        ),
        Report(
            ReportName.CRR_CALENDAR, 1, ("market_name",),
            (
                "MARKET_NAME", "MARKET_TYPE", "MARKET_TERM", "EVENT", "START_DATE_GMT",
                "END_DATE_GMT",
            ),
            dated=False,
        ),
    )
}  # fmt: skip


class Fault(StrEnum):
    """Why a request is invalid, by code."""

    NO_DATA = "1000"
    PARAMETERS = "1001"
    DATE_FORMAT = "1002"
    TOO_LONG = "1004"
    UNKNOWN_REPORT = "1005"
    GROUP_NOT_READY = "1015"
    UNKNOWN_GROUP = "1016"
    TERM_ALL = "1019"
    NO_VERSION = "1020"


def file_stem(report: Report, start: str, end: str, stamp: str) -> str:
    """`20121231_20130101_CRR_CLEARING_N_20190812_13_34_07_v1`.

    `start` and `end` are `YYYYMMDD`, `stamp` is `YYYYMMDD_hh_mm_ss`: when the file was made.
    """
    return f"{start}_{end}_{report.name}_{NO_MARKET_RUN}_{stamp}_v{report.version}"


def to_csv(report: Report, rows: Iterable[Row]) -> str:
    """Header and rows, from the first column to the last in order."""
    return csv_text(report.columns, _sorted(report, rows))


def to_xml(report: Report, rows: Iterable[Row], made_at: str) -> str:
    """The rows as REPORT_DATA elements of one report item; `made_at` is an ISO time."""
    elements = report.elements or {name: name for name in report.columns}
    places = [(element, report.columns.index(column)) for element, column in elements.items()]
    data = "".join(
        "<m:REPORT_DATA>"
        + "".join(f"<m:{name}>{escape(row[place])}</m:{name}>" for name, place in places)
        + "</m:REPORT_DATA>\n"
        for row in _sorted(report, rows)
    )
    header = (
        "<m:REPORT_HEADER><m:SYSTEM>OASIS</m:SYSTEM><m:TZ>PPT</m:TZ>"
        f"<m:REPORT>{report.name}</m:REPORT></m:REPORT_HEADER>\n"
    )
    item = f"<m:REPORT_ITEM>\n{header}{data}</m:REPORT_ITEM>\n"
    return _document(item, f"<m:MessageHeader><m:TimeDate>{made_at}</m:TimeDate>"
                           "<m:Source>OASIS</m:Source></m:MessageHeader>\n")  # fmt: skip


def invalid_request(fault: Fault, description: str) -> str:
    """The content of INVALID_REQUEST.xml."""
    return _document(
        f"<m:ERROR>\n<m:ERR_CODE>{fault}</m:ERR_CODE>\n"
        f"<m:ERR_DESC>{escape(description)}</m:ERR_DESC>\n</m:ERROR>\n"
    )


def _document(payload: str, header: str = "") -> str:
    return (
        f'{_DECLARATION}<m:OASISReport xmlns:m="{NAMESPACE}">\n{header}<m:MessagePayload><m:RTO>\n'
        f"<m:name>CAISO</m:name>\n{payload}</m:RTO></m:MessagePayload>\n</m:OASISReport>\n"
    )


def _sorted(report: Report, rows: Iterable[Row]) -> list[list[str]]:
    return sorted([plain(row[name]) for name in report.columns] for row in rows)
