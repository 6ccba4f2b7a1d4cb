"""What people do in the special processes, as scripts: act, look at the answer, act again.

They decide from the seed and from what stood fast when their process opened, so that a run that
was cut off plays them again alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from simulator.domain import Period, Portfolio, Role, Tou, mw
from simulator.engine.agenda import Item
from simulator.engine.scripts import Act, Script
from simulator.engine.trades import trade_scripts
from simulator.market import load, migration, processes, tor, wheeling
from simulator.market.command import Command
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.participants import Person
from simulator.participants.load import forecast_load_kw, hourly_load_kw
from simulator.participants.migrate import customers_of, kw_per_customer, leaving
from simulator.participants.stream import stream
from simulator.rules.load import LoadRecord, LoadType
from simulator.rules.tor import TorPath
from simulator.timeline.hours import hours_of_period
from simulator.timeline.process import ProcessKind, ProcessSpec

KW_PER_MW = Decimal(1000)
WORKING_SECONDS = 6 * 3600  # people act within this time after a process opens
CORRECTION_SECONDS = 1800


Play = Callable[[MarketRoom, ProcessSpec], Iterator[Script]]


def scripts(room: MarketRoom, item: Item) -> Iterator[Script]:
    """The scripts that an item of the calendar sets off, in the order of the people."""
    if item.command.kind == "unstructured":
        yield from trade_scripts(room, item.command.at, item.key)
    if item.command.kind != "process":
        return
    spec = processes.spec_of(room.world, str(item.command.arguments["process"]))
    assert spec is not None
    play = _PLAYS.get((spec.kind, str(item.command.arguments["status"])))
    if play is not None:
        yield from play(room, spec)


def wheeling_payment(world: World, portfolio: Portfolio, at: int) -> Command | None:
    """What an entity outside the balancing area pays before it nominates; None for others."""
    owed = wheeling.due(world, portfolio.nominations).value
    if owed <= 0:
        return None
    key = f"{portfolio.market}/{portfolio.participant}/{portfolio.name}/prepay"
    arguments = {
        "market": portfolio.market, "owner": portfolio.participant, "amount_usd": str(owed)
    }  # fmt: skip
    return Command(key, "prepay_wheeling", portfolio.participant, at, arguments)


def _load(room: MarketRoom, spec: ProcessSpec) -> Iterator[Script]:
    for person in room.world.load_servers():
        yield _submit_load(room.world, spec, person)


def _submit_load(world: World, spec: ProcessSpec, person: Person) -> Script:
    """Every period of the window; a careless person first forgets the last hour."""
    name = person.participant_id
    rng = stream(world.seed, name, f"{spec.name} load")
    offset = int(WORKING_SECONDS * rng.uniform(0.05, 0.9))
    careless = rng.random() < world.settings.population.careless_share
    for period in spec.periods:
        key = f"{spec.name}/{name}/{period.name}"
        if careless:
            forgetful = partial(_hourly_load, world, spec, person, period, 1)
            yield Act(offset, f"{key}/first", "submit_load", name, forgetful)
            offset += CORRECTION_SECONDS
        whole = partial(_hourly_load, world, spec, person, period)
        yield Act(offset, key, "submit_load", name, whole)


def _hourly_load(
    world: World, spec: ProcessSpec, person: Person, period: Period, forgotten: int = 0
) -> dict[str, Any]:
    hours = hours_of_period(period, None, world.settings.calendar)
    layer, curve = world.folder.layer, world.folder.load_curve
    made = forecast_load_kw if spec.kind == ProcessKind.FORECAST_LOAD else hourly_load_kw
    records = [
        LoadRecord(
            sink, hour.day, hour.hour_ending, LoadType.FINAL_LOAD, Decimal(int(kw)) / KW_PER_MW
        )
        for sink in person.participant.sinks
        for hour, kw in zip(hours, made(person, layer, curve, hours, world.seed, sink), strict=True)
    ]
    rows = load.day_rows(records[: len(records) - forgotten])
    owner = person.participant_id
    return {"window": spec.name, "period": period.name, "owner": owner, "records": rows}


def _need(room: MarketRoom, spec: ProcessSpec) -> Iterator[Script]:
    for person in room.world.load_servers():
        if person.participant.role == Role.OBAALSE:
            yield _show_need(spec, person)


def _show_need(spec: ProcessSpec, person: Person) -> Script:
    """All of the load that it serves, with the quantity that follows from load."""
    name = person.participant_id
    rows = [
        [period.name, tou.value, str(mw(person.peak_load_mw)), "LOAD", "0", sink]
        for period in spec.periods
        for tou in Tou
        for sink in person.participant.sinks
    ]
    arguments: dict[str, Any] = {"window": spec.name, "owner": name, "rows": rows}
    yield Act(CORRECTION_SECONDS, f"{spec.name}/{name}", "show_need", name, arguments)


def _migration(room: MarketRoom, spec: ProcessSpec) -> Iterator[Script]:
    for udc, utility in migration.udc_names(room.world).items():
        yield _upload(room.world, spec, udc, utility)


def _upload(world: World, spec: ProcessSpec, udc: str, utility: str) -> Script:
    """Customers, transfers from the utility to others of its area, and rates: in this order."""
    numbers = {name: number for number, name in migration.duns_numbers(world).items()}
    area = [person for person in world.people if _supplies(world, person, utility)]
    counts = [
        [numbers[person.participant_id], customer_class, count]
        for person in area
        for customer_class, count in customers_of(person)
    ]
    moves = [
        [f"{spec.name}-{nth}", customer_class, numbers[utility], numbers[gainer], count]
        for nth, (customer_class, gainer, count) in enumerate(
            leaving(area, utility, world.seed, spec.name), start=1
        )
    ]
    rates = [[name, tou.value, season, kw] for name, tou, season, kw in kw_per_customer()]
    arguments = {
        "market": spec.name, "udc": udc, "effective_date": spec.periods[0].start.isoformat()
    }  # fmt: skip
    for nth, (part, records) in enumerate((("COUNTS", counts), ("DASRS", moves), ("RATES", rates))):
        sent: dict[str, Any] = {**arguments, "part": part, "records": records}
        offset = CORRECTION_SECONDS * (nth + 1)
        yield Act(offset, f"{spec.name}/{udc}/{part}", "upload_migration", utility, sent)


def _supplies(world: World, person: Person, utility: str) -> bool:
    supplies = person.participant.role.supplies_customers
    return supplies and person.participant.sink == world.participants[utility].sink


def _conversion(room: MarketRoom, spec: ProcessSpec) -> Iterator[Script]:
    for path in tor.paths(room.world, spec):
        if path.holder in room.world.participants:
            yield _request(room.world, spec, path)


def _request(world: World, spec: ProcessSpec, path: TorPath) -> Script:
    """A tenth of the right from the next month on, to the first load-serving entity there is."""
    monday = world.scenario.first_monday
    next_month = date(monday.year + monday.month // 12, monday.month % 12 + 1, 1)
    first = max(path.start, next_month)
    if first < path.end:
        row = [
            path.source, path.sink, first.isoformat(), path.end.isoformat(),
            str(mw(path.max_mw / 10)), world.load_servers()[0].participant_id, "Y",
        ]  # fmt: skip
        arguments: dict[str, Any] = {
            "window": spec.name, "holder": path.holder, "requests": [row]
        }  # fmt: skip
        key = f"{spec.name}/{path.path_id}"
        yield Act(CORRECTION_SECONDS, key, "request_tor_conversion", path.holder, arguments)


def _approval(room: MarketRoom, spec: ProcessSpec) -> Iterator[Script]:
    with room.store.reading() as tx:
        offered = tor.records(tx, spec.name)
    for owner in sorted({record.request.transferee for record in offered}):
        own = [item.record_id for item in offered if item.request.transferee == owner]
        yield _decide(room.world, spec, owner, own)


def _decide(world: World, spec: ProcessSpec, owner: str, records: Sequence[str]) -> Script:
    """Most are approved."""
    rng = stream(world.seed, owner, f"{spec.name} approval")
    decisions = [[item, "APPROVED" if rng.random() < 0.8 else "DISAPPROVED"] for item in records]
    arguments: dict[str, Any] = {"window": spec.name, "owner": owner, "decisions": decisions}
    key = f"{spec.name}/{owner}/decisions"
    yield Act(CORRECTION_SECONDS, key, "decide_tor_conversion", owner, arguments)


_PLAYS: Mapping[tuple[ProcessKind, str], Play] = {
    (ProcessKind.FORECAST_LOAD, "OPEN"): _load,
    (ProcessKind.HISTORICAL_LOAD, "OPEN"): _load,
    (ProcessKind.SHOWN_NEED, "OPEN"): _need,
    (ProcessKind.LOAD_MIGRATION, "OPEN"): _migration,
    (ProcessKind.TOR_CONVERSION, "OPEN_FOR_CONVERSION"): _conversion,
    (ProcessKind.TOR_CONVERSION, "OPEN_FOR_APPROVAL"): _approval,
}
