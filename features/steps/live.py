"""The calendar played live: it goes on to a moment, and waits there until it is told to go on."""

from __future__ import annotations

from threading import Semaphore, Thread

from simulator.engine import Run
from simulator.market.command import Command
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.store import Entry, Store


class _Over(Exception):
    """Nobody will tell the calendar to go on any more."""


class LiveRun:
    """A run in a thread of its own that moves only while `until` waits for it.

    Either the steps or the run do something, never both: the baton goes to and fro. A run that was
    begun once need not find its way from the beginning for every step.
    """

    def __init__(self, store: Store, world: World) -> None:
        self.moment = 0
        self._room = _Door(store, world, self)
        self._thread = Thread(target=self._play, name="calendar", daemon=True)
        self._go, self._back = Semaphore(0), Semaphore(0)
        self._over = self._finished = False
        self._error: BaseException | None = None

    def until(self, moment: int) -> None:
        """Let everything happen that is due up to and including `moment`; raises what it raises."""
        if not self._finished:
            self.moment = moment
            if self._thread.ident is None:
                self._thread.start()
            else:
                self._go.release()
            self._back.acquire()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the run where it is."""
        self._over = True
        if self._thread.is_alive():
            self._go.release()
            self._thread.join()

    def wait(self) -> None:
        """Called by the run: it has come to something that is due later."""
        if self._over:  # several may be due at the moment at which it ends
            raise _Over
        self._back.release()
        self._go.acquire()
        if self._over:
            raise _Over

    def _play(self) -> None:
        try:
            Run(self._room).play()
        except _Over:
            pass
        except BaseException as error:
            self._error = error
        self._finished = True
        self._back.release()


class _Door(MarketRoom):
    """The market room as the calendar and its people enter it: who is early waits outside."""

    def __init__(self, store: Store, world: World, live: LiveRun) -> None:
        super().__init__(store, world)
        self._live = live

    def carry_out(self, command: Command) -> Entry:
        while command.at > self._live.moment:
            self._live.wait()
        return super().carry_out(command)
