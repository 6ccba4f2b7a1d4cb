"""OASIS: public reports for anybody, as ZIP files (wire contract 13).

What cannot be answered still comes with status 200: a ZIP file with INVALID_REQUEST.xml.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from simulator.api.door import Door
from simulator.api.limits import OASIS_CALLERS, OASIS_SECONDS, QUERY_BYTES
from simulator.api.zipped import zipped
from simulator.market.calendar import gmt
from simulator.market.oasis import ALL, Asked, is_awaited, report_rows
from simulator.market.world import World
from simulator.publish.oasis import (
    INVALID_REQUEST,
    REPORTS,
    Fault,
    Report,
    ReportName,
    file_stem,
    invalid_request,
    to_csv,
    to_xml,
)
from simulator.store import Transaction
from simulator.timeline.hours import Bounds, local

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BASE = "/oasis/oasisapi/"
CSV_FORMAT, XML_FORMAT = "6", "5"
DAY_SECONDS, HOUR_SECONDS = 86_400, 3_600
# A month in which the clocks go back has an hour more.
RANGE_SECONDS = 31 * DAY_SECONDS + HOUR_SECONDS
MOMENT = re.compile(r"(\d{8}T\d{2}:\d{2})-0000")
COMMON = ("startdatetime", "version", "resultformat")
SLOW_DOWN = (
    b"<html><body><h1>Too many requests</h1><p>Wait 5 seconds between requests.</p></body></html>"
)


@dataclass(frozen=True)
class Group:
    """Reports of one kind in one file, and what is chosen by the group's name."""

    report: Report
    values: Mapping[str, str]


_MONTHLY = Group(REPORTS[ReportName.PUB_CRR_BID], {"market_term": "Monthly"})
GROUPS: Mapping[str, Group] = {
    "PUB_CRR_BID_MONTHLY_GRP": _MONTHLY,
    "PUB_CRR_BID_MTHLY_GRP": _MONTHLY,  # as one published example spells it
    "PUB_CRR_BID_SEASONAL_GRP": Group(REPORTS[ReportName.PUB_CRR_BID], {"market_term": "Seasonal"}),
    "CRR_AGG_REV_ADJ_GRP": Group(REPORTS[ReportName.CRR_AGG_REV_ADJ], {}),
}


class InvalidRequest(Exception):
    """What INVALID_REQUEST.xml says."""

    def __init__(self, fault: Fault, description: str) -> None:
        super().__init__(description)
        self.fault = fault
        self.description = description


@dataclass(frozen=True)
class Request:
    """A report, its range, and whether a group's name chose them."""

    report: Report
    asked: Asked
    as_csv: bool
    grouped: bool = False


