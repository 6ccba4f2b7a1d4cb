"""The store keeps what it acknowledged, refuses without a trace, and can prove its history."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.domain import Finding, Refused
from simulator.store import Store, Transaction, open_store
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
