"""Files of the inventory and the special processes: each holder's own, and what everybody sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.domain.table import csv_text
from simulator.market import access, downloads, inventory, tor
from simulator.market.credit_files import collateral_files
from simulator.market.merchant_files import merchant_files
from simulator.market.messages import EVERYBODY, all_messages
from simulator.market.migration_files import migration_files
from simulator.market.secondary_offers import offers
from simulator.market.world import World
from simulator.publish.download import DownloadType, FileFormat, Rows, file_name, render
from simulator.rules.access import effective_rights, process_owners
from simulator.rules.lineage import LifeEvent
from simulator.rules.secondary import SECONDARY_MARKET
from simulator.store import Transaction, books, special_tables
from simulator.timeline.hours import iso_utc

Files = Iterator[tuple[str, bytes]]
PUBLIC, PRIVATE = "published", "private"
LIFE = ("Date", "Event", "CRRID", "AssetOwner", "MW", "MarketName", "ParentCRRID", "Note")


def existing_crrs(tx: Transaction, world: World) -> Files:
    """Who holds what: all of it for everybody, and each holder's own by where it came from."""
    public = DownloadType.PUBLIC_EXISTING_CRR
    yield _download(PUBLIC, public, downloads.existing_crrs(tx))
    for owner in sorted({crr.owner for crr in books.crrs(tx)}):
        for kind, rows in downloads.own_crrs(tx, world, owner).items():
            yield _download(f"{PRIVATE}/{owner}", kind, rows, owner)


def special_files(tx: Transaction, world: World) -> Files:
    """Lives of CRRs, messages, rights, loads, migrated load, conversions, trades, facilities."""
    yield from _lives(tx)
    yield from _messages(tx)
    yield from _access(tx, world)
    yield from _loads(tx)
    yield from migration_files(tx, world, PUBLIC, PRIVATE)
    yield from collateral_files(tx, PRIVATE)
    yield from _conversions(tx)
    yield from _trades(tx)
    yield from merchant_files(tx, PUBLIC)


def _lives(tx: Transaction) -> Files:
    """The CRRs that each holder has or had, with all that they came from, one story each.

    What somebody else paid or was paid in a trade stays between the parties.
    """
    events = inventory.life_events(tx)
    by_crr: dict[str, list[LifeEvent]] = {}
    by_owner: dict[str, dict[str, None]] = {}
    for event in events:
        by_crr.setdefault(event.crr_id, []).append(event)
        by_owner.setdefault(event.owner, {})[event.crr_id] = None
    for owner, own in sorted(by_owner.items()):
        family: dict[str, None] = {}
        for crr_id in own:
            parent = crr_id
            while parent and parent not in family:
                family[parent] = None
                parent = by_crr[parent][0].parent_crr_id
        told = sorted((e for e in events if e.crr_id in family), key=lambda event: event.day)
        rows = [
            (
                event.day.isoformat(), event.kind.value, event.crr_id, event.owner, event.mw,
                event.market, event.parent_crr_id,
                event.note if owner == event.owner or event.market != SECONDARY_MARKET else "",
            )
            for event in told
        ]  # fmt: skip
        yield _csv(f"{PRIVATE}/{owner}/CRR_LINEAGE_{owner}.csv", LIFE, rows)


def _messages(tx: Transaction) -> Files:
    header = ("SentTime", "Sender", "Message")
    by_audience: dict[str, list[tuple[str, str, str]]] = {}
    files: dict[str, bytes] = {}  # a later one of the same name replaces an earlier one
    for item in all_messages(tx):
        row = (iso_utc(item.sent_at), item.sender, item.text)
        by_audience.setdefault(item.recipient, []).append(row)
        if item.attachment:
            place = f"{PRIVATE}/{item.recipient}" if item.recipient else PUBLIC
            files[f"{place}/{item.attachment_name}"] = item.attachment
    for audience, rows in sorted(by_audience.items()):
        if audience == EVERYBODY:
            yield _csv(f"{PUBLIC}/PUBLIC_MESSAGES.csv", header, rows)
        else:
            yield _csv(f"{PRIVATE}/{audience}/PRIVATE_MESSAGES_{audience}.csv", header, rows)
    yield from files.items()


