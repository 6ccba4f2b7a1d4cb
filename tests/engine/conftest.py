"""One whole run of the short calendar, shared by all tests that only look at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_runs import SHORT_RUN, Completed, done, marketsim


@pytest.fixture(scope="session")
def short_run_answer(tmp_path_factory) -> tuple[Path, Completed]:
    """The folder of the run and what the program said, with `--json`."""
    out = tmp_path_factory.mktemp("short") / "run"
    return out, done(marketsim("run", SHORT_RUN, "--out", out, "--json", PYTHONHASHSEED="0"))


@pytest.fixture(scope="session")
def short_run(short_run_answer) -> Path:
    return short_run_answer[0]
