"""One process of a sandbox: its books, its environments, and the server before them."""

from __future__ import annotations

import gc
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.cli.certs import DEFAULT_PASSWORD
from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.shell import file_faults
from simulator.cli.world import announced_first, identity, known_event, shipped_world
from simulator.timeline.event import Event, EventKind
from simulator.timeline.scenario import Scenario

if TYPE_CHECKING:  # what a server needs takes a second to import: not before it is asked for
    from simulator.api.logs import LogSink
    from simulator.api.server import Server
    from simulator.cli.pki_folder import PkiFolder
    from simulator.cli.sandbox import Sandbox
    from simulator.market.world import World
    from simulator.store import Store

DATABASE = "market.db"


@dataclass(frozen=True)
class Plan:
    """What is served; all processes of one sandbox have the same. Its fields are the options."""

    scenario: str
    data: Path
    seed: int
    until: str | None
    database: str | None
    play: tuple[str, ...]
    log: Path | None

    def calendar(self) -> tuple[Path, Scenario, Event]:
        """The calendar's file, the calendar, and the event after which participants are let in."""
        file = scenario_file(self.scenario)
        calendar = read_scenario(file)
        announced_first(calendar, file)
        if self.until is not None:
            return file, calendar, known_event(calendar, self.until)
        openings = [event for event in calendar.events if event.kind is EventKind.OPEN]
        return file, calendar, openings[0] if openings else calendar.events[-1]


@dataclass(frozen=True)
class Begun:
    """What stands when the doors open; `certificates` were made for those who had none."""

    calendar: str
    event_id: str
    certificates: int


def serve_one(
    plan: Plan,
    listening: socket.socket,
    begun: Callable[[Begun], None],
    every_second: Callable[[Server], None],
) -> None:
    """Serve until the end is asked for; `begun` is called just before the first caller is let in.

    Refused for whatever is in the way.
    """
    from simulator.api.logs import request_log
    from simulator.cli.pki_folder import PkiFolder
    from simulator.cli.sandbox import Sandbox
    from simulator.store import open_store

    folder = PkiFolder(plan.data)
    file, calendar, event = plan.calendar()
    with ExitStack() as opened:
        stream = log_stream(opened, plan.log)
        world = shipped_world(calendar, plan.seed)
        store = open_store(plan.database or f"sqlite:///{(plan.data / DATABASE).absolute()}")
        opened.callback(store.close)
        store.identify(identity(file, world))
        made = _certificates(folder, world)
        sandbox = Sandbox(plan.data, folder, world, request_log(stream), _process(store))
        opened.callback(sandbox.close)
        sandbox.open(store, event.at, plan.play)
        server = _server(sandbox, folder, stream, every_second)
        begun(Begun(calendar.name, event.id, made))
        gc.collect()
        gc.freeze()  # what stays for ever is not looked through again
        server.serve_on(listening)


def log_stream(opened: ExitStack, log: Path | None) -> LogSink:
    """Where requests are logged: a file that several processes may write to, or the terminal."""
    from simulator.api.logs import WholeLines

    if log is None:
        stream = WholeLines(sys.stderr.buffer)
    else:
        with file_faults(log):
            stream = WholeLines(opened.enter_context(log.open("ab")))
    opened.callback(stream.flush)
    return stream


def _process(store: Store) -> str:
    """This process's name among those that share the books: none, where nobody does."""
    return secrets.token_hex(4) if store.shared else ""


def _server(
    sandbox: Sandbox, folder: PkiFolder, stream: LogSink, also: Callable[[Server], None]
) -> Server:
    """The server of a sandbox."""
    from simulator.api.logs import server_faults
    from simulator.api.server import Server
    from simulator.cli.files import connections_allowed
    from simulator.cli.revocation import RevocationWatch

    server_faults(stream)
    context = folder.server_context()
    watch = RevocationWatch(folder, context, sandbox.main.api)

    def every_second() -> None:
        stream.flush()
        watch.look()
        sandbox.tick()
        also(server)

    main = sandbox.main
    server = Server(main.application, context, main.clock.now, every_second, connections_allowed())
    main.watch_server(server)
    return server


def _certificates(folder: PkiFolder, world: World) -> int:
    """A certificate for every participant who has none yet; how many were made."""
    missing = folder.missing(sorted(world.participants))
    if missing:
        with file_faults(folder.path):
            folder.issue(missing, datetime.now(UTC), DEFAULT_PASSWORD)
    return len(missing)
