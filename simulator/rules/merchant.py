"""Rights of sponsors who build transmission at their own cost (rulebook 7.4; C17)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.domain import Crr, CrrType, Finding, Hedge, Tou
from simulator.rules.figure import Figure, Quantity, figure, mw_figure
from simulator.rules.terms import MERCHANT_YEARS_MAX, merchant_end, years_later

OPERATOR_MADE = "SYSTEM"  # the market that the inventory names for them (rulebook 1.6)


@dataclass(frozen=True)
class Election:
    """A pair that the sponsor wants the facility's rights on."""

    source: str
    sink: str
    hedge: Hedge


@dataclass(frozen=True)
class Facility:
    """What a sponsor builds: in service from `start` on, for `life_years`."""

    name: str
    sponsor: str
    start: date
    life_years: int
    elections: tuple[Election, ...]


def increment(feasible_with_mw: Quantity, feasible_without_mw: Quantity) -> Figure:
    """What the upgrade adds: feasible with it, less what was feasible without (7.4).

    Both are simultaneous feasibility tests of the elected pair, over the same encumbrances. A new
    line need not add anything: then the increment is 0.
    """
    after = figure("feasible with the upgrade", feasible_with_mw)
    before = figure("feasible without it", feasible_without_mw)
    formula = "feasible with the upgrade - feasible without it"
    return mw_figure("increment", after.value - before.value, formula, (after, before), "7.4")


def merchant_crr(facility: Facility, election: Election, tou: Tou, mw: Decimal) -> Crr:
    """The right of one elected pair, for the facility's life and thirty years at most (7.4)."""
    end = merchant_end(facility.start, facility.life_years)
    return Crr(
        "", facility.sponsor, CrrType.MT, election.hedge, election.source, election.sink, tou,
        facility.start, end, mw, OPERATOR_MADE,
    )  # fmt: skip


def facility_findings(
    facility: Facility,
    *,
    participants: Collection[str],
    locations: Collection[str],
    taken: Collection[str],
    earliest: date,
) -> Iterator[Finding]:
    """Everything that is wrong with a sponsor's project but its lines.

    `taken` are the names of other facilities, `earliest` is the first day from which a facility
    that is entered now can be in service: models and day-ahead markets of earlier days are made.
    """
    if facility.name in taken or not facility.name.strip():
        yield _finding("SER0030", "the facility has no name of its own", "facility",
                       facility.name, "a name that no other has", "give it a name")  # fmt: skip
    if facility.sponsor not in participants:
        yield _finding("SER0002", "the participant name is invalid", "sponsor",
                       facility.sponsor, "a participant", "correct the name")  # fmt: skip
    latest = years_later(earliest, MERCHANT_YEARS_MAX)
    if not earliest <= facility.start <= latest:
        when = "before it is known" if facility.start < earliest else "when nobody knows"
        yield _finding("SER0030", f"the facility would be in service {when}", "start",
                       facility.start.isoformat(), f"{earliest} to {latest}",
                       "choose a day between them")  # fmt: skip
    if facility.life_years < 1:
        yield _finding("SER0030", "a facility lasts a year at least", "life_years",
                       str(facility.life_years), "1 or more", "correct its life")  # fmt: skip
    if not facility.elections:
        yield _finding("SER0030", "no pair is elected", "pairs", "none", "one pair or more",
                       "elect a pair")  # fmt: skip
    for place, election in enumerate(facility.elections):
        yield from _election_findings(election, place, facility, locations)


def _election_findings(
    election: Election, place: int, facility: Facility, locations: Collection[str]
) -> Iterator[Finding]:
    where = f"pairs[{place}]"
    for end, name in (("source", election.source), ("sink", election.sink)):
        if name not in locations:
            yield _finding("SER0030", f"{end} {name} is no biddable location", where, name,
                           "a location of the source and sink list", "correct it")  # fmt: skip
    if election.source == election.sink:
        yield _finding("SER0030", "source and sink are one", where, election.source,
                       "two locations", "correct the pair")  # fmt: skip
    if election in facility.elections[:place]:
        yield _finding("SER0030", "the pair is elected twice", where,
                       f"{election.source} to {election.sink} {election.hedge}", "each pair once",
                       "leave one out")  # fmt: skip


def _finding(code: str, message: str, where: str, found: str, allowed: str, remedy: str) -> Finding:
    return Finding(code, message, where, found or "nothing", allowed, remedy, "rulebook 7.4")
