"""Steps about time: the calendar and its clock, who takes part, where markets stand, messages."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from simulator.domain import MarketState, MarketStatus
from simulator.store import books, tables

from .play import Play, Stage, one_of, table

MOMENT = parsers.parse("it is {day:w} of week {week:d} at {clock}")


@given(
    parsers.parse('the calendar "{calendar}" is played with seed {seed:d}'), target_fixture="play"
)
def calendar_is_played(stage: Stage, calendar: str, seed: int) -> Play:
    return stage.play(calendar, seed)


@given("these participants take part:")
def participants_take_part(play: Play, datatable: list[list[str]]) -> None:
    for row in table(datatable, ("participant", "role", "serves load at")):
        participant = play.person(row["participant"])
        found = (participant.role.value, participant.sink)
        assert found == (row["role"], row["serves load at"]), f"{row['participant']} is {found}"


@given(MOMENT)
@when(MOMENT)
def clock_goes_on(play: Play, week: int, day: str, clock: str) -> None:
    play.advance(play.at(week, day, clock))


@given(parsers.parse('the market "{market}" is in state {status:w}'))
@then(parsers.parse('the market "{market}" is in state {status:w}'))
def market_state_is(play: Play, market: str, status: str) -> None:
    found = market_state(play, market).status
    assert found == one_of(MarketStatus, status), f"it is {found}"


@then(parsers.parse('the window of "{market}" closes on {day:w} of week {week:d} at {clock}'))
def window_closes(play: Play, market: str, week: int, day: str, clock: str) -> None:
    closes_at = market_state(play, market).closes_at
    assert closes_at == play.at(week, day, clock), f"it closes on {play.said(closes_at)}"


@given(parsers.parse('nobody has the message "{text}"'))
def nobody_has_message(play: Play, text: str) -> None:
    assert text not in messages(play)


@then(parsers.parse('everybody has the message "{text}"'))
def everybody_has_message(play: Play, text: str) -> None:
    assert text in messages(play), f"the messages are {messages(play)}"


@then("the journal holds every step from the first to the last")
def journal_holds(play: Play) -> None:
    broken = play.store.first_break()
    assert broken is None, f"the chain breaks at entry {broken}"
    moments = [entry.at for entry in play.store.entries()]
    assert moments == sorted(moments), "an entry is older than the one before it"


def market_state(play: Play, market: str) -> MarketState:
    """Where a market stands."""
    with play.reading() as tx:
        state = books.market(tx, market)
        names = [other.market.name for other in books.markets(tx)]
    assert state is not None, f"there is no market {market}; there are {names}"
    return state


def messages(play: Play) -> list[str]:
    """What has been told to everybody, in order."""
    with play.reading() as tx:
        return [row["text"] for row in tx.rows(tables.message, audience="")]
