"""Load migration: what utilities upload, and the CRRs that follow the load (rulebook 7.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain import Crr, Finding, MarketStatus, Role, Tou, refuse_if_any
from simulator.market import inventory, processes
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.plain import acting_for, understood
from simulator.market.world import World
from simulator.rules import inventory as changes
from simulator.rules.migrated import (
    MigratedPair,
    MigrationResult,
    given_crrs,
    moved_by_base,
)
from simulator.rules.migration import LoadShare, load_shares, migrate
from simulator.rules.migration_input import (
    CustomerClass,
    CustomerCount,
    CustomerRate,
    Dasr,
    MigrationInput,
    Part,
    input_findings,
)
from simulator.store import Transaction, books, special_tables
from simulator.store.canonical import canonical_json
from simulator.timeline.process import ProcessKind, ProcessSpec

KIND = ProcessKind.LOAD_MIGRATION
PREFIX, SUFFIX = "DLAP_", "-APND"
FIRST_DUNS = 100_000_001  # synthetic numbers, one for each participant in the order of the roster


def udc_names(world: World) -> dict[str, str]:
    """Utilities by name, as `UPGAE`, with the participant that is the utility of that area."""
    lses = (person.participant for person in world.people if person.participant.role == Role.LSE)
    return {f"U{_area(lse.sink)}": lse.participant_id for lse in lses if _area(lse.sink)}


def udc_at(world: World) -> dict[str, str]:
    """The utility in whose area each location lies; none for what lies outside and for hubs."""
    places = world.folder.layer.places.values()
    return {place.name: f"U{_area(place.dlap)}" for place in places if place.dlap}


def duns_numbers(world: World) -> dict[str, str]:
    """Participants by the nine-digit number under which uploads know them."""
    return {
        str(number): person.participant_id
        for number, person in enumerate(world.people, start=FIRST_DUNS)
    }


def upload(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """One of the three uploads of a utility; a later one of the same part replaces it."""
    given = command.arguments
    with understood(command):
        name, udc, part = str(given["market"]), str(given["udc"]), Part(given["part"])
        effective = date.fromisoformat(given["effective_date"])
        uploads = {**_uploads(tx, name, udc), part: given["records"]}
        asked = _input(name, udc, effective, uploads)
    utility = udc_names(world).get(udc)
    if utility:  # what is on file is nobody else's business
        refuse_if_any(acting_for(command, utility))
    spec = processes.spec_of(world, name, KIND)
    status = None if spec is None else MarketStatus(processes.status(tx, spec))
    expected = effective if spec is None else spec.periods[0].start
    findings: tuple[Finding, ...] = input_findings(
        asked, status, expected, tuple(udc_names(world)), _suppliers(world, udc), tuple(uploads)
    )
    refuse_if_any(findings)
    key = {"market": name, "udc": udc, "part": part.value}
    tx.delete(special_tables.migration_upload, key)
    records = canonical_json(given["records"])
    tx.insert(
        special_tables.migration_upload,
        [
            {
                **key,
                "effective_date": effective,
                "uploaded_at": command.at,
                "records": records,
            }
        ],
    )
    return {**key, "status": "VALID", "submissionStatus": "VALID", "records": len(given["records"])}


def post_market(tx: Transaction, world: World, spec: ProcessSpec, at: int) -> dict[str, Any]:
    """Percentages, and the CRRs that the market makes or changes."""
    shares: list[LoadShare] = []
    for udc in udc_names(world):
        shares += _shares(tx, world, spec, udc)
    held = books.crrs_by_id(tx)
    before = tuple(pair.as_held(held) for pair in pairs(tx))
    effective = spec.periods[0].start
    ids = inventory.numbers(tx, inventory.CRR)
    bases, areas = books.allocations(tx), udc_at(world)
    after, found = migrate(shares, bases, areas, before, spec.name, effective, ids)
    inventory.carry_out(tx, changes.migrated(found, held, effective, ids), at)
    for pair in after:
        _keep(tx, pair)
    tx.insert(
        special_tables.migration_result,
        (
            {
                "market": result.market,
                "crr_id": result.crr.crr_id,
                "owner": result.crr.owner,
                "crr": canonical_json(asdict(result.crr)),
                "initial_mw": result.initial_mw,
                "adjusted_mw": result.adjusted_mw,
            }
            for result in found
        ),
    )
    for owner in sorted({result.crr.owner for result in found}):
        send(tx, at, f"{spec.name} made or changed CRRs of yours", owner)
    return {"shares": len(shares), "crrs": len(found)}


def pairs(tx: Transaction) -> tuple[MigratedPair, ...]:
    """What has migrated so far, by base CRR and gainer."""
    return tuple(
        MigratedPair(
            row["base_crr_id"],
            row["gainer"],
            Decimal(row["percent"]),
            Decimal(row["load_mw"]),
            row["sold_mw"],
            _crr(row["gained"]),
            _crr(row["counter_flow"]),
        )
        for row in tx.rows(special_tables.migrated_pair)
    )


def moved(tx: Transaction) -> Mapping[str, Decimal]:
    """MW that have migrated so far of each base CRR."""
    return tx.derived("migrated mw", lambda: moved_by_base(pairs(tx)))


def results(tx: Transaction, **equal: Any) -> tuple[MigrationResult, ...]:
    """What markets made or changed, by market and CRR; columns may be named to narrow it."""
    return tuple(
        MigrationResult(
            row["market"],
            inventory.crr_from(json.loads(row["crr"])),
            row["initial_mw"],
            row["adjusted_mw"],
        )
        for row in tx.rows(special_tables.migration_result, **equal)
    )


def migrated_crrs(tx: Transaction, owner: str) -> tuple[Crr, ...]:
    """What load migration gave to a participant, whoever owns it now."""
    posted_at = {row["name"]: row["changed_at"] for row in tx.rows(special_tables.process)}
    return given_crrs(sorted(results(tx, owner=owner), key=lambda item: posted_at[item.market]))


def _shares(tx: Transaction, world: World, spec: ProcessSpec, udc: str) -> list[LoadShare]:
    uploads = _uploads(tx, spec.name, udc)
    if set(uploads) != set(Part):
        return []
    owners = duns_numbers(world)
    given = _input(spec.name, udc, spec.periods[0].start, uploads)
    shares = [
        replace(share, from_lse=owners[share.from_lse], to_lse=owners[share.to_lse])
        for share in load_shares(given)
    ]
    tx.insert(
        special_tables.migration_share,
        (
            {
                "market": spec.name,
                **asdict(share),
                "tou": share.tou.value,
                "percent": str(share.percent),
                "transfer_mw": str(share.transfer_mw),
            }
            for share in shares
        ),
    )
    return shares


def _uploads(tx: Transaction, market: str, udc: str) -> dict[Part, Any]:
    rows = tx.rows(special_tables.migration_upload, market=market, udc=udc)
    return {Part(row["part"]): json.loads(row["records"]) for row in rows}


def _input(market: str, udc: str, effective: date, uploads: Mapping[Part, Any]) -> MigrationInput:
    return MigrationInput(
        market,
        udc,
        effective,
        tuple(
            CustomerCount(lse, CustomerClass(name), _customers(count))
            for lse, name, count in uploads.get(Part.COUNTS, ())
        ),
        tuple(
            Dasr(record, CustomerClass(name), from_lse, to_lse, _customers(count))
            for record, name, from_lse, to_lse, count in uploads.get(Part.DASRS, ())
        ),
        tuple(
            CustomerRate(CustomerClass(name), Tou(tou), int(season), Decimal(kw))
            for name, tou, season, kw, *_ in uploads.get(Part.RATES, ())  # a year may follow
        ),
    )


def _customers(sent: Any) -> int:
    """A number of customers as it was sent; ValueError unless it is a whole one."""
    if isinstance(sent, bool) or int(sent) != Decimal(sent):
        raise ValueError(f"{sent!r:.60} is not a whole number of customers")
    return int(sent)


def _suppliers(world: World, udc: str) -> tuple[str, ...]:
    areas = udc_at(world)
    return tuple(
        number
        for number, name in duns_numbers(world).items()
        if world.participants[name].role.supplies_customers
        and udc in (areas.get(sink) for sink in world.participants[name].sinks)
    )


def _area(sink: str) -> str:
    return sink.removeprefix(PREFIX).removesuffix(SUFFIX) if sink.startswith(PREFIX) else ""


def _keep(tx: Transaction, pair: MigratedPair) -> None:
    key = {"base_crr_id": pair.base_crr_id, "gainer": pair.gainer}
    tx.delete(special_tables.migrated_pair, key)
    tx.insert(
        special_tables.migrated_pair,
        [
            {
                **key,
                "percent": str(pair.percent),
                "load_mw": str(pair.load_mw),
                "sold_mw": pair.sold_mw,
                "gained": canonical_json(asdict(pair.gained)) if pair.gained else "",
                "counter_flow": (
                    canonical_json(asdict(pair.counter_flow)) if pair.counter_flow else ""
                ),
            }
        ],
    )


def _crr(text: str) -> Crr | None:
    return inventory.crr_from(json.loads(text)) if text else None
