"""Commands that share a commit are the commands one by one; what is remembered is never old."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.domain import Finding, Refused
from simulator.store import Transaction, open_store
from simulator.store.batch import Ask
from simulator.store.tables import collateral, participant

NAMES = ("ALDER", "BIRCH", "CEDAR")


def total(tx: Transaction) -> Decimal:
    """The sum of all deposits: remembered between commands."""
    return tx.derived(
        "total", lambda: sum((row["amount_usd"] for row in tx.rows(collateral)), Decimal(0))
    )


def doubled(tx: Transaction) -> Decimal:
    """Rests on another remembered value."""
    return tx.derived("doubled", lambda: 2 * total(tx))


def ask(number: int, name: str, kind: str) -> Ask:
    def effect(tx: Transaction):
        before = doubled(tx)
        if kind == "refused at once":
            raise Refused([Finding("TST0001", "not today")])
        if kind == "elsewhere":
            row = {"participant_id": f"{name}{number}", "name": "", "role": "", "sink": ""}
            tx.insert(participant, [row])
            return {"total": str(before)}
        has = tx.has(collateral, participant=name)
        known = tx.one(collateral, participant=name)
        assert has == (known is not None)
        if kind == "withdrawn":
            tx.delete(collateral, {"participant": name})
            assert not tx.has(collateral, participant=name)
        elif kind == "all withdrawn":
            for row in tx.rows(collateral):
                tx.delete(collateral, {"amount_usd": row["amount_usd"]})
            assert not tx.has(collateral, participant=name)
        elif known is None:
            tx.insert(collateral, [{"participant": name, "amount_usd": Decimal(number)}])
        else:
            more = {"amount_usd": known["amount_usd"] + number}
            tx.update(collateral, {"participant": name}, more)
        after = doubled(tx)
        if kind == "refused late":
            raise Refused([Finding("TST0002", "after all")])
        return {"before": str(before), "after": str(after)}

    return Ask(f"ask-{number}", number, name, "deposit", {"kind": kind}, effect)


KINDS = st.sampled_from(
    ["deposit", "refused at once", "refused late", "elsewhere", "withdrawn", "all withdrawn"]
)
COMMANDS = st.lists(st.tuples(st.sampled_from(NAMES), KINDS), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(COMMANDS, st.lists(st.integers(1, 4), min_size=12, max_size=12))
def test_a_batch_is_its_commands_one_by_one(tmp_path_factory, commands, sizes):
    folder = tmp_path_factory.mktemp("batch")
    asks = [ask(n, name, kind) for n, (name, kind) in enumerate(commands, start=1)]
    single = open_store(f"sqlite:///{folder / 'single.db'}")
    batched = open_store(f"sqlite:///{folder / 'batched.db'}")
    one_by_one = [single.record_many([one])[0] for one in asks]
    together, rest = [], list(asks)
    for size in sizes:
        if rest:
            together += batched.record_many(rest[:size])
            rest = rest[size:]
            with batched.reading() as tx:
                fresh = sum((row["amount_usd"] for row in tx.rows(collateral)), Decimal(0))
                assert doubled(tx) == 2 * fresh
    assert together == one_by_one
    assert batched.state_digest() == single.state_digest()
    assert batched.first_break() is None
    single.close()
    batched.close()


def test_a_key_that_comes_twice_in_a_commit_counts_once(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    first, again = store.record_many([ask(1, "ALDER", "deposit"), ask(1, "ALDER", "deposit")])
    assert first == again
    assert [entry.seq for entry in store.entries()] == [1]
    store.close()


def test_what_another_process_wrote_is_seen(tmp_path):
    """Two stores on one file stand for two processes."""
    mine = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    other = open_store(f"sqlite:///{tmp_path / 'market.db'}")
    mine.record_many([ask(1, "ALDER", "deposit")])
    other.record_many([ask(5, "BIRCH", "deposit")])
    (entry,) = mine.record_many([ask(2, "ALDER", "deposit")])
    assert entry.effect == '{"after":"16.00","before":"12.00"}'
    assert mine.first_break() is None
    mine.close()
    other.close()
