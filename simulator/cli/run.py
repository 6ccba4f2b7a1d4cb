"""`marketsim run`: a whole calendar, from the first event to the last statement."""

from __future__ import annotations

import hashlib
import json as jsonlib
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.shell import (
    FAILED,
    OK,
    ClusterOption,
    WorkersOption,
    complain,
    say,
    say_json,
    shipped,
)
from simulator.domain import Finding, Refused
from simulator.timeline.event import EventKind
from simulator.timeline.scenario import Scenario

if TYPE_CHECKING:  # what a run needs takes a second to import: not before it is asked for
    from simulator.clearing.workers import Workers
    from simulator.market.world import World
    from simulator.store import Store

EXAMPLE = "Example: marketsim run market-sim --out out/market-sim --seed 7"


def run(
    scenario: Annotated[str, typer.Argument(help="A shipped name or a file.")] = "market-sim",
    out: Annotated[
        Path, typer.Option(help="Where the results go; an earlier run's are replaced.")
    ] = Path("out/market-sim"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another month.")] = 1,
    participants: Annotated[
        int | None, typer.Option(help="How many synthetic participants (6 to 300).")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="postgresql://...; default: SQLite in the folder.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Stop after this event.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a run was cut off.")
    ] = False,
    workers: WorkersOption = 1,
    cluster: ClusterOption = None,
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> int:
    """Play a calendar: windows, participants, clearing, settlement; write a report."""
    from simulator.clearing.cluster import workers_at
    from simulator.cli import run_folder
    from simulator.cli.progress import Progress
    from simulator.engine import Run
    from simulator.market.room import MarketRoom
    from simulator.market.summary import run_summary
    from simulator.store import open_store

    file = scenario_file(scenario)
    calendar = _with_participants(read_scenario(file), participants)
    _known_event(calendar, until)
    _announced_first(calendar, file)
    with ExitStack() as opened:
        place = opened.enter_context(workers_at(workers, cluster))
        world = _world(calendar, seed, place)
        run_folder.make_folder(out)
        if database is None and not resume:
            run_folder.forget_database(out)
        store = open_store(database or f"sqlite:///{(out / run_folder.DATABASE).absolute()}")
        opened.callback(store.close)
        _claim(store, resume, _identity(file, world))
        if not resume:
            run_folder.clear_results(out)
        room = MarketRoom(store, world)
        with Progress(quiet=json) as progress:
            Run(room, until, progress.step).play()
            progress.phase("writing the files and the report")
            run_folder.write_files(room, out)
        summary = run_summary(room)
        refused = _refused_events(summary, store)
    run_folder.write_summary(summary, out)
    if json:
        say_json(summary)
    else:
        _tell(summary, out)
    complain(refused)
    return FAILED if refused else OK


def _with_participants(scenario: Scenario, count: int | None) -> Scenario:
    if count is None:
        return scenario
    population = replace(scenario.settings.population, participants=count)
    return replace(scenario, settings=replace(scenario.settings, population=population))


def _known_event(scenario: Scenario, until: str | None) -> None:
    known = [event.id for event in scenario.events]
    if until is not None and until not in known:
        finding = Finding(
            "RUN0003",
            "there is no such event",
            where="--until",
            found=until,
            allowed=", ".join(known),
            remedy="see `marketsim scenario show`",
        )
        raise Refused([finding])


def _announced_first(scenario: Scenario, file: Path) -> None:
    """The first preload announces the markets: nothing about one can happen before it."""
    for event in scenario.events:
        if event.kind is EventKind.PRELOAD:
            return
        if event.market:
            finding = Finding(
                "RUN0006",
                f"{event.id} is about {event.market} before the markets are announced",
                where=f"{file}:{event.line} event {event.id}",
                found=event.local_time,
                allowed="after the first event of kind preload",
                remedy="add an earlier preload, or move it",
            )
            raise Refused([finding])


def _world(scenario: Scenario, seed: int, workers: Workers) -> World:
    from simulator.market.world import World
    from simulator.market.world_folder import read_world_folder

    fixtures = shipped("fixtures")
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    world = World(scenario, seed, folder, workers)
    assert world.people  # made now: a roster or a number that cannot be is refused before we begin
    return world


def _identity(file: Path, world: World) -> dict[str, str]:
    """What makes two runs the same run."""
    return {
        "scenario": world.scenario.name,
        "scenario_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "seed": str(world.seed),
        "participants": str(world.settings.population.participants),
    }


def _claim(store: Store, resume: bool, identity: dict[str, str]) -> None:
    if not resume and store.entries():
        finding = Finding(
            "RUN0005",
            "the database already holds a run",
            where=store.address,
            found="a journal with entries",
            allowed="an empty database",
            remedy="--resume to go on with it, or name an empty database",
        )
        raise Refused([finding])
    store.identify(identity)


def _refused_events(summary: dict[str, Any], store: Store) -> list[Finding]:
    """Why events of the calendar could not be carried out, in their order."""
    findings = []
    for event in summary["events"]:
        if event["status"] == "refused":
            entry = store.entry(event["id"])
            assert entry is not None
            for found in jsonlib.loads(entry.effect):
                where = f"event {event['id']}, {found['where']}".removesuffix(", ")
                findings.append(Finding(**{**found, "where": where}))
    return findings


def _tell(summary: dict[str, Any], out: Path) -> None:
    done = sum(event["status"] == "done" for event in summary["events"])
    say(f"{summary['scenario']}, seed {summary['seed']}: {done} of {len(summary['events'])} events")
    for market in summary["markets"]:
        say(
            f"  {market['name']:22} {market['status']:7} {market['submitted']:6} submissions, "
            f"{market['awarded_mw']:12,.3f} MW awarded"
        )
    money = summary["settlement"]
    say(
        f"  {money['statements']} statements, {money['paid_to_holders_usd']:,.2f} USD to holders, "
        f"residual {money['residual_usd']:.2f} USD"
    )
    say(f"look at {out / 'report.html'}; check with `marketsim verify {out}`")
