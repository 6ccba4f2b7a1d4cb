"""Load submissions: every hour once, known sinks, allowed types, within reach of the CEC's load.

Rulebook 2.1, 2.2 and 2.5; W15. A submission is checked as a whole and all failures come back at
once, sink by sink, so that it can be corrected and sent again while its window is open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from simulator.domain import MW_STEP, Finding, Period, Tou
from simulator.domain.settings import CalendarSettings, EligibilitySettings
from simulator.rules.eligibility import load_metric
from simulator.rules.figure import ZERO, Figure, mw_figure, share
from simulator.rules.quantities import in_steps
from simulator.timeline.hours import hours_of_period

DEFAULTS = EligibilitySettings()
CALENDAR = CalendarSettings()


class LoadType(StrEnum):
    """The gross pair is for metered subsystems that settle net (rulebook 2.1)."""

    FINAL_LOAD = "FINAL_LOAD"
    GROSS_LOAD = "GROSS_LOAD"
    GROSS_GENERATION = "GROSS_GENERATION"


GROSS_PAIR = {
    LoadType.GROSS_LOAD: LoadType.GROSS_GENERATION,
    LoadType.GROSS_GENERATION: LoadType.GROSS_LOAD,
}


class LoadRecord(NamedTuple):
    """One hour at one sink; `day` is local and `hour_ending` counts the hours that pass, 1-25."""

    sink: str
    day: date
    hour_ending: int
    load_type: LoadType
    mw: Decimal


class LoadHour(NamedTuple):
    """One hour at one sink, whatever the type of load."""

    sink: str
    day: date
    hour_ending: int


@dataclass(frozen=True)
class LoadExceedance:
    """What the load service answers for a sink and time of use."""

    sink: str
    tou: Tou
    max_mw: Figure
    exceedance: Figure


def load_findings(
    records: Sequence[LoadRecord],
    period: Period,
    sinks: Collection[str],
    metered_subsystem: bool = False,
    calendar: CalendarSettings = CALENDAR,
) -> tuple[Finding, ...]:
    """Everything that is wrong with the records themselves, ordered by sink, day and hour.

    `sinks` are those of the asset owner. Every sink that is sent needs every hour of the period
    once for each type it uses; a day has 23 or 25 hours when the clock changes.
    """
    hours = tuple((hour.day, hour.hour_ending) for hour in hours_of_period(period, None, calendar))
    findings: list[Finding] = []
    series: dict[tuple[str, LoadType], dict[tuple[date, int], int]] = {}
    for place, record in enumerate(records, start=1):
        if not in_steps(record.mw, MW_STEP) or record.mw < 0:
            findings.append(_mw_finding(record, place))
        if record.load_type != LoadType.FINAL_LOAD and not metered_subsystem:
            findings.append(_type_finding(record, place))
        count = series.setdefault((record.sink, record.load_type), {})
        at = (record.day, record.hour_ending)
        count[at] = count.get(at, 0) + 1
    unknown = sorted({sink for sink, _ in series} - set(sinks))
    findings += [_sink_finding(sink, sinks) for sink in unknown]
    for sink, load_type in sorted(series):
        other = GROSS_PAIR.get(load_type)
        if other and (sink, other) not in series:
            findings.append(_pair_finding(sink, load_type, other))
        findings += _hour_findings(sink, load_type, series[sink, load_type], hours, period)
    return tuple(findings)


def forecast_findings(
    forecast: Mapping[LoadHour, Decimal],
    reference_mw: Mapping[LoadHour, Decimal],
    settings: EligibilitySettings = DEFAULTS,
    total: Mapping[LoadHour, Decimal] | None = None,
) -> tuple[Finding, ...]:
    """Hours whose total forecast is above the CEC's load by more than the tolerance (2.5, W15).

    `forecast` is that of one submitter, `total` that of all at a sink, which nobody is told: what
    others submitted is their own business. The same check runs again when the reference is lowered
    later: then it turns an accepted forecast to ERROR. Hours without a reference are refused,
    since nothing verifies them.
    """
    allowance = 1 + share(settings.forecast_tolerance)
    percent = f"{100 * share(settings.forecast_tolerance):f}".rstrip("0").rstrip(".")
    findings = []
    for at in sorted(forecast):
        reference = reference_mw.get(at)
        limit = ZERO if reference is None else allowance * reference
        if reference is not None and (total or forecast)[at] <= limit:
            continue
        with_others = "" if forecast[at] > limit else " with what others submitted"
        findings.append(
            Finding(
                "SER0030",
                f"the forecast at sink {at.sink} on {at.day.isoformat()}, hour ending "
                f"{at.hour_ending},{with_others} exceeds the CEC load of {reference or ZERO} MW by "
                f"more than {percent} percent tolerance",
                where=f"sink {at.sink}, {at.day.isoformat()}, hour ending {at.hour_ending}",
                found=f"{forecast[at]} MW",
                allowed=f"at most {limit} MW{with_others}",
                remedy="lower the forecast of this hour and submit again",
                rule="rulebook 2.5",
            )
        )
    return tuple(findings)


def exceedance_findings(
    submitted: Iterable[LoadExceedance],
    reference_mw: Mapping[tuple[str, Tou], Decimal],
    settings: EligibilitySettings = DEFAULTS,
) -> tuple[Finding, ...]:
    """Sinks whose exceedance load is above the reference's by more than the tolerance.

    Participants are told per sink location when they submit and may submit again (rulebook 2.5).
    Sinks without a reference are not judged here.
    """
    allowance = 1 + share(settings.forecast_tolerance)
    findings = []
    for load in sorted(submitted, key=lambda load: (load.sink, load.tou)):
        reference = reference_mw.get((load.sink, load.tou))
        if reference is None or load.exceedance.value <= allowance * reference:
            continue
        findings.append(
            Finding(
                "SER0030",
                f"the exceedance load at sink {load.sink}, TOU {load.tou}, is above the reference",
                where=f"sink {load.sink}, tou {load.tou}",
                found=f"{load.exceedance.value} MW",
                allowed=f"at most {allowance * reference} MW",
                remedy="correct the hourly load of this sink and submit again",
                rule="rulebook 2.5",
            )
        )
    return tuple(findings)


def final_load(records: Sequence[LoadRecord]) -> dict[LoadHour, Decimal]:
    """MW by sink and hour: the final load, else gross load less gross generation (rulebook 2.3)."""
    final = {record.sink for record in records if record.load_type == LoadType.FINAL_LOAD}
    total: dict[LoadHour, Decimal] = {}
    for record in records:
        if record.sink in final and record.load_type != LoadType.FINAL_LOAD:
            continue
        at = LoadHour(record.sink, record.day, record.hour_ending)
        sign = -1 if record.load_type == LoadType.GROSS_GENERATION else 1
        total[at] = total.get(at, ZERO) + sign * record.mw
    return total


def exceedances(
    load: Mapping[LoadHour, Decimal],
    period: Period,
    settings: EligibilitySettings = DEFAULTS,
    calendar: CalendarSettings = CALENDAR,
) -> tuple[LoadExceedance, ...]:
    """Maximum and load metric per sink and time of use, over the period's own hours (2.2).

    A metered subsystem that generates more than it takes has no load in that hour (2.3).
    """
    found = []
    hours = hours_of_period(period, None, calendar)
    for sink in sorted({at.sink for at in load}):
        for tou in Tou:
            hourly = [
                max(ZERO, load[at])
                for hour in hours
                if hour.tou == tou and (at := LoadHour(sink, hour.day, hour.hour_ending)) in load
            ]
            if hourly:
                metric = load_metric(hourly, settings.exceedance_share)
                largest = mw_figure("maximum", max(hourly), "largest hour", (), "2.2")
                found.append(LoadExceedance(sink, tou, largest, metric))
    return tuple(found)


def _hour_findings(
    sink: str,
    load_type: LoadType,
    count: Mapping[tuple[date, int], int],
    hours: Sequence[tuple[date, int]],
    period: Period,
) -> list[Finding]:
    expected = set(hours)
    where = f"sink {sink}, {load_type}"
    problems = (
        ("missing", [at for at in hours if at not in count], "send every hour of the period"),
        (
            "sent more than once",
            sorted(at for at, times in count.items() if times > 1),
            "send every hour once",
        ),
        (
            "not hours of the period",
            sorted(at for at in count if at not in expected),
            "leave them out; days of a clock change have 23 or 25 hours",
        ),
    )
    return [
        Finding(
            "SER0030",
            f"{len(wrong)} hours of sink {sink} are {what} in period {period.name}",
            where=where,
            found=_some(wrong),
            allowed=f"{len(hours)} hours, each once",
            remedy=remedy,
            rule="rulebook 2.1",
        )
        for what, wrong, remedy in problems
        if wrong
    ]


def _some(hours: Sequence[tuple[date, int]], most: int = 5) -> str:
    named = ", ".join(f"{day.isoformat()} HE{ending}" for day, ending in hours[:most])
    return named + (f" and {len(hours) - most} more" if len(hours) > most else "")


def _mw_finding(record: LoadRecord, place: int) -> Finding:
    return Finding(
        "SER0030",
        f"record {place}: the load is not in the allowed steps",
        where=f"hourlyLoad[{place}].mw",
        found=f"{record.mw}",
        allowed=f"at least 0 MW in steps of {MW_STEP} MW",
        remedy="round the load to three decimals",
        rule="rulebook 2.1",
    )


def _type_finding(record: LoadRecord, place: int) -> Finding:
    return Finding(
        "LHFV0026",
        f"record {place}: only FINAL_LOAD for users that are not metered subsystems",
        where=f"hourlyLoad[{place}].dataType",
        found=record.load_type.value,
        allowed=LoadType.FINAL_LOAD.value,
        remedy="send the final load",
        rule="rulebook 2.1",
    )


def _pair_finding(sink: str, sent: LoadType, other: LoadType) -> Finding:
    return Finding(
        "SER0030",
        f"sink {sink} has {sent} without {other}",
        where=f"sink {sink}, {sent}",
        found=sent.value,
        allowed=f"{sent} and {other} together",
        remedy=f"send {other} for every hour too",
        rule="rulebook 2.1",
    )


def _sink_finding(sink: str, sinks: Collection[str]) -> Finding:
    return Finding(
        "SER0030",
        f"sink {sink} is not one of the asset owner's",
        where=f"sink {sink}",
        found=sink,
        allowed=", ".join(sorted(sinks)) or "none",
        remedy="send load only for the sinks at which the asset owner serves it",
        rule="rulebook 2.6",
    )
