"""Conversions of ownership rights between the wire and the market (wire contract 11)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, structs

from simulator.api.codec import plain
from simulator.api.errors import RECORD
from simulator.api.moments import day_after, first_day, first_second, last_second, scheduled
from simulator.api.types import tor_conversion as wire
from simulator.domain import Finding
from simulator.market import processes
from simulator.market.world import World
from simulator.rules.tor import ConversionRecord, WindowStatus, request_status
from simulator.store import Transaction
from simulator.timeline.hours import iso_utc
from simulator.timeline.process import ProcessSpec

APPROVAL_WINDOW = "ConversionApprovalWindow"
PLACE = re.compile(r"conversionRequests\[(\d+)\]")

Window = wire.TorConversionWindow | dict[str, Any]


def shown_window(tx: Transaction, world: World, spec: ProcessSpec) -> Window:
    """A window, with the property's spelling that the setting says (wire contract 11)."""
    calendar = world.settings.calendar
    (period,) = spec.periods
    shown = wire.TorConversionWindow(
        name=spec.name,
        period=wire.Period(
            name=period.name,
            startDate=first_second(period.start, calendar),
            endDate=last_second(period.end, calendar),
        ),
        conversionSubmissionWindow=_between(
            world, spec, WindowStatus.OPEN_FOR_CONVERSION, WindowStatus.CLOSED_FOR_CONVERSION
        ),
        ConversionApprovalWindow=_between(
            world, spec, WindowStatus.OPEN_FOR_APPROVAL, WindowStatus.CLOSED_FOR_APPROVAL
        ),
        status=WindowStatus(processes.status(tx, spec)).value,
    )
    name = world.settings.wire.conversion_approval_window
    if name == APPROVAL_WINDOW:
        return shown
    return {
        name if key == APPROVAL_WINDOW else key: value
        for key, value in structs.asdict(shown).items()
    }


def _between(
    world: World, spec: ProcessSpec, opened: WindowStatus, closed: WindowStatus
) -> wire.SubmissionWindow:
    return wire.SubmissionWindow(
        openDate=scheduled(world, spec, opened), closeDate=scheduled(world, spec, closed)
    )


def asked(
    rows: Sequence[wire.ConversionRequest], world: World
) -> tuple[list[list[str]], list[Finding]]:
    """The rows as the market takes them, and what is wrong with their dates."""
    calendar = world.settings.calendar
    given: list[list[str]] = []
    findings: list[Finding] = []
    for number, row in enumerate(rows, start=1):
        start, end = first_day(row.startDate, calendar), day_after(row.endDate, calendar)
        where = f"conversionRequests[{number}]"
        if start is None:
            findings.append(_no_day(f"{where}.startDate", "begins", "a local midnight"))
        if end is None:
            findings.append(_no_day(f"{where}.endDate", "ends", "the last second of a local day"))
        given.append(
            [
                row.source, row.sink, str(start), str(end), str(plain(row.mw)), row.transfereeAO,
                row.modeled,
            ]
        )  # fmt: skip
    return given, findings


def shown_request(
    world: World, pair: tuple[ConversionRecord, ConversionRecord]
) -> wire.ConversionRequestWithStatus:
    """One request: its records are one for each time of use."""
    calendar, request = world.settings.calendar, pair[0].request
    return wire.ConversionRequestWithStatus(
        id=int(pair[0].record_id),
        source=request.source,
        sink=request.sink,
        startDate=first_second(request.start, calendar),
        endDate=last_second(request.end, calendar),
        mw=plain(request.mw),
        transfereeAO=request.transferee,
        requestStatus=request_status(pair).value,
        modeled="Y" if request.modeled else "N",
    )


def shown_approval(record: ConversionRecord) -> wire.ConversionApprovalRecord:
    """One record for its transferee."""
    request = record.request
    return wire.ConversionApprovalRecord(
        conversionApprovalId=int(record.record_id),
        mtTorCrrId=int(record.crr_id) if record.crr_id else UNSET,
        source=request.source,
        sink=request.sink,
        tou=record.tou.value,
        hedgeType=record.hedge.value,
        mw=plain(request.mw),
        approvalStatus=record.status.value,
    )


def told_request(row: wire.ConversionRequest) -> str:
    """A record in the order of the contract's example."""
    start, end = (iso_utc(int(at.timestamp())) for at in (row.startDate, row.endDate))
    said = (row.source, row.sink, plain(row.mw), start, end, row.transfereeAO, row.modeled)
    return ", ".join(map(str, said))


def told_approval(row: wire.ConversionApprovalRecord) -> str:
    """A decision in the order of its properties."""
    said = (
        row.conversionApprovalId, row.source, row.sink, row.tou, row.hedgeType, plain(row.mw),
        row.approvalStatus,
    )  # fmt: skip
    return ", ".join(map(str, said))


def row_of(fault: Finding, told: Sequence[str]) -> str:
    """The record that a fault is about; what it is about otherwise."""
    place = PLACE.match(fault.where)
    return told[int(place[1]) - 1] if place else fault.where


def why(fault: Finding) -> str:
    """What is wrong, and what would be right."""
    return f"{fault.message}; allowed: {fault.allowed}"


def _no_day(where: str, what: str, allowed: str) -> Finding:
    message = f"the conversion {what} within a day"
    return Finding(RECORD, message, where, "", allowed, rule="wire contract 1.3")
