"""Findings become the contract's error body and status (wire contract 1.1 and 1.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import msgspec

from simulator.domain import Finding
from simulator.timeline.hours import iso_utc

SERVICE_VERSION = "V1.0"
CODE_LENGTH, DESCRIPTION_LENGTH = 15, 1000
GIVES_WAY = ("found", "allowed", "where", "message")  # in this order, where all is too long
SHORTEST = 30  # characters that each of them keeps
ERRORS_SHOWN = 1000  # of ten thousand faults the first tell enough; one more says how many
FAULTS_SOUGHT = 10_000  # in one body: looking for more would keep everybody else waiting

DENIED, UNKNOWN, INVALID, RECORD, FAULT, NOT_FOUND, BUSY = (
    "SEC0001", "SEC0002", "SER0017", "SER0030", "SER0028", "SER0029", "GEN0003",
)  # fmt: skip
STATUS = {DENIED: 403, UNKNOWN: 403, NOT_FOUND: 404, FAULT: 500}
FATAL = (FAULT, "SER0001")
# The families of the registry; what our own rules call otherwise is an error of a record to it.
FAMILIES = (
    "SEC", "SER", "GEN", "MKT", "POR", "NOM01", "AUC0037", "DWL", "CAP", "LHFV", "LMV", "SMT", "TOR"
)  # fmt: skip


class ErrorDetail(msgspec.Struct, frozen=True, rename="camel"):
    """One fault."""

    error_code: str
    error_description: str
    severity: str


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    """CRRServiceException: what every refusal looks like."""

    error_list: list[ErrorDetail]
    creation_time: str
    service_version: str = SERVICE_VERSION


def body_of(findings: Iterable[Finding], now: int, codes: Collection[str] = ()) -> bytes:
    """The error body: the most relevant finding first, `now` in epoch seconds as creation time.

    `codes` are those that the operation may answer; any other is told as an error of a record.
    """
    ordered = by_relevance(findings)
    details = [_detail(finding, codes) for finding in ordered[:ERRORS_SHOWN]]
    if left := ordered[ERRORS_SHOWN:]:
        least = "at least " if len(ordered) >= FAULTS_SOUGHT else ""
        more = Finding(left[0].code, f"{least}{len(left)} more faults, which are not listed")
        details.append(_detail(more, codes))
    return msgspec.json.encode(ErrorBody(details, iso_utc(now)))


def status_of(findings: Iterable[Finding]) -> int:
    """The HTTP status that goes with the most relevant finding."""
    return STATUS.get(wire_code(by_relevance(findings)[0]), 400)


def by_relevance(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Clients show the first only (rule C6): who may not, before what does not fit."""
    return sorted(findings, key=lambda finding: STATUS.get(wire_code(finding), 400) == 400)


def wire_code(finding: Finding, codes: Collection[str] = ()) -> str:
    """A code of the registry (wire contract 1.2), and one of `codes` where they are given."""
    code = finding.code
    if code.startswith("RUN"):  # the database, the disk: nothing that a caller could mend
        return FAULT
    known = code.startswith(FAMILIES) and len(code) <= CODE_LENGTH
    return code if known and (not codes or code in codes) else RECORD


def invalid(
    message: str,
    where: str,
    found: str = "",
    allowed: str = "",
    remedy: str = "correct the request and send it again",
) -> Finding:
    """A request that does not keep the contract: SER0017."""
    return Finding(INVALID, f"request invalid: {message}", where, found, allowed, remedy)


def not_found(where: str, found: str, allowed: str = "") -> Finding:
    """No such path, or no such method on it: SER0029."""
    remedy = "check path and method against the service's document"
    return Finding(NOT_FOUND, "resource not found", where, found, allowed, remedy)


def fault() -> Finding:
    """Something of ours broke: SER0028, and no more about it."""
    remedy = "send it again; if that does not help, tell the operator the caiso-request-id"
    return Finding(FAULT, "internal error", remedy=remedy)


def busy() -> Finding:
    """More callers than can be served: GEN0003."""
    return Finding(BUSY, "too many users", remedy="send it again a little later")


def _detail(finding: Finding, codes: Collection[str]) -> ErrorDetail:
    code = wire_code(finding, codes)
    severity = "FATAL" if code in FATAL else "ERROR"
    if code == FAULT != finding.code:
        finding = fault()
    return ErrorDetail(code, _description(finding), severity)


def _description(finding: Finding) -> str:
    """Where, what, what is allowed and what to do, in one sentence of at most 1000 characters."""
    text = _sentence(finding)
    for part in GIVES_WAY:
        over = len(text) - DESCRIPTION_LENGTH
        if over <= 0:
            break
        finding = replace(finding, **{part: _shortened(getattr(finding, part), over)})
        text = _sentence(finding)
    return text[:DESCRIPTION_LENGTH].encode("utf-8", "replace").decode()


def _sentence(finding: Finding) -> str:
    text = finding.message
    if finding.where:
        text = f"{finding.where}: {text}"
    for label, part in (("found", finding.found), ("allowed", finding.allowed)):
        if part:
            text += f"; {label}: {part}"
    return f"{text}; {finding.remedy}" if finding.remedy else text


def _shortened(text: str, over: int) -> str:
    kept = max(len(text) - over - 1, SHORTEST)
    return text if len(text) <= kept else f"{text[:kept]}…"
