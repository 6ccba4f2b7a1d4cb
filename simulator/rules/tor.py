"""Converting transmission ownership rights into CRRs of a transferee (rulebook 7.3).

The holder requests in one window, the transferee approves or rejects in a second one, and when
the window is posted the approved records become `MT_TOR` CRRs. An upload is taken whole or not
at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate

from simulator.domain import MW_STEP, Crr, CrrType, Finding, Hedge, Tou, refuse_if_any
from simulator.rules.figure import ZERO
from simulator.rules.quantities import in_steps, mw_findings

SYSTEM_MARKET = "SYSTEM"


class WindowStatus(StrEnum):
    """In the order in which a window goes through them; no step is left out."""

    NEW = "NEW"
    OPEN_FOR_CONVERSION = "OPEN_FOR_CONVERSION"
    CLOSED_FOR_CONVERSION = "CLOSED_FOR_CONVERSION"
    OPEN_FOR_APPROVAL = "OPEN_FOR_APPROVAL"
    CLOSED_FOR_APPROVAL = "CLOSED_FOR_APPROVAL"
    POSTED = "POSTED"


class ConversionStatus(StrEnum):
    """Of a request and of each of its records."""

    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    DISAPPROVED = "DISAPPROVED"


@dataclass(frozen=True)
class TorPath:
    """A path on which the holder owns `max_mw` in every hour of the dates, half open."""

    path_id: str
    holder: str
    source: str
    sink: str
    start: date
    end: date
    max_mw: Decimal


@dataclass(frozen=True)
class ConversionRequest:
    """What the holder asks for. `modeled`: the CRR stays a fixed injection of the model."""

    source: str
    sink: str
    start: date
    end: date
    mw: Decimal
    transferee: str
    modeled: bool = True


@dataclass(frozen=True)
class ConversionRecord:
    """One time of use of one request, for its transferee to decide."""

    record_id: str
    holder: str
    request: ConversionRequest
    tou: Tou
    hedge: Hedge = Hedge.OBL
    status: ConversionStatus = ConversionStatus.PENDING_APPROVAL
    crr_id: str = ""


def next_status(status: WindowStatus) -> WindowStatus | None:
    """The status that follows; None after POSTED."""
    order = list(WindowStatus)
    place = order.index(status) + 1
    return order[place] if place < len(order) else None


def submission_findings(status: WindowStatus | None) -> list[Finding]:
    """Why a holder cannot ask now: TOR0016 unknown window (None), TOR0023 not open."""
    return _window_findings(status, WindowStatus.OPEN_FOR_CONVERSION, "TOR0023")


def approval_findings(status: WindowStatus | None) -> list[Finding]:
    """Why a transferee cannot decide now: TOR0016 unknown window (None), TOR0024 not open."""
    return _window_findings(status, WindowStatus.OPEN_FOR_APPROVAL, "TOR0024")


def request_conversion(
    requests: Sequence[ConversionRequest],
    status: WindowStatus | None,
    holder: str,
    paths: Sequence[TorPath],
    transferees: Collection[str],
    records: Iterable[ConversionRecord],
    new_ids: Iterator[str],
    today: date = date.min,
) -> tuple[ConversionRecord, ...]:
    """A record per request and time of use, or a refusal of the whole upload.

    `records` are those of earlier uploads, in this window and in others: what was not disapproved
    adds up per path, day and time of use. TOR0016 unknown window (`status` None), TOR0023
    submission closed. Conversions begin after `today`.
    """
    findings = submission_findings(status)
    if not requests:
        findings.append(_finding("the upload has no request", "conversionRequests", "0", ">= 1"))
    known = set(transferees)
    earlier: dict[Tou, list[ConversionRequest]] = {tou: [] for tou in Tou}
    for item in records:
        if item.holder == holder and item.status != ConversionStatus.DISAPPROVED:
            earlier[item.tou].append(item.request)
    own = [path for path in paths if path.holder == holder]
    for row, request in enumerate(requests, start=1):
        where = f"conversionRequests[{row}]"
        findings += _request_findings(request, where, own, known, holder)
        findings += _past_findings(request, where, today)
    sound = [request for request in requests if in_steps(request.mw, MW_STEP)]
    findings += _sum_findings([[*before, *sound] for before in earlier.values()], own)
    refuse_if_any(findings)
    return tuple(
        ConversionRecord(next(new_ids), holder, request, tou) for request in requests for tou in Tou
    )


def decide(
    records: Sequence[ConversionRecord],
    decisions: Mapping[str, bool],
    acting: str,
    status: WindowStatus | None,
) -> tuple[ConversionRecord, ...]:
    """All records after the transferee's decisions: True approves; refused as a whole.

    A decision may be changed until the approval window closes (TOR0024).
    """
    findings = approval_findings(status)
    mine = {record.record_id for record in records if record.request.transferee == acting}
    findings += [
        _finding(
            f"record {record_id} is not for {acting} to decide",
            "conversionApprovalId",
            record_id,
            ", ".join(sorted(mine)) or "none",
        )
        for record_id in sorted(decisions)
        if record_id not in mine
    ]
    refuse_if_any(findings)
    outcome = {True: ConversionStatus.APPROVED, False: ConversionStatus.DISAPPROVED}
    return tuple(
        replace(record, status=outcome[decisions[record.record_id]])
        if record.record_id in decisions
        else record
        for record in records
    )


def post(
    records: Sequence[ConversionRecord], status: WindowStatus, new_ids: Iterator[str]
) -> tuple[tuple[ConversionRecord, ...], tuple[Crr, ...]]:
    """The records with their CRRs, and the CRRs; what nobody decided is disapproved.

    ValueError unless the approval window is closed and the results are not posted yet.
    """
    if status != WindowStatus.CLOSED_FOR_APPROVAL:
        raise ValueError(f"a window that is {status} cannot be posted")
    done: list[ConversionRecord] = []
    crrs: list[Crr] = []
    for record in records:
        if record.status != ConversionStatus.APPROVED:
            done.append(replace(record, status=ConversionStatus.DISAPPROVED))
            continue
        crr = _crr(record, next(new_ids))
        done.append(replace(record, crr_id=crr.crr_id))
        crrs.append(crr)
    return tuple(done), tuple(crrs)


def request_status(records: Iterable[ConversionRecord]) -> ConversionStatus:
    """Of one request's records: pending while one is, else approved when any of them is."""
    found = {record.status for record in records}
    for status in (ConversionStatus.PENDING_APPROVAL, ConversionStatus.APPROVED):
        if status in found:
            return status
    return ConversionStatus.DISAPPROVED


