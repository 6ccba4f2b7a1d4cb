"""Steps about credit: what is available, what falls short, and what follows."""

from __future__ import annotations

from pytest_bdd import then, when
from pytest_bdd.parsers import parse

from simulator.domain import PortfolioStatus
from simulator.market.command import OPERATOR
from simulator.market.credit import account
from simulator.market.holding import holding
from simulator.store import books, tables
from simulator.timeline.hours import local

from .calendar import market_state
from .door import Door, number
from .play import Play


@when(parse("the operator enters {amount} USD as the collateral of {who:w}"))
def collateral_falls(play: Door, amount: str, who: str) -> None:
    play.ask("set_collateral", OPERATOR, participant=who, amount_usd=amount)


@when(parse('the operator verifies the collateral for "{market}"'))
def verify(play: Door, market: str) -> None:
    play.ask("verify_collateral", OPERATOR, market=market)


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
def is_short(play: Door, who: str, amount: str, market: str) -> None:
    assert play.short_usd(who, market) == number(amount)


@then(parse('nothing of {who:w} counts in "{market}"'))
def counts_no_more(play: Door, who: str, market: str) -> None:
    assert PortfolioStatus.SUBMITTED not in play.portfolios(who, market).values()


@when(parse("{who:w} enters {amount} USD as its own collateral"))
def own_collateral(play: Play, who: str, amount: str) -> None:
    play.ask("set_collateral", who, participant=who, amount_usd=amount)
