"""What may be settled as it stands, but ought to be looked at first."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.domain import Finding
from simulator.settlement.case import SettlementCase


def case_warnings(case: SettlementCase) -> tuple[Finding, ...]:
    """Locations that have no shift factor at all, or none in some priced hours.

    Both count as factor 0 (contract section 5), which is right for a reference location and wrong
    for a misspelt, retired or disconnected one (rulebook 3.7 and 6.1).
    """
    return (*_unknown_locations(case), *_gaps(case))


def _unknown_locations(case: SettlementCase) -> Iterator[Finding]:
    mappings = {id(row.shift_factors): row.shift_factors for row in case.constraint_hours}
    known = {place for factors in mappings.values() for place in factors}
    if not known:
        return
    holders: dict[str, list[str]] = {}
    for crr in case.crrs:
        for place in (crr.source, crr.sink):
            if place not in known:
                holders.setdefault(place, []).append(crr.crr_id)
    for place, crr_ids in sorted(holders.items()):
        yield Finding(
            "SETTLE_LOCATION_WITHOUT_FACTORS",
            "the location has no shift factor on any constraint and counts as 0",
            place,
            f"{len(crr_ids)} CRRs, first {min(crr_ids)}",
            "a location that the shift factors list, or a reference location",
            "check its spelling, or map a retired location to its replacement",
            "rulebook 6.1",
        )


def _gaps(case: SettlementCase) -> Iterator[Finding]:
    seen: dict[str, dict[str, int]] = {}
    hours: dict[str, int] = {}
    settled = {place for crr in case.crrs for place in (crr.source, crr.sink)}
    for row in case.constraint_hours:
        if not row.shadow_price_usd_per_mwh:
            continue
        hours[row.constraint] = hours.get(row.constraint, 0) + 1
        counts = seen.setdefault(row.constraint, {})
        for place in row.shift_factors:
            if place in settled:
                counts[place] = counts.get(place, 0) + 1
    for constraint, counts in sorted(seen.items()):
        for place, count in sorted(counts.items()):
            if count < hours[constraint]:
                yield Finding(
                    "SETTLE_FACTOR_GAP",
                    f"{place} has a shift factor on {constraint} in some hours only; "
                    "in the others it counts as 0",
                    f"constraint {constraint}, location {place}",
                    f"{count} of {hours[constraint]} priced hours",
                    "a factor for each hour, or one row with a blank hour",
                    "add the missing factors, 0 where there is none",
                    "rulebook 6.1",
                )
