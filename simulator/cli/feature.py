"""`marketsim feature`: Gherkin files, run against the market in this process or on a server."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.shell import FAILED, OK, REFUSED, say, say_json
from simulator.domain import Finding, refuse_if_any

if TYPE_CHECKING:  # pytest and TLS take their time to import
    from simulator.cli.gherkin_report import Report
    from simulator.cli.target import Target

EXAMPLE = "Example: marketsim feature features/market_sim.feature"

# The user's own pytest settings and plugins of other programs stay out of it.
OPTIONS = ("-s", "--tb=no", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:locust")


def feature(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Feature files, or folders of them.")
    ] = None,
    steps: Annotated[bool, typer.Option("--steps", help="List the steps there are.")] = False,
    url: Annotated[
        str | None, typer.Option("--target", help="Play in a fork of this sandbox's market.")
    ] = None,
    cert: Annotated[Path | None, typer.Option(help="The operator's certificate there.")] = None,
    key: Annotated[Path | None, typer.Option(help="The key of that certificate.")] = None,
    cacert: Annotated[
        Path | None, typer.Option(help="The authority to trust; default: ca.pem beside --cert.")
    ] = None,
    skip: Annotated[
        bool,
        typer.Option("--skip-unreachable", help="Leave out, and name, what no server can play."),
    ] = False,
    reach: Annotated[
        bool, typer.Option("--reach", help="Play nothing; count what a server could play.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The results as one JSON object.")] = False,
) -> int:
    """Run Gherkin scenarios; steps come from the program's library and your own conftest.py."""
    if steps:
        return _list_steps(json)
    files = _feature_files(paths or [])
    if reach:
        return _reach(files, json)
    asked = [url, cert, key, cacert, skip or None]
    if any(option is not None for option in asked):
        from simulator.cli.target import target

        return _run(files, json, Played(target(url, cert, key, cacert), skip))
    return _run(files, json)


@dataclass(frozen=True)
class Played:
    """A plugin that says where the scenarios are played."""

    target: Target
    skip: bool

    def pytest_configure(self, config: Any) -> None:
        """Known before the first file is looked at."""
        from simulator.cli.gherkin import SKIPPING, TARGET

        config.stash[TARGET] = self.target
        config.stash[SKIPPING] = self.skip


def _feature_files(paths: list[Path]) -> list[Path]:
    """Every feature file named, each checked; Refused with all that is wrong with them."""
    from simulator.cli.gherkin_check import FEATURE, feature_files, file_findings

    findings = [] if paths else [_no_path()]
    files: list[Path] = []
    for path in paths:
        found = feature_files(path)
        if not path.exists() or not found or any(file.suffix != FEATURE for file in found):
            findings.append(_no_feature(path))
        files += [file.absolute() for file in found if file not in files]
    refuse_if_any(findings)
    refuse_if_any(finding for file in files for finding in file_findings(file))
    return files


def _run(files: list[Path], json: bool, *plugins: object) -> int:
    report, code = _with_pytest(files, json, *plugins)
    if report is None:
        return REFUSED
    if json:
        say_json(report.as_dict())
    else:
        say(report.total())
    return OK if code == OK else FAILED


def _reach(files: list[Path], json: bool) -> int:
    """Which scenarios need no look into the books, and the first step of each other that does."""
    report, _ = _with_pytest(files, True, options=("--collect-only",))
    if report is None:
        return REFUSED
    beyond = [each for each in report.reached if each.findings]
    count, reachable = len(report.reached), len(report.reached) - len(beyond)
    if json:
        told = [{"scenario": each.scenario.name, **each.findings[0].as_dict()} for each in beyond]
        say_json({"scenarios": count, "reachable": reachable, "in_process_only": told})
        return OK
    for each in beyond:
        say(f"in-process only  {each.scenario.name}")
        say(f"                   {each.findings[0].found}")
    say(f"{reachable} of {count} scenarios can be played on a server")
    return OK


def _with_pytest(
    files: list[Path], quiet: bool, *plugins: object, options: tuple[str, ...] = ()
) -> tuple[Report | None, int]:
    """What was reported, and pytest's exit code: 0, or 1 for failures; None when it could not run.

    Refused with what is wrong with the steps.
    """
    import pytest

    from simulator.cli import gherkin
    from simulator.cli.gherkin_report import Report

    report = Report(quiet=quiet, out=sys.stdout)
    said = io.StringIO()  # pytest's own words are shown only when it could not run at all
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        arguments = [*OPTIONS, *options, *map(str, files)]
        code = pytest.main(arguments, plugins=[*plugins, gherkin, report])
    refuse_if_any(report.findings)
    if report.crash is not None:
        raise report.crash
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.stderr.write(said.getvalue())
        return None, int(code)
    return report, int(code)


def _list_steps(json: bool) -> int:
    from simulator.cli.gherkin import step_modules
    from simulator.cli.gherkin_check import known_steps

    list(step_modules())
    if json:
        say_json({"steps": [{"kind": kind, "text": text} for kind, text in known_steps()]})
        return OK
    for kind, text in known_steps():
        say(f"{kind.capitalize():5} {text}")
    return OK


def _no_path() -> Finding:
    return Finding(
        "FEA0001", "no feature file is named", "PATH", "nothing",
        "one or more .feature files or folders of them", EXAMPLE,
    )  # fmt: skip


def _no_feature(path: Path) -> Finding:
    if not path.exists():
        found = "no such file or folder"
    else:
        found = "a folder without any" if path.is_dir() else "another kind of file"
    return Finding(
        "FEA0001", "there is no feature to run", str(path), found,
        "a .feature file, or a folder with some", "correct the path",
    )  # fmt: skip
