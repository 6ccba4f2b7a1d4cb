"""How scenarios went, told in the words of the feature file while they run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TextIO

import pytest
from pytest_bdd.parser import Feature, Scenario, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry

from simulator.cli.gherkin import FINDINGS, REACHED, TARGET
from simulator.cli.gherkin_reach import Reached
from simulator.domain import Finding, Refused

LINES_OF_A_REASON = 6  # of what a failed step says


@dataclass
class Result:
    """One scenario; where it did not pass, `where`, `step` and `reason` say of which step."""

    feature: str
    rule: str
    scenario: str
    tags: list[str]
    where: str
    status: str = "passed"
    step: str = ""
    reason: str = ""


class Report:
    """A pytest plugin that writes a line for each scenario to `out`, and keeps the results."""

    def __init__(self, quiet: bool, out: TextIO) -> None:
        self.findings: list[Finding] = []
        self.crash: BaseException | None = None
        self.reached: list[Reached] = []
        self._quiet = quiet
        self._out = out
        self._results: dict[str, Result] = {}
        self._heading = ("", "")

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        results = list(self._results.values())
        passed = sum(result.status == "passed" for result in results)
        skipped = sum(result.status == "skipped" for result in results)
        return {
            "passed": passed,
            "failed": len(results) - passed - skipped,
            "scenarios": [asdict(result) for result in results],
            "skipped": skipped,
        }

    def total(self) -> str:
        """The last line."""
        found = self.as_dict()
        skipped = f", {found['skipped']} skipped" if found["skipped"] else ""
        return f"{found['passed']} scenarios passed, {found['failed']} failed{skipped}"

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """What is skipped later is told from what was found out before."""
        self._session = session

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what was refused before the first step ran."""
        self.findings = session.config.stash.get(FINDINGS, [])
        self.reached = session.config.stash.get(REACHED, [])

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Something broke that is no step: kept, so that it is told as any command's failure."""
        self.crash = excinfo.value
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_bdd_before_scenario(
        self, request: pytest.FixtureRequest, feature: Feature, scenario: Scenario
    ) -> None:
        """A scenario begins."""
        self._results[request.node.nodeid] = _begun(request.node, feature, scenario)

    def pytest_bdd_step_error(
        self, request: pytest.FixtureRequest, feature: Feature, step: Step, exception: Exception
    ) -> None:
        """A step did not hold."""
        result = self._results[request.node.nodeid]
        result.where = f"{feature.filename}:{step.line_number}"
        result.step = f"{step.keyword.strip()} {step.name}"
        result.reason = _reason(exception)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A scenario is over, or never began."""
        if report.skipped:
            self._left_out(report)
        result = self._results.get(report.nodeid)
        if result is None:
            if report.when == "call" or not report.failed:
                return
            result = Result("", "", report.nodeid, [], report.nodeid)
            self._results[report.nodeid] = result
        if report.failed:
            result.status = "failed"
            result.reason = result.reason or report.longreprtext.strip().splitlines()[-1]
        if report.when == "teardown":
            self._tell(result)

    def _left_out(self, report: pytest.TestReport) -> None:
        """A scenario that no server can play, or that its writer skips, is told as such."""
        every = self._session.config.stash[REACHED]
        each = next(each for each in every if each.item.nodeid == report.nodeid)
        begun = _begun(each.item, each.scenario.feature, each.scenario)
        result = self._results.setdefault(report.nodeid, begun)
        *_, why = report.longrepr if isinstance(report.longrepr, tuple) else ("skipped",)
        result.status, result.reason = "skipped", str(why)
        if TARGET in self._session.config.stash and each.findings:
            first = each.findings[0]
            result.where, result.step, result.reason = first.where, first.found, first.message

    def _tell(self, result: Result) -> None:
        if self._quiet:
            return
        lines = []
        if (result.feature, "") != (self._heading[0], "") and result.feature:
            lines.append(f"Feature: {result.feature}")
        if (result.feature, result.rule) != self._heading and result.rule:
            lines.append(f"  Rule: {result.rule}")
        self._heading = (result.feature, result.rule)
        lines.append(f"    {result.status:6}  {result.scenario}")
        if result.status != "passed":
            lines += [f"            {line}" for line in (result.where, result.step) if line]
            lines += [f"              {line}" for line in result.reason.splitlines()]
        self._out.write("\n".join(lines) + "\n")
        self._out.flush()


def _begun(item: Any, feature: Feature, scenario: Scenario) -> Result:
    template = scenario_wrapper_template_registry[item.obj]
    rule = template.rule.name if template.rule else ""
    tags = template.tags | feature.tags | (template.rule.tags if template.rule else set())
    where = f"{feature.filename}:{template.line_number}"
    return Result(feature.name, rule, scenario.name, sorted(tags), where)


def _reason(exception: Exception) -> str:
    """What the step says for itself; pytest's own rewriting only where it says nothing."""
    words = str(exception).strip() or "it does not hold"
    if not isinstance(exception, (AssertionError, Refused)):
        words = f"{type(exception).__name__}: {words}"
    words = words.partition("\nassert ")[0]
    return "\n".join(words.splitlines()[:LINES_OF_A_REASON])