def _access(tx: Transaction, world: World) -> Files:
    """Process ownership for everybody; for each participant a page of who may what for it."""
    grants = access.grants(tx)
    if not grants:
        return
    owners = process_owners(world.participants.values())
    rows: list[Sequence[object]] = [
        (service.value, name) for service, names in sorted(owners.items()) for name in names
    ]
    yield _csv(f"{PUBLIC}/PROCESS_OWNERSHIP.csv", ("Service", "Participant"), rows)
    header = ("User", "Organisation", "Participant", "Service", "Access")
    every = [right for user in access.users(tx) for right in effective_rights(user, grants)]
    for name in sorted(world.participants):
        rows = [
            (right.user, right.organisation, right.participant, right.service, right.access)
            for right in every
            if name in (right.user, right.participant)
        ]
        yield _csv(f"{PRIVATE}/{name}/EFFECTIVE_RIGHTS_{name}.csv", header, rows)


def _loads(tx: Transaction) -> Files:
    header = (
        "LoadSubmissionWindowName", "PeriodName", "SinkName", "TOU", "MaxMW", "Exceedance",
        "Status",
    )  # fmt: skip
    by_owner: dict[str, list[Sequence[object]]] = {}
    states = {
        (row["window"], row["owner"], row["period"]): row["status"]
        for row in tx.rows(special_tables.load_submission)
    }
    for row in tx.rows(special_tables.load_exceedance):
        key = (row["window"], row["owner"], row["period"])
        by_owner.setdefault(row["owner"], []).append(
            (
                row["window"], row["period"], row["sink"], row["tou"], row["max_mw"],
                row["exceedance_mw"], states[key],
            )
        )  # fmt: skip
    for owner, rows in sorted(by_owner.items()):
        yield _csv(f"{PRIVATE}/{owner}/LOAD_EXCEEDANCE_{owner}.csv", header, rows)


def _conversions(tx: Transaction) -> Files:
    header = (
        "RecordID", "TORHolder", "TransfereeAO", "Source", "Sink", "TOU", "HedgeType",
        "StartDate", "EndDate", "MW", "Modeled", "Status", "CRRID",
    )  # fmt: skip
    found = tor.records(tx)
    parties = {item.holder for item in found} | {item.request.transferee for item in found}
    for owner in sorted(parties):
        rows = [
            (
                item.record_id, item.holder, item.request.transferee, item.request.source,
                item.request.sink, item.tou, item.hedge, item.request.start.isoformat(),
                item.request.end.isoformat(), item.request.mw,
                "Y" if item.request.modeled else "N", item.status, item.crr_id,
            )
            for item in found
            if owner in (item.holder, item.request.transferee)
        ]  # fmt: skip
        yield _csv(f"{PRIVATE}/{owner}/TOR_CONVERSION_{owner}.csv", header, rows)


def _trades(tx: Transaction) -> Files:
    header = (
        "RequestID", "OfferType", "AssetOwner", "TargetMP", "CRRID", "Source", "Sink", "TOU",
        "StartDate", "EndDate", "MW", "Price", "Status", "Message",
    )  # fmt: skip
    found = offers(tx)
    parties = {item.owner for item in found} | {item.counterparty for item in found}
    for owner in sorted(parties - {""}):
        rows = [
            (
                item.request_id, item.side, item.owner, item.counterparty, item.crr_id,
                item.source, item.sink, item.tou, item.start.isoformat(), item.end.isoformat(),
                item.mw, f"{item.price_usd_per_mw:.2f}", item.status, item.message,
            )
            for item in found
            if owner in (item.owner, item.counterparty)
        ]  # fmt: skip
        yield _csv(f"{PRIVATE}/{owner}/SECONDARY_MARKET_{owner}.csv", header, rows)


def _download(
    folder: str, kind: DownloadType, rows: Rows, participant: str = ""
) -> tuple[str, bytes]:
    name = file_name("", kind, FileFormat.CSV, participant)
    return f"{folder}/{name}", render(kind, rows, FileFormat.CSV).encode()


def _csv(path: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> tuple[str, bytes]:
    return path, csv_text(header, rows).encode()
