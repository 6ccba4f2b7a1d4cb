"""Load submissions: hourly load in, checked as a whole, kept until the window closes (2.1, 2.5)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain import MarketTerm, Period, Tou, refuse_if_any
from simulator.market import processes
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.plain import acting_for, understood
from simulator.market.reference_load import (
    metered_exceedance_mw,
    reference_findings,
    reference_mw,
    replace_reference,
)
from simulator.market.world import World
from simulator.rules.figure import Figure, figure_from, mw_figure
from simulator.rules.load import LoadRecord, LoadType
from simulator.rules.load_window import (
    LoadBasis,
    LoadSubmission,
    LoadWindow,
    SubmissionStatus,
    recheck,
)
from simulator.rules.load_window import submit_load as checked
from simulator.store import Transaction, special_tables
from simulator.store.canonical import canonical_json
from simulator.timeline.process import ProcessKind, ProcessSpec

KINDS = (ProcessKind.HISTORICAL_LOAD, ProcessKind.FORECAST_LOAD)
METERED_SUBSYSTEM = "MLAP"  # the kind of location at which a metered subsystem takes load
DayRows = list[list[Any]]


def day_rows(records: Iterable[LoadRecord]) -> DayRows:
    """Hourly records as plain rows [sink, load type, day, [MW by hour ending from 1 on]].

    An hour that is not there is null; one that is there twice makes a second row of its day.
    """
    rows: DayRows = []
    found: dict[tuple[str, str, str], list[list[Any]]] = {}
    for record in records:
        key = (record.sink, record.load_type.value, record.day.isoformat())
        of_day = found.setdefault(key, [])
        place = record.hour_ending - 1
        row = next((hours for hours in of_day if place >= len(hours) or hours[place] is None), None)
        if row is None:
            row = []
            of_day.append(row)
            rows.append([*key, row])
        row.extend([None] * (place + 1 - len(row)))
        row[place] = str(record.mw)
    return rows


def records_of(rows: Iterable[Any]) -> tuple[LoadRecord, ...]:
    """The same the other way round; ValueError where a row cannot be read."""
    return tuple(
        LoadRecord(sink, day, hour_ending, load_type, Decimal(mw))
        for sink, load_type, day, hourly in (
            (row[0], LoadType(row[1]), date.fromisoformat(row[2]), row[3]) for row in rows
        )
        for hour_ending, mw in enumerate(hourly, start=1)
        if mw is not None
    )


def submit_load(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Store what an asset owner sends for one period; all faults of all sinks in one refusal."""
    given = command.arguments
    with understood(command):
        records = records_of(given["records"])
        submission = LoadSubmission(given["window"], given["period"], given["owner"], records)
    refuse_if_any(acting_for(command, submission.owner))
    spec = processes.spec_of(world, submission.window, *KINDS)
    window = None if spec is None else _window(tx, spec)
    reference, metered = {}, {}
    others: tuple[LoadSubmission, ...] = ()
    if window is not None and window.basis == LoadBasis.FORECAST:
        reference = reference_mw(tx, world, window.periods[0])
        stored = submissions(tx, submission.window, submission.period)
        others = tuple(other for other in stored if other.owner != submission.owner)
    elif window is not None and served_sinks(world, submission.owner):
        period = next((each for each in window.periods if each.name == submission.period), None)
        metered = {} if period is None else metered_exceedance_mw(world, submission.owner, period)
    valid = checked(
        submission,
        window,
        served_sinks(world, submission.owner),
        _is_metered_subsystem(world, submission.owner),
        others,
        reference,
        metered,
        world.settings.eligibility,
        world.settings.calendar,
    )
    _store(tx, valid, given["records"], command.at)
    key = {"window": valid.window, "owner": valid.owner, "period": valid.period}
    tx.insert(
        special_tables.load_exceedance,
        (
            {
                **key,
                "sink": item.sink,
                "tou": item.tou.value,
                "max_mw": item.max_mw.value,
                "exceedance_mw": item.exceedance.value,
                "how": canonical_json(item.exceedance.as_dict()),
            }
            for item in valid.metrics
        ),
    )
    return {
        **key,
        "status": valid.status.value,
        "hours": len(records),
        "sinks": len(valid.metrics) // 2,
    }


