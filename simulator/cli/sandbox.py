"""A sandbox: one market that is served, and its forks, each with books and a clock of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulator.api.api import Api
from simulator.api.app import Application
from simulator.api.documents import load_documents
from simulator.api.door import Door, WatchedRoom
from simulator.api.exchange import Intake
from simulator.api.logs import Note
from simulator.api.metrics import Metrics
from simulator.api.noted import Noted
from simulator.api.oasis import Oasis
from simulator.api.readiness import Readiness
from simulator.api.receipts import BASE as RECEIPTS
from simulator.api.receipts import ReceiptLists
from simulator.api.router import documents_of, known_handlers, routes
from simulator.api.server import Server
from simulator.api.sim import BASE, Sim
from simulator.api.sim_calls import Credentials, OperatorClock, SimCalls
from simulator.cli.certs import DEFAULT_PASSWORD, name_findings
from simulator.cli.forks import Forks, forks_of
from simulator.cli.pki_folder import PkiFolder
from simulator.cli.shell import file_faults
from simulator.domain import Finding, Refused, refuse_if_any
from simulator.engine import Run
from simulator.engine.clock import SandboxClock
from simulator.market.command import OPERATOR, Command
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.store import Store

FORKS = "forks"
# First parts of paths that mean something else.
TAKEN = ("crr", "oasis", "receipts", "ui", "sim", "health", "ready", "metrics", "static", "docs")


@dataclass(frozen=True)
class Environment:
    """One market with everything that serves it."""

    door: Door
    clock: SandboxClock
    api: Api
    calls: SimCalls
    application: Application
    store: Store
    metrics: Metrics

    def tick(self) -> None:
        """A second has gone by."""
        self.door.tick()
        self.calls.tick()

    def watch_server(self, server: Server) -> None:
        """Tell of the server before it too."""
        watch, connections = self.metrics.watch, server.connections
        watch("crr_connections", "Connections open", lambda: len(connections))
        meaning = "Connections that had to make room for others"
        watch("crr_connections_dropped", meaning, lambda: connections.dropped)
        meaning = "Requests refused before they were any operation's"
        watch("crr_requests_not_understood", meaning, lambda: server.not_understood)

    def close(self) -> None:
        """Finish what was begun."""
        self.door.close()
        self.clock.close()


class Sandbox:
    """The environments of one server; `process` is its name among those that share the books."""

    def __init__(
        self, data: Path, folder: PkiFolder, world: World, note: Note, process: str = ""
    ) -> None:
        self._data = data
        self._folder = folder
        self._world = world
        self._note = note
        self._process = process
        self._intake = Intake()  # one memory for all environments
        self._environments: list[Environment] = []
        self._forked: set[str] = set()  # the names that are open
        self._opening = asyncio.Lock()  # one fork after the other is made or opened
        self._looking: asyncio.Task[None] | None = None
        self._forks: Forks
        with file_faults(folder.path):
            self._secret = folder.secret("receipts")
        self.main: Environment

    def open(self, store: Store, moment: int, played: Iterable[str] = ()) -> Environment:
        """The market itself, at `moment` at the earliest, with the forks that there are."""
        for name in played:
            _take_over(store, self._world, name)
        self.main = self._environment(store, moment)
        self._forks = forks_of(store, self._data / FORKS)
        for name in self._forks.names():
            self._mount(name, self._environment(self._forks.open(name), 0))
        if store.shared:  # others may fork it as well
            self.main.application.unmounted = self._is_there_now
        return self.main

    def tick(self) -> None:
        """A second has gone by."""
        for environment in self._environments:
            environment.api.revoked = self.main.api.revoked  # certificates are the same for all
            environment.tick()
        if self.main.store.shared and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(_tell)

    def close(self) -> None:
        """Finish what was begun, and close the forks' books."""
        for environment in self._environments:
            environment.close()
            if environment is not self.main:
                environment.store.close()

    def credentials(self, name: str, password: str | None, legacy: bool) -> Credentials:
        """A user's certificate and key, made where there are none that count."""
        with file_faults(self._folder.path):
            return self._folder.credentials(
                name, datetime.now(UTC), password or DEFAULT_PASSWORD, legacy
            )

    async def fork(self, name: str, origin: Environment) -> OperatorClock:
        """A copy of `origin` under a name of its own; both go their own ways from here."""
        async with self._opening:
            if name.lower() in TAKEN or name in self._forked:
                raise Refused([_taken(name)])
            moment = await origin.door.in_turn(lambda: self._copy(origin, name))
            environment = await self._open(name, moment)
        return environment.clock

    def _copy(self, origin: Environment, name: str) -> int:
        if not self._forks.copy(origin.store, name):
            raise Refused([_taken(name)])
        return origin.clock.now()

    async def _open(self, name: str, moment: int = 0) -> Environment:
        def made() -> Environment:
            return self._environment(self._forks.open(name), moment)

        environment = await asyncio.to_thread(made)
        self._mount(name, environment)
        return environment

    async def _look(self) -> None:
        """Open what other servers have forked."""
        async with self._opening:
            for name in await asyncio.to_thread(self._forks.names):
                if name not in self._forked:
                    await self._open(name)

    async def _is_there_now(self, name: str) -> bool:
        """Whether another server has made a fork of that name in the meantime."""
        await self._look()
        return name in self._forked

    def _mount(self, name: str, environment: Environment) -> None:
        environment.api.revoked = self.main.api.revoked
        self._forked.add(name)
        self.main.application.mount_below(name, environment.application)

    def _environment(self, store: Store, moment: int) -> Environment:
        room = WatchedRoom(store, self._world)
        suffix = f"/{self._process}" if self._process else ""
        clock = SandboxClock(Run(room), room, time.time, moment, f"clock{suffix}")
        door = Door(room, clock, f"api{suffix}")
        metrics = Metrics()
        handlers = known_handlers()
        served = routes(documents_of(handlers, load_documents()), handlers)
        api = Api(served, door, self._note, metrics, time.perf_counter, intake=self._intake)
        around = _Around(self)
        calls = SimCalls(door, clock, around)
        sim = Sim(api, calls, self._note, time.perf_counter)
        oasis, receipts = Oasis(door, time.monotonic), ReceiptLists(api, door, self._secret)
        application = Application(
            api,
            metrics,
            {
                f"{BASE}/": sim,
                "/oasis/": Noted(oasis, "oasis", api, self._note, time.perf_counter),
                RECEIPTS: Noted(receipts, "receipts", api, self._note, time.perf_counter),
            },
            Readiness(door).findings,
        )
        around.environment = Environment(door, clock, api, calls, application, store, metrics)
        self._environments.append(around.environment)
        return around.environment


