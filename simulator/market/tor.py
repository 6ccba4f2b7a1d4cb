"""TOR conversion: a holder asks, a transferee decides, posting makes the CRRs (rulebook 7.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain import Hedge, Product, Tou, refuse_if_any
from simulator.market import inventory, processes
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.plain import acting_for, understood
from simulator.market.world import World
from simulator.participants.layer import Right
from simulator.rules import inventory as changes
from simulator.rules import tor
from simulator.rules.fragments import held_throughout
from simulator.rules.lineage import descendants
from simulator.rules.tor import ConversionRecord, ConversionRequest, ConversionStatus, WindowStatus
from simulator.store import Transaction, special_tables
from simulator.timeline.process import ProcessKind, ProcessSpec

KIND, TOR = ProcessKind.TOR_CONVERSION, "TOR"
RECORD = "conversion record"


def paths(world: World, spec: ProcessSpec) -> tuple[tor.TorPath, ...]:
    """What may be converted in a window: each ownership right on its days of the season."""
    (period,) = spec.periods
    return tuple(
        tor.TorPath(
            right.right_id, right.holder, right.source, right.sink, period.start,
            min(period.end, right.end or period.end), right.mw,
        )
        for right in world.rights_in(period)
        if right.right_type == TOR
    )  # fmt: skip


def request(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A holder's upload: taken whole, or refused with every row's faults."""
    given = command.arguments
    with understood(command):
        window, holder = str(given["window"]), str(given["holder"])
        requests = tuple(
            ConversionRequest(
                source, sink, date.fromisoformat(start), date.fromisoformat(end), Decimal(mw),
                transferee, modeled == "Y",
            )
            for source, sink, start, end, mw, transferee, modeled in given["requests"]
        )  # fmt: skip
    refuse_if_any(acting_for(command, holder))
    spec = processes.spec_of(world, window, KIND)
    made = tor.request_conversion(
        requests,
        _status(tx, spec),
        holder,
        () if spec is None else paths(world, spec),
        tuple(world.participants),
        records(tx),
        inventory.numbers(tx, RECORD),
        inventory.local_day(world, command.at),
    )
    _insert(tx, window, made)
    for transferee in sorted({record.request.transferee for record in made}):
        send(tx, command.at, f"{holder} offers you a conversion in {window}", transferee)
    return {"window": window, "status": "VALID", "records": [item.record_id for item in made]}


def decide(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A transferee approves or rejects records."""
    given = command.arguments
    with understood(command):
        window, owner = str(given["window"]), str(given["owner"])
        words = {"APPROVED": True, "DISAPPROVED": False}
        decisions = {str(number): words[word] for number, word in given["decisions"]}
    refuse_if_any(acting_for(command, owner))
    spec = processes.spec_of(world, window, KIND)
    before = records(tx, window)
    after = tor.decide(before, decisions, owner, _status(tx, spec))
    _update(tx, window, before, after)
    return {"window": window, "status": "VALID", "decided": len(decisions)}


def post_window(tx: Transaction, world: World, spec: ProcessSpec, at: int) -> dict[str, Any]:
    """Approved records become CRRs of their transferees; the rest is disapproved."""
    before = records(tx, spec.name)
    ids = inventory.numbers(tx, inventory.CRR)
    after, crrs = tor.post(before, WindowStatus.CLOSED_FOR_APPROVAL, ids)
    _update(tx, spec.name, before, after)
    inventory.carry_out(tx, changes.created(crrs, inventory.local_day(world, at)), at)
    for owner in sorted({crr.owner for crr in crrs}):
        send(tx, at, f"{spec.name} made CRRs of yours", owner)
    return {"records": len(after), "crrs": len(crrs)}


def records(tx: Transaction, window: str = "") -> tuple[ConversionRecord, ...]:
    """The records of a window, or of all."""
    where = {"window": window} if window else {}
    return tuple(
        ConversionRecord(
            str(row["record_id"]),
            row["holder"],
            ConversionRequest(
                row["source"], row["sink"], row["start"], row["end"], row["mw"],
                row["transferee"], bool(row["modeled"]),
            ),
            Tou(row["tou"]),
            Hedge(row["hedge"]),
            ConversionStatus(row["status"]),
            row["crr_id"],
        )
        for row in tx.rows(special_tables.conversion_record, **where)
    )  # fmt: skip


def left_of(tx: Transaction, right: Right, product: Product) -> Decimal:
    """MW of a right that load a product's model: what was converted for it is off (7.3)."""
    path = (right.holder, right.source, right.sink)
    gone = held_throughout(
        (
            record.request
            for record in records(tx)
            if record.crr_id
            and record.tou == product.tou
            and (record.holder, record.request.source, record.request.sink) == path
        ),
        product.period,
    )
    return right.mw - sum((item.mw for item in gone), Decimal(0))


def not_modeled(tx: Transaction) -> frozenset[str]:
    """Converted CRRs that are no fixed injection of any model, and all that was cut from them."""
    apart = [item.crr_id for item in records(tx) if item.crr_id and not item.request.modeled]
    events = inventory.life_events(tx) if apart else ()
    return frozenset(name for crr_id in apart for name in descendants(crr_id, events))


def _status(tx: Transaction, spec: ProcessSpec | None) -> WindowStatus | None:
    return None if spec is None else WindowStatus(processes.status(tx, spec))


def _insert(tx: Transaction, window: str, made: Iterable[ConversionRecord]) -> None:
    tx.insert(
        special_tables.conversion_record,
        (
            {
                "window": window,
                "record_id": int(item.record_id),
                "holder": item.holder,
                "source": item.request.source,
                "sink": item.request.sink,
                "start": item.request.start,
                "end": item.request.end,
                "mw": item.request.mw,
                "transferee": item.request.transferee,
                "modeled": int(item.request.modeled),
                "tou": item.tou.value,
                "hedge": item.hedge.value,
                "status": item.status.value,
                "crr_id": item.crr_id,
            }
            for item in made
        ),
    )


def _update(
    tx: Transaction,
    window: str,
    before: Iterable[ConversionRecord],
    after: Iterable[ConversionRecord],
) -> None:
    for old, new in zip(before, after, strict=True):
        if old != new:
            key = {"window": window, "record_id": int(new.record_id)}
            values = {"status": new.status.value, "crr_id": new.crr_id}
            tx.update(special_tables.conversion_record, key, values)
