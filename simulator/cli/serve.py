"""`marketsim serve`: the sandbox, open to participants' own clients."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli.certs import DEFAULT_PASSWORD
from simulator.cli.serving import Begun, Plan, log_stream, serve_one
from simulator.cli.shell import OK, say, say_json
from simulator.cli.workers import Workers, workers_findings
from simulator.domain import Finding, Refused, refuse_if_any

if TYPE_CHECKING:  # what a server needs takes a second to import: not before it is asked for
    from simulator.cli.pki_folder import PkiFolder

EXAMPLE = "Example: marketsim serve market-sim --data out/sandbox --port 8443"
Log = Annotated[
    Path | None, typer.Option(help="Where the requests are logged; default: standard error.")
]
Mock = Annotated[
    bool, typer.Option("--mock", help="Answer from the documents' examples; no market behind.")
]


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
    workers: Annotated[
        int, typer.Option(min=1, help="So many processes serve; more than one on PostgreSQL.")
    ] = 1,
    log: Log = None,
    mock: Mock = False,
    json: Annotated[bool, typer.Option("--json", help="Where it serves, as JSON.")] = False,
) -> int:
    """Serve the participant API over mutual TLS until control-C."""
    from simulator.cli.pki_folder import PkiFolder

    folder = PkiFolder(data)
    refuse_if_any(workers_findings(workers, database, mock))
    if mock:
        return _serve_mock(folder, host, port, log, json)
    plan = Plan(scenario, data, seed, until, database, tuple(play or ()), log)
    plan.calendar()
    folder.check_complete()
    with ExitStack() as opened:
        listening = opened.enter_context(_listening(host, port))
        place = _Place(listening.getsockname()[1], host, folder)
        others = Workers(plan, listening, workers - 1)
        opened.callback(others.close)

        def begun(at: Begun) -> None:
            others.look()
            _tell(place, f"{at.calendar} at {at.event_id}", at.event_id, at.certificates, json)

        serve_one(plan, listening, begun, lambda server: others.look())
    return OK


def _serve_mock(folder: PkiFolder, host: str, port: int, log: Path | None, json: bool) -> int:
    """Serve examples; a client needs no more than a certificate of the folder's authority."""
    from simulator.cli.mock import mock_server

    folder.check_complete()
    with ExitStack() as opened:
        listening = opened.enter_context(_listening(host, port))
        server = mock_server(folder, log_stream(opened, log))
        place = _Place(listening.getsockname()[1], host, folder)
        _tell(place, "mock of the documents' examples", "", 0, json)
        server.serve_on(listening)
    return OK


@dataclass(frozen=True)
class _Place:
    port: int
    host: str
    folder: PkiFolder

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else self.host
        return f"https://{host}:{self.port}"


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
