"""A real server on a real market for the tests, and a client that talks to it."""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from simulator.api.api import Api
from simulator.api.app import Application
from simulator.api.documents import load_documents
from simulator.api.door import Door, FixedClock, WatchedRoom
from simulator.api.logs import request_log
from simulator.api.metrics import Metrics
from simulator.api.oasis import Oasis
from simulator.api.router import documents_of, known_handlers, routes
from simulator.api.server import Server
from simulator.cli.pki_folder import PkiFolder
from simulator.cli.revocation import RevocationWatch
from simulator.engine import Run
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import open_store
from simulator.timeline.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
SHORT_RUN = ROOT / "tests" / "engine" / "short_run.toml"
THREE_AUCTIONS = ROOT / "tests" / "api" / "three_auctions.toml"
AUCTION, TIER_1, TIER_2 = "AUC_MN_2024_M04", "ALLOC_MN_2024_M04_T1", "ALLOC_MN_2024_M04_T2"
REQUEST_ID = "5f1c8b52-6f0e-4f0a-9d5e-0b8f7f3f9a11"
PASSWORD = "secret"


@dataclass
class Live:
    """A server that runs, with what a test wants to look at."""

    port: int
    folder: PkiFolder
    room: WatchedRoom
    log: io.BytesIO
    server: Server
    watch: RevocationWatch
    now: int

    def context(self, name: str | None, **wanted: Any) -> ssl.SSLContext:
        """A client's context, with the certificate of `name`."""
        context = ssl.create_default_context(cafile=str(self.folder.certificate("ca")))
        if name is not None:
            context.load_cert_chain(self.folder.certificate(name), self.folder.key(name))
        for key, value in wanted.items():
            setattr(context, key, value)
        return context

    def call(
        self,
        name: str | None,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One call on a connection of its own; a body that is not bytes goes as JSON."""
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=20, context=self.context(name)
        )
        sent = {"caiso-request-id": REQUEST_ID, **(headers or {})}
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method, path, content, sent)
            return answer_of(connection.getresponse())
        finally:
            connection.close()

    def raw(self, name: str | None, content: bytes) -> bytes:
        """What comes back for bytes that need not be HTTP, until the server hangs up."""
        context = self.context(name)
        with (
            socket.create_connection(("localhost", self.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(content)
            return read_to_end(connection)


@dataclass
class Answer:
    """Status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[str]:
        """The codes of the error body; its shape is checked on the way."""
        body = self.json
        assert list(body) == ["errorList", "creationTime", "serviceVersion"]
        assert body["serviceVersion"] == "V1.0"
        datetime.strptime(body["creationTime"], "%Y-%m-%dT%H:%M:%SZ")
        assert self.headers["content-type"] == "application/json"
        for detail in body["errorList"]:
            assert set(detail) == {"errorCode", "errorDescription", "severity"}
            assert len(detail["errorCode"]) <= 15
            assert 0 < len(detail["errorDescription"]) <= 1000
            assert detail["severity"] in ("ERROR", "FATAL")
        assert body["errorList"]
        return [detail["errorCode"] for detail in body["errorList"]]


def answer_of(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def read_to_end(connection: ssl.SSLSocket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except (ConnectionError, ssl.SSLError):
        pass
    return b"".join(parts)


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for what another thread brings about."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"not within {seconds} seconds"
        time.sleep(0.01)


def world_of(calendar: Path) -> World:
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    return World(load_scenario(calendar.read_text(), calendar.name), 1, folder)


@contextmanager
def live_server(folder: Path, until: str, calendar: Path = SHORT_RUN) -> Iterator[Live]:
    """A calendar played up to an event, and served."""
    with played(folder, until, calendar) as market:
        context = market.folder.server_context()
        watch = RevocationWatch(market.folder, context, market.api)
        now = market.door.clock.now
        server = Server(market.application, context, now, watch.look)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            thread = Thread(target=server.serve_on, args=(listening,), daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.01)
            try:
                yield Live(port, market.folder, market.room, market.log, server, watch, now())
            finally:
                server.should_exit = True
                thread.join()


@dataclass
class Played:
    """A market with the application before it, and nothing that listens."""

    folder: PkiFolder
    room: WatchedRoom
    door: Door
    api: Api
    application: Application
    log: io.BytesIO


@contextmanager
def played(folder: Path, until: str, calendar: Path = SHORT_RUN) -> Iterator[Played]:
    """A calendar played up to an event, everybody with a certificate."""
    world = world_of(calendar)
    pki_folder = PkiFolder(folder)
    now = datetime.now(UTC)
    pki_folder.initialise([], now)
    pki_folder.issue([*sorted(world.participants), "STRANGER", "LEAVER"], now, PASSWORD)
    store = open_store(f"sqlite:///{folder / 'market.db'}")
    room = WatchedRoom(store, world)
    moment = next(event.at for event in world.scenario.events if event.id == until)
    Run(room).play_to(moment)
    door = Door(room, FixedClock(moment))
    handlers = known_handlers()
    served = routes(documents_of(handlers, load_documents()), handlers)
    log, metrics = io.BytesIO(), Metrics()
    api = Api(served, door, request_log(log), metrics, time.perf_counter)
    try:
        application = Application(api, metrics, {"/oasis/": Oasis(door, time.perf_counter, 0)})
        yield Played(pki_folder, room, door, api, application, log)
    finally:
        door.close()
        store.close()
