"""`marketsim feature`: Gherkin files, run against the market in this process."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import FAILED, OK, REFUSED, say, say_json
from simulator.domain import Finding, refuse_if_any

EXAMPLE = "Example: marketsim feature features/market_sim.feature"

# The user's own pytest settings and plugins of other programs stay out of it.
OPTIONS = ("-s", "--tb=no", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:locust")


def feature(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Feature files, or folders of them.")
    ] = None,
    steps: Annotated[bool, typer.Option("--steps", help="List the steps there are.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The results as one JSON object.")] = False,
) -> int:
    """Run Gherkin scenarios; steps come from the program's library and your own conftest.py."""
    if steps:
        return _list_steps(json)
    files = _feature_files(paths or [])
    return _run(files, json)


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


def _run(files: list[Path], json: bool) -> int:
    import pytest

    from simulator.cli import gherkin
    from simulator.cli.gherkin_report import Report

    report = Report(quiet=json, out=sys.stdout)
    said = io.StringIO()  # pytest's own words are shown only when it could not run at all
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main([*OPTIONS, *map(str, files)], plugins=[gherkin, report])
    refuse_if_any(report.findings)
    if report.crash is not None:
        raise report.crash
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.stderr.write(said.getvalue())
        return REFUSED
    if json:
        say_json(report.as_dict())
    else:
        say(report.total())
    return OK if code == pytest.ExitCode.OK else FAILED


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