class _Around:
    """What lies outside of one environment."""

    environment: Environment

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def check_name(self, name: str) -> None:
        refuse_if_any(name_findings([name]))

    def credentials(self, name: str, password: str | None, legacy: bool) -> Credentials:
        return self._sandbox.credentials(name, password, legacy)

    async def fork(self, name: str) -> OperatorClock:
        return await self._sandbox.fork(name, self.environment)


def _tell(done: asyncio.Task[None]) -> None:
    """A fork of another server that cannot be opened is the operator's business."""
    error = None if done.cancelled() else done.exception()
    if error is not None:
        logging.getLogger("uvicorn.error").error("a fork cannot be opened", exc_info=error)


def _take_over(store: Store, world: World, participant: str) -> None:
    """Before the calendar goes on: the engine must not act for the participant once more."""
    at = max(store.last_at(), world.scenario.events[0].at)
    arguments = {"participant": participant}
    command = Command(f"play/{participant}", "play", OPERATOR, at, arguments)
    MarketRoom(store, world).carry_out(command).answer()


def _taken(name: str) -> Finding:
    return Finding(
        "SRV0002",
        "there is such an environment already, or the name means something else",
        where="name",
        found=name,
        allowed="a new name, none of " + ", ".join(TAKEN),
        remedy="choose another name",
    )
