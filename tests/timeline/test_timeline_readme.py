"""scenarios/README.md names everything that the language has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.timeline import read_events, read_markets, read_plan, read_processes, scenario
from simulator.timeline.event import DataKind, EventKind
from simulator.timeline.process import ProcessKind
from simulator.timeline.settings_table import settings_table

README = Path(__file__).resolve().parents[2] / "scenarios" / "README.md"
BEGIN = "<!-- settings: made by simulator.timeline.settings_table -->\n"
END = "\n<!-- end of settings -->"


def named_in_tables() -> set[str]:
    """Whatever the first cell of a table row names between backticks."""
    rows = re.findall(r"^\| (`[^|]+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize(
    "names",
    [
        tuple(EventKind),
        tuple(DataKind),
        tuple(ProcessKind),
        read_processes.FIELDS,
        read_events.FIELDS,
        read_markets.FIELDS,
        read_plan.FIELDS,
        [name for name in scenario.TOP_FIELDS if name not in ("settings", "settlement")],
    ],
)
def test_every_kind_data_and_field_is_documented(names):
    assert set(map(str, names)) <= named_in_tables()


def test_nothing_is_documented_that_does_not_exist():
    known = {*EventKind, *DataKind, *read_events.FIELDS, *read_markets.FIELDS, *read_plan.FIELDS}
    known |= {*scenario.TOP_FIELDS, *ProcessKind, *read_processes.FIELDS}
    assert {name for name in named_in_tables() if "." not in name} <= set(map(str, known))


def test_the_table_of_settings_is_that_of_the_domain():
    """When a setting is added, put the text of settings_table() between the two marks."""
    text = README.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)] == settings_table()
