"""`marketsim run`: a whole calendar, from the first event to the last statement."""

from __future__ import annotations

import hashlib
import json as json_module
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.progress import Progress
from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.shell import OK, say, say_json, shipped
from simulator.domain import Finding, Refused
from simulator.timeline.scenario import Scenario

EXAMPLE = "Example: marketsim run market-sim --out out/market-sim --seed 7"

# What a run makes in its folder, and may therefore replace.
DATABASE = "market.db"
FILES = (
    "summary.json",
    "journal.jsonl",
    "report.html",
    DATABASE,
    f"{DATABASE}-wal",
    f"{DATABASE}-shm",
)
FOLDERS = ("published", "private")


def run(
    scenario: Annotated[str, typer.Argument(help="A shipped name or a file.")] = "market-sim",
    out: Annotated[Path, typer.Option(help="Where the results go.")] = Path("out/market-sim"),
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
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> int:
    """Play a calendar: windows, participants, clearing, settlement; write a report."""
    from simulator.engine import Run
    from simulator.market.room import MarketRoom
    from simulator.market.summary import run_summary
    from simulator.store import open_store

    file = scenario_file(scenario)
    calendar = _with_participants(read_scenario(file), participants)
    _known_event(calendar, until)
    world = _world(calendar, seed)
    _prepare(out, resume)
    store = open_store(database or f"sqlite:///{(out / DATABASE).absolute()}")
    try:
        if not resume and store.entries():
            raise Refused([_not_empty(database or str(out))])
        store.identify(
            {
                "scenario": calendar.name,
                "scenario_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "seed": str(seed),
                "participants": str(calendar.settings.population.participants),
            }
        )
        room = MarketRoom(store, world)
        with Progress(quiet=json) as progress:
            Run(room, until, progress.step).play()
            progress.phase("writing the files and the report")
            _write(room, out)
        summary = run_summary(room)
    finally:
        store.close()
    _write_text(out / "summary.json", json_module.dumps(summary, indent=2) + "\n")
    if json:
        say_json(summary)
    else:
        _tell(summary, out)
    return OK


def _with_participants(scenario: Scenario, count: int | None) -> Scenario:
    if count is None:
        return scenario
    population = replace(scenario.settings.population, participants=count)
    return replace(scenario, settings=replace(scenario.settings, population=population))


def _known_event(scenario: Scenario, until: str | None) -> None:
    known = [event.id for event in scenario.events]
    if until is not None and until not in known:
        finding = Finding(
            "RUN0003", "there is no such event", "--until", until, ", ".join(known),
            "see `marketsim scenario show`",
        )  # fmt: skip
        raise Refused([finding])


def _world(scenario: Scenario, seed: int):  # type: ignore[no-untyped-def]
    from simulator.market.world import World
    from simulator.market.world_folder import read_world_folder

    fixtures = shipped("fixtures")
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    return World(scenario, seed, folder)


def _prepare(out: Path, resume: bool) -> None:
    """An empty place for a new run; what another run left there is replaced, nothing else."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if resume:
            return
        for name in FILES:
            (out / name).unlink(missing_ok=True)
        for name in FOLDERS:
            shutil.rmtree(out / name, ignore_errors=False) if (out / name).exists() else None
    except OSError as error:
        finding = Finding(
            "RUN0004", "the results cannot be written", str(error.filename or out),
            str(error.strerror), "a writable folder with free space", "choose another --out",
        )  # fmt: skip
        raise Refused([finding]) from error


def _not_empty(where: str) -> Finding:
    return Finding(
        "RUN0005",
        "the database already holds a run",
        where=where,
        found="a journal with entries",
        allowed="an empty database",
        remedy="--resume to go on with it, or name an empty database",
    )


def _write(room, out: Path) -> None:  # type: ignore[no-untyped-def]
    from simulator.market.publication import run_files
    from simulator.market.report import report_view
    from simulator.publish.report import render

    with room.store.reading() as tx:
        for path, content in run_files(tx, room.world):
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    journal = "".join(f"{entry.public_line()}\n" for entry in room.store.entries())
    _write_text(out / "journal.jsonl", journal)
    _write_text(out / "report.html", render(report_view(room)))


def _write_text(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def _tell(summary: dict, out: Path) -> None:  # type: ignore[type-arg]
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
