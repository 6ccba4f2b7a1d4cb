"""What pytest-bdd lets pass and we do not, said before the first step runs.

A step that nobody defines, a step that two definitions fit, a scenario that another of the same
name hides, a file that is no Gherkin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest
from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from pytest_bdd.parser import Step
from pytest_bdd.scenario import find_fixturedefs_for_step
from pytest_bdd.steps import step_function_context_registry

from simulator.domain import Finding

FEATURE = ".feature"
ANY = "*"  # the kind of a definition that fits given, when and then alike
NEAR = 0.5  # how alike two step texts must be for one to be offered for the other


def feature_files(path: Path) -> list[Path]:
    """The feature file itself, or all those in a folder and below."""
    return sorted(path.rglob(f"*{FEATURE}")) if path.is_dir() else [path]


def file_findings(path: Path) -> list[Finding]:
    """Everything that is wrong with a feature file whatever its steps are."""
    try:
        document = _parsed(path)
    except CompositeParserException as error:
        return [_syntax(path, fault) for fault in error.errors]
    except UnicodeDecodeError as error:
        return [
            Finding(
                "FEA0002", "the file is not text", str(path), str(error), "UTF-8 text",
                "save it as UTF-8",
            )
        ]  # fmt: skip
    scenarios = list(_scenarios(document.get("feature") or {}))
    if not scenarios:
        return [
            Finding(
                "FEA0003", "the file has no scenario", str(path), "none", "at least one",
                "write `Feature:` and `Scenario:`",
            )
        ]  # fmt: skip
    return _repeated(path, scenarios)


def tags_of(path: Path) -> list[str]:
    """Every tag in a feature file, once each, without the @."""
    feature = _parsed(path)["feature"]
    holders = [feature, *(child["rule"] for child in feature["children"] if "rule" in child)]
    for scenario in _scenarios(feature):
        holders += [scenario, *scenario["examples"]]
    return sorted({tag["name"].lstrip("@") for holder in holders for tag in holder["tags"]})


def step_findings(
    session: pytest.Session, scenarios: Iterable[tuple[pytest.Item, Any]]
) -> list[Finding]:
    """Steps that have no definition, or more than one, each place once."""
    findings: dict[tuple[str, str], Finding] = {}
    for item, scenario in scenarios:
        for step in scenario.steps:
            names = definitions(session, item, step)
            where = f"{scenario.feature.filename}:{step.line_number}"
            if not names:
                findings.setdefault((where, step.name), _undefined(where, step))
            elif len(names) > 1:
                findings.setdefault((where, step.name), _ambiguous(where, step, names))
    return list(findings.values())


def definitions(session: pytest.Session, item: pytest.Item, step: Step) -> list[str]:
    """The texts of the definitions that fit a step; one said anew by the user counts once."""
    fitting = find_fixturedefs_for_step(step, session._fixturemanager, item)
    return sorted({_text(fixture.argname) for fixture in fitting})


def known_steps() -> list[tuple[str, str]]:
    """Every definition that has been loaded: given, when or then, and the text that it fits."""
    contexts = list(step_function_context_registry.values())
    return sorted({(context.type or ANY, context.parser.name) for context in contexts})


def _parsed(path: Path) -> Any:
    return Parser().parse(path.read_text(encoding="utf-8"))


def _scenarios(feature: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in feature.get("children", ()):
        if "scenario" in child:
            yield child["scenario"]
        elif "rule" in child:
            yield from _scenarios(child["rule"])


def _repeated(path: Path, scenarios: list[dict[str, Any]]) -> list[Finding]:
    first: dict[str, int] = {}
    findings = []
    for scenario in scenarios:
        name, line = scenario["name"], scenario["location"]["line"]
        if name in first:
            findings.append(
                Finding(
                    "FEA0004",
                    "two scenarios have one name, and only one of them would run",
                    where=f"{path}:{line}",
                    found=name,
                    allowed="a name of its own",
                    remedy=f"give it another name than the scenario in line {first[name]}",
                )
            )
        first.setdefault(name, line)
    return findings


def _syntax(path: Path, fault: Any) -> Finding:
    line = fault.location["line"]
    lines = path.read_text(encoding="utf-8").splitlines()
    return Finding(
        "FEA0002",
        "this is not Gherkin",
        where=f"{path}:{line}",
        found=lines[line - 1].strip() if line <= len(lines) else "the end of the file",
        allowed=_expected(str(fault)),
        remedy="correct the line",
    )


def _text(fixture_name: str) -> str:
    """The definition's own text: pytest-bdd names its fixture pytestbdd_stepdef_<kind>_<text>."""
    return fixture_name.split("_", 3)[3]


def _expected(fault: str) -> str:
    """`(4:3): expected: #EOF, #StepLine, got 'x'` in plain words."""
    tokens = fault.partition("expected: ")[2].partition(", got")[0].replace("#", "")
    return tokens or fault.partition(": ")[2] or "Gherkin"


def _undefined(where: str, step: Step) -> Finding:
    texts = [text for kind, text in known_steps() if kind in (step.type, ANY)]
    near = get_close_matches(step.name, texts, n=1, cutoff=NEAR)
    return Finding(
        "FEA0005",
        "no step is defined like this",
        where=where,
        found=f"{step.type.capitalize()} {step.name}",
        allowed="a step that `marketsim feature --steps` lists, or one of your own conftest.py",
        remedy=f"did you mean: {near[0]}" if near else "say it in the words of a known step",
    )


def _ambiguous(where: str, step: Step, names: list[str]) -> Finding:
    return Finding(
        "FEA0006",
        "more than one definition fits this step",
        where=where,
        found=f"{step.type.capitalize()} {step.name}",
        allowed="one definition",
        remedy=f"make these tell themselves apart: {'; '.join(names)}",
    )
