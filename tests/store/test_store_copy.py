"""A copy of a store is the store as it was, and neither knows of the other afterwards."""

from __future__ import annotations

from simulator.store import open_store


def test_a_copy_has_everything_and_goes_its_own_way(tmp_path, note):
    store = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    for moment in range(1, 4):
        note(store, moment)
    store.copy_to(tmp_path / "copy.db")
    note(store, 4)
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    assert copy.entries() == store.entries()[:3]
    assert [entry.seq for entry in store.entries(1, 2)] == [2, 3]
    assert set(copy.known(["note/2", "note/4"])) == {"note/2"}
    note(copy, 4)
    assert copy.state_digest() == store.state_digest()
    note(copy, 5)
    assert (copy.length(), store.length()) == (5, 4)
    assert copy.first_break() is None
    for each in (store, copy):
        each.close()


def test_whoever_has_a_database_alone_keeps_its_clock(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    lease = store.lease()
    assert lease.held()
    lease.close()
    store.close()
