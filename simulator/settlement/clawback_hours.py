"""The hours that clawback looks at: virtual and intertie awards beside their owner's rights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import numpy as np

from simulator.domain import Finding
from simulator.settlement.case import (
    ConstraintHour,
    IntertieReduction,
    RealTime,
    SettlementCase,
    VirtualAward,
)
from simulator.settlement.clawback import IntertieHour, VirtualHour, is_given_up
from simulator.settlement.flows import Flows
from simulator.settlement.kernel import paying_options
from simulator.settlement.rights import Rights
from simulator.settlement.rounding import Floats

Row = TypeVar("Row", ConstraintHour, VirtualAward, IntertieReduction)

EXACT_DECIMALS = 9  # of flows in MW and revenue in USD, which are double precision numbers


@dataclass(frozen=True)
class ClawbackHours:
    """What `clawback.clawbacks` judges, sorted."""

    virtual: tuple[VirtualHour, ...] = ()
    intertie: tuple[IntertieHour, ...] = ()


def clawback_hours(case: SettlementCase, rights: Rights, flows: Flows) -> ClawbackHours:
    """Every constraint and hour with virtual awards of a holder, every reduced intertie award."""
    real_time = {(row.hour.start, row.constraint): row for row in case.real_time}
    virtual = _by_hour(case.virtual_awards)
    intertie = _by_hour(case.intertie_reductions)
    rows = _by_hour(case.constraint_hours)
    threshold = Decimal(str(case.settings.intertie_clawback_threshold))
    virtual_hours: list[VirtualHour] = []
    intertie_hours: list[IntertieHour] = []
    for start in sorted(virtual.keys() | intertie.keys()):
        if start in rows:
            hour = _Hour(rights, flows, sorted(rows[start], key=lambda row: row.constraint))
            virtual_hours += hour.virtual(virtual.get(start, ()), real_time)
            intertie_hours += hour.intertie(intertie.get(start, ()), threshold)
    return ClawbackHours(tuple(virtual_hours), tuple(intertie_hours))


def clawback_findings(case: SettlementCase) -> Iterator[Finding]:
    """Priced constraints that a holder's virtual awards load, without their real-time figures."""
    known = {(row.hour.start, row.constraint) for row in case.real_time}
    holders = {crr.owner for crr in case.crrs}
    awarded = {row.hour.start for row in case.virtual_awards if row.owner in holders}
    if not awarded:
        return
    missing: dict[str, list[ConstraintHour]] = {}
    for row in case.constraint_hours:
        priced = row.hour.start in awarded and row.shadow_price_usd_per_mwh
        if priced and (row.hour.start, row.constraint) not in known:
            missing.setdefault(row.constraint, []).append(row)
    for constraint, rows in sorted(missing.items()):
        first = min(rows, key=lambda row: row.hour.start).hour
        yield Finding(
            "SETTLE_REAL_TIME_MISSING",
            f"{constraint} has virtual awards beside it but no real-time limit and price",
            f"constraint {constraint}, {first.day} hour ending {first.hour_ending}",
            f"{len(rows)} hours without",
            "a row in real_time.csv for every priced constraint in an hour with virtual awards",
            "add the missing rows; nothing is settled on a hole",
            "rulebook 6.3",
        )


class _Hour:
    """One hour's constraints, its prices, and everybody's net flows."""

    def __init__(self, rights: Rights, flows: Flows, rows: list[ConstraintHour]) -> None:
        self._rights, self._rows = rights, rows
        self._owner = {owner: position for position, owner in enumerate(rights.owners)}
        self._price = np.array([float(row.shadow_price_usd_per_mwh) for row in rows])
        of_hour = flows.of(rows[0].hour, rows)
        self._factors = of_hour.shift_factors
        paying = paying_options(rights, of_hour.options, self._factors, self._price)
        self._flow = flows.settling(of_hour, self._price).net
        book = rights.book(rows[0].hour.day, rows[0].hour.tou)
        self._settling = np.concatenate([book.obligations, paying])

    def virtual(
        self, awards: Iterable[VirtualAward], real_time: Mapping[tuple[int, str], RealTime]
    ) -> Iterator[VirtualHour]:
        """One row for each holder with virtual awards and each priced constraint."""
        by_owner: dict[str, list[VirtualAward]] = {}
        for award in sorted(awards):
            if award.owner in self._owner:
                by_owner.setdefault(award.owner, []).append(award)
        for owner, own in by_owner.items():
            for k, row in enumerate(self._rows):
                if row.shadow_price_usd_per_mwh:
                    later = real_time[row.hour.start, row.constraint]
                    yield VirtualHour(
                        owner=owner,
                        constraint=row.constraint,
                        hour=row.hour,
                        limit_mw=later.limit_mw,
                        virtual_flow_mw=_virtual_flow(own, row.shift_factors),
                        crr_flow_mw=_exact(self._flow[self._owner[owner], k]),
                        day_ahead_price_usd_per_mwh=row.shadow_price_usd_per_mwh,
                        real_time_price_usd_per_mwh=later.price_usd_per_mwh,
                    )

    def intertie(
        self, awards: Iterable[IntertieReduction], threshold: Decimal
    ) -> Iterator[IntertieHour]:
        """Each award, beside what its owner's rights from or to the intertie are paid.

        A right between two interties that its owner gave up goes back once, with its source.
        """
        ordered = sorted(awards)
        given_up: dict[str, set[str]] = {}
        for award in ordered:
            if is_given_up(award, threshold):
                given_up.setdefault(award.owner, set()).add(award.location)
        for award in ordered:
            yield IntertieHour(
                award.owner,
                award.hour,
                award.capacity_mw,
                award.day_ahead_mw,
                award.real_time_mw,
                self._revenue_usd(award.owner, award.location, given_up.get(award.owner, ())),
                award.rebid,
            )

    def _revenue_usd(self, owner: str, location: str, given_up: Collection[str]) -> Decimal:
        rights, rows = self._rights, self._settling
        if owner not in self._owner or location not in rights.locations:
            return Decimal(0)
        place = rights.locations.index(location)
        with_source = [at for at, name in enumerate(rights.locations) if name in given_up]
        source, sink = rights.source[rows], rights.sink[rows]
        at_place = (source == place) | ((sink == place) & ~np.isin(source, with_source))
        own = rows[at_place & (rights.owner[rows] == self._owner[owner])]
        minus_mcc: Floats = self._price @ self._factors
        spread = minus_mcc[rights.source[own]] - minus_mcc[rights.sink[own]]
        return _exact(float(rights.mw[own] @ spread))


def _virtual_flow(awards: Iterable[VirtualAward], factors: Mapping[str, float]) -> Decimal:
    return sum(
        (award.mw * Decimal(repr(float(factors.get(award.location, 0.0)))) for award in awards),
        Decimal(0),
    )


def _exact(value: float) -> Decimal:
    return Decimal(repr(round(float(value), EXACT_DECIMALS) + 0.0))


def _by_hour(rows: Iterable[Row]) -> dict[int, list[Row]]:
    hours: dict[int, list[Row]] = {}
    for row in rows:
        hours.setdefault(row.hour.start, []).append(row)
    return hours