class Oasis:
    """The ASGI application below `/oasis/`."""

    def __init__(self, door: Door, timer: Callable[[], float], pace: float = OASIS_SECONDS) -> None:
        """`timer` gives seconds; a caller waits `pace` of them between requests."""
        self._door = door
        self._timer = timer
        self._pace = pace
        self._last: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        status, content_type, name, body = await self._answer(scope)
        headers = [(b"content-length", b"%d" % len(body))]
        if body:
            headers.append((b"content-type", content_type))
        if name:
            headers.append((b"content-disposition", f"inline; filename={name};".encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> tuple[int, bytes, str, bytes]:
        path = scope["path"].removeprefix(BASE)
        if path not in ("SingleZip", "GroupZip"):
            return 404, b"", "", b""
        if scope["method"] != "GET":
            return 405, b"", "", b""
        if self._too_fast((scope.get("client") or ("",))[0]):
            return 429, b"text/html", "", SLOW_DOWN
        now = self._door.clock.now()
        try:
            values = _parameters(scope["query_string"])
            request = single(values, now) if path == "SingleZip" else group(values, now)
            name, inner, text = await self._door.read(lambda tx, world: _file(tx, world, request))
        except InvalidRequest as invalid:
            name, inner = "INVALID_REQUEST.zip", INVALID_REQUEST
            text = invalid_request(invalid.fault, invalid.description)
        except Exception as error:  # whatever it is, the caller hears no more than that
            logging.getLogger("uvicorn.error").error("an OASIS report broke", exc_info=error)
            return 500, b"", "", b""
        return 200, b"application/x-zip-compressed", name, zipped(inner, text.encode())

    def _too_fast(self, caller: str) -> bool:
        now = self._timer()
        if len(self._last) > OASIS_CALLERS:
            recent = now - self._pace
            self._last = {who: at for who, at in self._last.items() if at > recent}
        last = self._last.get(caller)
        if last is not None and now - last < self._pace:
            return True
        self._last[caller] = now
        return False


def single(values: Mapping[str, str], now: int) -> Request:
    """One report by its name; InvalidRequest says what is wrong first."""
    report = REPORTS.get(values.get("queryname", ""))
    if report is None:
        known = ", ".join(REPORTS)
        raise InvalidRequest(Fault.UNKNOWN_REPORT, f"queryname is none of {known}")
    _check_names(values, ("queryname", "enddatetime", *COMMON, *report.parameters))
    _check_version(values, report)
    bounds = _range(values, report)
    own = {name: values[name] for name in report.parameters if name in values}
    if report.name is ReportName.CRR_INVENTORY:
        if not own.get("market_name") or own["market_name"] == ALL:
            raise InvalidRequest(Fault.PARAMETERS, "market_name is required, one market a call")
        if own.get("market_term") == ALL:
            raise InvalidRequest(Fault.TERM_ALL, "market_term ALL is not supported")
    if report.name is ReportName.PUB_CRR_BID and own.get("market_name", ALL) == ALL:
        raise InvalidRequest(Fault.PARAMETERS, "market_name is required, one market a call")
    return Request(report, Asked(bounds, now, own), _as_csv(values))


def group(values: Mapping[str, str], now: int) -> Request:
    """The reports of a group at one moment; InvalidRequest says what is wrong first."""
    known = GROUPS.get(values.get("groupid", ""))
    if known is None:
        raise InvalidRequest(Fault.UNKNOWN_GROUP, f"groupid is none of {', '.join(GROUPS)}")
    _check_names(values, ("groupid", *COMMON))
    _check_version(values, known.report)
    start = _moment(values, "startdatetime")
    asked = Asked(Bounds(start, start + 1), now, known.values)
    return Request(known.report, asked, _as_csv(values), grouped=True)


def _file(tx: Transaction, world: World, request: Request) -> tuple[str, str, str]:
    """Names of the ZIP file and of what is in it, and the text."""
    report, asked = request.report, request.asked
    rows = report_rows(tx, world, report, asked)
    if not rows:
        if request.grouped and is_awaited(tx, world, report, asked):
            raise InvalidRequest(Fault.GROUP_NOT_READY, "the group is not there yet; ask later")
        raise InvalidRequest(Fault.NO_DATA, "no data for what was asked for")
    zone = world.settings.calendar.timezone
    made = local(asked.now, zone)
    bounds = asked.bounds or Bounds(asked.now, asked.now)
    first, last = (f"{local(at, zone):%Y%m%d}" for at in (bounds.start, bounds.end))
    stem = file_stem(report, first, last, f"{made:%Y%m%d_%H_%M_%S}")
    if request.as_csv:
        return f"{stem}_csv.zip", f"{stem}.csv", to_csv(report, rows)
    return f"{stem}.zip", f"{stem}.xml", to_xml(report, rows, gmt(asked.now))


def _parameters(raw: bytes) -> dict[str, str]:
    """Each parameter once; names in any case of letters."""
    try:
        if len(raw) > QUERY_BYTES:
            raise ValueError("too long")
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=32
        )
    except ValueError as error:
        raise InvalidRequest(Fault.PARAMETERS, "the query cannot be read") from error
    values = {name.lower(): value for name, value in pairs}
    if len(values) < len(pairs):
        raise InvalidRequest(Fault.PARAMETERS, "a parameter is given twice")
    return values


def _check_names(values: Mapping[str, str], known: tuple[str, ...]) -> None:
    if not set(values) <= set(known):
        raise InvalidRequest(Fault.PARAMETERS, f"the parameters are {', '.join(known)}")
    if values.get("resultformat", XML_FORMAT) not in (CSV_FORMAT, XML_FORMAT):
        raise InvalidRequest(Fault.PARAMETERS, f"resultformat is {XML_FORMAT} or {CSV_FORMAT}")
    if values.get("time_of_use", ALL) not in ("ON", "OFF", ALL):
        raise InvalidRequest(Fault.PARAMETERS, f"time_of_use is ON, OFF or {ALL}")


def _check_version(values: Mapping[str, str], report: Report) -> None:
    if not values.get("version"):
        raise InvalidRequest(Fault.NO_VERSION, f"version is missing; it is {report.version}")
    if values["version"] != str(report.version):
        raise InvalidRequest(Fault.PARAMETERS, f"version of {report.name} is {report.version}")


def _range(values: Mapping[str, str], report: Report) -> Bounds | None:
    if not report.dated and not {"startdatetime", "enddatetime"} & set(values):
        return None
    start, end = (_moment(values, name) for name in ("startdatetime", "enddatetime"))
    if end <= start:
        raise InvalidRequest(Fault.PARAMETERS, "enddatetime is not after startdatetime")
    if end - start > RANGE_SECONDS:
        raise InvalidRequest(Fault.TOO_LONG, "at most 31 days a call")
    return Bounds(start, end)


def _moment(values: Mapping[str, str], name: str) -> int:
    found = MOMENT.fullmatch(values.get(name, ""))
    try:
        if found is None:
            raise ValueError(name)
        return int(datetime.strptime(found[1], "%Y%m%dT%H:%M").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise InvalidRequest(Fault.DATE_FORMAT, f"{name} is not YYYYMMDDThh:mm-0000") from error


def _as_csv(values: Mapping[str, str]) -> bool:
    return values.get("resultformat") == CSV_FORMAT
