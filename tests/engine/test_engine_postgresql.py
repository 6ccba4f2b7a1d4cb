"""PostgreSQL holds the same market as SQLite, killed or not."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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

from simulator.domain import Refused
from simulator.store import Transaction, open_store
from simulator.store.tables import journal

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


def test_a_fork_is_the_market_in_a_schema_of_its_own(database, note):
    origin = open_store(database)
    note(origin, 1)
    assert origin.fork("Try-1")
    assert not origin.fork("Try-1")
    assert origin.forks() == ["Try-1"]
    fork = origin.open_fork("Try-1")
    assert fork.entries() == origin.entries()
    assert fork.state_digest() == origin.state_digest()
    leases = [store.lease() for store in (origin, fork, origin.open_fork("Try-1"))]
    assert [lease.held() for lease in leases] == [True, True, False]  # one clock each
    note(fork, 2)
    assert (fork.length(), origin.length()) == (2, 1)
    assert fork.first_break() is None
    assert fork.fork("of a fork")
    assert [origin.open_fork(name).length() for name in origin.forks()] == [2, 2]
    for each in (*leases, fork, origin):
        each.close()


def test_a_reading_is_of_one_moment_and_who_writes_is_alone(database, note):
    one, other = open_store(database), open_store(database)
    note(one, 1)
    with one.reading() as tx:
        assert len(tx.rows(journal)) == 1
        note(other, 2)
        assert len(tx.rows(journal)) == 1

    with ThreadPoolExecutor(1) as pool:
        waiting: list[Future[None]] = []

        def effect(tx: Transaction) -> dict[str, str]:
            waiting.append(pool.submit(note, other, 4))
            time.sleep(0.3)
            assert not waiting[0].done()
            assert other.length() == 2  # who reads waits for nobody
            return {}

        one.record(key="three", at=3, actor="x", command="y", arguments={}, effect=effect)
        waiting[0].result(20)
    assert [entry.at for entry in other.entries()] == [1, 2, 3, 4]
    assert one.first_break() is None
    for each in (one, other):
        each.close()


def test_whoever_may_not_make_a_schema_is_told_so(database):
    open_store(database).close()
    engine = create_engine(database.replace("://", "+psycopg://"))
    with engine.begin() as connection:
        for statement in (
            "CREATE ROLE modest LOGIN", "GRANT ALL ON SCHEMA public TO modest",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO modest",
        ):  # fmt: skip
            connection.execute(text(statement))
    engine.dispose()
    modest = open_store(database.replace("market@", "modest@"))
    with pytest.raises(Refused) as refused:
        modest.fork("try")
    (finding,) = refused.value.findings
    assert (finding.code, finding.where) == ("SRV0003", "schema fork_try")
    assert "modest" in finding.found
    assert modest.forks() == []
    modest.close()


def test_a_database_of_another_version_is_refused(database, tmp_path):
    open_store(database).close()
    engine = create_engine(database.replace("://", "+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE portfolio RENAME COLUMN entry_seq TO lines"))
        connection.execute(text("UPDATE program SET version = '9.9'"))
    engine.dispose()
    answer = marketsim("run", SHORT_RUN, "--out", tmp_path / "run", "--database", database)
    assert answer.returncode == 2
    for said in ("RUN0008", "version 9.9: table portfolio lacks entry_seq and has lines"):
        assert said in " ".join(answer.stderr.split())
