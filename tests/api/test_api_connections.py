"""Who keeps a server waiting keeps nobody else waiting: half-open connections, floods, the deaf."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from api_server import AUCTION, REQUEST_ID, Live, answer_of, until

from simulator.api import connections, protocol

LIMIT = 8
STATUS = "/crr/status"
HEADERS = {"caiso-request-id": REQUEST_ID}
SHAKING = b"\x16\x03\x01\x02\x00\x01\x00"  # the beginning of a handshake
DOWNLOAD = (
    "GET /crr/marketdata/v1.0/publicMarketData?publicMarketDataDownloadType=SOURCE_SINK"
    f"&fileFormat=JSON&marketName={AUCTION}&participantName=FIN1 HTTP/1.1\r\nhost: x\r\n"
    f"caiso-request-id: {REQUEST_ID}\r\n\r\n"
).encode()


@pytest.fixture
def crowd(live, monkeypatch) -> Iterator[list[socket.socket]]:
    """Connections that do nothing; the server takes eight at once."""
    until(lambda: len(live.server.connections) == 0, 20)
    monkeypatch.setattr(live.server.connections, "_limit", LIMIT)
    opened: list[socket.socket] = []
    yield opened
    for each in opened:
        each.close()
    until(lambda: len(live.server.connections) == 0)


def half_open(live: Live, crowd: list[socket.socket], number: int) -> None:
    for count in range(number):
        plain = socket.create_connection(("localhost", live.port), timeout=5)
        crowd.append(plain)
        if count % 2:
            plain.sendall(SHAKING)


def kept_alive(live: Live) -> http.client.HTTPSConnection:
    connection = http.client.HTTPSConnection(
        "localhost", live.port, timeout=5, context=live.context("FIN1")
    )
    assert ask(connection) == 200
    return connection


def ask(connection: http.client.HTTPSConnection) -> int:
    connection.request("GET", STATUS, headers=HEADERS)
    return answer_of(connection.getresponse()).status


def hung_up(plain: socket.socket) -> bool:
    plain.settimeout(5)
    try:
        return plain.recv(1) == b""
    except ConnectionError:
        return True


def cut_off(deaf: ssl.SSLSocket) -> bool:
    """Whether the server takes nothing more of who only ever asks."""
    try:
        deaf.sendall(DOWNLOAD * 100)
    except TimeoutError:
        return False
    except OSError:
        return True
    return False


def test_a_flood_of_half_open_connections_washes_away_itself(live, crowd):
    regular = kept_alive(live)
    opened = regular.sock
    half_open(live, crowd, 5 * LIMIT)
    began = time.monotonic()
    for _ in range(5):
        assert live.call("FIN1", "GET", STATUS).status == 200
    assert time.monotonic() - began < 3
    assert len(live.server.connections) <= LIMIT
    assert hung_up(crowd[0])
    assert ask(regular) == 200  # who has shown a certificate stays
    assert regular.sock is opened
    regular.close()


def test_who_was_idle_longest_makes_room(live, crowd):
    idle = [kept_alive(live) for _ in range(LIMIT)]
    assert ask(idle[0]) == 200
    crowd.extend(connection.sock for connection in idle)
    assert live.call("FIN1", "GET", STATUS).status == 200
    assert hung_up(idle[1].sock)
    for connection in (idle[0], *idle[2:]):
        assert ask(connection) == 200


def test_a_connection_counts_once_at_the_end_of_its_handshake(live, crowd, monkeypatch):
    counted = []
    made = protocol.MutualTlsProtocol.connection_made

    def connection_made(connection: protocol.MutualTlsProtocol, transport: Any) -> None:
        made(connection, transport)
        counted.append(len(live.server.connections))

    monkeypatch.setattr(protocol.MutualTlsProtocol, "connection_made", connection_made)
    assert live.call("FIN1", "GET", STATUS).status == 200
    assert counted == [1]


def test_nobody_who_waits_for_an_answer_makes_room(live, crowd, monkeypatch):
    go_on, waiting, statuses = Event(), [], []
    door = live.server.config.app._api._door
    view = door.view

    async def slow(*asked: Any) -> Any:
        waiting.append(1)
        await asyncio.to_thread(go_on.wait, 20)
        return await view(*asked)

    monkeypatch.setattr(door, "view", slow)
    callers = [
        Thread(target=lambda: statuses.append(live.call("FIN1", "GET", STATUS).status))
        for _ in range(LIMIT)
    ]
    for caller in callers:
        caller.start()
    until(lambda: len(waiting) == LIMIT)
    with pytest.raises((OSError, http.client.HTTPException)):
        live.call("FIN1", "GET", STATUS)
    go_on.set()
    for caller in callers:
        caller.join()
    assert statuses == [200] * LIMIT


def test_a_handshake_has_its_time(live, crowd, monkeypatch):
    monkeypatch.setattr(connections, "HANDSHAKE_SECONDS", 0.3)
    half_open(live, crowd, 2)
    assert all(hung_up(plain) for plain in crowd)


def test_who_does_not_read_the_answer_is_left(live, crowd, monkeypatch):
    monkeypatch.setattr(protocol, "ANSWER_SECONDS", 0.3)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", live.port))
    deaf = live.context("FIN1", check_hostname=False).wrap_socket(plain)
    deaf.settimeout(0.2)
    crowd.append(deaf)
    until(lambda: cut_off(deaf), 20)
    until(lambda: len(live.server.connections) == 0)
    assert live.call("FIN1", "GET", STATUS).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /crr/status HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 400_000,  # a line without an end
        b"GET /crr/status HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET /crr/status?" + b"a" * 70_000,
        b"G" * 70_000,
        b"GET /crr/status HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"GET /crr/status HTTP/1.1\r\n" + b"a: b\r\n" * 5000,
        b"POST /crr/auction/v1.0/portfolioSubmission HTTP/1.1\r\nhost: x\r\ncaiso-request-id: "
        + REQUEST_ID.encode()
        + b"\r\ntransfer-encoding: chunked\r\n\r\n1;"
        + b"e" * 400_000,
        b"POST /crr/auction/v1.0/portfolioSubmission HTTP/1.1\r\nhost: x\r\ncaiso-request-id: "
        + REQUEST_ID.encode()
        + b"\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"
        + b"t: v\r\n" * 5000,
    ],
)
def test_a_head_that_goes_on_and_on_is_refused_in_the_contracts_words(live, head):
    told = live.raw("FIN1", head).decode()
    assert told.startswith("HTTP/1.1 400 ")
    assert '"errorCode":"SER0017"' in told
    assert "at most 65536 bytes and 100 headers" in told or "not understood" in told


def test_a_head_within_its_limits_is_read_however_it_comes(live):
    lines = [
        b"GET /crr/status HTTP/1.1\r\nhost: x\r\n",
        f"caiso-request-id: {REQUEST_ID}\r\n".encode(),
    ]
    lines += [b"x-%d: %b\r\n" % (number, b"a" * 500) for number in range(97)]
    request = b"".join(lines) + b"\r\n"
    parts = [request[at : at + 1000] for at in range(0, len(request), 1000)]
    context = live.context("FIN1")
    with (
        socket.create_connection(("localhost", live.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        for _ in range(3):  # each request has a head of its own
            for part in parts:
                connection.sendall(part)
            told = b""
            while not told.endswith(b'{"status":"up"}'):
                told += connection.recv(65536)
            assert told.startswith(b"HTTP/1.1 200 ")


def test_blanks_around_a_header_are_not_part_of_it(live):
    head = f"GET /crr/status HTTP/1.1\r\nhost: x\r\ncaiso-request-id: \t{REQUEST_ID}\t \r\n"
    told = live.raw("FIN1", f"{head}connection: close\r\n\r\n".encode()).decode()
    assert told.startswith("HTTP/1.1 200 ")
    assert f"caiso-request-id: {REQUEST_ID}\r\n" in told
