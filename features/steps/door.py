"""What a step may do and see as those who take part do: in this process, or on a server.

A step that takes its play as a `Door` can be played anywhere. One that takes a `Play` looks into
the market's books, which nobody does over the wire: it is played in this process only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import parse

from simulator.domain import Crr, MarketStatus, Participant, Portfolio, PortfolioStatus, Tou
from simulator.timeline.hours import epoch
from simulator.timeline.process import ProcessSpec
from simulator.timeline.scenario import Scenario

Choice = TypeVar("Choice", bound=StrEnum)
CapKey = tuple[str, str, Tou]  # sink, period, time of use

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CAP = "UPPER_BOUND"
# What a finding tells beside its code and its message.
WHOLE = ("where", "found", "allowed", "remedy")


@parse.with_pattern(r"(?!OPERATOR\b)\w+")
def participant(text: str) -> str:
    """Somebody who is not the operator, in the text of a step: `{who:Participant}`."""
    return text


TYPES = {"Participant": participant}


@dataclass(frozen=True)
class Answer:
    """What the market said to who asked, and how things stood before.

    `status` is "refused" when nothing of the request is kept. `tells` are the parts that each
    finding must have: an answer of the wire that is no refusal has room for messages only.
    """

    status: str
    findings: list[dict[str, str]]
    effect: Mapping[str, Any]
    portfolio: Portfolio
    digest_before: str
    counted_before: Any = ()
    tells: tuple[str, ...] = WHOLE

    @property
    def refused(self) -> bool:
        """Whether the request was refused outright."""
        return self.status == "refused"

    @property
    def reasons(self) -> str:
        """The findings in words, for a failing step to show."""
        lines = (f"{item.get('code', '')} {item['message']}".strip() for item in self.findings)
        return "\n".join(lines) or "none"


@dataclass(frozen=True)
class Standing:
    """Where a market stands; `closes_at` is in epoch seconds."""

    status: MarketStatus
    closes_at: int


class Door(ABC):
    """A market that is played; `moment` is how far its clock has gone, in epoch seconds."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.moment = 0
        self.answer: Answer | None = None
        self.noted: dict[str, Any] = {}  # what a step keeps for a later one

    def __repr__(self) -> str:
        return f"{self.scenario.name}, {self.said(self.moment) if self.moment else 'begun'}"

    def at(self, week: int, day: str, clock: str) -> int:
        """The moment that people call `Tuesday of week 1 at 17:00`."""
        assert day in DAYS, f"{day} is no weekday; say {', '.join(DAYS)}"
        try:
            hour = time.fromisoformat(clock)
        except ValueError:
            raise AssertionError(f"{clock} is no time of day; say it like 17:00") from None
        date = self.scenario.first_monday + timedelta(days=7 * (week - 1) + DAYS.index(day))
        return epoch(date, hour, self.scenario.settings.calendar.timezone)

    def said(self, moment: int) -> str:
        """The same the other way round."""
        zone = ZoneInfo(self.scenario.settings.calendar.timezone)
        local = datetime.fromtimestamp(moment, zone)
        days = (local.date() - self.scenario.first_monday).days
        return f"{DAYS[days % 7]} of week {days // 7 + 1} at {local:%H:%M}"

    def advance(self, moment: int) -> None:
        """Let everything happen that is due up to and including `moment`."""
        assert moment >= self.moment, (
            f"the clock only goes forward: it is {self.said(self.moment)} already, "
            f"{self.said(moment)} is over; {self.when_over}"
        )
        if moment > self.moment:
            self.go_to(moment)
            self.moment = moment

    when_over = "put the scenarios in the calendar's order"

    def person(self, name: str) -> Participant:
        """A participant by its id."""
        known = self.people()
        assert name in known, f"{name} does not take part; there are {', '.join(sorted(known))}"
        return known[name]

    def spec(self, process: str) -> ProcessSpec | None:
        """A process of the calendar; None when it has none of that name."""
        return next((spec for spec in self.scenario.processes if spec.name == process), None)

    def last_answer(self) -> Answer:
        """The answer that `it` means in a step."""
        assert self.answer is not None, "nobody has asked for anything yet"
        return self.answer

    def ask(self, kind: str, who: str, /, **arguments: Any) -> Answer:
        """What `who` asks for now; later steps mean the answer by `it`."""
        self.answer = self.asked_for(kind, who, arguments)
        return self.answer

    def hand(self, kind: str, portfolio: Portfolio, user: str = "") -> Answer:
        """Create, submit, retract or delete a portfolio; the answer is kept as well."""
        self.answer = self.handed(kind, portfolio, user or portfolio.participant)
        return self.answer

    @abstractmethod
    def go_to(self, moment: int) -> None:
        """Move the clock there."""

    @abstractmethod
    def asked_for(self, kind: str, who: str, arguments: Mapping[str, Any]) -> Answer:
        """The market's answer to a command."""

    @abstractmethod
    def handed(self, kind: str, portfolio: Portfolio, user: str) -> Answer:
        """The market's answer to a command about a portfolio."""

    @abstractmethod
    def give(self, user: str, organisation: str, who: str, functions: list[list[str]]) -> None:
        """The operator gives a user functions, each [service, READ or WRITE], for a participant."""

    @abstractmethod
    def people(self) -> Mapping[str, Participant]:
        """Everybody who takes part."""

    @abstractmethod
    def digest(self) -> str:
        """One digest of all books but the journal."""

    @abstractmethod
    def first_break(self) -> int | None:
        """The first line of the journal that does not follow from the one before, or is older."""

    @abstractmethod
    def counted(self, market: str, who: str) -> Any:
        """What counts in a market, to be compared with what counted; `who` has just asked."""

    @abstractmethod
    def standing(self, market: str) -> Standing:
        """Where a market stands."""

    @abstractmethod
    def process(self, name: str) -> str:
        """The state of a process."""

    @abstractmethod
    def told_everybody(self) -> list[str]:
        """The public messages, in order."""

    @abstractmethod
    def told(self, who: str) -> list[str]:
        """The private messages of a participant, in order."""

    @abstractmethod
    def portfolios(self, who: str, market: str) -> dict[str, PortfolioStatus]:
        """A participant's portfolios in a market, each with its status."""

    @abstractmethod
    def caps(self, who: str, market: str, kind: str = CAP) -> dict[CapKey, Decimal]:
        """The nomination caps of a participant in MW, or its MEQ or SEQ; none before posting."""

    @abstractmethod
    def short_usd(self, who: str, market: str) -> Decimal:
        """By how much a participant was short when collateral was last verified; 0 if it passed."""

    @abstractmethod
    def rights(self, participant: str) -> list[dict[str, str]]:
        """Who may act for a participant: user, organisation, function, service."""

    @abstractmethod
    def file(self, path: str) -> bytes:
        """What everybody can download under that path; nothing where it is not out."""

    @abstractmethod
    def results(self, market: str) -> list[str]:
        """A market's results that can be downloaded: published/... and private/WHO/..."""

    @abstractmethod
    def crrs(self) -> tuple[Crr, ...]:
        """Everybody's CRRs, as the public list has them."""

    @abstractmethod
    def own_crrs(self, who: str) -> tuple[Crr, ...]:
        """What a participant downloads as its own."""

    @abstractmethod
    def loads(self, who: str, window: str) -> tuple[str, set[Decimal]]:
        """The status of a participant's load on file in a window's first period, and its MW."""

    @abstractmethod
    def load_metric(self, who: str, window: str, sink: str) -> list[Decimal]:
        """What that load counts with at a sink in MW, for each time of use."""

    @abstractmethod
    def n_hours(self, market: str) -> list[tuple[str, int, str]]:
        """The N-hours that are posted: default LAP, season, time of use."""

    @abstractmethod
    def upload(self, who: str, part: str, udc: str, market: str, day: str, rows: Any) -> Answer:
        """A utility's upload to a load-migration market; rows name participants by their ids."""


class Stage(ABC):
    """The plays of one feature file: same calendar, seed, same market."""

    @abstractmethod
    def play(self, calendar: str, seed: int) -> Door:
        """The market of that calendar and seed, as far as it has been played."""


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
