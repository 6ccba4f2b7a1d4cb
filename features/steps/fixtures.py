"""Where the scenarios of a feature file are played: in this process, or on a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.cli.gherkin import TARGET

from .door import Door, Stage
from .play import Books
from .remote import Server


@pytest.fixture(scope="module")
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One stage a feature file."""
    folder = tmp_path_factory.mktemp("market")
    target = request.config.stash.get(TARGET, None)
    if target is not None:
        yield Server(target, folder)
        return
    made = Books(folder)
    yield made
    made.close()


@pytest.fixture
def play() -> Door:
    """What a step sees when no step before it has named a market."""
    raise AssertionError(
        'no market is played: begin with `Given the calendar "market-sim" is played with seed 1`'
    )


@pytest.fixture
def datatable() -> list[list[str]]:
    """What a step that wants a table sees when there is none below it."""
    raise AssertionError("the step needs a table below it")
