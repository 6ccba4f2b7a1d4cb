"""The documentation is about this program: its commands, its rooms, its files."""

from __future__ import annotations

import re
import tomllib

import pytest
import typer
from docs_text import ARCHITECTURE, CASE_FOLDERS, README, ROOT, WRITTEN_BY_US, links, table_rows

from simulator.clearing import folder as clearing_folder
from simulator.clearing import market_file
from simulator.cli.app import app
from simulator.network import tables as network_tables
from simulator.settlement import calendar_file
from simulator.settlement import folder as settlement_folder

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
LAYERS = [
    [name.strip().removeprefix("simulator.") for name in layer.split(":")]
    for layer in CONTRACTS["contracts"][0]["layers"]
]
ROOMS = {
    place.name for place in (ROOT / "simulator").iterdir() if (place / "__init__.py").is_file()
}
FILES = dict(re.findall(r"^\| `([\w.]+)`[^|]*\| `([\w`, ]+)` \|$", CASE_FOLDERS.read_text(), re.M))


def leaves(command, name="marketsim"):
    """Every command of the program by its full name."""
    for part, sub in getattr(command, "commands", {}).items():
        yield from leaves(sub, f"{name} {part}")
    if not getattr(command, "commands", None):
        yield name, command


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_is_in_the_readme(name):
    command = COMMANDS[name]
    assert command.help, "no sentence says what it does"
    assert f"Example: {name} " in f"{command.epilog} "
    assert re.search(rf"^\| `{name}[ `]", README.read_text("utf-8"), re.MULTILINE)
    undocumented = [item.name for item in command.params if not getattr(item, "help", "x")]
    assert not undocumented


def test_every_option_of_a_run_is_in_the_readme():
    options = {option for item in COMMANDS["marketsim run"].params for option in item.opts}
    known = {option for option in options if option.startswith("--") and option != "--help"}
    text = README.read_text("utf-8")
    assert not [option for option in sorted(known) if option not in text]


@pytest.mark.parametrize("file", WRITTEN_BY_US, ids=lambda file: file.name)
def test_every_link_leads_somewhere(file):
    assert not [link for link in links(file) if not (file.parent / link).exists()]


def test_the_readme_says_what_it_is_in_five_sentences_and_that_it_is_synthetic():
    text = README.read_text("utf-8")
    first = text.split("\n\n")[1]
    assert len(first.splitlines()) == len(re.findall(r"\.(?=\s|$)", first)) == 5
    assert "is not the real grid" in text
    assert "no operator has reviewed or endorsed" in text


def test_the_picture_of_the_report_is_small():
    assert (ROOT / "docs" / "report.png").stat().st_size < 400_000


def test_the_rooms_described_are_the_rooms_there_are_and_those_of_the_import_contract():
    described = [row[0].strip("`") for row in table_rows(ARCHITECTURE.read_text("utf-8"))]
    described = [name for name in described if re.fullmatch(r"[a-z]+", name) and name != "room"]
    assert len(described) == len(set(described))
    assert set(described) == ROOMS == {room for layer in LAYERS for room in layer}


def test_the_picture_shows_every_room():
    picture = (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    assert not [room for room in sorted(ROOMS) if f">{room}<" not in picture]


def test_what_a_room_may_import_lies_below_it():
    depth = {room: place for place, layer in enumerate(LAYERS) for room in layer}
    for name, _, allowed in (row for row in table_rows(ARCHITECTURE.read_text()) if len(row) == 3):
        room = name.strip("`")
        if room in depth:
            for below in re.findall(r"`(\w+)`", allowed):
                assert depth[below] > depth[room], f"{room} may not import {below}"


def names(columns) -> str:
    return ",".join(column.name for column in columns)


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("contingencies.csv", names(network_tables.CONTINGENCY_COLUMNS)),
        ("generator_contingencies.csv", names(network_tables.MACHINE_COLUMNS)),
        ("interfaces.csv", names(network_tables.INTERFACE_COLUMNS)),
        ("outages.csv", names(network_tables.BRANCH_COLUMNS)),
        ("monitored.csv", names(network_tables.BRANCH_COLUMNS)),
        ("fixed_crrs.csv", names(clearing_folder.FIXED_COLUMNS)),
        ("bids.csv", names(clearing_folder.BID_COLUMNS)),
        ("nominations.csv", names(clearing_folder.NOMINATION_COLUMNS)),
        ("calendar.toml", "`, `".join(calendar_file.KEYS)),
        *((file, names(columns)) for file, columns in settlement_folder.TABLES.items()),
    ],
)
def test_the_columns_written_down_are_those_that_are_read(file, columns):
    assert FILES[file] == columns


def test_the_settings_of_a_market_written_down_are_those_that_are_read():
    rows = {row[0].strip("`"): row for row in table_rows(CASE_FOLDERS.read_text("utf-8"))}
    for key, default in market_file.DEFAULTS.items():
        assert rows[key][2] == f"`{default}`"
    for key, choices in market_file.CHOICES.items():
        assert set(choices) <= set(re.findall(r"`?\b([\w]+)\b`?", rows[key][1]))
