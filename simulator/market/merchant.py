"""Merchant transmission: what an upgrade adds becomes its sponsor's CRRs (rulebook 7.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from simulator.clearing.case import ClearingCase, FixedCrr
from simulator.clearing.clear import clear
from simulator.domain import (
    Bid,
    Crr,
    CurvePoint,
    Hedge,
    Period,
    Product,
    Tou,
    TransactionType,
    refuse_if_any,
)
from simulator.market import inventory
from simulator.market.base_loading import encumbrances
from simulator.market.command import Command
from simulator.market.facilities import Built, as_built, built, grown, line_findings, line_of
from simulator.market.messages import send
from simulator.market.plain import understood
from simulator.market.world import World
from simulator.rules.figure import Figure
from simulator.rules.merchant import (
    Election,
    Facility,
    facility_findings,
    increment,
    merchant_crr,
)
from simulator.store import Transaction, tables
from simulator.store.canonical import canonical_json

DAYS_AHEAD = 2  # tomorrow's day-ahead market may be over today
TEST, ONE = "1", Decimal(1)


@dataclass(frozen=True)
class Awarded:
    """What an elected pair can carry without and with the upgrade, and the right that it gives."""

    election: Election
    tou: Tou
    figure: Figure
    crr: Crr

    @property
    def with_mw(self) -> Decimal:
        """Feasible with the upgrade."""
        return self.figure.inputs[0].value

    @property
    def without_mw(self) -> Decimal:
        """Feasible without it."""
        return self.figure.inputs[1].value


def award(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Enter a sponsor's facility; its rights go into the inventory, its lines into the models.

    Each elected pair gets what a simultaneous feasibility test finds more with the upgrade than
    without, over the same encumbrances and what the pairs before it got.
    """
    facility, new = _understood(command)
    before = as_built(tx, world)
    biddable = {name for name, location in world.locations.items() if location.biddable}
    refuse_if_any(
        [
            *line_findings(before.folder.model.case, new.lines),
            *facility_findings(
                facility,
                participants=world.participants,
                locations=biddable,
                taken={each.name for each in built(tx)},
                earliest=inventory.local_day(world, command.at) + timedelta(days=DAYS_AHEAD),
            ),
        ]
    )
    after = grown(world, (*built(tx), new))
    found = [item for tou in Tou for item in _awarded(tx, before, after, facility, tou)]
    _remember(tx, world, command, facility, found)
    total = sum((item.figure.value for item in found), Decimal(0))
    text = f"{facility.name} gives {facility.sponsor} {total} MW of merchant transmission CRRs"
    send(tx, command.at, text)
    return {
        "facility": facility.name,
        "sponsor": facility.sponsor,
        "status": "AWARDED",
        "awards": [_told(item) for item in found],
    }


def _understood(command: Command) -> tuple[Facility, Built]:
    given = command.arguments
    with understood(command):
        name, lines = str(given["facility"]), tuple(map(line_of, given["lines"]))
        start = date.fromisoformat(given["start"])
        facility = Facility(
            name, str(given["sponsor"]), start, int(given["life_years"]),
            tuple(map(_election, given["pairs"])),
        )  # fmt: skip
    return facility, Built(name, lines, start, command.at)


def _election(text: str) -> Election:
    """`SOURCE to SINK OBL`; ValueError for anything else."""
    source, word, sink, hedge = text.split()
    if word != "to":
        raise ValueError(f"{text!r} is not like 'SOURCE to SINK OBL'")
    return Election(source, sink, Hedge(hedge))


def _awarded(
    tx: Transaction, before: World, after: World, facility: Facility, tou: Tou
) -> Iterator[Awarded]:
    month = Period.month(facility.start.year, facility.start.month)
    held = tuple(encumbrances(tx, before, Product(month, tou)))
    given: tuple[FixedCrr, ...] = ()
    for place, election in enumerate(facility.elections):
        most = increment(
            feasible_mw(after, election, month, tou, (*held, *given)),
            feasible_mw(before, election, month, tou, held),
        )
        crr = merchant_crr(facility, election, tou, most.value)
        yield Awarded(election, tou, most, crr)
        fixed = FixedCrr(
            f"{facility.name}-{place}", crr.owner, crr.source, crr.sink, crr.hedge, tou,
            month.name, crr.mw,
        )  # fmt: skip
        given = (*given, fixed) if crr.mw > 0 else given


def feasible_mw(
    world: World, election: Election, month: Period, tou: Tou, held: tuple[FixedCrr, ...]
) -> Decimal:
    """How many MW of a pair fit beside what is held, every branch in service, at full limits.

    A single bid for more than all limits together, at one price, is awarded just that.
    """
    model, settings = world.folder.model, world.settings.clearing
    limits = model.network.rating_mw[model.network.in_service]
    most = Decimal(round(float(2 * limits.max(axis=1).sum())))
    curve = (CurvePoint(Decimal(0), ONE), CurvePoint(most, ONE))
    bid = Bid(
        TEST, TEST, TransactionType.BUY, election.hedge, election.source, election.sink, tou,
        month.name, curve,
    )  # fmt: skip
    case = ClearingCase(
        name=f"{election.source} to {election.sink} {tou}",
        kind="auction",
        objective="bid_value",
        network=model.network,
        locations=world.locations,
        contingencies=model.contingencies,
        interfaces=model.interfaces,
        monitored=model.monitored,
        fixed_crrs=held,
        bids=(bid,),
        base_rating=settings.base_rating,
        contingency_rating=settings.contingency_rating,
        infeasible_base=settings.infeasible_base,
    )
    return sum((each.awarded_mw for each in clear(case, world.workers).awards), Decimal(0))


def _remember(
    tx: Transaction, world: World, command: Command, facility: Facility, found: list[Awarded]
) -> None:
    row = {
        "facility": facility.name,
        "sponsor": facility.sponsor,
        "lines": canonical_json(list(command.arguments["lines"])),
        "start": facility.start,
        "life_years": facility.life_years,
        "awarded_at": command.at,
    }
    tx.insert(tables.merchant_facility, [row])
    more = [item for item in found if item.crr.mw > 0]
    entered = inventory.enter(
        tx, world, (item.crr for item in more), command.at, note=f"built as {facility.name}"
    )
    ids = {(item.election, item.tou): crr.crr_id for item, crr in zip(more, entered, strict=True)}
    tx.insert(
        tables.merchant_award,
        (
            {
                "facility": facility.name,
                "place": place,
                **_figures(item),
                "crr_id": ids.get((item.election, item.tou), ""),
            }
            for place, item in enumerate(found)
        ),
    )


def _figures(item: Awarded) -> dict[str, Any]:
    return {
        "source": item.election.source,
        "sink": item.election.sink,
        "hedge": item.election.hedge.value,
        "tou": item.tou.value,
        "without_mw": item.without_mw,
        "with_mw": item.with_mw,
        "mw": item.figure.value,
    }


def _told(item: Awarded) -> dict[str, Any]:
    return {name: str(value) for name, value in _figures(item).items()}
