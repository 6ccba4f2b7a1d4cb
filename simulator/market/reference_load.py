"""What submitted load is measured against: the verified forecast, and the load that was metered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from simulator.domain import Finding, Period, Tou
from simulator.market.world import KW_PER_MW, World
from simulator.participants.load import hourly_load_kw, reference_load_kw
from simulator.rules.eligibility import load_metric
from simulator.rules.load import LoadHour
from simulator.rules.quantities import is_of_a_size
from simulator.store import Transaction, special_tables
from simulator.store.canonical import canonical_json
from simulator.timeline.hours import hours_of_period


def reference_mw(tx: Transaction, world: World, period: Period) -> dict[LoadHour, Decimal]:
    """The verified forecast at every sink and hour; the operator's changes count (rulebook 2.5)."""
    found = dict(_forecast(world, period))
    for row in tx.rows(special_tables.reference_load, period=period.name):
        for hour_ending, mw in enumerate(json.loads(row["hourly_mw"]), start=1):
            found[LoadHour(row["sink"], row["day"], hour_ending)] = Decimal(mw)
    return found


def reference_findings(
    world: World, period: Period, sink: str, days: Iterable[tuple[date, Sequence[Decimal]]]
) -> list[Finding]:
    """What is wrong with new figures: a sink or a day without a reference, hours, loads."""
    hours = Counter(hour.day for hour in hours_of_period(period, None, world.settings.calendar))
    sinks = {sink for person in world.people for sink in person.participant.sinks}
    findings = []
    if sink not in sinks:
        known = ", ".join(sorted(sinks))
        findings.append(_finding(f"nobody serves load at {sink}", "sink", sink, known))
    for place, (day, hourly_mw) in enumerate(days):
        at, count, what = f"days[{place}]", hours[day], f"{day.isoformat()}, {len(hourly_mw)} hours"
        if len(hourly_mw) != count or not count:
            allowed = f"all {count} hours" if count else f"a day of {period.name}"
            findings.append(_finding("the hours are not those of the day", at, what, allowed))
        wrong = [mw for mw in hourly_mw if not (is_of_a_size(mw) and mw >= 0)]
        if wrong:
            findings.append(
                _finding("a load is no number of MW", at, str(wrong[0]), "at least 0 MW")
            )
    return findings


def _finding(message: str, where: str, found: str, allowed: str) -> Finding:
    remedy = "correct the reference; what holds stays until then"
    return Finding("SER0030", message, where, found, allowed, remedy, "rulebook 2.5")


def replace_reference(
    tx: Transaction, period: Period, sink: str, days: Iterable[tuple[date, Sequence[Decimal]]]
) -> None:
    """Other figures for some days of a sink."""
    for day, hourly_mw in days:
        key = {"period": period.name, "sink": sink, "day": day}
        tx.delete(special_tables.reference_load, key)
        text = canonical_json([str(mw) for mw in hourly_mw])
        tx.insert(special_tables.reference_load, [{**key, "hourly_mw": text}])


def metered_exceedance_mw(
    world: World, owner: str, period: Period
) -> dict[tuple[str, Tou], Decimal]:
    """The load metric of what the owner's customers took, by sink and time of use."""
    person = next(person for person in world.people if person.participant_id == owner)
    found = {}
    for tou in Tou:
        hours = hours_of_period(period, tou, world.settings.calendar)
        layer, curve = world.folder.layer, world.folder.load_curve
        share = world.settings.eligibility.exceedance_share
        for sink in person.participant.sinks:
            kw = hourly_load_kw(person, layer, curve, hours, world.seed, sink)
            values = [Decimal(int(each)) / KW_PER_MW for each in kw]
            found[sink, tou] = load_metric(values, share).value
    return found


def _forecast(world: World, period: Period) -> dict[LoadHour, Decimal]:
    hours = hours_of_period(period, None, world.settings.calendar)
    total_kw: dict[str, list[int]] = {}
    layer, curve = world.folder.layer, world.folder.load_curve
    for person in world.people:
        for sink in person.participant.sinks:
            kw = reference_load_kw(person, layer, curve, hours, sink)
            before = total_kw.get(sink, [0] * len(hours))
            total_kw[sink] = [left + int(right) for left, right in zip(before, kw, strict=True)]
    return {
        LoadHour(sink, hour.day, hour.hour_ending): Decimal(kw) / KW_PER_MW
        for sink, hourly_kw in sorted(total_kw.items())
        for hour, kw in zip(hours, hourly_kw, strict=True)
    }