def _crr(record: ConversionRecord, crr_id: str) -> Crr:
    request = record.request
    return Crr(
        crr_id,
        request.transferee,
        CrrType.MT_TOR,
        record.hedge,
        request.source,
        request.sink,
        record.tou,
        request.start,
        request.end,
        request.mw,
        SYSTEM_MARKET,
    )


def _window_findings(
    status: WindowStatus | None, needed: WindowStatus, closed: str
) -> list[Finding]:
    if status == needed:
        return []
    code, message = (
        ("TOR0016", "the conversion window is unknown")
        if status is None
        else (closed, f"the conversion window is {status}")
    )
    found = "" if status is None else status.value
    return [_finding(message, "torConversionWindow", found, needed.value, code)]


def _request_findings(
    request: ConversionRequest,
    where: str,
    paths: Sequence[TorPath],
    transferees: Collection[str],
    holder: str,
) -> list[Finding]:
    findings = mw_findings(request.mw, f"{where}.mw", MW_STEP)
    if request.transferee not in transferees or request.transferee == holder:
        message = f"transferee {request.transferee} is no other CRR holder"
        findings.append(
            _finding(message, f"{where}.transfereeAO", request.transferee, "a CRR holder")
        )
    for role, name, known in (
        ("source", request.source, {path.source for path in paths}),
        ("sink", request.sink, {path.sink for path in paths}),
    ):
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            message = f"{role} {name} is on no path of {holder}"
            findings.append(_finding(message, f"{where}.{role}", name, allowed))
    dates = f"{request.start.isoformat()} up to {request.end.isoformat()}"
    on_path = [path for path in paths if (path.source, path.sink) == (request.source, request.sink)]
    within = any(path.start <= request.start < request.end <= path.end for path in on_path)
    if on_path and not within:
        allowed = ", ".join(f"{path.start} up to {path.end}" for path in on_path)
        message = "the dates are not within the path's"
        findings.append(_finding(message, f"{where}.startDate", dates, allowed))
    return findings


def _past_findings(request: ConversionRequest, where: str, today: date) -> list[Finding]:
    if request.start > today:
        return []
    message = "the conversion begins on a day that is over"
    found, allowed = request.start.isoformat(), f"after {today.isoformat()}"
    return [_finding(message, f"{where}.startDate", found, allowed)]


def _sum_findings(
    of_each_tou: Sequence[Sequence[ConversionRequest]], paths: Sequence[TorPath]
) -> list[Finding]:
    """Days on which more is requested than the path has; the largest sum of each path."""
    findings = []
    for path in paths:
        most = max(_most_mw(requests, path) for requests in of_each_tou)
        if most > path.max_mw:
            message = f"{most} MW exceed the {path.max_mw} MW of path {path.path_id}"
            findings.append(
                _finding(message, f"path {path.path_id}", f"{most} MW", f"{path.max_mw} MW")
            )
    return findings


def _most_mw(requests: Sequence[ConversionRequest], path: TorPath) -> Decimal:
    """The largest sum of a day: it changes where a request begins, and where one ends."""
    changes: dict[date, Decimal] = defaultdict(Decimal)
    for item in requests:
        on_path = (item.source, item.sink) == (path.source, path.sink)
        if on_path and path.start <= item.start < item.end <= path.end:
            changes[item.start] += item.mw
            changes[item.end] -= item.mw
    return max(accumulate(changes[day] for day in sorted(changes)), default=ZERO)


def _finding(message: str, where: str, found: str, allowed: str, code: str = "SER0030") -> Finding:
    remedy = "correct the upload and send all of it again"
    return Finding(code, message, where, found, allowed, remedy, "rulebook 7.3")
