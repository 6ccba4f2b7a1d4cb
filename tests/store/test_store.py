"""The store keeps what it acknowledged, refuses without a trace, and can prove its history."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal

import pytest

from simulator.domain import Finding, Refused
from simulator.store import Entry, Store, Transaction, engines, open_store
from simulator.store.journal import first_break
from simulator.store.tables import collateral


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    yield opened
    opened.close()


def deposit(store: Store, key: str, participant: str, amount: str, fails: bool = False):
    def effect(tx: Transaction):
        tx.insert(collateral, [{"participant": participant, "amount_usd": Decimal(amount)}])
        if fails:
            raise Refused([Finding("TST0001", "not today")])
        return {"deposited": amount}

    return store.record(
        key=key,
        at=1,
        actor=participant,
        command="deposit",
        arguments={"amount": amount},
        effect=effect,
    )


def balances(store: Store) -> dict[str, Decimal]:
    with store.reading() as tx:
        return {row["participant"]: row["amount_usd"] for row in tx.rows(collateral)}


def test_a_command_is_durable_and_counts_once(store, tmp_path):
    first = deposit(store, "a", "ALDER", "10.05")
    again = deposit(store, "a", "ALDER", "99.99")
    assert again == first
    other = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    assert balances(other) == {"ALDER": Decimal("10.05")}
    other.close()


def test_a_refusal_is_journalled_and_changes_nothing(store):
    deposit(store, "a", "ALDER", "10.00")
    before = store.state_digest()
    entry = deposit(store, "b", "BIRCH", "5.00", fails=True)
    assert entry.status == "refused"
    assert "not today" in entry.effect
    assert store.state_digest() == before
    assert balances(store) == {"ALDER": Decimal("10.00")}


def test_amounts_finer_than_a_cent_are_an_error_not_a_rounding(store):
    with pytest.raises(Exception, match="more than 2 decimals"):
        deposit(store, "a", "ALDER", "10.005")
    assert balances(store) == {}


def test_the_chain_breaks_where_somebody_altered_it(store):
    for number in range(4):
        deposit(store, f"k{number}", f"P{number}", "1.00")
    entries = store.entries()
    assert first_break(entries) is None
    forged = entries[2].__class__(**{**vars(entries[2]), "at": 7})
    assert first_break([*entries[:2], forged, entries[3]]) == 3
    assert first_break([entries[0], *entries[2:]]) == 2
    swapped = entries[1].__class__(**{**vars(entries[1]), "arguments": '{"amount":"2.00"}'})
    assert first_break([entries[0], swapped, *entries[2:]]) == 2


def test_equal_histories_have_equal_digests(tmp_path):
    stores = [open_store(f"sqlite:///{tmp_path / name}.db") for name in ("one", "two")]
    for opened in stores:
        deposit(opened, "a", "ALDER", "1.00")
        deposit(opened, "b", "BIRCH", "2.00")
    assert stores[0].state_digest() == stores[1].state_digest()
    assert stores[0].journal_digest() == stores[1].journal_digest()
    deposit(stores[1], "c", "CEDAR", "3.00")
    assert stores[0].state_digest() != stores[1].state_digest()
    for opened in stores:
        opened.close()


def test_the_public_line_holds_no_arguments(store):
    entry = deposit(store, "a", "ALDER", "123.45")
    assert "123.45" in entry.arguments
    assert "123.45" not in entry.public_line()


def test_another_runs_database_is_refused(store):
    store.identify({"scenario": "market-sim", "seed": "1"})
    store.identify({"scenario": "market-sim", "seed": "1"})
    with pytest.raises(Refused) as refusal:
        store.identify({"scenario": "market-sim", "seed": "2"})
    (finding,) = refusal.value.findings
    assert (finding.found, finding.allowed) == ("1", "2")


def test_an_unusable_place_is_a_refusal_in_words(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Refused, match="cannot be used"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'market.db'}")
    with pytest.raises(Refused, match="cannot be used"):
        open_store("nonsense://host/db")


def test_what_is_acknowledged_is_on_disk(store):
    """Design decision 1: a write-ahead log that is flushed at every commit."""
    with store._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL


def test_a_reading_is_of_one_moment(store):
    deposit(store, "a", "ALDER", "10.00")
    with store.reading() as tx:
        assert len(tx.rows(collateral)) == 1
        deposit(store, "b", "BIRCH", "5.00")
        assert len(tx.rows(collateral)) == 1
    assert len(balances(store)) == 2


def test_who_writes_is_alone(store, tmp_path):
    other = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    with ThreadPoolExecutor(1) as pool:

        def effect(tx: Transaction):
            tx.insert(collateral, [{"participant": "ALDER", "amount_usd": Decimal(1)}])
            waiting.append(pool.submit(deposit, other, "b", "BIRCH", "5.00"))
            time.sleep(0.2)
            assert not waiting[0].done()
            assert list(balances(store)) == ["CEDAR"]  # who reads waits for nobody
            return {}

        waiting: list[Future[Entry]] = []
        deposit(store, "0", "CEDAR", "1.00")
        store.record(key="a", at=1, actor="ALDER", command="x", arguments={}, effect=effect)
        assert waiting[0].result(20).status == "done"
    assert [entry.key for entry in other.entries()] == ["0", "a", "b"]
    assert other.first_break() is None
    other.close()


def test_a_file_keeps_the_pages_that_it_has(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 'market.db'}"
    for pages, found in ((4096, 4096), (engines.PAGE_BYTES, 4096)):
        monkeypatch.setattr(engines, "PAGE_BYTES", pages)
        store = open_store(address)
        deposit(store, f"of {pages}", f"P{pages}", "1.00")
        assert pragma(store, "page_size") == found
        store.close()
    new = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    assert pragma(new, "page_size") == 32 * 1024
    store = open_store(address)
    assert len(balances(store)) == 2
    assert store.first_break() is None
    for each in (store, new):
        each.close()


def pragma(store: Store, name: str) -> int:
    with store._reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
