"""The clock of a sandbox: the calendar moves on when somebody moves it, or by real time.

The books say how the clock was set, so that it survives a restart and is one for all processes of
a market. One of them holds the lease and keeps the clock: it carries the calendar out. The others
read the time, and may set the clock as well; the keeper then hears of it from the books.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from simulator.domain import Finding, Refused
from simulator.engine.agenda import Item
from simulator.engine.run import Run
from simulator.market.clock import (
    LATEST,
    CalendarEvent,
    ClockSetting,
    ClockState,
    Mode,
    setting,
    setting_arguments,
)
from simulator.market.command import OPERATOR, Command
from simulator.market.room import MarketRoom
from simulator.timeline.hours import iso_utc

NEXT_EVENT = "next_event"
# A calendar that a fast clock has left behind lets callers in after so many real seconds; clients
# give up after 15 (wire contract, rule C13), and the last thing that was begun takes its time too.
PATIENCE_SECONDS = Decimal(1)


class SandboxClock:
    """Plays a run to the moment at which the clock stands, and no further.

    Everything here is called by one thread, the one that writes; `now`, `state` and `events` may be
    asked by any.
    """

    def __init__(
        self,
        run: Run,
        room: MarketRoom,
        seconds: Callable[[], float],
        moment: int = 0,
        name: str = "clock",
    ) -> None:
        """It goes on where the books say that it stood, or begins at `moment` if that is later.

        `seconds` tells real time; processes of one market must agree on it. `name` is of this
        process: no two that share a market have the same.
        """
        self._run = run
        self._room = room
        self._seconds = seconds
        self._name = name
        self._lease = room.store.lease()
        self._latest = 0
        self._seen = self._setting = self._in_the_books()
        self.keeps = self._lease.held()
        if self.keeps:
            last = max(self._setting.moment, moment, room.store.last_at())
            self._stand_at(last)
            self._run.play_to(last)
            if room.store.shared:
                self._note(self._setting)

    def close(self) -> None:
        """Leave the clock to another process."""
        self._lease.close()

    def now(self) -> int:
        """Where the clock stands, in epoch seconds; what is due by then may not be done yet."""
        self._latest = max(self._latest, self._setting.now(self._real()))
        return self._latest

    def state(self) -> ClockState:
        """The clock as people see it."""
        coming = (event for event in self.events() if not event.done)
        kept = self._setting
        return ClockState(self.now(), kept.mode, kept.rate, next(coming, None))

    def events(self) -> tuple[CalendarEvent, ...]:
        """The calendar's events in their order; what is in the journal is done."""
        items = [item for item in self._run.agenda if item.event_id]
        known = self._room.store.known([item.key for item in items])
        return tuple(_event(item, item.key in known) for item in items)

    @property
    def goal(self) -> int:
        """The moment that the clock was sent to and has not reached yet; 0 when it is there."""
        return self._setting.goal

    @property
    def behind(self) -> bool:
        """Whether this process keeps the clock and something is due by now that is not done.

        To be asked between two commands: while one is carried out nobody knows what comes next.
        """
        return self.keeps and self._is_due(self.now()) > 0

    def catch_up(self) -> int:
        """Carry out what is due by now, if this process keeps the clock; the moment it is then.

        After `PATIENCE_SECONDS` the rest waits for the next call, and the moment is the last one
        for which all is done: whoever is let in finds the market as of then.
        """
        self._look()
        moment = self.now()
        if not self._is_keeper():
            return moment
        patient_until = self._real() + PATIENCE_SECONDS
        while self._is_due(moment):
            self._play(self._run.step)
            if self._real() > patient_until and (due := self._is_due(moment)):
                return due - 1
        return moment

    def set(self, mode: Mode, rate: Decimal) -> ClockState:
        """Pause the clock, or let it run; a goal is given up. Refused for a rate that cannot be."""
        self.catch_up()
        self._note(ClockSetting(mode, rate, self.now(), self._real()))
        return self.state()

    def send(self, to: str) -> None:
        """Give the clock a goal: "next_event", an event's id, or an ISO time.

        Refused when there is no such moment or it is over.
        """
        self.catch_up()
        goal = self._target(to)
        self._note(replace(self._setting, moment=self.now(), since=self._real(), goal=goal))

    def approach(self) -> bool:
        """Come one step nearer to the goal; True when the clock is there, or the goal given up.

        A process that does not keep the clock only looks how far it is. The goal is given up when
        the calendar cannot go on.
        """
        self._look()
        goal = self.goal
        if not goal:
            return True
        if not self._is_keeper():
            return False
        due = self._run.next_at()
        if due is not None and due <= goal:
            self._play(self._run.step)
            if self._run.next_at() != due:  # all that was due then is done, and nothing broke
                self._stand_at(max(self.now(), due))
            return False
        moment = max(self.now(), goal)
        self._note(replace(self._setting, moment=moment, since=self._real(), goal=0))
        return True

    def arrive(self) -> ClockState:
        """Go all the way to the goal."""
        while not self.approach():
            pass
        return self.state()

    def _target(self, to: str) -> int:
        events = self.events()
        if to == NEXT_EVENT:
            coming = next((event for event in events if not event.done), None)
            if coming is None:
                raise Refused([_finding("the calendar is at its end", to, "an ISO time")])
            return max(coming.at, self.now())  # one that is late is due now
        known = {event.id: event.at for event in events}
        moment = known.get(to)
        if moment is None:
            moment = _moment(to, known)
        if moment < self.now():
            allowed = f"{iso_utc(self.now())} or later: the clock only goes forward"
            raise Refused([_finding("that moment is over", to, allowed)])
        return moment

    def _play(self, work: Callable[[], None]) -> None:
        """Go on with the calendar; where that breaks, it is walked again from its beginning.

        A run that broke in the middle of a step is over, and what the journal holds is not done
        twice: the next one finds its way to the same step, and tries it again.
        """
        try:
            work()
        except Exception:
            self._run = Run(self._room)
            if self.goal:
                self._note(replace(self._setting, moment=self.now(), since=self._real(), goal=0))
            raise

    def _is_due(self, moment: int) -> int:
        """When the next thing is due, if that is by `moment`; 0 where nothing is."""
        due = self._run.next_at()
        return due if due is not None and due <= moment else 0

    def _is_keeper(self) -> bool:
        """Whether the calendar is for this process to carry out; the first to ask for it has it."""
        self.keeps = self._lease.held()
        return self.keeps

    def _real(self) -> Decimal:
        return Decimal(str(self._seconds()))

    def _in_the_books(self) -> ClockSetting:
        with self._room.store.reading() as tx:
            return setting(tx)

    def _look(self) -> None:
        """See what other processes did with the clock, and how far the market has come."""
        if not self._room.store.shared:
            return
        found = self._in_the_books()
        if found != self._seen:
            self._seen = self._setting = found
        self._latest = max(self._latest, self._room.store.last_at())

    def _stand_at(self, moment: int) -> None:
        self._setting = replace(self._setting, moment=moment, since=self._real())

    def _note(self, kept: ClockSetting) -> None:
        """Write a setting into the books; it counts from then on."""
        key = f"{self._name}/{self._room.store.length() + 1}"
        arguments = setting_arguments(kept)
        command = Command(key, "set_clock", OPERATOR, kept.moment, arguments)
        self._room.carry_out(command).answer()
        self._seen = self._setting = kept


def _event(item: Item, done: bool) -> CalendarEvent:
    given = item.command.arguments
    market, text = str(given.get("market", "")), str(given["text"])
    return CalendarEvent(item.event_id, item.at, item.command.kind, market, text, done)


def _moment(text: str, known: dict[str, int]) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        allowed = f"{NEXT_EVENT}, an ISO time with its zone, or an event: {', '.join(known)}"
        raise Refused([_finding("there is no such moment", text, allowed)]) from None
    if moment.tzinfo is None:
        raise Refused([_finding("the time has no zone", text, f"{text}Z, say")])
    try:
        at = int(moment.astimezone(UTC).timestamp())
    except OverflowError:  # in UTC it is before the year 1 or after 9999: too far all the same
        at = int(moment.replace(tzinfo=UTC).timestamp())
    if at > LATEST:
        allowed = f"{iso_utc(LATEST)} or earlier"
        raise Refused([_finding("no calendar goes that far", text, allowed)])
    return at


def _finding(message: str, found: str, allowed: str) -> Finding:
    return Finding(
        "CLK0002", message, where="to", found=found, allowed=allowed, remedy="name such a moment"
    )
