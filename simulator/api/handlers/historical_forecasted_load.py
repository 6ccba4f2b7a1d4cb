"""Historical and forecast load (wire contract 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.moments import first_second, last_second, local_day, moment, scheduled
from simulator.api.router import handles
from simulator.api.types import historical_forecasted_load as wire
from simulator.domain import Finding, Period, Refused
from simulator.market import processes
from simulator.market.load import KINDS, day_rows, served_sinks, submissions
from simulator.market.world import World
from simulator.rules.load import LoadRecord, LoadType
from simulator.rules.load_window import LoadSubmission
from simulator.store import Transaction, special_tables
from simulator.store.canonical import canonical_json
from simulator.timeline.hours import hours_of_period
from simulator.timeline.process import ProcessKind, ProcessSpec

HISTORICAL, FORECAST = KINDS
OPEN, CLOSED = "OPEN", "CLOSED"


@handles("historical_forecasted_load", "getLoadSubmissionWindowStatus")
async def get_load_submission_window_status(call: Call) -> wire.LoadSubmissionWindow:
    """One window with its periods."""

    def read(tx: Transaction, world: World) -> wire.LoadSubmissionWindow:
        return _window(tx, world, _known(world, call.query["loadSubmissionWindowName"]))

    return await call.read(read)


@handles("historical_forecasted_load", "getOpenHistoricalLoadSubmissionWindowList")
async def get_open_historical(call: Call) -> list[wire.LoadSubmissionWindow]:
    """Windows that take historical load now."""
    return await _windows(call, HISTORICAL, OPEN)


@handles("historical_forecasted_load", "getOpenForecastLoadSubmissionWindowList")
async def get_open_forecast(call: Call) -> list[wire.LoadSubmissionWindow]:
    """Windows that take forecast load now."""
    return await _windows(call, FORECAST, OPEN)


@handles("historical_forecasted_load", "getClosedHistLoadSubmissionWindowList")
async def get_closed_historical(call: Call) -> list[wire.LoadSubmissionWindow]:
    """Windows of historical load that take none now, also those still to open."""
    return await _windows(call, HISTORICAL, CLOSED)


@handles("historical_forecasted_load", "getClosedForecastLoadSubmissionWindowList")
async def get_closed_forecast(call: Call) -> list[wire.LoadSubmissionWindow]:
    """Windows of forecast load that take none now, also those still to open."""
    return await _windows(call, FORECAST, CLOSED)


@handles("historical_forecasted_load", "getLoadData")
async def get_load_data(call: Call) -> list[wire.LoadDataResponseSet]:
    """What the participant has on file for a period: one set, or none."""

    def read(tx: Transaction, world: World) -> list[wire.LoadDataResponseSet]:
        spec, period = _asked(call, world)
        own = [
            found
            for found in submissions(tx, spec.name, period.name)
            if found.owner == call.participant
        ]
        return [_data(tx, world, spec, period, found) for found in own]

    return await call.read(read)


@handles("historical_forecasted_load", "getLoadExceedanceValues")
async def get_load_exceedance_values(call: Call) -> list[wire.LoadExceedanceSet]:
    """What was calculated from the participant's load: one set, or none."""

    def read(tx: Transaction, world: World) -> list[wire.LoadExceedanceSet]:
        spec, period = _asked(call, world)
        key = {"window": spec.name, "owner": call.participant, "period": period.name}
        stored = tx.one(special_tables.load_submission, **key)
        if stored is None:
            return []
        values = [
            wire.LoadExceedance(
                sinkName=row["sink"],
                maxMW=plain(row["max_mw"]),
                exceedance=plain(row["exceedance_mw"]),
                timeOfUse=row["tou"],
            )
            for row in tx.rows(special_tables.load_exceedance, **key)
        ]
        return [
            wire.LoadExceedanceSet(
                loadExceedance=values, lastCalculation=moment(stored["submitted_at"])
            )
        ]

    return await call.read(read)


@handles("historical_forecasted_load", "postLoadSubmission")
async def post_load_submission(call: Call) -> wire.LoadSubmissionStatus:
    """Replace what the asset owner has on file for a period; all of it, or nothing."""
    body: wire.LoadDataSet = call.body
    call = await call.acting_for(body.assetOwner)
    world = call.door.room.world
    _flag_checked(world, body.loadSubmissionWindowName, body.histForecastFlag)
    day = _days(world)
    records = [
        LoadRecord(
            row.sinkName,
            day(row.effectiveDate),
            row.hourEnding,
            LoadType(row.dataType),
            plain(row.mw),
        )
        for row in body.hourlyLoad
    ]
    arguments = {
        "window": body.loadSubmissionWindowName,
        "period": body.periodName,
        "owner": body.assetOwner,
        "records": day_rows(records),
    }
    answer = await call.command("submit_load", arguments)
    return wire.LoadSubmissionStatus(status=answer["status"], submissionTime=moment(call.now))


