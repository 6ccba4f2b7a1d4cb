"""The source keeps the rules of style, and each rule finds what it is there to find."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import tidy_rules
from tidy_rules import RULES, Module

from simulator.domain.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "simulator").rglob("*.py"))
    if "_data" not in path.parts
]
TEXTS = [
    path
    for folder in ("simulator", "scenarios", "fixtures", "features", "docs", "load_tests")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".toml", ".md", ".feature", ".j2")
]
CONFIDENCE = {"sourced", "high", "medium", "low", "own"}
SOURCE = re.compile(r"(?:rulebook|wire contract) \d+(\.\d+)?|none")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule):
    faults = [fault for module in SOURCES for fault in rule(module)]
    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (tidy_rules.short_modules, "x = 1\n" * 301),
        (tidy_rules.short_functions, "def f():\n" + "    x = 1\n" * 60),
        (tidy_rules.no_printing, "print('x')"),
        (tidy_rules.no_printing, "import sys\nsys.stdout.write('x')"),
        (tidy_rules.no_clock, "now = datetime.now()"),
        (tidy_rules.no_clock, "now = date.today()"),
        (tidy_rules.no_clock, "now = time.time()"),
        (tidy_rules.no_chance, "random.shuffle(x)"),
        (tidy_rules.no_chance, "np.random.default_rng()"),
        (tidy_rules.no_chance, "uuid.uuid4()"),
        (tidy_rules.no_environment, "import os\nos.environ['X']"),
        (tidy_rules.no_environment, "import os\nos.getenv('X')"),
        (tidy_rules.files_in_their_places, "open('x')"),
        (tidy_rules.files_in_their_places, "Path('x').read_text()"),
        (tidy_rules.no_float_money, "paid_usd: float = 0.0"),
        (tidy_rules.no_float_money, "def pay(price_usd_per_mw: float | None) -> None: ..."),
        (tidy_rules.no_iteration_over_sets, "for x in {1, 2}: ..."),
        (tidy_rules.no_iteration_over_sets, "[x for x in set(y)]"),
        (tidy_rules.nothing_unfinished, "# TO" + "DO later"),
    ],
)
def test_a_rule_finds_what_breaks_it(rule, text):
    assert len(list(rule(Module("simulator/rules/example.py", text)))) == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (tidy_rules.short_modules, "x = 1\n" * 300),
        (tidy_rules.short_functions, "def f():\n" + "    x = 1\n" * 59),
        (tidy_rules.no_chance, "np.random.Generator(np.random.Philox(key=1))"),
        (tidy_rules.no_float_money, "paid_usd: Decimal = 0"),
        (tidy_rules.no_iteration_over_sets, "for x in sorted({1, 2}): ..."),
    ],
)
def test_a_rule_leaves_what_is_right(rule, text):
    assert not list(rule(Module("simulator/rules/example.py", text)))


def test_nothing_shipped_is_marked_as_unfinished():
    modules = [Module(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in TEXTS]
    faults = [fault for module in modules for fault in tidy_rules.nothing_unfinished(module)]
    assert not faults, "\n".join(["", *faults])


def test_every_place_that_may_use_files_is_there():
    missing = [place for place in tidy_rules.FILE_PLACES if not (ROOT / place).exists()]
    assert not missing


def test_every_setting_says_where_it_comes_from_and_how_sure_it_is():
    faults = []
    for group in dataclasses.fields(Settings()):
        for setting in dataclasses.fields(getattr(Settings(), group.name)):
            said = setting.metadata
            if not said.get("unit"):
                faults.append(f"{group.name}.{setting.name}: no unit")
            if not SOURCE.fullmatch(said.get("source", "")):
                faults.append(f"{group.name}.{setting.name}: source {said.get('source')!r}")
            if said.get("confidence") not in CONFIDENCE:
                faults.append(f"{group.name}.{setting.name}: {said.get('confidence')!r}")
            if said.get("source") == "none" and said.get("confidence") != "own":
                faults.append(f"{group.name}.{setting.name}: without a source it is our own")
    assert not faults, "\n".join(["", *faults])