def set_reference_load(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator changes the reference forecast; stored forecasts are checked again (2.5)."""
    given = command.arguments
    with understood(command):
        period, sink = Period.parse(given["period"]), str(given["sink"])
        days = [
            (date.fromisoformat(day), [Decimal(mw) for mw in row]) for day, row in given["days"]
        ]
    spec = processes.serving(world, ProcessKind.FORECAST_LOAD, period)
    if spec is None:
        raise processes.unknown(period.name)
    refuse_if_any(reference_findings(world, period, sink, days))
    replace_reference(tx, period, sink, days)
    before = submissions(tx, spec.name, period.name)
    after = recheck(before, reference_mw(tx, world, period), world.settings.eligibility)
    for old, new in zip(before, after, strict=True):
        if (old.status, old.messages) == (new.status, new.messages):
            continue
        key = {"window": new.window, "owner": new.owner, "period": new.period}
        values = {"status": new.status.value, "messages": canonical_json(list(new.messages))}
        tx.update(special_tables.load_submission, key, values)
        send(tx, command.at, f"load of {new.period} is {new.status.value}", new.owner)
    errors = sum(item.status == SubmissionStatus.ERROR for item in after)
    return {"window": spec.name, "checked": len(after), "errors": errors}


def submitted_metric(
    tx: Transaction, spec: ProcessSpec, period: Period, owner: str, sink: str, tou: Tou
) -> Figure:
    """The load metric out of a valid submission; 0 MW where there is none (rulebook 2.2)."""
    key = {"window": spec.name, "owner": owner, "period": period.name}
    stored = tx.one(special_tables.load_submission, **key)
    row = tx.one(special_tables.load_exceedance, **key, sink=sink, tou=tou.value)
    if stored is None or row is None or stored["status"] != SubmissionStatus.VALID.value:
        state = "none" if stored is None or row is None else "in error"
        formula = f"load submitted to {spec.name} for {period.name}: {state}"
        return mw_figure("load metric", Decimal(0), formula, (), "2.5")
    return figure_from(json.loads(row["how"]))


def submissions(tx: Transaction, window: str, period: str) -> tuple[LoadSubmission, ...]:
    """What is on file for one period of a window, by owner."""
    return tuple(
        LoadSubmission(
            window,
            period,
            row["owner"],
            records_of(json.loads(row["records"])),
            SubmissionStatus(row["status"]),
            tuple(json.loads(row["messages"])),
        )
        for row in tx.rows(special_tables.load_submission, window=window, period=period)
    )


def _store(tx: Transaction, valid: LoadSubmission, rows: Any, at: int) -> None:
    key = {"window": valid.window, "owner": valid.owner, "period": valid.period}
    tx.delete(special_tables.load_submission, key)
    tx.delete(special_tables.load_exceedance, key)
    kept = {"records": canonical_json(rows), "status": valid.status.value, "messages": "[]"}
    tx.insert(special_tables.load_submission, [{**key, "submitted_at": at, **kept}])


def _window(tx: Transaction, spec: ProcessSpec) -> LoadWindow:
    historical = spec.kind == ProcessKind.HISTORICAL_LOAD
    return LoadWindow(
        spec.name,
        LoadBasis.HISTORICAL if historical else LoadBasis.FORECAST,
        MarketTerm.ANNUAL if historical else MarketTerm.MONTHLY,
        spec.periods,
        processes.status(tx, spec) == "OPEN",
    )


def served_sinks(world: World, owner: str) -> tuple[str, ...]:
    """Where a participant serves load; nowhere for who serves none."""
    participant = world.participants.get(owner)
    return participant.sinks if participant else ()


def _is_metered_subsystem(world: World, owner: str) -> bool:
    places: Mapping[str, Any] = world.folder.layer.places
    kinds = (places[sink].kind for sink in served_sinks(world, owner) if sink in places)
    return METERED_SUBSYSTEM in kinds
