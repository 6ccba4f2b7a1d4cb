"""A run: the calendar played from beginning to end, or from where it was cut off.

Nothing of a run lives in the simulator's processes: on start every process is spawned again and
walks its calendar from the beginning, and what the journal already holds is answered from there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import simpy

from simulator.engine.agenda import Item, agenda, opens_a_window
from simulator.engine.scripts import Act, Script
from simulator.engine.special import scripts, wheeling_payment
from simulator.market.command import Command
from simulator.market.played import played
from simulator.market.portfolios import create_arguments
from simulator.market.room import MarketRoom
from simulator.market.views import view_of
from simulator.market.windows import known_market
from simulator.participants import Person, Submission, submissions
from simulator.store import Entry

Process = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Step:
    """Something happened, or was found to have happened already (`replayed`)."""

    entry: Entry
    replayed: bool
    event_id: str = ""


Watcher = Callable[[Step], None]


class Run:
    """One calendar, one market room, one simulated clock in epoch seconds.

    It can be played to its end, or from moment to moment: what is not due yet waits.
    """

    def __init__(
        self, room: MarketRoom, until: str | None = None, watch: Watcher | None = None
    ) -> None:
        """`until` is the id of the last event to be carried out; `watch` hears of every step."""
        self._room = room
        self._watch = watch or (lambda step: None)
        items = agenda(room.world.scenario)
        self.agenda = items if until is None else tuple(_up_to(items, until))
        self._done = 0
        self._environment = simpy.Environment(initial_time=self.agenda[0].at if self.agenda else 0)
        self._last = self._environment.process(self._operator())

    @property
    def finished(self) -> bool:
        """Whether the calendar has been carried out to its end."""
        return bool(self._last.processed)

    def pending(self) -> tuple[Item, ...]:
        """What of the calendar has not been carried out yet, in its order."""
        return self.agenda[self._done :]

    def next_at(self) -> int | None:
        """The moment at which something is due next, by the calendar or by a participant."""
        return None if self.finished else int(self._environment.peek())

    def step(self) -> None:
        """Carry out what is due next; nothing when the calendar is at its end."""
        if not self.finished:
            self._environment.step()

    def play_to(self, moment: int) -> None:
        """Carry out everything that is due up to and including `moment`, in order of time."""
        while (due := self.next_at()) is not None and due <= moment:
            self.step()

    def play(self) -> None:
        """Carry everything out, in order of simulated time."""
        while not self.finished:
            self.step()

    @property
    def _now(self) -> int:
        return int(self._environment.now)

    def _operator(self) -> Process:
        for item in self.agenda:
            yield self._environment.timeout(item.at - self._now)
            self._carry_out(item.command, item.event_id)
            self._done += 1
            if opens_a_window(item):
                for person in self._room.world.people:
                    self._environment.process(self._participant(person, item))
            for script in scripts(self._room, item):
                self._environment.process(self._play_script(script, item.at))

    def _participant(self, person: Person, item: Item) -> Process:
        opened_at = item.at
        for submission in self._plan(person, str(item.command.arguments["market"])):
            yield self._environment.timeout(opened_at + submission.offset_seconds - self._now)
            self._hand_in(person, submission, self._now)

    def _play_script(self, script: Script, opened_at: int) -> Process:
        """Carry out each act when it is due, and let the script see the answer."""
        act = next(script, None)
        while act is not None:
            due = max(opened_at + act.offset_seconds, self._now)
            yield self._environment.timeout(due - self._now)
            entry = self._act(act, self._now)
            if entry is None:
                script.close()
                return
            try:
                act = script.send(entry)
            except StopIteration:
                return

    def _act(self, act: Act, at: int) -> Entry | None:
        """What the market answers; None for an act of somebody whom people play."""
        known = self._room.store.entry(act.key)
        if known is None:
            return None if self._is_played(act.actor) else self._carry_out(act.command(at))
        self._watch(Step(known, replayed=True))
        return known

    def _is_played(self, participant: str) -> bool:
        """Whether people play the participant by now; what it did before stays as it is."""
        with self._room.store.reading() as tx:
            return participant in played(tx)

    def _plan(self, person: Person, market: str) -> tuple[Submission, ...]:
        """What the person will hand in, decided when the window opens from what it sees then."""
        world = self._room.world
        with self._room.store.reading() as tx:
            view = view_of(tx, world, known_market(tx, market), person)
        if view is None:
            return ()
        return submissions(person, view, world.settings.population, world.seed)

    def _hand_in(self, person: Person, submission: Submission, at: int) -> None:
        portfolio = submission.portfolio
        key = f"{portfolio.market}/{portfolio.participant}/{portfolio.name}"
        owner = person.participant_id
        if self._is_played(owner) and self._room.store.entry(f"{key}/create") is None:
            return
        payment = wheeling_payment(self._room.world, portfolio, at)
        if payment is not None:
            self._carry_out(payment)
        created = self._carry_out(
            Command(f"{key}/create", "create_portfolio", owner, at, create_arguments(portfolio))
        )
        if created.status == "done":
            arguments = {
                "market": portfolio.market,
                "participant": owner,
                "portfolio": portfolio.name,
            }
            self._carry_out(Command(f"{key}/submit", "submit_portfolio", owner, at, arguments))

    def _carry_out(self, command: Command, event_id: str = "") -> Entry:
        known = self._room.store.entry(command.key)
        entry = known or self._room.carry_out(command)
        self._watch(Step(entry, known is not None, event_id))
        return entry


def _up_to(items: tuple[Item, ...], until: str) -> Iterator[Item]:
    for item in items:
        yield item
        if item.key == until:
            return
