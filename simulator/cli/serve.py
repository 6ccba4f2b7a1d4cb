"""`marketsim serve`: the sandbox, open to participants' own clients."""

from __future__ import annotations

import gc
import secrets
import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from simulator.cli.certs import DEFAULT_PASSWORD
from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.shell import OK, file_faults, say, say_json
from simulator.cli.world import announced_first, identity, known_event, shipped_world
from simulator.domain import Finding, Refused
from simulator.timeline.event import Event, EventKind
from simulator.timeline.scenario import Scenario

if TYPE_CHECKING:  # what a server needs takes a second to import: not before it is asked for
    from simulator.api.server import Server
    from simulator.cli.pki_folder import PkiFolder
    from simulator.cli.sandbox import Sandbox
    from simulator.market.world import World
    from simulator.store import Store

EXAMPLE = "Example: marketsim serve market-sim --data out/sandbox --port 8443"
Log = Annotated[
    Path | None, typer.Option(help="Where the requests are logged; default: standard error.")
]
Mock = Annotated[
    bool, typer.Option("--mock", help="Answer from the documents' examples; no market behind.")
]
DATABASE = "market.db"


def serve(
    scenario: Annotated[str, typer.Argument(help="A shipped name or a file.")] = "market-sim",
    data: Annotated[
        Path, typer.Option(help="The sandbox's folder; its pki/ comes from `marketsim certs init`.")
    ] = Path("out/sandbox"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another month.")] = 1,
    until: Annotated[
        str | None,
        typer.Option(help="Play the calendar up to this event first; default: the first opening."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8443,
    database: Annotated[
        str | None, typer.Option(help="postgresql://...; default: SQLite in the folder.")
    ] = None,
    play: Annotated[
        list[str] | None,
        typer.Option(help="A participant whom people play: the engine leaves it be; repeatable."),
    ] = None,
    log: Log = None,
    mock: Mock = False,
    json: Annotated[bool, typer.Option("--json", help="Where it serves, as JSON.")] = False,
) -> int:
    """Serve the participant API over mutual TLS until control-C."""
    from simulator.api.logs import request_log
    from simulator.cli.pki_folder import PkiFolder
    from simulator.cli.sandbox import Sandbox
    from simulator.store import open_store

    folder = PkiFolder(data)
    if mock:
        return _serve_mock(folder, host, port, log, json)
    file = scenario_file(scenario)
    calendar = read_scenario(file)
    announced_first(calendar, file)
    event = _moment(calendar, until)
    folder.check_complete()
    with ExitStack() as opened:
        listening = opened.enter_context(_listening(host, port))
        stream = _log_stream(opened, log)
        world = shipped_world(calendar, seed)
        store = open_store(database or f"sqlite:///{(data / DATABASE).absolute()}")
        opened.callback(store.close)
        store.identify(identity(file, world))
        made = _certificates(folder, world)
        sandbox = Sandbox(data, folder, world, request_log(stream), _process(store))
        opened.callback(sandbox.close)
        sandbox.open(store, event.at, play or ())
        server = _server(sandbox, folder, stream)
        _tell(
            _Place(listening.getsockname()[1], host, folder),
            f"{calendar.name} at {event.id}",
            event.id,
            made,
            json,
        )
        gc.collect()
        gc.freeze()  # what stays for ever is not looked through again
        server.serve_on(listening)
    return OK


def _serve_mock(folder: PkiFolder, host: str, port: int, log: Path | None, json: bool) -> int:
    """Serve examples; a client needs no more than a certificate of the folder's authority."""
    from simulator.cli.mock import mock_server

    folder.check_complete()
    with ExitStack() as opened:
        listening = opened.enter_context(_listening(host, port))
        server = mock_server(folder, _log_stream(opened, log))
        place = _Place(listening.getsockname()[1], host, folder)
        _tell(place, "mock of the documents' examples", "", 0, json)
        server.serve_on(listening)
    return OK


def _log_stream(opened: ExitStack, log: Path | None) -> BinaryIO:
    """Where the requests are logged."""
    if log is None:
        return sys.stderr.buffer
    with file_faults(log):
        return opened.enter_context(log.open("ab"))


@dataclass(frozen=True)
class _Place:
    port: int
    host: str
    folder: PkiFolder

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else self.host
        return f"https://{host}:{self.port}"


def _process(store: Store) -> str:
    """This process's name among those that share the books: none, where nobody does."""
    return secrets.token_hex(4) if store.shared else ""


def _server(sandbox: Sandbox, folder: PkiFolder, stream: BinaryIO) -> Server:
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

    main = sandbox.main
    server = Server(main.application, context, main.clock.now, every_second, connections_allowed())
    main.watch_connections(server.connections)
    return server


def _moment(calendar: Scenario, until: str | None) -> Event:
    """The event after which participants are let in."""
    if until is not None:
        return known_event(calendar, until)
    openings = [event for event in calendar.events if event.kind is EventKind.OPEN]
    return openings[0] if openings else calendar.events[-1]


def _listening(host: str, port: int) -> socket.socket:
    """The address taken; Refused when somebody else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        finding = Finding(
            "SRV0001",
            "the server cannot listen there",
            where="--host and --port",
            found=f"{host}:{port}: {error.strerror or error}",
            allowed="an address of this machine and a port that nobody uses",
            remedy="choose another --port (0 takes a free one), or end who uses it",
        )
        raise Refused([finding]) from error


def _certificates(folder: PkiFolder, world: World) -> int:
    """A certificate for every participant who has none yet; how many were made."""
    missing = folder.missing(sorted(world.participants))
    if missing:
        with file_faults(folder.path):
            folder.issue(missing, datetime.now(UTC), DEFAULT_PASSWORD)
    return len(missing)


def _tell(place: _Place, what: str, event: str, made: int, json: bool) -> None:
    folder = place.folder.path
    if json:
        say_json({"url": place.url, "port": place.port, "pki": str(folder), "at": event})
    else:
        say(f"{what}: {place.url}/crr, certificates in {folder}")
        if made:
            say(f"{made} certificates made; the password of the .p12 files is {DEFAULT_PASSWORD}")
        say("control-C ends it")
    sys.stdout.flush()
