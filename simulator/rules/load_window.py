"""Load submission windows: what may be sent when, and what happens to it later (rulebook 2.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Finding, MarketTerm, Period, Tou, refuse_if_any
from simulator.domain.settings import CalendarSettings, EligibilitySettings
from simulator.rules.figure import ZERO
from simulator.rules.load import (
    LoadExceedance,
    LoadHour,
    LoadRecord,
    exceedance_findings,
    exceedances,
    final_load,
    forecast_findings,
    load_findings,
)
from simulator.rules.quantities import is_of_a_size

DEFAULTS = EligibilitySettings()
CALENDAR = CalendarSettings()


class LoadBasis(StrEnum):
    """Annual processes look at historical load, monthly ones at forecast load (rulebook 2.1)."""

    HISTORICAL = "H"
    FORECAST = "F"


class SubmissionStatus(StrEnum):
    """Only a stored forecast can turn to ERROR, when its reference is lowered (rulebook 2.5)."""

    VALID = "VALID"
    ERROR = "ERROR"


@dataclass(frozen=True)
class LoadWindow:
    """A window is open or closed; before it opens it counts as closed."""

    name: str
    basis: LoadBasis
    term: MarketTerm
    periods: tuple[Period, ...]
    is_open: bool


@dataclass(frozen=True)
class LoadSubmission:
    """What one asset owner has on file for one period of a window; the last one counts."""

    window: str
    period: str
    owner: str
    records: tuple[LoadRecord, ...]
    status: SubmissionStatus = SubmissionStatus.VALID
    messages: tuple[str, ...] = ()
    metrics: tuple[LoadExceedance, ...] = ()  # of what was just submitted; the books keep their own


def submit_load(
    submission: LoadSubmission,
    window: LoadWindow | None,
    sinks: Collection[str],
    metered_subsystem: bool = False,
    others: Iterable[LoadSubmission] = (),
    reference_mw: Mapping[LoadHour, Decimal] | None = None,
    metered_mw: Mapping[tuple[str, Tou], Decimal] | None = None,
    settings: EligibilitySettings = DEFAULTS,
    calendar: CalendarSettings = CALENDAR,
) -> LoadSubmission:
    """The submission as it is stored, VALID, with its load metrics; or every fault of every sink.

    `sinks` are those at which the owner serves load; who has none is not eligible (LHFV0033).

    `others` are what other owners have on file for the same window and period; a forecast is
    checked in total with them against `reference_mw`, the CEC's load. The metrics of historical
    load are checked sink by sink against `metered_mw`, also where hours of another sink are wrong.
    Sending again replaces what the owner sent before, as long as the window is open.
    """
    findings, period = _window_findings(submission, window, eligible=bool(sinks))
    metrics: tuple[LoadExceedance, ...] = ()
    if window is not None and period is not None:
        if not submission.records:
            findings.append(_nothing(submission))
        findings += load_findings(submission.records, period, sinks, metered_subsystem, calendar)
        sound = all(is_of_a_size(record.mw) for record in submission.records)
        own = final_load(submission.records) if sound else {}
        metrics = exceedances(own, period, settings, calendar)
        findings += exceedance_findings(metrics, metered_mw or {}, settings)
        if window.basis == LoadBasis.FORECAST and sound:
            total = _total([submission, *others])
            findings += forecast_findings(own, reference_mw or {}, settings, total)
    refuse_if_any(findings)
    return replace(submission, status=SubmissionStatus.VALID, messages=(), metrics=metrics)


def recheck(
    submissions: Iterable[LoadSubmission],
    reference_mw: Mapping[LoadHour, Decimal],
    settings: EligibilitySettings = DEFAULTS,
) -> tuple[LoadSubmission, ...]:
    """Stored forecasts of one window and period against a new reference (rulebook 2.5).

    Those with an hour above the tolerance turn to ERROR, with a message for each; the others are
    VALID, also when they were in ERROR under the reference before.
    """
    stored = tuple(submissions)
    total = _total(stored)
    checked = []
    for submission in stored:
        own = final_load(submission.records)
        messages = tuple(
            finding.message for finding in forecast_findings(own, reference_mw, settings, total)
        )
        status = SubmissionStatus.ERROR if messages else SubmissionStatus.VALID
        checked.append(replace(submission, status=status, messages=messages))
    return tuple(checked)


def _total(submissions: Iterable[LoadSubmission]) -> dict[LoadHour, Decimal]:
    total: dict[LoadHour, Decimal] = {}
    for submission in submissions:
        for at, mw in final_load(submission.records).items():
            total[at] = total.get(at, ZERO) + mw
    return total


def _window_findings(
    submission: LoadSubmission, window: LoadWindow | None, eligible: bool
) -> tuple[list[Finding], Period | None]:
    if window is None:
        message = f"submission window {submission.window} is invalid"
        return [_finding("LHFV0030", message, submission.window, "a window of the list")], None
    findings = []
    if not window.is_open:
        message = f"window {window.name} is closed for period {submission.period}"
        findings.append(_finding("LHFV0033", message, "CLOSED", "OPEN"))
    if not eligible:
        message = f"{submission.owner} serves no load in {submission.period}"
        findings.append(_finding("LHFV0033", message, submission.owner, "who serves load"))
    period = next((each for each in window.periods if each.name == submission.period), None)
    if period is None:
        allowed = ", ".join(each.name for each in window.periods)
        message = f"period {submission.period} is not of window {window.name}"
        findings.append(_finding("LHFV0031", message, submission.period, allowed))
    return findings, period


def _nothing(submission: LoadSubmission) -> Finding:
    return Finding(
        "SER0030",
        "the submission has no hour",
        "hourlyLoad",
        "0 records",
        f"every hour of {submission.period}",
        "send the load of each sink; what is on file stays until then",
        "rulebook 2.1",
    )


def _finding(code: str, message: str, found: str, allowed: str) -> Finding:
    remedy = "choose an open window and one of its periods"
    return Finding(
        code, message, "loadSubmissionWindowName", found, allowed, remedy, "rulebook 2.1"
    )
