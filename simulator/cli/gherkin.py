"""The pytest plugin behind `marketsim feature`: bare `.feature` files are tests, steps are ours.

A user's own `conftest.py` may add steps, or say a step of the library anew.
"""

from __future__ import annotations

import importlib
import re
import sys
import types
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios
from pytest_bdd.scenario import scenario_wrapper_template_registry

from simulator.cli.gherkin_check import FEATURE, file_findings, step_findings, tags_of
from simulator.cli.gherkin_reach import LIBRARY, Reached, reached
from simulator.cli.shell import shipped
from simulator.cli.target import Target
from simulator.domain import Finding

FINDINGS = pytest.StashKey[list[Finding]]()  # what was refused before the first step
TARGET = pytest.StashKey[Target]()  # the server that is played on; without one, this process is
SKIPPING = pytest.StashKey[bool]()  # whether scenarios that no server can play are left out
REACHED = pytest.StashKey[list[Reached]]()  # what was asked of each scenario, before the first one


def step_modules() -> Iterator[types.ModuleType]:
    """The modules of the shipped step folder, wherever the program is installed."""
    folder = shipped("features") / "steps"
    if LIBRARY not in sys.modules:
        pytest.register_assert_rewrite(LIBRARY)
        package = types.ModuleType(LIBRARY)
        package.__path__ = [str(folder)]
        sys.modules[LIBRARY] = package
    for path in sorted(folder.glob("[a-z]*.py")):
        yield importlib.import_module(f"{LIBRARY}.{path.stem}")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """A user's `conftest.py` may import from the library."""
    for _ in step_modules():
        pass


def pytest_configure(config: pytest.Config) -> None:
    """Show the step library's definitions to every feature file."""
    for module in step_modules():
        config.pluginmanager.register(module, module.__name__)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """A feature file needs no Python file beside it."""
    if file_path.suffix != FEATURE:
        return None
    module: pytest.Module = FeatureModule.from_parent(parent, path=file_path)
    return module


class FeatureModule(pytest.Module):
    """A module whose tests are the scenarios of one feature file."""

    def _getobj(self) -> types.ModuleType:
        findings = file_findings(self.path)
        if findings:
            raise self.CollectError("\n".join(map(str, findings)))
        for tag in tags_of(self.path):
            self.config.addinivalue_line("markers", f"{tag}: a tag of {self.path.name}")
        module = types.ModuleType("feature_" + re.sub(r"\W", "_", str(self.path)))
        module.__file__ = str(self.path)
        module.__dict__["scenarios"] = scenarios
        # pytest-bdd puts the scenarios into the module that calls it.
        exec(compile(f"scenarios({str(self.path)!r})", str(self.path), "exec"), module.__dict__)
        return module


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Refuse every step that cannot be run, all at once, before the first one runs."""
    found = list(scenarios_among(items))
    findings = step_findings(session, found)
    if not findings:
        config.stash[REACHED] = reached(session, found)
        if TARGET in config.stash:
            findings = _left_out(config, config.stash[REACHED])
    if findings:
        config.stash[FINDINGS] = findings
        raise pytest.UsageError(*map(str, findings))


def _left_out(config: pytest.Config, found: list[Reached]) -> list[Finding]:
    """What cannot be played on the server, unless it is to be skipped and something is left."""
    beyond = [each for each in found if each.findings]
    skipping = config.stash.get(SKIPPING, False) and len(beyond) < len(found)
    for each in beyond if skipping else ():
        each.item.add_marker(pytest.mark.skip(reason=str(each.findings[0])))
    month = config.stash[TARGET].month
    findings = [finding for each in found for finding in each.other_months(month)]
    findings += [finding for each in beyond if not skipping for finding in each.findings]
    return list({(finding.where, finding.found): finding for finding in findings}.values())


def scenarios_among(items: Iterable[pytest.Item]) -> Iterator[tuple[pytest.Item, object]]:
    """Each collected scenario, rendered with the example it is run with."""
    for item in items:
        template = scenario_wrapper_template_registry.get(getattr(item, "obj", None) or len)
        if template is not None:
            call = getattr(item, "callspec", None)
            example = call.params.get("_pytest_bdd_example", {}) if call else {}
            yield item, template.render(example)
