"""A whole sandbox as `marketsim serve` makes it, in this process: for tests of `/sim/v1`."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from api_server import PASSWORD, SHORT_RUN, Answer, Live, world_of

from simulator.api.logs import request_log
from simulator.api.server import Server
from simulator.cli.pki_folder import PkiFolder
from simulator.cli.revocation import RevocationWatch
from simulator.cli.sandbox import Sandbox
from simulator.cli.world import identity
from simulator.store import Store, open_store

OPERATOR = "operator"


@dataclass
class Served(Live):
    """A server with its sandbox."""

    sandbox: Sandbox
    store: Store

    def sim(self, method: str, path: str, body: Any = None, base: str = "") -> Answer:
        """A call of the operator."""
        return self.call(OPERATOR, method, f"{base}/sim/v1/{path}", body)

    def advance(self, to: str, base: str = "") -> Any:
        """The clock, when it is there."""
        answer = self.sim("POST", "clock/advance", {"to": to}, base)
        assert answer.status == 200, answer.body
        return answer.json

    def journalled(self) -> list[str]:
        """What the journal holds, by key."""
        return [entry.key for entry in self.store.entries()]

    def handed_in(self, market: str) -> set[str]:
        """Who handed something in, by the engine."""
        keys = [key for key in self.journalled() if key.startswith(f"{market}/")]
        return {key.split("/")[1] for key in keys}


def at_event(world: Any, event_id: str) -> int:
    return next(event.at for event in world.scenario.events if event.id == event_id)


@contextmanager
def sandbox_server(
    data: Path, until: str = "t1-open", play: Any = (), calendar: Path = SHORT_RUN
) -> Iterator[Served]:
    """A calendar at an event; a folder that was served before goes on."""
    world = world_of(calendar)
    folder = PkiFolder(data)
    if not folder.certificate("ca").exists():
        now = datetime.now(UTC)
        folder.initialise([], now)
        folder.issue(["FIN1", "FIN2", "GEN1", "LSEP", "STRANGER"], now, PASSWORD)
    store = open_store(f"sqlite:///{data / 'market.db'}")
    store.identify(identity(calendar, world))
    log = io.BytesIO()
    sandbox = Sandbox(data, folder, world, request_log(log))
    sandbox.open(store, at_event(world, until), play)
    main = sandbox.main
    context = folder.server_context()
    watch = RevocationWatch(folder, context, main.api)

    def every_second() -> None:
        watch.look()
        sandbox.tick()

    server = Server(main.application, context, main.clock.now, every_second)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.serve_on, args=(listening,), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Served(
                listening.getsockname()[1], folder, main.door.room, log, server, watch,
                main.clock.now(), sandbox, store,
            )  # fmt: skip
        finally:
            server.should_exit = True
            thread.join()
            sandbox.close()
            store.close()
