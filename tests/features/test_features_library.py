"""The step library and the calendar's own feature: nothing hidden, nothing ambiguous."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import ScenarioTemplate, Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from simulator.cli.gherkin import LIBRARY, step_modules
from simulator.cli.gherkin_check import file_findings, tags_of
from simulator.cli.shell import shipped

FEATURES = sorted(shipped("features").glob("*.feature"))
MARKET_SIM = shipped("features") / "market_sim.feature"


@pytest.fixture(scope="module")
def library() -> list[StepFunctionContext]:
    modules = {module.__name__ for module in step_modules()}
    return [
        context
        for context in step_function_context_registry.values()
        if context.step_func.__module__ in modules
    ]


def scenarios(path: Path) -> list[ScenarioTemplate]:
    return list(get_feature(str(path.parent), path.name).scenarios.values())


def steps(path: Path) -> list[Step]:
    return [
        step
        for template in scenarios(path)
        for examples in template.examples or [None]
        for example in (examples.as_contexts() if examples else [{}])
        for step in template.render(example).steps
    ]


def fits(context: StepFunctionContext, step: Step) -> bool:
    return context.type in (None, step.type) and context.parser.is_matching(step.name)


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.name)
def test_each_step_fits_exactly_one_definition(
    path: Path, library: list[StepFunctionContext]
) -> None:
    found = steps(path)
    assert found
    for step in found:
        fitting = [context.parser.name for context in library if fits(context, step)]
        assert len(fitting) == 1, f"{step}: {fitting}"


def test_no_two_definitions_have_one_text(library: list[StepFunctionContext]) -> None:
    texts = Counter((context.type, context.parser.name) for context in library)
    assert [text for text, count in texts.items() if count > 1] == []
    assert all(context.step_func.__module__.startswith(LIBRARY) for context in library)


def test_every_definition_is_used_by_a_feature(library: list[StepFunctionContext]) -> None:
    said = [step for path in FEATURES for step in steps(path)]
    unused = [
        context.parser.name for context in library if not any(fits(context, step) for step in said)
    ]
    assert unused == []


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.name)
def test_no_scenario_is_hidden_by_another_of_its_name(path: Path) -> None:
    assert file_findings(path) == []
    written = re.findall(r"^\s*Scenario(?: Outline)?: (.*)$", path.read_text("utf-8"), re.M)
    assert [template.name for template in scenarios(path)] == written


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.name)
def test_each_scenario_has_its_number_its_rule_and_its_exit_criterion(path: Path) -> None:
    found = scenarios(path)
    numbers = [tag for template in found for tag in sorted(template.tags)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(found)
    for template in found:
        assert all(re.fullmatch(r"CRR-[A-Z]+-\d{3}", tag) for tag in template.tags)
        assert template.rule is not None, template.name
        criterion = template.description.strip()
        assert re.fullmatch(r"Exit criterion: \S.*\.", criterion), template.name


def test_the_tags_are_known_to_pytest() -> None:
    assert {"CRR-MSS", "CRR-MSS-001", "CRR-MSS-029"} <= set(tags_of(MARKET_SIM))


def test_the_feature_reaches_every_event_of_the_structured_weeks() -> None:
    from simulator.cli.scenario import read_scenario, scenario_file

    calendar = read_scenario(scenario_file("market-sim"))
    told = [step.name for step in steps(MARKET_SIM)]
    last = max(event.at for event in calendar.events if event.week <= 3)
    assert calendar.event("w3-annual-auction-post").at == last
    assert "it is Friday of week 3 at 09:00" in told
    for market in calendar.markets:
        assert any(f'each purchase or award of "{market.market.name}"' in text for text in told)
