"""Which scenarios can be played on a server: those whose steps need no look into the books.

A step says so by the type of what it is played in: a `Door` is what anybody has who takes part or
operates, over the wire too; a `Play` is a market in this process.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_bdd.parser import Step
from pytest_bdd.scenario import find_fixturedefs_for_step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from simulator.cli.scenario import scenario_file
from simulator.cli.target import Month
from simulator.domain import Finding

LIBRARY = "market_steps"  # the name under which the shipped step folder is imported
ANYWHERE = {"play": "Door", "stage": "Stage"}  # fixtures, and their types where anything will do


@dataclass
class Reached:
    """A scenario, and where its steps look into the books; nowhere, and a server can play it."""

    item: pytest.Item
    scenario: Any
    findings: list[Finding]


def reached(session: pytest.Session, scenarios: Iterable[tuple[pytest.Item, Any]]) -> list[Reached]:
    """Every scenario with the steps that no server can play."""
    return [
        Reached(
            item,
            scenario,
            [
                _in_process(scenario, step)
                for step, definition in _defined(session, item, scenario)
                if not plays_anywhere(definition.step_func)
            ],
        )
        for item, scenario in scenarios
    ]


def other_months(
    session: pytest.Session, scenarios: Iterable[tuple[pytest.Item, Any]], month: Month
) -> list[Finding]:
    """Steps that name another calendar or seed than the server plays, each place once."""
    findings: dict[str, Finding] = {}
    for item, scenario in scenarios:
        for step, definition in _defined(session, item, scenario):
            given = definition.parser.parse_arguments(step.name) or {}
            if not {"calendar", "seed"} <= set(given):
                continue
            content = scenario_file(str(given["calendar"])).read_bytes()
            wanted = hashlib.sha256(content).hexdigest(), given["seed"]
            if wanted != (month.scenario_sha256, month.seed):
                where = f"{scenario.feature.filename}:{step.line_number}"
                findings.setdefault(where, _another_month(where, step, month))
    return list(findings.values())


def plays_anywhere(step: Callable[..., object]) -> bool:
    """Whether a step takes its play, if it takes one, as a `Door`."""
    taken = [name for name in ANYWHERE if name in inspect.signature(step).parameters]
    if not taken:
        return True
    door = sys.modules[f"{LIBRARY}.door"]
    try:
        hints = typing.get_type_hints(step)
    except NameError:  # a step of the user's, whose types are nowhere: it does not say `Door`
        return False
    return all(hints.get(name) is getattr(door, ANYWHERE[name]) for name in taken)


def _defined(
    session: pytest.Session, item: pytest.Item, scenario: Any
) -> Iterator[tuple[Step, StepFunctionContext]]:
    """The steps of a scenario, each with the definition that is nearest to the file."""
    for step in scenario.steps:
        fitting = find_fixturedefs_for_step(step, session._fixturemanager, item)
        nearest = max(fitting, key=lambda fixture: len(fixture.baseid))
        yield step, step_function_context_registry[nearest.func]


def _in_process(scenario: Any, step: Step) -> Finding:
    return Finding(
        "FEA0007",
        "this step looks into the market's books and is played in-process only",
        where=f"{scenario.feature.filename}:{step.line_number}",
        found=f"{step.type.capitalize()} {step.name}",
        allowed="steps that see what takes part in the market sees",
        remedy="play it without --target, or leave its scenario out with --skip-unreachable",
    )


def _another_month(where: str, step: Step, month: Month) -> Finding:
    return Finding(
        "FEA0008",
        "the server plays another month",
        where=where,
        found=step.name,
        allowed=f"{month.scenario} (SHA-256 {month.scenario_sha256[:12]}) with seed {month.seed}",
        remedy="serve that calendar and seed from a folder of its own, or name what is served",
    )
