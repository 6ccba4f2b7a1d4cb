"""`marketsim feature`: Gherkin files, run against the market in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import shipped
from simulator.domain import Finding, Refused

EXAMPLE = "Example: marketsim feature features/market_sim.feature"


def feature(
    paths: Annotated[list[Path], typer.Argument(help="Feature files, or folders of them.")],
) -> int:
    """Run Gherkin scenarios; steps come from the program's own step library."""
    import pytest

    missing = [path for path in paths if not path.exists()]
    if missing:
        raise Refused(
            [
                Finding(
                    "FEA0001", "there is no such file", "PATH", str(path), "a .feature file",
                    "correct the path",
                )
                for path in missing
            ]
        )  # fmt: skip
    steps = shipped("features") / "steps"
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(steps.parent), "-c", "/dev/null"]
    return int(pytest.main([*options, "-p", "simulator.cli.gherkin", *map(str, paths)]))
