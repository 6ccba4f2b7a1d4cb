"""Conversion of transmission ownership rights (wire contract 11).

An upload is taken whole, or answered with ERROR and a message for each of its records; a window
that is unknown or closed is a refusal of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.conversions import (
    Window,
    asked,
    row_of,
    shown_approval,
    shown_request,
    shown_window,
    told_approval,
    told_request,
    why,
)
from simulator.api.door import Reading
from simulator.api.errors import RECORD
from simulator.api.moments import first_second, last_second, moment
from simulator.api.router import handles
from simulator.api.types import tor_conversion as wire
from simulator.domain import Finding, Refused, refuse_if_any
from simulator.market import processes, tor
from simulator.market.tor import KIND
from simulator.market.world import World
from simulator.rules.tor import (
    ConversionRecord,
    ConversionStatus,
    WindowStatus,
    approval_findings,
    submission_findings,
)
from simulator.store import Transaction
from simulator.store.canonical import canonical_json
from simulator.timeline.process import ProcessSpec

T = TypeVar("T")


@handles("tor_conversion", "getNewConversionWindowForRequest")
async def get_active_windows(call: Call) -> list[Window]:
    """Windows whose results are not posted."""
    return await _windows(call, posted=False)


@handles("tor_conversion", "getNewConversionWindowForApproval")
async def get_posted_windows(call: Call) -> list[Window]:
    """Windows whose results are posted."""
    return await _windows(call, posted=True)


@handles("tor_conversion", "getTorConversionWindowStatus")
async def get_tor_conversion_window_status(call: Call) -> Window:
    """One window with its period, its dates and its state."""
    return await _of_window(call, shown_window)


@handles("tor_conversion", "getTorConversionWindowPaths")
async def get_tor_conversion_window_paths(call: Call) -> list[wire.TorConversionPath]:
    """The participant's own rights; each keeps its number among all."""

    def read(tx: Transaction, world: World, spec: ProcessSpec) -> list[wire.TorConversionPath]:
        calendar = world.settings.calendar
        return [
            wire.TorConversionPath(
                id=number,
                source=path.source,
                sink=path.sink,
                startDate=first_second(path.start, calendar),
                endDate=last_second(path.end, calendar),
                maxMw=plain(path.max_mw),
            )
            for number, path in enumerate(tor.paths(world, spec), start=1)
            if path.holder == call.participant
        ]

    return await _of_window(call, read)


@handles("tor_conversion", "getTorConversionRequestList")
async def get_tor_conversion_request_list(call: Call) -> list[wire.ConversionRequestWithStatus]:
    """What the participant asked for as a holder; one line for both times of use."""

    def read(
        tx: Transaction, world: World, spec: ProcessSpec
    ) -> list[wire.ConversionRequestWithStatus]:
        own = [item for item in tor.records(tx, spec.name) if item.holder == call.participant]
        return [shown_request(world, pair) for pair in zip(own[::2], own[1::2], strict=True)]

    return await _of_window(call, read)


@handles("tor_conversion", "getMtTorCRRList")
async def get_mt_tor_crr_list(call: Call) -> list[wire.ConversionApprovalRecord]:
    """What the participant decides, or decided, as a transferee."""

    def read(
        tx: Transaction, world: World, spec: ProcessSpec
    ) -> list[wire.ConversionApprovalRecord]:
        return [shown_approval(item) for item in _to_decide(tx, spec.name, call.participant)]

    return await _of_window(call, read)


@handles("tor_conversion", "postTorConversionRequest")
async def post_tor_conversion_request(call: Call) -> wire.ConversionRequestUploadResponse:
    """Requests of a holder, beside those that it sent before."""
    body: wire.NewTorConversionRequest = call.body
    call = await call.acting_for(body.torHolder)
    window, world = body.torConversionWindow, call.door.room.world
    refuse_if_any(await call.read(_standing(window, submission_findings)))
    rows, faults = asked(body.conversionRequests, world)
    arguments = {"window": window, "holder": body.torHolder, "requests": rows}
    if not faults:
        faults = await _faults(call, "request_tor_conversion", arguments)
    told = [told_request(row) for row in body.conversionRequests]
    return wire.ConversionRequestUploadResponse(
        status="ERROR" if faults else "VALID",
        timestamp=moment(call.now),
        errorMessages=canonical_json([f"{row_of(fault, told)} - {why(fault)}" for fault in faults]),
    )


