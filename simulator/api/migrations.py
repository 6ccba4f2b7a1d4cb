"""Load-migration markets as the service's operations read them (wire contract 10)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar, cast

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.errors import RECORD
from simulator.api.moments import first_second, moment, scheduled
from simulator.api.types import load_migration as wire
from simulator.domain import Finding, MarketStatus, Refused
from simulator.market import processes
from simulator.market.migration import KIND, udc_names
from simulator.market.n_hours import n_hours_posted_at
from simulator.market.world import World
from simulator.rules.migration_input import Part
from simulator.store import Transaction, special_tables
from simulator.store.transaction import Row
from simulator.timeline.process import ProcessSpec

SIX_DECIMALS = Decimal("0.000001")  # as the contract's examples show percentages
WELL_FORMED = re.compile(r"LOAD_MIGRATION_\d{4}(_M(0[1-9]|1[0-2]))?")

T = TypeVar("T")


def known_market(world: World, name: str) -> ProcessSpec:
    """The market of that name; LMV1002 where only this calendar has it not, else LMV1003."""
    spec = processes.spec_of(world, name, KIND)
    if spec is not None:
        return spec
    allowed = ", ".join(other.name for other in processes.of_kind(world, KIND))
    if WELL_FORMED.fullmatch(name):
        raise Refused([_finding("LMV1002", "the market is not configured", name, allowed)])
    raise Refused([_finding("LMV1003", "the market name is unknown", name, allowed)])


async def of_market(call: Call, reading: Callable[[Transaction, World, ProcessSpec], T]) -> T:
    """A reading about the market that the request names."""
    name = call.query["loadMigrationMarketName"]
    return await call.read(lambda tx, world: reading(tx, world, known_market(world, name)))


async def markets(call: Call, posted: bool) -> list[wire.LoadMigrationMarket]:
    """Those whose results are posted, or those whose are not."""

    def read(tx: Transaction, world: World) -> list[wire.LoadMigrationMarket]:
        return [
            _market(tx, world, spec)
            for spec in processes.of_kind(world, KIND)
            if (status_of(tx, spec) is MarketStatus.POSTED) is posted
        ]

    return await call.read(read)


def status_of(tx: Transaction, spec: ProcessSpec) -> MarketStatus:
    """Where a market stands."""
    return MarketStatus(processes.status(tx, spec))


def posted_only(tx: Transaction, spec: ProcessSpec) -> None:
    """LMV0103 before the results are posted."""
    status = status_of(tx, spec)
    if status is not MarketStatus.POSTED:
        message = f"the results of {spec.name} are not posted"
        raise Refused([_finding("LMV0103", message, status.value, MarketStatus.POSTED.value)])


def hours_absent(spec: ProcessSpec, status: MarketStatus) -> Refused:
    """LMV0101: the N-hour data are not out."""
    message = f"N-hour data of {spec.name} are absent"
    allowed = "data that come out when the market opens"
    return Refused([_finding("LMV0101", message, status.value, allowed)])


def uploaded(
    tx: Transaction, world: World, spec: ProcessSpec, participant: str, part: Part
) -> tuple[str, list[Any], int]:
    """The participant's utility, what it uploaded, and when; Refused for who is no utility."""
    udc = next((name for name, owner in udc_names(world).items() if owner == participant), None)
    if udc is None:
        message = f"{participant} is no utility, and uploads nothing"
        raise Refused(
            [_finding(RECORD, message, participant, ", ".join(udc_names(world).values()))]
        )
    row = tx.one(special_tables.migration_upload, market=spec.name, udc=udc, part=part.value)
    return (udc, [], 0) if row is None else (udc, json.loads(row["records"]), row["uploaded_at"])


def shares_of(tx: Transaction, world: World, market: str, owner: str) -> list[tuple[int, Row]]:
    """The market's shares that concern a participant, each with its number among all of them.

    They concern the two entities, and the utility of the area.
    """
    rows = enumerate(tx.rows(special_tables.migration_share, market=market), start=1)
    utilities = udc_names(world)
    return [
        (number, row)
        for number, row in rows
        if owner in (row["from_lse"], row["to_lse"], utilities.get(row["udc"]))
    ]


def season_of(number: int) -> wire.Season:
    """A season as the types have it."""
    return cast("wire.Season", number)


def rounded(text: str) -> Decimal:
    """A share or its MW, which are kept unrounded, as the wire shows them."""
    return plain(Decimal(text).quantize(SIX_DECIMALS))


def _market(tx: Transaction, world: World, spec: ProcessSpec) -> wire.LoadMigrationMarket:
    hours_posted_at = n_hours_posted_at(tx, spec.name)
    return wire.LoadMigrationMarket(
        marketName=spec.name,
        effectiveDate=first_second(spec.periods[0].start, world.settings.calendar),
        nHourDataPosting="No" if hours_posted_at is None else "Yes",
        nHourDataPostDate=UNSET if hours_posted_at is None else moment(hours_posted_at),
        submissionWindow=wire.SubmissionWindow(
            openDate=scheduled(world, spec, MarketStatus.OPEN),
            closeDate=scheduled(world, spec, MarketStatus.CLOSED),
        ),
        marketStatus=status_of(tx, spec).value,
    )


def _finding(code: str, message: str, found: str, allowed: str) -> Finding:
    remedy = "take a market from the list of active or posted ones"
    where = "loadMigrationMarketName"
    return Finding(code, message, where, found, allowed, remedy, "wire contract 10")
