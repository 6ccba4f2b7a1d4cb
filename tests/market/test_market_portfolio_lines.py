"""Bids are kept once, in the journal: read from there in the same commit, later, and as sent."""

from __future__ import annotations

import pytest
from market_played import AUCTION, TIER_2, buy, nominate

from simulator.domain import Portfolio
from simulator.market.command import Command
from simulator.market.portfolios import create_arguments
from simulator.store import books, tables, transaction
from simulator.store.canonical import canonical_json

TRADER, SOURCE, SINK = "FIN1", "DIABLO1_7_N001", "DLAP_PGAE-APND"


def create(name: str, market: str, owner: str, *lines) -> Command:
    kinds = {"nominations": lines} if market == TIER_2 else {"bids": lines}
    arguments = create_arguments(Portfolio(name, market, owner, **kinds))
    return Command(f"create {name}", "create_portfolio", owner, 0, arguments)


def change(kind: str, name: str) -> Command:
    where = {"market": AUCTION, "participant": TRADER, "portfolio": name}
    return Command(f"{kind} {name}", f"{kind}_portfolio", TRADER, 0, where)


def bid(mw: int, source: str = SOURCE):
    return buy(TRADER, source, SINK, mw, "10.00")


COMMANDS = (
    create("ONE", AUCTION, TRADER, bid(1), bid(2)),
    change("submit", "ONE"),
    create("NOWHERE", AUCTION, TRADER, bid(3, source="NOWHERE")),  # refused
    create("EMPTY", AUCTION, TRADER),
    create("TWO", AUCTION, TRADER, bid(4)),
    create("ONE", AUCTION, TRADER, bid(5)),  # its key is known: nothing happens
    change("delete", "TWO"),
    change("submit", "EMPTY"),
    create("THREE", AUCTION, TRADER, bid(6)),
    change("submit", "THREE"),
)


def at_auction(here, commands):
    moment = here.store.last_at()
    return [Command(each.key, each.kind, each.actor, moment, each.arguments) for each in commands]


def kept(here) -> dict[str, tuple[str, list[str]]]:
    with here.store.reading() as tx:
        found = books.portfolios(tx, market=AUCTION, participant=TRADER)
        ids = {line.bid_id for each in found for line in each.bids}
        assert ids <= set(books.market_lines(tx, AUCTION))
    return {each.name: (each.status, [str(line.mw) for line in each.bids]) for each in found}


def test_in_one_commit_as_one_by_one(room):
    single, together = room("auction-open"), room("auction-open")
    one_by_one = [single.carry_out(each) for each in at_auction(single, COMMANDS)]
    assert together.carry_out_many(at_auction(together, COMMANDS)) == one_by_one
    assert together.store.state_digest() == single.store.state_digest()
    assert together.store.first_break() is None
    now = kept(single)
    assert now == kept(together)
    assert now["ONE"] == ("SUBMITTED", ["1.000", "2.000"])
    assert now["THREE"] == ("SUBMITTED", ["6.000"])
    assert now["EMPTY"][1] == []
    assert "TWO" not in now
    assert "NOWHERE" not in now


def test_many_portfolios_are_read_in_several_questions(room, monkeypatch):
    here = room("auction-open")
    before = kept(here)
    commands = [create(f"P{mw}", AUCTION, TRADER, bid(mw)) for mw in range(1, 8)]
    here.carry_out_many(at_auction(here, commands))
    monkeypatch.setattr(transaction, "ASKED_AT_ONCE", 3)
    more = {f"P{mw}": ("VALID", [f"{mw}.000"]) for mw in range(1, 8)}
    assert kept(here) == {**before, **more}


@pytest.mark.parametrize(
    ("stop", "market", "line"),
    [
        ("auction-open", AUCTION, bid(7)),
        ("t2-open", TIER_2, nominate("LSEP", "TESLA_7_N001", "DLAP_PGAE-APND", "7.125")),
    ],
)
def test_a_portfolio_names_the_entry_that_its_lines_stand_in(room, stop, market, line):
    here = room(stop)
    (sent,) = at_auction(here, [create("P", market, line.participant, line)])
    entry = here.carry_out(sent)
    assert entry.status == "done", entry.effect
    with here.store.reading() as tx:
        row = tx.one(tables.portfolio, market=market, participant=line.participant, name="P")
        (portfolio,) = books.portfolios(tx, market=market, participant=line.participant, name="P")
    assert (row["entry_seq"], row["arguments_digest"]) == (entry.seq, entry.arguments_digest)
    assert entry.arguments == canonical_json(sent.arguments)
    (saved,) = (*portfolio.bids, *portfolio.nominations)
    assert (saved.source, saved.sink, saved.mw) == (line.source, line.sink, line.mw)
    assert "7125" not in entry.public_line()
