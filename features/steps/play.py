"""One market, played along its calendar as a feature's scenarios ask for it; never backwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.shell import shipped
from simulator.domain import Participant, Portfolio
from simulator.engine import Run
from simulator.market.command import Command
from simulator.market.outages import PlannedOutage
from simulator.market.portfolios import submitted
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import Entry, Store, Transaction, open_store
from simulator.timeline.hours import epoch

Choice = TypeVar("Choice", bound=StrEnum)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Answer:
    """What the market said to a participant, and how its books stood before it was asked."""

    entry: Entry
    portfolio: Portfolio
    digest_before: str
    counted_before: tuple[Portfolio, ...]

    @property
    def refused(self) -> bool:
        """Whether the request was refused outright: nothing of it is kept."""
        return self.entry.status == "refused"

    @property
    def status(self) -> str:
        """The portfolio's status in the answer; "refused" when there is none."""
        return "refused" if self.refused else str(json.loads(self.entry.effect)["status"])

    @property
    def findings(self) -> list[dict[str, str]]:
        """Everything that the market found wrong."""
        effect = json.loads(self.entry.effect)
        return list(effect if self.refused else effect.get("findings", ()))

    @property
    def reasons(self) -> str:
        """The findings in words, for a failing step to show."""
        return "\n".join(f"{item['code']} {item['message']}" for item in self.findings) or "none"


@dataclass(repr=False)
class Play:
    """A market in this process; `moment` is how far its clock has gone, in epoch seconds."""

    store: Store
    world: World
    run: Run
    moment: int = 0
    asked: int = 0
    answer: Answer | None = None
    noted: dict[str, Any] = field(default_factory=dict)  # what a step keeps for a later one

    def __repr__(self) -> str:
        return f"{self.world.scenario.name}, {self.said(self.moment) if self.moment else 'begun'}"

    def at(self, week: int, day: str, clock: str) -> int:
        """The moment that people call `Tuesday of week 1 at 17:00`."""
        assert day in DAYS, f"{day} is no weekday; say {', '.join(DAYS)}"
        try:
            hour = time.fromisoformat(clock)
        except ValueError:
            raise AssertionError(f"{clock} is no time of day; say it like 17:00") from None
        date = self.world.scenario.first_monday + timedelta(days=7 * (week - 1) + DAYS.index(day))
        return epoch(date, hour, self.world.settings.calendar.timezone)

    def said(self, moment: int) -> str:
        """The same the other way round."""
        zone = ZoneInfo(self.world.settings.calendar.timezone)
        local = datetime.fromtimestamp(moment, zone)
        days = (local.date() - self.world.scenario.first_monday).days
        return f"{DAYS[days % 7]} of week {days // 7 + 1} at {local:%H:%M}"

    def advance(self, moment: int) -> None:
        """Let everything happen that is due up to and including `moment`."""
        assert moment >= self.moment, (
            f"the clock only goes forward: it is {self.said(self.moment)} already, "
            f"{self.said(moment)} is over; put the scenarios in the calendar's order"
        )
        if moment > self.moment:
            self.run.play_to(moment)
            self.moment = moment

    def ask(self, kind: str, portfolio: Portfolio, arguments: Mapping[str, Any]) -> Answer:
        """What a participant asks for now; the answer is kept for the steps that look at it."""
        with self.reading() as tx:
            counted = submitted(tx, portfolio.market)
        digest, self.asked = self.store.state_digest(), self.asked + 1
        key = f"feature/{self.asked}/{portfolio.participant}/{kind}"
        command = Command(key, kind, portfolio.participant, self.moment, arguments)
        entry = MarketRoom(self.store, self.world).carry_out(command)
        self.answer = Answer(entry, portfolio, digest, counted)
        return self.answer

    def person(self, name: str) -> Participant:
        """A participant by its id."""
        known = self.world.participants
        assert name in known, f"{name} does not take part; there are {', '.join(sorted(known))}"
        return known[name]

    def reading(self) -> AbstractContextManager[Transaction]:
        """A look at the market's books."""
        return self.store.reading()

    def last_answer(self) -> Answer:
        """The answer that `it` means in a step."""
        assert self.answer is not None, "nobody has asked for anything yet"
        return self.answer


class Stage:
    """The plays of one feature file: same calendar, seed and added outages, same market."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plays: dict[tuple[str, int, tuple[PlannedOutage, ...]], Play] = {}

    def play(self, calendar: str, seed: int, *outages: PlannedOutage) -> Play:
        """The market of that calendar and seed, as far as it has been played.

        `outages` come on top of those that the shipped network has.
        """
        key = calendar, seed, outages
        if key not in self._plays:
            fixtures = shipped("fixtures")
            folder = read_world_folder(
                fixtures / "california", fixtures / "participants", fixtures / "load_history"
            )
            folder = replace(folder, outages=(*folder.outages, *outages))
            world = World(read_scenario(scenario_file(calendar)), seed, folder)
            store = open_store(f"sqlite:///{self._folder / f'{len(self._plays)}.db'}")
            self._plays[key] = Play(store, world, Run(MarketRoom(store, world)))
        return self._plays[key]

    def close(self) -> None:
        """Give the databases back."""
        for play in self._plays.values():
            play.store.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage a feature file."""
    made = Stage(tmp_path_factory.mktemp("market"))
    yield made
    made.close()


@pytest.fixture
def play() -> Play:
    """What a step sees when no step before it has named a market."""
    raise AssertionError(
        'no market is played: begin with `Given the calendar "market-sim" is played with seed 1`'
    )


@pytest.fixture
def datatable() -> list[list[str]]:
    """What a step that wants a table sees when there is none below it."""
    raise AssertionError("the step needs a table below it")


def table(
    datatable: list[list[str]], needed: Iterable[str], optional: Iterable[str] = ()
) -> list[dict[str, str]]:
    """The rows of a step's table by their headings."""
    header, *rows = datatable
    missing = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in (*needed, *optional)]
    assert not missing, f"the table lacks the column {', '.join(missing)}"
    assert not unknown, f"the table has an unknown column {', '.join(unknown)}"
    return [dict(zip(header, row, strict=True)) for row in rows]


def one_of(kind: type[Choice], text: str) -> Choice:
    """A word of a table as what it stands for."""
    words = [choice.value for choice in kind]
    assert text in words, f"{text} is not one of {', '.join(words)}"
    return kind(text)


def number(text: str) -> Decimal:
    """A number of a table, exact."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise AssertionError(f"{text} is no number") from None


def total(values: Any) -> Decimal:
    """An exact sum."""
    return sum(values, Decimal(0))