async def _windows(call: Call, kind: ProcessKind, status: str) -> list[wire.LoadSubmissionWindow]:
    """Only who serves load is concerned by any."""

    def read(tx: Transaction, world: World) -> list[wire.LoadSubmissionWindow]:
        if not served_sinks(world, call.participant):
            return []
        return [
            _window(tx, world, spec)
            for spec in processes.of_kind(world, kind)
            if processes.status(tx, spec) == status
        ]

    return await call.read(read)


def _window(tx: Transaction, world: World, spec: ProcessSpec) -> wire.LoadSubmissionWindow:
    calendar = world.settings.calendar
    return wire.LoadSubmissionWindow(
        name=spec.name,
        histForecastFlag=_flag(spec),
        term="ANNUAL" if spec.kind is HISTORICAL else "MONTHLY",
        submissionWindow=wire.SubmissionWindow(
            openDate=scheduled(world, spec, OPEN), closeDate=scheduled(world, spec, CLOSED)
        ),
        periods=[
            wire.Period(
                name=period.name,
                startDate=first_second(period.start, calendar),
                endDate=last_second(period.end, calendar),
            )
            for period in spec.periods
        ],
        windowStatus="OPEN" if processes.status(tx, spec) == OPEN else "CLOSED",
    )


def _data(
    tx: Transaction, world: World, spec: ProcessSpec, period: Period, found: LoadSubmission
) -> wire.LoadDataResponseSet:
    calendar = world.settings.calendar
    tou = {
        (hour.day, hour.hour_ending): hour.tou for hour in hours_of_period(period, None, calendar)
    }
    midnight = cache(lambda day: first_second(day, calendar))
    key = {"window": found.window, "owner": found.owner, "period": found.period}
    stored = tx.one(special_tables.load_submission, **key)
    assert stored is not None
    return wire.LoadDataResponseSet(
        histForecastFlag=_flag(spec),
        assetOwner=found.owner,
        loadSubmissionWindowName=found.window,
        periodName=found.period,
        hourlyLoad=[
            wire.HourlyLoadResponseRecord(
                sinkName=record.sink,
                effectiveDate=midnight(record.day),
                hourEnding=record.hour_ending,
                dataType=record.load_type.value,
                mw=plain(record.mw),
                timeOfUse=tou[record.day, record.hour_ending].value,
            )
            for record in found.records
        ],
        loadSubmissionStatus=wire.LoadSubmissionStatus(
            status=found.status.value,
            submissionTime=moment(stored["submitted_at"]),
            errorMessages=canonical_json(list(found.messages)) if found.messages else UNSET,
        ),
    )


def _asked(call: Call, world: World) -> tuple[ProcessSpec, Period]:
    """The window and the period that a reading is about; Refused when there is no such thing."""
    spec, name = _known(world, call.query["loadSubmissionWindowName"]), call.query["periodName"]
    for period in spec.periods:
        if period.name == name:
            if not served_sinks(world, call.participant):
                raise Refused([_not_eligible(call.participant, spec.name, name)])
            return spec, period
    allowed = ", ".join(period.name for period in spec.periods)
    raise Refused(
        [_finding("LHFV0031", f"period {name} is not of {spec.name}", "periodName", name, allowed)]
    )


def _known(world: World, name: str) -> ProcessSpec:
    spec = processes.spec_of(world, name, *KINDS)
    if spec is None:
        raise Refused([_unknown(world, name)])
    return spec


def _flag_checked(world: World, name: str, flag: str) -> None:
    """An unknown window is the market's to refuse, with all else that is wrong."""
    spec = processes.spec_of(world, name, *KINDS)
    if spec is not None and _flag(spec) != flag:
        message = f"submission window {name} is invalid for this kind of load"
        raise Refused([_finding("LHFV0030", message, "histForecastFlag", flag, _flag(spec))])


def _flag(spec: ProcessSpec) -> wire.historicalforecastedloadFlag:
    return "H" if spec.kind is HISTORICAL else "F"


def _days(world: World) -> Callable[[datetime], date]:
    """Local dates of moments; an upload has the same few thousands of times."""
    calendar = world.settings.calendar
    return cache(lambda at: local_day(at, calendar))


def _unknown(world: World, name: str) -> Finding:
    allowed = ", ".join(spec.name for spec in processes.of_kind(world, *KINDS))
    message = f"submission window {name} is invalid"
    return _finding("LHFV0030", message, "loadSubmissionWindowName", name, allowed)


def _not_eligible(participant: str, window: str, period: str) -> Finding:
    message = f"not eligible for window {window} and period {period}"
    allowed = "a participant that serves load"
    return _finding("LHFV0033", message, "participantName", participant, allowed)


def _finding(code: str, message: str, where: str, found: str, allowed: str) -> Finding:
    remedy = "take window and period from the list of open or closed windows"
    return Finding(code, message, where, found, allowed, remedy, "wire contract 8")
