"""The features of this repository run in its test suite as they run under `marketsim feature`."""

from __future__ import annotations

import pytest

PLUGIN = "simulator.cli.gherkin"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin(PLUGIN)
