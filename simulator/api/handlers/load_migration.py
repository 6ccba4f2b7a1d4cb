"""Load migration (wire contract 10): utilities upload, and both entities see what followed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.migrations import (
    hours_absent,
    known_market,
    markets,
    of_market,
    posted_only,
    rounded,
    season_of,
    shares_of,
    status_of,
    uploaded,
)
from simulator.api.moments import first_second, last_second, moment
from simulator.api.router import handles
from simulator.api.types import load_migration as wire
from simulator.domain import Finding, Refused
from simulator.market import migration
from simulator.market.n_hours import n_hours_posted_at, posted_n_hours
from simulator.market.world import World
from simulator.rules.migration_input import Part
from simulator.store import Transaction
from simulator.timeline.process import ProcessSpec

VALID = wire.UDCSubmissionStatus(submissionStatus="VALID")


@handles("load_migration", "getActiveLoadMigrationMarketList")
async def get_active_load_migration_market_list(call: Call) -> list[wire.LoadMigrationMarket]:
    """Markets whose results are not posted."""
    return await markets(call, posted=False)


@handles("load_migration", "getPostedLoadMigrationMarketList")
async def get_posted_load_migration_market_list(call: Call) -> list[wire.LoadMigrationMarket]:
    """Markets whose results are posted."""
    return await markets(call, posted=True)


@handles("load_migration", "getLoadMigrationMarketStatus")
async def get_load_migration_market_status(call: Call) -> wire.LoadMigrationMarketStatus:
    """PREP, OPEN, CLOSED or POSTED."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> wire.LoadMigrationMarketStatus:
        return wire.LoadMigrationMarketStatus(marketStatus=status_of(tx, spec).value)

    return await of_market(call, read)


@handles("load_migration", "getNHourData")
async def get_n_hour_data(call: Call) -> list[wire.NHourData]:
    """The hours in which a customer of a class is measured; LMV0101 until they are posted."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> list[wire.NHourData]:
        posted_at = n_hours_posted_at(tx, spec.name)
        if posted_at is None:
            raise hours_absent(spec, status_of(tx, spec))
        return [
            wire.NHourData(
                defaultLoadAggregationPoint=hour.dlap,
                seasonNumber=season_of(hour.season),
                tou=hour.tou.value,
                effectiveDate=first_second(hour.day, world.settings.calendar),
                hourEnding=hour.hour_ending,
                lastModified=moment(posted_at),
            )
            for hour in posted_n_hours(tx, spec.name)
        ]

    return await of_market(call, read)


@handles("load_migration", "getLoadPercentages")
async def get_load_percentages(call: Call) -> wire.LoadPercentageResults:
    """Which share of whose load went where."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> wire.LoadPercentageResults:
        posted_only(tx, spec)
        found = shares_of(tx, world, spec.name, call.participant)
        shares = [
            wire.LoadPercentage(
                id=number,
                udc=row["udc"],
                fromLse=row["from_lse"],
                toLse=row["to_lse"],
                fromAssetOwner=row["from_lse"],
                toAssetOwner=row["to_lse"],
                seasonNumber=season_of(row["season"]),
                tou=row["tou"],
                loadPercentage=rounded(row["percent"]),
                loadTransferMw=rounded(row["transfer_mw"]),
            )
            for number, row in found
        ]
        return wire.LoadPercentageResults(
            loadMigrationMarket=spec.name, loadMigrationPercentages=shares
        )

    return await of_market(call, read)


@handles("load_migration", "getLoadMigrationCRRs")
async def get_load_migration_crrs(call: Call) -> wire.LoadMigrationResults:
    """The participant's CRRs that the market made or changed."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> wire.LoadMigrationResults:
        posted_only(tx, spec)
        calendar = world.settings.calendar
        crrs = [
            wire.LoadMigrationCrr(
                crrId=int(result.crr.crr_id),
                parentCrrId=int(result.crr.parent_crr_id),
                assetOwner=call.participant,
                source=result.crr.source,
                sink=result.crr.sink,
                tou=result.crr.tou.value,
                startDate=first_second(result.crr.start, calendar),
                endDate=last_second(result.crr.end, calendar),
                crrType=cast("wire.CrrType", result.crr.crr_type.value),
                initialMw=UNSET if result.initial_mw is None else plain(result.initial_mw),
                adjustedMw=UNSET if result.adjusted_mw is None else plain(result.adjusted_mw),
            )
            for result in migration.results(tx, market=spec.name, owner=call.participant)
        ]
        return wire.LoadMigrationResults(loadMigrationMarket=spec.name, loadMigrationCrrs=crrs)

    return await of_market(call, read)


@handles("load_migration", "getExistingNumberOfCustomers")
async def get_existing_number_of_customers(call: Call) -> wire.NumberOfCustomersSet:
    """What the utility uploaded; entities without customers are left out."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> wire.NumberOfCustomersSet:
        udc, rows, at = uploaded(tx, world, spec, call.participant, Part.COUNTS)
        records = [
            wire.NumberOfCustomers(
                lse=lse, class_=name, numberOfCustomers=count, lastModified=moment(at)
            )
            for lse, name, count in rows
            if count
        ]
        return wire.NumberOfCustomersSet(
            loadMigrationMarket=spec.name, udcName=udc, numberOfCustomerRecords=records
        )

    return await of_market(call, read)


