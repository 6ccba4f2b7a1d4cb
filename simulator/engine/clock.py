"""The clock of a sandbox: the calendar moves on when somebody moves it, or by real time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from simulator.domain import Finding, Refused
from simulator.engine.agenda import Item
from simulator.engine.run import Run
from simulator.market.clock import ClockSetting, Mode, setting
from simulator.market.command import OPERATOR, Command
from simulator.market.room import MarketRoom
from simulator.timeline.hours import iso_utc

NEXT_EVENT = "next_event"


@dataclass(frozen=True)
class ClockState:
    """What `GET /sim/v1/clock` tells; `next_event` is None at the end of the calendar."""

    now: int
    mode: Mode
    rate: Decimal
    next_event: Item | None


class SandboxClock:
    """Plays a run to the moment at which the clock stands, and no further.

    `seconds` tells real time. Everything here is called by one thread, the one that writes;
    `now` may be asked by any.
    """

    def __init__(self, run: Run, room: MarketRoom, seconds: Callable[[], float], moment: int = 0):
        """It goes on where the books say that it stood, or begins at `moment` if that is later."""
        self._run = run
        self._room = room
        self._seconds = seconds
        with room.store.reading() as tx:
            kept = setting(tx)
        last = room.store.last_at()
        self._mode, self._rate = kept.mode, kept.rate
        self._moment: int = max(kept.moment, moment, last)
        self._since: float = seconds()
        self._run.play_to(self._moment)

    def now(self) -> int:
        """Where the clock stands, in epoch seconds; what is due by then may not be done yet."""
        if self._mode is Mode.PAUSED:
            return self._moment
        gone = Decimal(str(self._seconds() - self._since)) * self._rate
        return self._moment + int(gone)

    def state(self) -> ClockState:
        """The clock as people see it."""
        return ClockState(self.now(), self._mode, self._rate, self.next_event())

    def next_event(self) -> Item | None:
        """The calendar's next event that is not carried out yet."""
        return next((item for item in self._run.pending() if item.event_id), None)

    def catch_up(self) -> int:
        """Carry out all that is due by now; the moment that it was done for."""
        moment = self.now()
        self._run.play_to(moment)
        return moment

    def set(self, mode: Mode, rate: Decimal) -> ClockState:
        """Pause the clock, or let it run; Refused for a rate that cannot be."""
        moment = self.catch_up()
        self._note(mode, rate, moment)
        self._begin(ClockSetting(mode, rate), moment)
        return self.state()

    def target(self, to: str) -> int:
        """The moment that `to` names: "next_event", an event's id, or an ISO time.

        Refused when there is no such moment or it is over.
        """
        if to == NEXT_EVENT:
            event = self.next_event()
            if event is None:
                raise Refused([_finding("the calendar is at its end", to, "an ISO time")])
            return event.at
        known = {item.event_id: item.at for item in self._run.agenda if item.event_id}
        moment = known.get(to)
        if moment is None:
            moment = _moment(to, known)
        if moment < self.now():
            allowed = f"{iso_utc(self.now())} or later: the clock only goes forward"
            raise Refused([_finding("that moment is over", to, allowed)])
        return moment

    def step(self, target: int) -> bool:
        """Carry out the next thing that is due by `target`; False when there is none any more."""
        due = self._run.next_at()
        if due is None or due > target:
            return False
        self._moment = max(self._moment, due)
        self._since = self._seconds()
        self._run.step()
        return True

    def arrive(self, target: int) -> ClockState:
        """Put the clock at `target`, with everything done that is due by then."""
        while self.step(target):
            pass
        self._note(self._mode, self._rate, target)
        self._begin(ClockSetting(self._mode, self._rate), target)
        return self.state()

    def _begin(self, kept: ClockSetting, moment: int) -> None:
        self._mode, self._rate = kept.mode, kept.rate
        self._moment, self._since = moment, self._seconds()

    def _note(self, mode: Mode, rate: Decimal, moment: int) -> None:
        key = f"clock/{self._room.store.length() + 1}"
        arguments = {"mode": mode.value, "rate": str(rate)}
        self._room.carry_out(Command(key, "set_clock", OPERATOR, moment, arguments)).answer()


def _moment(text: str, known: dict[str, int]) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        allowed = f"{NEXT_EVENT}, an ISO time with its zone, or an event: {', '.join(known)}"
        raise Refused([_finding("there is no such moment", text, allowed)]) from None
    if moment.tzinfo is None:
        raise Refused([_finding("the time has no zone", text, f"{text}Z, say")])
    return int(moment.astimezone(UTC).timestamp())


def _finding(message: str, found: str, allowed: str) -> Finding:
    return Finding(
        "CLK0002", message, where="to", found=found, allowed=allowed, remedy="name such a moment"
    )
