"""Steps about credit: what is available, what falls short, and what follows."""

from __future__ import annotations

from pytest_bdd import then, when
from pytest_bdd.parsers import parse

from simulator.market.command import OPERATOR
from simulator.market.credit import account
from simulator.market.holding import holding
from simulator.market.portfolios import submitted
from simulator.store import books, tables
from simulator.timeline.hours import local

from .calendar import market_state
from .play import Play, number
from .special import ask


@when(parse("the operator enters {amount} USD as the collateral of {who:w}"))
def collateral_falls(play: Play, amount: str, who: str) -> None:
    ask(play, "set_collateral", OPERATOR, participant=who, amount_usd=amount)


@when(parse('the operator verifies the collateral for "{market}"'))
def verify(play: Play, market: str) -> None:
    ask(play, "verify_collateral", OPERATOR, market=market)


@then(parse('in "{market}" everybody may bid with its collateral less what holding its CRRs takes'))
def available_is_less_holding(play: Play, market: str) -> None:
    state = market_state(play, market)
    today = local(state.opens_at, play.world.settings.calendar.timezone).date()
    takes = 0
    with play.reading() as tx:
        for row in tx.rows(tables.collateral):
            own = books.crrs(tx, owner=row["participant"])
            needed = holding(tx, play.world, own, today).value
            found = account(tx, play.world, state.market, row["participant"])
            assert found.available.value == row["amount_usd"] - needed
            takes += needed > 0
    assert takes, "nobody needs anything to hold its CRRs"


@then(parse('{who:w} is short of {amount} USD for "{market}"'))
def is_short(play: Play, who: str, amount: str, market: str) -> None:
    with play.reading() as tx:
        (row,) = tx.rows(tables.collateral_check, market=market, participant=who)
    assert not row["passed"]
    assert row["required_usd"] - row["available_usd"] == number(amount)


@then(parse('nothing of {who:w} counts in "{market}"'))
def counts_no_more(play: Play, who: str, market: str) -> None:
    with play.reading() as tx:
        assert not submitted(tx, market, participant=who)


@when(parse("{who:w} enters {amount} USD as its own collateral"))
def own_collateral(play: Play, who: str, amount: str) -> None:
    ask(play, "set_collateral", who, participant=who, amount_usd=amount)
