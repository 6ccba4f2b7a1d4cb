"""The real application in this process, for the services of the special processes.

TLS adds nothing there: a caller's certificate is put where the TLS layer puts it.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from api_server import REQUEST_ID, ROOT, Answer
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from simulator.api.api import Api
from simulator.api.app import Application
from simulator.api.documents import load_documents
from simulator.api.door import Door, FixedClock, WatchedRoom
from simulator.api.logs import request_log
from simulator.api.metrics import Metrics
from simulator.api.router import documents_of, known_handlers, routes
from simulator.cli.pki_folder import PkiFolder
from simulator.domain import Crr
from simulator.market.command import OPERATOR, Command
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import books, open_store
from simulator.timeline.hours import epoch
from simulator.timeline.scenario import load_scenario

CALENDAR = ROOT / "scenarios" / "market_sim.toml"
PEOPLE = (
    "LSEP",
    "LSES",
    "CCA1",
    "CCA2",
    "OBA1",
    "FIN1",
    "FIN2",
    "FIN3",
    "MUNI01",
    "MUNI02",
    "WATR01",
)


@dataclass
class Stand:
    """A market that tests lead from process to process, and the application in front of it."""

    room: WatchedRoom
    certificates: dict[str, bytes]
    moment: int
    asked: int = 0
    application: Application = field(init=False)
    log: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        handlers, metrics = known_handlers(), Metrics()
        served = routes(documents_of(handlers, load_documents()), handlers)
        self.door = Door(self.room, FixedClock(self.moment))
        api = Api(served, self.door, request_log(self.log), metrics, time.perf_counter)
        self.application = Application(api, metrics)

    @property
    def world(self) -> World:
        return self.room.world

    @property
    def digest(self) -> str:
        return self.room.store.state_digest()

    def at(self, moment: int) -> None:
        """The clock of the sandbox is moved."""
        self.moment = moment
        self.door.clock = FixedClock(moment)

    def operator(self, kind: str, **arguments: Any) -> dict[str, Any]:
        """What only the operator and the calendar do."""
        self.asked += 1
        entry = self.room.carry_out(
            Command(f"stand/{self.asked}", kind, OPERATOR, self.moment, arguments)
        )
        assert entry.status == "done", entry.effect
        return dict(json.loads(entry.effect))

    def lead(self, process: str, *states: str) -> None:
        """The calendar leads a process through states."""
        for status in states:
            self.operator("process", process=process, status=status, text=f"{process} {status}")

    def crrs(self, **equal: Any) -> tuple[Crr, ...]:
        with self.room.store.reading() as tx:
            return books.crrs(tx, **equal)

    def get(self, name: str, path: str, **query: Any) -> Answer:
        return self.call(name, "GET", path, query={"participantName": name, **query})

    def post(self, name: str, path: str, body: Any, **query: Any) -> Answer:
        return self.call(name, "POST", path, body, query)

    def refused(self, name: str, path: str, body: Any, **query: Any) -> list[str]:
        """The codes of a refusal with 400; nothing has changed."""
        before = self.digest
        answer = self.post(name, path, body, **query)
        assert answer.status == 400, answer.body
        assert self.digest == before
        return answer.codes

    def call(
        self,
        name: str,
        method: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
    ) -> Answer:
        """One request as `name`; a body that is not bytes goes as JSON."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body)
        raw = content.encode() if isinstance(content, str) else content
        scope = {
            "type": "http", "method": method, "path": f"/crr{path}",
            "query_string": urlencode(query or {}).encode(),
            "headers": [(b"caiso-request-id", REQUEST_ID.encode())],
            "extensions": {"tls": {"client_cert_der": self.certificates[name]}},
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.application(scope, receive, send))
        start, rest = sent
        headers = {key.decode(): value.decode() for key, value in start["headers"]}
        return Answer(start["status"], headers, rest["body"])


@cache
def special_world() -> World:
    fixtures = ROOT / "fixtures"
    folder = read_world_folder(
        fixtures / "california", fixtures / "participants", fixtures / "load_history"
    )
    short = "[settings.day_ahead]\nhistory_days = 2\n\n[settings.calendar]"
    text = CALENDAR.read_text(encoding="utf-8").replace("[settings.calendar]", short)
    return World(load_scenario(text, CALENDAR.name), 7, folder)


@dataclass(frozen=True)
class Start:
    """A market that is set up and preloaded, to be copied, and everybody's certificate."""

    database: Path
    certificates: dict[str, bytes]

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Stand]:
        path = Path(shutil.copy(self.database, folder / "market.db"))
        store = open_store(f"sqlite:///{path}")
        stand = Stand(
            WatchedRoom(store, special_world()), self.certificates, epoch_of(date(2024, 4, 1), 9)
        )
        try:
            yield stand
        finally:
            stand.door.close()
            store.close()


def preloaded(folder: Path) -> Start:
    pki = PkiFolder(folder)
    now = datetime.now(UTC)
    pki.initialise([], now)
    pki.issue([*PEOPLE, "STRANGER"], now, "secret")
    certificates = {
        name: load_pem_x509_certificate(pki.certificate(name).read_bytes()).public_bytes(
            Encoding.DER
        )
        for name in (*PEOPLE, "STRANGER")
    }
    database = folder / "preloaded.db"
    store = open_store(f"sqlite:///{database}")
    room = WatchedRoom(store, special_world())
    data = ["PARTICIPANTS", "PRIVATE_EXISTING_CRR", "SOURCE_SINK"]
    for number, (kind, arguments) in enumerate(
        (("setup", {"text": "week 1"}), ("preload", {"data": data, "text": "preloaded"}))
    ):
        at = epoch_of(date(2024, 4, 1), 8)
        entry = room.carry_out(Command(f"start/{number}", kind, OPERATOR, at, arguments))
        assert entry.status == "done", entry.effect
    store.close()
    return Start(database, certificates)


def epoch_of(day: date, hour: int) -> int:
    return epoch(day, datetime.min.time().replace(hour=hour))
