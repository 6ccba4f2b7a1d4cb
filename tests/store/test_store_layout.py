"""A database of another version of the program is refused in words, and left as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from simulator import __version__
from simulator.domain import Refused
from simulator.store import open_store


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "market.db"
    open_store(f"sqlite:///{path}").close()
    return path


def altered(file, *statements):
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def refused(file):
    before = file.read_bytes()
    with pytest.raises(Refused) as told:
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before
    (finding,) = told.value.findings
    assert finding.code == "RUN0008"
    assert str(file) in finding.where
    assert finding.allowed == f"the tables of version {__version__}"
    return finding.found


def test_its_own_books_open_again(file):
    open_store(f"sqlite:///{file}").close()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            ["ALTER TABLE portfolio RENAME COLUMN entry_seq TO lines"],
            "version 9.9: table portfolio lacks entry_seq and has lines",
        ),
        (["ALTER TABLE crr ADD COLUMN colour TEXT"], "version 9.9: table crr has colour"),
        (["DROP TABLE statement"], "version 9.9: there is no table statement"),
        (
            ["DROP TABLE program"],
            "an earlier version: there is no table program",
        ),
        (
            [f"DROP TABLE {name}" for name in ("award", "balancing", "collateral", "crr")],
            "version 9.9: there is no table award; there is no table balancing; "
            "there is no table collateral; and 1 more",
        ),
    ],
)
def test_other_tables_are_refused_by_what_differs(file, statements, said):
    altered(file, "UPDATE program SET version = '9.9'", *statements)
    assert refused(file) == said


def test_tables_of_others_are_no_concern(file):
    altered(file, "CREATE TABLE notes (text TEXT)")
    open_store(f"sqlite:///{file}").close()


def test_the_version_is_no_part_of_the_state(file):
    store = open_store(f"sqlite:///{file}")
    before = store.state_digest()
    altered(file, "UPDATE program SET version = '9.9'")
    assert store.state_digest() == before
    store.close()
