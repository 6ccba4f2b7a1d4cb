"""What is wrong with a case before any of it is settled: all of it, named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from simulator.domain import Crr, Finding
from simulator.settlement.case import ConstraintHour, SettlementCase


def case_findings(case: SettlementCase) -> tuple[Finding, ...]:
    """Findings on the rights and the hours of a whole case."""
    return (
        *crr_findings(case.crrs, lambda at: f"CRR {case.crrs[at].crr_id}"),
        *month_findings(case),
        *repeated_hour_findings(case.constraint_hours),
    )


def crr_findings(crrs: Sequence[Crr], where: Callable[[int], str]) -> Iterator[Finding]:
    """Rights without MW, a path or days; one id held twice on one day.

    `where` gives the place of the right at a position: it is asked only for what is wrong.
    """
    for at, crr in enumerate(crrs):
        if crr.mw > 0 and crr.start < crr.end and crr.source != crr.sink:
            continue
        if crr.mw <= 0:
            yield Finding(
                "SETTLE_CRR_MW",
                "a right needs MW above zero",
                where(at),
                str(crr.mw),
                "0.001 or more",
            )
        if crr.start >= crr.end:
            yield Finding(
                "SETTLE_CRR_DATES",
                "the right ends before it starts",
                where(at),
                _dates(crr),
                "an end date on or after the start date",
                "correct the dates",
            )
        if crr.source == crr.sink:
            yield Finding(
                "SETTLE_CRR_PATH",
                "source and sink are the same",
                where(at),
                crr.source,
                "two places",
            )
    if len({crr.crr_id for crr in crrs}) < len(crrs):
        by_id: dict[str, list[tuple[str, Crr]]] = {}
        for at, crr in enumerate(crrs):
            by_id.setdefault(crr.crr_id, []).append((where(at), crr))
        for _, slices in sorted((key, held) for key, held in by_id.items() if len(held) > 1):
            yield from _overlaps(slices)


def _overlaps(slices: list[tuple[str, Crr]]) -> Iterator[Finding]:
    ordered = sorted(slices, key=lambda place: (place[1].start, place[1].end, place[0]))
    for (_, earlier), (where, later) in pairwise(ordered):
        if later.start < earlier.end:
            yield Finding(
                "SETTLE_CRR_TWICE",
                f"CRR {later.crr_id} is held twice on the same day",
                where,
                f"{earlier.owner} {_dates(earlier)} and {later.owner} {_dates(later)}",
                "one row per id, or slices of it that do not share a day",
                "give each right its own id, or correct the dates",
            )


def _dates(crr: Crr) -> str:
    return f"{crr.start} to {crr.end - timedelta(days=1)}"


def month_findings(case: SettlementCase) -> Iterator[Finding]:
    """Hours outside the month that is trued up."""
    month = case.calendar.month
    days = {row.hour.day for row in case.constraint_hours}
    outside = {day for day in days if not month.covers(day)}
    for row in case.constraint_hours if outside else ():
        if row.hour.day in outside:
            yield Finding(
                "SETTLE_HOUR_OUTSIDE",
                "the hour is not in the month given",
                _where(row),
                str(row.hour.day),
                f"{month.start} to {case.calendar.last_day}",
                "settle each month by itself",
                "rulebook 6.2",
            )


def day_findings(day: date, constraint_hours: Sequence[ConstraintHour]) -> Iterator[Finding]:
    """Hours of another day, and hours given twice."""
    for row in constraint_hours:
        if row.hour.day != day:
            yield Finding(
                "SETTLE_HOUR_OTHER_DAY",
                "the hour is not of the trading day",
                _where(row),
                str(row.hour.day),
                str(day),
            )
    yield from repeated_hour_findings(constraint_hours)


def repeated_hour_findings(constraint_hours: Iterable[ConstraintHour]) -> Iterator[Finding]:
    """A constraint given twice for one hour."""
    rows = list(constraint_hours)
    listed: dict[int, set[str]] = {}
    for row in rows:
        listed.setdefault(row.hour.start, set()).add(row.constraint)
    if sum(map(len, listed.values())) == len(rows):
        return
    seen: set[tuple[int, str]] = set()
    for row in rows:
        key = (row.hour.start, row.constraint)
        if key in seen:
            yield Finding(
                "SETTLE_HOUR_TWICE",
                "the constraint is given twice for this hour",
                _where(row),
                str(row.shadow_price_usd_per_mwh),
                "one row per constraint and hour",
                "keep one of the rows",
            )
        seen.add(key)


def _where(row: ConstraintHour) -> str:
    return f"constraint {row.constraint}, {row.hour.day} hour ending {row.hour.hour_ending}"
