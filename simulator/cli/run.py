"""`marketsim run`: a whole calendar, from the first event to the last statement."""

from __future__ import annotations

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
)
from simulator.cli.world import announced_first, identity, known_event, shipped_world
from simulator.domain import Finding, Refused
from simulator.timeline.scenario import Scenario

if TYPE_CHECKING:  # what a run needs takes a second to import: not before it is asked for
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
    if until is not None:
        known_event(calendar, until)
    announced_first(calendar, file)
    with ExitStack() as opened:
        place = opened.enter_context(workers_at(workers, cluster))
        world = shipped_world(calendar, seed, place)
        run_folder.make_folder(out)
        if database is None and not resume:
            run_folder.forget_database(out)
        store = open_store(database or f"sqlite:///{(out / run_folder.DATABASE).absolute()}")
        opened.callback(store.close)
        _claim(store, resume, identity(file, world))
        if not resume:
            run_folder.clear_results(out)
        room = MarketRoom(store, world)
        with Progress(quiet=json) as progress, run_folder.unsolved_kept(room, out):
            Run(room, until, progress.step).play()
            progress.phase("writing the files and the report")
            digests = run_folder.write_files(room, out)
        summary = run_summary(room)
        refused = _refused_events(summary, store)
    run_folder.write_summary(summary, out, digests)
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


def _claim(store: Store, resume: bool, own: dict[str, str]) -> None:
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
    store.identify(own)


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
