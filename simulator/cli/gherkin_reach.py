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
from pathlib import Path
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
    """A scenario with its steps, each with its nearest definition."""

    item: pytest.Item
    scenario: Any
    steps: list[tuple[Step, StepFunctionContext]]

    @property
    def findings(self) -> list[Finding]:
        """The steps that look into the books; none, and a server can play the scenario."""
        return [
            _in_process(self._where(step), step)
            for step, definition in self.steps
            if not plays_anywhere(definition.step_func)
        ]

    def other_months(self, month: Month) -> Iterator[Finding]:
        """The steps that name another calendar or seed than the server plays."""
        for step, definition in self.steps:
            given = definition.parser.parse_arguments(step.name) or {}
            if {"calendar", "seed"} <= set(given):
                content = scenario_file(str(given["calendar"])).read_bytes()
                wanted = hashlib.sha256(content).hexdigest(), given["seed"]
                if wanted != (month.scenario_sha256, month.seed):
                    yield _another_month(self._where(step), step, month)

    def _where(self, step: Step) -> str:
        return f"{self.scenario.feature.filename}:{step.line_number}"


def reached(session: pytest.Session, scenarios: Iterable[tuple[pytest.Item, Any]]) -> list[Reached]:
    """Every scenario with its definitions, which are looked up once for each file and text."""
    known: dict[tuple[Path, str, str], StepFunctionContext] = {}
    found = []
    for item, scenario in scenarios:
        steps = []
        for step in scenario.steps:
            key = (item.path, step.type, step.name)
            if key not in known:
                known[key] = _definition(session, item, step)
            steps.append((step, known[key]))
        found.append(Reached(item, scenario, steps))
    return found


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


def _definition(session: pytest.Session, item: pytest.Item, step: Step) -> StepFunctionContext:
    """The one that is nearest to the file."""
    fitting = find_fixturedefs_for_step(step, session._fixturemanager, item)
    return step_function_context_registry[max(fitting, key=lambda each: len(each.baseid)).func]


def _in_process(where: str, step: Step) -> Finding:
    return Finding(
        "FEA0007",
        "this step looks into the market's books and is played in-process only",
        where=where,
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