@handles("load_migration", "getExistingDasrSummary")
async def get_existing_dasr_summary(call: Call) -> wire.DASRsummaryset:
    """What the utility uploaded."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> wire.DASRsummaryset:
        udc, rows, at = uploaded(tx, world, spec, call.participant, Part.DASRS)
        records = [
            wire.DASRsummary(
                recordId=record,
                class_=name,
                fromLse=from_lse,
                toLse=to_lse,
                numCustomerTransfer=count,
                lastModified=moment(at),
            )
            for record, name, from_lse, to_lse, count in rows
        ]
        return wire.DASRsummaryset(loadMigrationMarket=spec.name, udcName=udc, dasrRecords=records)

    return await of_market(call, read)


@handles("load_migration", "getExistingCustomerRates")
async def get_existing_customer_rates(call: Call) -> wire.CustomerRateSet:
    """What the utility uploaded."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> wire.CustomerRateSet:
        udc, rows, at = uploaded(tx, world, spec, call.participant, Part.RATES)
        records = [
            wire.CustomerRate(
                class_=name,
                tou=tou,
                seasonNumber=season,
                kwRate=plain(Decimal(kw)),
                year=year[0] if year else spec.periods[0].start.year,
                uploadDate=moment(at),
                lastModified=moment(at),
            )
            for name, tou, season, kw, *year in rows
        ]
        return wire.CustomerRateSet(
            loadMigrationMarket=spec.name, udcName=udc, customerRateRecords=records
        )

    return await of_market(call, read)


@handles("load_migration", "postNumberOfCustomers")
async def post_number_of_customers(call: Call) -> wire.UDCSubmissionStatus:
    """How many customers of a class each entity serves; replaces what was uploaded."""
    body: wire.PostNumberOfCustomersSet = call.body
    records = [[row.lse, row.class_, row.numberOfCustomers] for row in body.numberOfCustomerRecords]
    return await _upload(call, body.loadMigrationMarket, body.udcName, Part.COUNTS, records)


@handles("load_migration", "postDasrSummary")
async def post_dasr_summary(call: Call) -> wire.UDCSubmissionStatus:
    """How many customers of a class changed their supplier; replaces what was uploaded."""
    body: wire.PostDASRsummaryset = call.body
    world = call.door.room.world
    calendar = world.settings.calendar
    expected = first_second(
        known_market(world, body.loadMigrationMarket).periods[0].start, calendar
    )
    if body.effectiveDate != expected:
        found, allowed = (
            at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (body.effectiveDate, expected)
        )
        raise Refused([_other_date(found, allowed)])
    records = [
        [row.recordId, row.class_, row.fromLse, row.toLse, row.numCustomerTransfer]
        for row in body.dasrRecords
    ]
    return await _upload(call, body.loadMigrationMarket, body.udcName, Part.DASRS, records)


@handles("load_migration", "postCustomerRates")
async def post_customer_rates(call: Call) -> wire.UDCSubmissionStatus:
    """kW of one customer by class, season and time of use; replaces what was uploaded."""
    body: wire.PostCustomerRateSet = call.body
    records = [
        [row.class_, row.tou, row.seasonNumber, str(plain(row.kwRate)), row.year]
        for row in body.customerRateRecords
    ]
    return await _upload(call, body.loadMigrationMarket, body.udcName, Part.RATES, records)


async def _upload(
    call: Call, market: str, udc: str, part: Part, records: Sequence[Sequence[Any]]
) -> wire.UDCSubmissionStatus:
    spec = known_market(call.door.room.world, market)
    arguments = {
        "market": market,
        "udc": udc,
        "part": part.value,
        "effective_date": spec.periods[0].start.isoformat(),
        "records": records,
    }
    await call.command("upload_migration", arguments)
    return VALID


def _other_date(found: str, allowed: str) -> Finding:
    message = "the effective date differs from the market's"
    remedy = "use the first moment of the market's month"
    return Finding("LMV023", message, "effectiveDate", found, allowed, remedy, "rulebook 7.1")
