"""What may be settled as it stands, but ought to be looked at first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulator.domain import Finding
from simulator.settlement.case import SettlementCase
from simulator.timeline.hours import Hour, iso_utc


def case_warnings(case: SettlementCase) -> tuple[Finding, ...]:
    """Locations that have no shift factor at all, or none in some priced hours; missing prices.

    Both locations count as factor 0 (contract section 5), which is right for a reference location
    and wrong for a misspelt, retired or disconnected one (rulebook 3.7 and 6.1). A constraint not
    listed for an hour has price 0 there, which is odd where it collected revenue.
    """
    return (*_unknown_locations(case), *_gaps(case), *_unpriced(case))


def _unpriced(case: SettlementCase) -> Iterator[Finding]:
    hours: dict[str, list[Hour]] = {}
    for row in case.constraint_hours:
        if row.revenue_usd and not row.shadow_price_usd_per_mwh:
            hours.setdefault(row.constraint, []).append(row.hour)
    for constraint, unpriced in sorted(hours.items()):
        first = min(unpriced, key=lambda hour: hour.start)
        yield Finding(
            "SETTLE_PRICE_MISSING",
            f"{constraint} has congestion revenue but no shadow price; the rights are paid nothing",
            f"constraint {constraint}",
            f"{len(unpriced)} hours, first {iso_utc(first.start)}",
            "a shadow price for each hour with revenue",
            "add the missing rows of shadow_prices.csv",
            "rulebook 6.1",
        )


def _unknown_locations(case: SettlementCase) -> Iterator[Finding]:
    mappings = {id(row.shift_factors): row.shift_factors for row in case.constraint_hours}
    known = {place for factors in mappings.values() for place in factors}
    if not known:
        return
    holders: dict[str, list[str]] = {}
    ends = [(crr.crr_id, crr.source, crr.sink) for crr in case.crrs]
    ends += sorted({(row.right_id, row.source, row.sink) for row in case.right_schedules})
    for right, *places in ends:
        for place in places:
            if place not in known:
                holders.setdefault(place, []).append(right)
    for place, crr_ids in sorted(holders.items()):
        yield Finding(
            "SETTLE_LOCATION_WITHOUT_FACTORS",
            "the location has no shift factor on any constraint and counts as 0",
            place,
            f"{len(crr_ids)} rights, first {min(crr_ids)}",
            "a location that the shift factors list, or a reference location",
            "check its spelling, or map a retired location to its replacement",
            "rulebook 6.1",
        )


def _gaps(case: SettlementCase) -> Iterator[Finding]:
    mappings = {id(row.shift_factors): row.shift_factors for row in case.constraint_hours}
    settled = {place for crr in case.crrs for place in (crr.source, crr.sink)}
    for constraint, counts in _priced_hours(case):
        hours = sum(counts.values())
        listed: Counter[str] = Counter()
        for mapping, count in counts.items():
            listed.update(dict.fromkeys(settled & mappings[mapping].keys(), count))
        for place, count in sorted(listed.items()):
            if count < hours:
                yield Finding(
                    "SETTLE_FACTOR_GAP",
                    f"{place} has a shift factor on {constraint} in some hours only; "
                    "in the others it counts as 0",
                    f"constraint {constraint}, location {place}",
                    f"{count} of {hours} priced hours",
                    "a factor for each hour, or one row with a blank hour",
                    "add the missing factors, 0 where there is none",
                    "rulebook 6.1",
                )


def _priced_hours(case: SettlementCase) -> list[tuple[str, Counter[int]]]:
    """By constraint: in how many priced hours each mapping of shift factors holds."""
    hours: dict[str, Counter[int]] = {}
    for row in case.constraint_hours:
        if row.shadow_price_usd_per_mwh:
            hours.setdefault(row.constraint, Counter())[id(row.shift_factors)] += 1
    return sorted(hours.items())
