"""Steps about time: the calendar and its clock, who takes part, where markets stand, messages."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from simulator.domain import MarketState, MarketStatus
from simulator.rules.messages import wire_text
from simulator.store import books

from .door import Door, Stage, one_of, table
from .play import Play

MOMENT = parsers.parse("it is {day:w} of week {week:d} at {clock}")


@given(
    parsers.parse('the calendar "{calendar}" is played with seed {seed:d}'), target_fixture="play"
)
def calendar_is_played(stage: Stage, calendar: str, seed: int) -> Door:
    return stage.play(calendar, seed)


@given("these participants take part:")
def participants_take_part(play: Door, datatable: list[list[str]]) -> None:
    for row in table(datatable, ("participant", "role", "serves load at")):
        participant = play.person(row["participant"])
        found = (participant.role.value, participant.sink)
        assert found == (row["role"], row["serves load at"]), f"{row['participant']} is {found}"


@given(MOMENT)
@when(MOMENT)
def clock_goes_on(play: Door, week: int, day: str, clock: str) -> None:
    play.advance(play.at(week, day, clock))


@given(parsers.parse('the market "{market}" is in state {status:w}'))
@then(parsers.parse('the market "{market}" is in state {status:w}'))
def market_state_is(play: Door, market: str, status: str) -> None:
    found = play.standing(market).status
    assert found == one_of(MarketStatus, status), f"it is {found}"


@then(parsers.parse('the window of "{market}" closes on {day:w} of week {week:d} at {clock}'))
def window_closes(play: Door, market: str, week: int, day: str, clock: str) -> None:
    closes_at = play.standing(market).closes_at
    assert closes_at == play.at(week, day, clock), f"it closes on {play.said(closes_at)}"


@given(parsers.parse('nobody has the message "{text}"'))
def nobody_has_message(play: Door, text: str) -> None:
    assert wire_text(text) not in messages(play)


@then(parsers.parse('everybody has the message "{text}"'))
def everybody_has_message(play: Door, text: str) -> None:
    assert wire_text(text) in messages(play), f"the messages are {messages(play)}"


@then("the journal holds every step from the first to the last")
def journal_holds(play: Door) -> None:
    broken = play.first_break()
    assert broken is None, f"the chain breaks at entry {broken}, or it is older than the one before"


def market_state(play: Play, market: str) -> MarketState:
    """Where a market stands."""
    with play.reading() as tx:
        state = books.market(tx, market)
        names = [other.market.name for other in books.markets(tx)]
    assert state is not None, f"there is no market {market}; there are {names}"
    return state


def messages(play: Door) -> list[str]:
    """What has been told to everybody, in order, in the characters that a message may have."""
    return [wire_text(text) for text in play.told_everybody()]
