"""The peers of the benchmark: the same server and TLS, with next to nothing behind them.

    python load_tests/api/peer_server.py (fixed SIZE | decode | check) FOLDER

`fixed` answers SIZE bytes of JSON. `decode` decodes the JSON of a body with the fastest decoder
that we know, into plain dictionaries and lists, and checks nothing. `check` reads the body of an
auction portfolio as the participant API does, held to its document. Neither does anything with it.
The port is printed when it listens.
"""

from __future__ import annotations

import gc
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from simulator.api.documents import document
from simulator.api.door import names_of
from simulator.api.new_portfolio import reader_of
from simulator.api.server import Server
from simulator.cli.pki_folder import PkiFolder
from simulator.cli.scenario import read_scenario
from simulator.cli.world import shipped_world

CALENDAR = Path(__file__).resolve().parents[2] / "tests" / "engine" / "short_run.toml"
CREATION = "portfolioCreation"
VALID = b'{"status":"VALID"}'


def fixed(size: int) -> Callable[[bytes], bytes]:
    """Every answer is the same."""
    answer = b'{"status":"' + b"x" * (size - 13) + b'"}'
    return lambda body: answer


def decoding() -> Callable[[bytes], bytes]:
    """The JSON of the body is decoded."""

    def answer(body: bytes) -> bytes:
        msgspec.json.decode(body)
        return VALID

    return answer


def checking() -> Callable[[bytes], bytes]:
    """The body is read and checked against its document."""
    operations = document("auction").operations
    (operation,) = [each for each in operations if each.operation_id == CREATION]
    names = names_of(shipped_world(read_scenario(CALENDAR), 1))
    read = reader_of(operation, names).read

    def answer(body: bytes) -> bytes:
        read(body)
        return VALID

    return answer


def application(answer: Callable[[bytes], bytes]) -> Any:
    """A bare ASGI application."""

    async def respond(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = answer(b"".join(parts))
        length = (b"content-length", b"%d" % len(body))
        kind = (b"content-type", b"application/json")
        await send({"type": "http.response.start", "status": 200, "headers": [length, kind]})
        await send({"type": "http.response.body", "body": body})

    return respond


def main() -> None:
    """Serve until killed."""
    *kind, folder = sys.argv[1:]
    made = {"decode": decoding, "check": checking, "fixed": lambda: fixed(int(kind[1]))}
    answer = made[kind[0]]()
    context = PkiFolder(Path(folder)).server_context()
    server = Server(application(answer), context, lambda: int(time.time()))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        gc.collect()
        gc.freeze()
        server.serve_on(listening)


if __name__ == "__main__":
    main()
