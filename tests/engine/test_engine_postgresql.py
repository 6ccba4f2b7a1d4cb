"""PostgreSQL holds the same market as SQLite, killed or not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_postgresql import postgresql_server
from engine_runs import (
    DATABASE,
    KILLED,
    SHORT_RUN,
    digests,
    done,
    fingerprints,
    marketsim,
    marketsim_killed,
)
from sqlalchemy import create_engine, text

from simulator.store import open_store

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


@pytest.fixture
def database(server: str) -> str:
    """The address of a new empty database."""
    name = f"market_{next(NUMBERS)}"
    engine = create_engine(server.replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"


def test_a_run_on_postgresql_is_the_run_on_sqlite(database, short_run, tmp_path):
    out = tmp_path / "run"
    done(marketsim("run", SHORT_RUN, "--out", out, "--database", database))
    assert not (out / DATABASE).exists()
    assert digests(out) == digests(short_run)
    assert fingerprints(out) == fingerprints(short_run, DATABASE)
    store = open_store(database)
    assert store.first_break() is None
    store.close()
    again = marketsim("run", SHORT_RUN, "--out", tmp_path / "again", "--database", database)
    assert again.returncode == 2
    assert "RUN0005" in again.stderr
    assert digests(out) == digests(short_run)


def test_a_run_on_postgresql_goes_on_after_kills(database, short_run, tmp_path):
    run = ("run", SHORT_RUN, "--out", tmp_path / "run", "--database", database, "--resume")
    for moment in ("inside:preload", "after:t1-open", "inside:auction-clear", "file:9"):
        assert marketsim_killed(moment, *run).returncode == KILLED
    done(marketsim(*run))
    assert digests(tmp_path / "run") == digests(short_run)
    assert fingerprints(tmp_path / "run") == fingerprints(short_run, DATABASE)


def test_another_runs_database_is_not_touched(database, tmp_path):
    run = ("run", SHORT_RUN, "--until", "setup", "--database", database)
    done(marketsim(*run, "--out", tmp_path / "one"))
    earlier: Path = tmp_path / "two"
    earlier.mkdir()
    (earlier / ".marketsim-run").touch()
    (earlier / "summary.json").write_text("of an earlier run")
    other = marketsim(*run, "--out", earlier, "--seed", 2, "--resume")
    assert other.returncode == 2
    assert "its seed differs" in other.stderr
    assert marketsim(*run, "--out", earlier).returncode == 2
    assert (earlier / "summary.json").read_text() == "of an earlier run"
