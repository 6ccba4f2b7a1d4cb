"""The clock of a sandbox: moved by hand or by real time, never back, the same after a restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.domain import Refused
from simulator.engine import Run
from simulator.engine.clock import PATIENCE_SECONDS, SandboxClock
from simulator.market.clock import ClockState, Mode
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import open_store
from simulator.timeline.hours import iso_utc
from simulator.timeline.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
CALENDAR = ROOT / "tests" / "engine" / "short_run.toml"
QUIET = """
name = "quiet"
title = "Announcements"
first_monday = 2024-04-01
""" + "".join(
    f"""
[[event]]
id = "news-{day}"
week = 1
day = "{day}"
time = "09:00"
kind = "message"
note = "News of the day."
"""
    for day in ("mon", "tue", "wed")
)
HOUR, DAY = 3600, 86400


class Seconds:
    """Real time as a test has it."""

    def __init__(self) -> None:
        self.gone = 0.0

    def __call__(self) -> float:
        return self.gone


class Slowly:
    """Real time in a process that is slow: whenever it looks, more of it has gone by."""

    def __init__(self, seconds: Seconds, each: Decimal) -> None:
        self.seconds = seconds
        self.each = float(each)

    def __call__(self) -> float:
        self.seconds.gone += self.each
        return self.seconds.gone


@pytest.fixture(scope="module")
def world() -> World:
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    return World(load_scenario(QUIET, "quiet.toml"), 1, folder)


@pytest.fixture
def begin(world, tmp_path):
    opened = []

    def sandbox(seconds: Seconds, name: str = "market") -> SandboxClock:
        store = open_store(f"sqlite:///{tmp_path / name}.db")
        opened.append(store)
        room = MarketRoom(store, world)
        return SandboxClock(Run(room), room, seconds)

    yield sandbox
    for store in opened:
        store.close()


def moved(clock: SandboxClock, to: str) -> ClockState:
    clock.send(to)
    return clock.arrive()


def done(clock: SandboxClock) -> list[str]:
    return [entry.key for entry in clock._room.store.entries() if entry.key.startswith("news")]


def test_a_paused_clock_moves_only_when_it_is_told_to(begin):
    seconds = Seconds()
    clock = begin(seconds)
    seconds.gone = 1e6
    clock.catch_up()
    assert done(clock) == []
    state = moved(clock, "next_event")
    assert done(clock) == ["news-mon"]
    assert state.next_event.id == "news-tue"
    assert state.next_event.at - state.now == DAY
    state = moved(clock, "news-wed")
    assert done(clock) == ["news-mon", "news-tue", "news-wed"]
    assert state.next_event is None
    with pytest.raises(Refused, match="at its end"):
        clock.send("next_event")


def test_a_running_clock_goes_at_its_rate(begin):
    seconds = Seconds()
    clock = begin(seconds)
    first = moved(clock, "next_event").now
    clock.set(Mode.RUNNING, Decimal(60))
    seconds.gone = 60.0
    assert clock.catch_up() == first + HOUR
    assert done(clock) == ["news-mon"]
    seconds.gone = 24 * 60.0 - 0.1
    clock.catch_up()
    assert done(clock) == ["news-mon"]
    seconds.gone = 24 * 60.0
    clock.catch_up()
    assert done(clock) == ["news-mon", "news-tue"]
    clock.set(Mode.PAUSED, Decimal(60))
    seconds.gone = 1e9
    assert clock.now() == first + DAY


def test_a_calendar_that_a_fast_clock_has_left_behind_lets_callers_in(begin):
    seconds = Seconds()
    clock = begin(seconds)
    clock.send("news-mon")
    clock.arrive()
    clock.set(Mode.RUNNING, Decimal(1_000_000))
    seconds.gone = 10.0  # all three days are over
    clock._seconds = Slowly(seconds, PATIENCE_SECONDS * 2)
    wednesday = clock.events()[-1].at
    assert (clock.catch_up(), done(clock)) == (wednesday - 1, ["news-mon", "news-tue"])
    assert clock.behind
    shown = clock.now()
    assert shown > wednesday
    assert clock.set(Mode.PAUSED, Decimal(1)).now >= shown  # it stands where it was, not before
    assert done(clock) == ["news-mon", "news-tue", "news-wed"]
    assert clock.catch_up() == clock.now()
    assert not clock.behind


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("3000-01-01T00:00:00Z", "2999-12-31T23:59:59Z or earlier"),
        ("2999-12-31T23:59:59-00:01", "2999-12-31T23:59:59Z or earlier"),
        ("9999-12-31T23:59:59-23:59", "2999-12-31T23:59:59Z or earlier"),
        ("0001-01-01T00:00:00+14:00", "that moment is over"),
        ("0001-01-01T00:00:00Z", "that moment is over"),
        ("1969-12-31T23:59:59Z", "that moment is over"),
        ("10000-01-01T00:00:00Z", "there is no such moment"),
    ],
)
def test_a_moment_that_no_calendar_reaches_is_refused(begin, to, says):
    clock = begin(Seconds())
    before = clock.state()
    with pytest.raises(Refused, match=says):
        clock.send(to)
    assert (clock.state(), clock.goal) == (before, 0)


def test_a_clock_stands_where_calendars_end_and_everything_before_is_done(begin):
    seconds = Seconds()
    clock = begin(seconds)
    clock.set(Mode.RUNNING, Decimal(1_000_000))
    seconds.gone = 1e6  # thirty thousand years
    clock.catch_up()
    assert done(clock) == ["news-mon", "news-tue", "news-wed"]
    assert iso_utc(clock.state().now) == "2999-12-31T23:59:59Z"
    assert moved(clock, "2999-12-31T23:59:59Z").now == clock.now()


def test_it_goes_on_after_a_restart_where_it_stood(begin):
    clock = begin(Seconds())
    moved(clock, "news-tue")
    there = moved(clock, "2024-04-02T20:00:00Z")
    again = begin(Seconds())
    assert again.state() == there
    assert done(again) == ["news-mon", "news-tue"]


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("news-sun", "no such moment"),
        ("2024-04-02T20:00:00", "no zone"),
        ("2024-04-01T00:00:00Z", "is over"),
        ("news-mon", "is over"),
        ("", "no such moment"),
    ],
)
def test_a_moment_that_cannot_be_reached_is_refused_and_nothing_moves(begin, to, says):
    clock = begin(Seconds())
    before = moved(clock, "2024-04-02T09:30:00-07:00")
    with pytest.raises(Refused, match=says):
        clock.send(to)
    assert clock.state() == before


def test_a_way_that_was_cut_off_goes_on_after_a_restart(begin):
    clock = begin(Seconds())
    clock.send("news-wed")
    clock.approach()
    again = begin(Seconds())
    assert again.goal
    assert again.arrive().next_event is None
    assert done(again) == ["news-mon", "news-tue", "news-wed"]


def test_setting_the_clock_ends_its_way(begin):
    clock = begin(Seconds())
    clock.send("news-wed")
    clock.set(Mode.PAUSED, Decimal(1))
    assert clock.approach()
    assert "news-wed" not in done(clock)


def test_a_calendar_that_broke_off_stays_before_the_break_and_goes_on_there(begin, monkeypatch):
    clock = begin(Seconds())
    before = moved(clock, "news-mon")
    room = clock._room
    carry_out = room.carry_out

    def broken(command):
        if command.key == "news-tue":
            raise OSError("no space left")
        return carry_out(command)

    monkeypatch.setattr(room, "carry_out", broken)
    with pytest.raises(OSError, match="no space"):
        moved(clock, "news-wed")
    assert (clock.goal, clock.state()) == (0, before)
    clock.catch_up()
    monkeypatch.setattr(room, "carry_out", carry_out)
    moved(clock, "news-wed")
    assert done(clock) == ["news-mon", "news-tue", "news-wed"]


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity", "1000001"])
def test_a_rate_that_cannot_be_is_refused(begin, rate):
    clock = begin(Seconds())
    with pytest.raises(Refused, match="rate"):
        clock.set(Mode.RUNNING, Decimal(rate))
    assert clock.state().mode is Mode.PAUSED


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 2 * DAY)),
        st.tuples(st.just("run"), st.sampled_from(["1", "60", "0.5"])),
        st.tuples(st.just("pause"), st.just("1")),
        st.tuples(st.just("advance"), st.sampled_from(["next_event", "news-tue", "news-wed"])),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(MOVES)
def test_it_never_goes_back_and_does_all_that_is_due(world, tmp_path_factory, moves):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('clock') / 'market.db'}")
    seconds = Seconds()
    room = MarketRoom(store, world)
    clock = SandboxClock(Run(room), room, seconds)
    seen = 0
    for kind, value in moves:
        try:
            if kind == "wait":
                seconds.gone += value
            elif kind == "advance":
                moved(clock, value)
            else:
                mode = Mode.RUNNING if kind == "run" else Mode.PAUSED
                clock.set(mode, Decimal(value))
        except Refused:
            pass
        moment = clock.catch_up()
        assert moment >= seen
        seen = moment
        due = [event.id for event in world.scenario.events if event.at <= moment]
        assert done(clock) == due
    store.close()