@handles("tor_conversion", "postTorConversionApproval")
async def post_tor_conversion_approval(call: Call) -> wire.ConversionApprovalUploadResponse:
    """A transferee's decisions; a record that is PENDING_APPROVAL is left as it stands."""
    body: wire.MtTorCRRApproval = call.body
    call = await call.acting_for(body.assetOwner)
    window, records = body.torConversionWindow, body.conversionApprovalRecords
    refuse_if_any(await call.read(_standing(window, approval_findings)))
    decisions = [
        [str(row.conversionApprovalId), row.approvalStatus]
        for row in records
        if row.approvalStatus != ConversionStatus.PENDING_APPROVAL
    ]
    faults = await call.read(_misread(window, body.assetOwner, records))
    if not faults:
        arguments = {"window": window, "owner": body.assetOwner, "decisions": decisions}
        faults = await _faults(call, "decide_tor_conversion", arguments)
    told = {str(row.conversionApprovalId): told_approval(row) for row in records}
    return wire.ConversionApprovalUploadResponse(
        status="ERROR" if faults else "VALID",
        timestamp=moment(call.now),
        errorMessages=canonical_json(
            [f"{told.get(fault.found, fault.where)} - {fault.message}" for fault in faults]
        ),
    )


async def _windows(call: Call, posted: bool) -> list[Window]:
    def read(tx: Transaction, world: World) -> list[Window]:
        return [
            shown_window(tx, world, spec)
            for spec in processes.of_kind(world, KIND)
            if (processes.status(tx, spec) == WindowStatus.POSTED) is posted
        ]

    return await call.read(read)


async def _of_window(call: Call, reading: Callable[[Transaction, World, ProcessSpec], T]) -> T:
    """A reading about the window that the request names; TOR0016 when there is none."""
    name = call.query["torConversionWindow"]

    def read(tx: Transaction, world: World) -> T:
        spec = processes.spec_of(world, name, KIND)
        if spec is None:
            raise Refused([_unknown(world, name)])
        return reading(tx, world, spec)

    return await call.read(read)


def _standing(
    name: str, findings: Callable[[WindowStatus | None], list[Finding]]
) -> Reading[list[Finding]]:
    """A reading of what a window's state speaks against."""

    def read(tx: Transaction, world: World) -> list[Finding]:
        spec = processes.spec_of(world, name, KIND)
        return findings(None if spec is None else WindowStatus(processes.status(tx, spec)))

    return read


async def _faults(call: Call, kind: str, arguments: Mapping[str, Any]) -> list[Finding]:
    """What the market finds wrong with records of an upload; other refusals are refusals."""
    try:
        await call.command(kind, arguments)
    except Refused as refusal:
        if any(finding.code != RECORD for finding in refusal.findings):
            raise
        return list(refusal.findings)
    return []


def _to_decide(tx: Transaction, window: str, owner: str) -> list[ConversionRecord]:
    return [item for item in tor.records(tx, window) if item.request.transferee == owner]


def _misread(
    window: str, owner: str, rows: Sequence[wire.ConversionApprovalRecord]
) -> Reading[list[Finding]]:
    """A reading of what an upload says otherwise than the records, and what it says twice."""

    def read(tx: Transaction, world: World) -> list[Finding]:
        stored = {
            item.conversionApprovalId: item
            for item in map(shown_approval, _to_decide(tx, window, owner))
        }
        findings: list[Finding] = []
        seen: set[int] = set()
        for row in rows:
            number = row.conversionApprovalId
            if number in seen:
                findings.append(_record_fault(number, "the record is decided twice"))
            seen.add(number)
            known = stored.get(number)
            if known is None:
                findings.append(_record_fault(number, f"the record is not for {owner} to decide"))
                continue
            findings += [
                _record_fault(number, f"{name} is not that of the record")
                for name in ("source", "sink", "tou", "hedgeType", "mw")
                if getattr(row, name) != getattr(known, name)
            ]
        return findings

    return read


def _record_fault(number: int, message: str) -> Finding:
    return Finding(RECORD, message, "conversionApprovalId", str(number))


def _unknown(world: World, name: str) -> Finding:
    return Finding(
        "TOR0016",
        "the conversion window is unknown",
        where="torConversionWindow",
        found=name,
        allowed=", ".join(spec.name for spec in processes.of_kind(world, KIND)),
        remedy="take a name from the list of windows",
        rule="wire contract 11",
    )
