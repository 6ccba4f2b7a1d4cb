"""`marketsim scenario`: the calendars as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import OK, say, say_json, shipped
from simulator.domain import Finding, Refused
from simulator.timeline.ical import as_ical
from simulator.timeline.render import as_text
from simulator.timeline.scenario import Scenario, load_scenario

app = typer.Typer(help="Calendars as data: list, show, check, ical.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def shipped_scenarios() -> dict[str, Path]:
    """Name and file of every scenario that comes with the program."""
    return {
        path.stem.replace("_", "-"): path for path in sorted(shipped("scenarios").glob("*.toml"))
    }


def scenario_file(name_or_file: str) -> Path:
    """The file of a shipped name, or the file itself; Refused when there is neither."""
    names = shipped_scenarios()
    if name_or_file in names:
        return names[name_or_file]
    path = Path(name_or_file)
    if path.is_file():
        return path
    raise Refused(
        [
            Finding(
                "SCN0001",
                "there is no such scenario",
                where="SCENARIO",
                found=name_or_file,
                allowed=f"{', '.join(names)}, or a file",
                remedy="see `marketsim scenario list`",
            )
        ]
    )


def read_scenario(path: Path) -> Scenario:
    """A scenario file, read and checked; Refused with every fault in it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        finding = Finding(
            "SCN0002",
            "the file is not text",
            str(path),
            str(error),
            "UTF-8 text",
            "save it as UTF-8",
        )
        raise Refused([finding]) from error
    return load_scenario(text, str(path))


@app.command("list", epilog="Example: marketsim scenario list")
def list_(json: Json = False) -> int:
    """List the scenarios that come with the program."""
    found = {name: read_scenario(path).title for name, path in shipped_scenarios().items()}
    if json:
        say_json({"scenarios": [{"name": name, "title": title} for name, title in found.items()]})
    else:
        for name, title in found.items():
            say(f"{name}  {title}")
    return OK


@app.command(epilog="Example: marketsim scenario show market-sim")
def show(name: Annotated[str, typer.Argument(help="A shipped name or a file.")]) -> int:
    """Print a calendar as the slide's table."""
    say(as_text(read_scenario(scenario_file(name))))
    return OK


@app.command(epilog="Example: marketsim scenario check scenarios/market_sim.toml")
def check(
    file: Annotated[Path, typer.Argument(help="A scenario file.")], json: Json = False
) -> int:
    """Check a calendar: every fault at once, each with its line."""
    scenario = read_scenario(scenario_file(str(file)))
    summary = {
        "name": scenario.name,
        "events": len(scenario.events),
        "markets": [market.name for market in scenario.markets],
        "trading_days": len(scenario.trading_days()),
    }
    if json:
        say_json(summary)
    else:
        say(
            f"{file}: {summary['events']} events, {len(scenario.markets)} markets, "
            f"{summary['trading_days']} trading days, no faults"
        )
    return OK


@app.command(epilog="Example: marketsim scenario ical market-sim > market-sim.ics")
def ical(name: Annotated[str, typer.Argument(help="A shipped name or a file.")]) -> int:
    """Print a calendar as iCalendar, for a calendar program."""
    typer.echo(as_ical(read_scenario(scenario_file(name))), nl=False)
    return OK
