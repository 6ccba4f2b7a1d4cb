"""What was acknowledged is there after a kill; what could not be kept was refused, all of it."""

from __future__ import annotations

import json
import resource
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException, HTTPSConnection
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from api_server import AUCTION, REQUEST_ID, SHORT_RUN

from simulator.cli import execute
from simulator.store import books, open_store

CREATION = "/crr/auction/v1.0/portfolioCreation"
BIDS = 3
CLIENTS = 6


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("durable")
    assert execute(["certs", "init", "--data", str(folder)]) == 0
    return folder


@contextmanager
def served(data: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process of its own on what the folder holds."""
    words = [sys.executable, "-m", "simulator", "serve", str(SHORT_RUN), "--data", str(data)]
    words += ["--until", "auction-open", "--port", "0", "--json", "--log", str(data / "log")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())["port"]
        finally:
            process.kill()


def connected(data: Path, port: int) -> HTTPSConnection:
    context = ssl.create_default_context(cafile=str(data / "pki" / "ca.pem"))
    context.load_cert_chain(data / "pki" / "FIN1.pem", data / "pki" / "FIN1.key")
    return HTTPSConnection("localhost", port, timeout=20, context=context)


def create(connection: HTTPSConnection, name: str) -> tuple[int, str]:
    """The status and what is said of it."""
    bid = {
        "assetOwner": "FIN1", "source": "TH_NP15_GEN-APND", "sink": "DLAP_PGAE-APND",
        "hedgeType": "OBL", "tou": "ON", "period": "2024_M04", "crrType": "AUC",
        "bidCurve": [{"mw": 0, "price": 1.25}, {"mw": 1.5, "price": 1.25}],
    }  # fmt: skip
    body = {
        "portfolioName": name, "marketName": AUCTION, "newBids": [bid] * BIDS, "newOffers": [],
        "participantName": "FIN1",
    }  # fmt: skip
    connection.request("POST", CREATION, json.dumps(body), {"caiso-request-id": REQUEST_ID})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def kept(data: Path) -> dict[str, int]:
    """The portfolios in the books with how many bids each has; the journal's chain holds."""
    store = open_store(f"sqlite:///{data / 'market.db'}")
    with store.reading() as tx:
        found = books.portfolios(tx, market=AUCTION, participant="FIN1")
    assert store.first_break() is None
    store.close()
    return {portfolio.name: len(portfolio.bids) for portfolio in found}


def acknowledged_until_killed(data: Path, prefix: str, kill_after: int) -> set[str]:
    """Several clients create portfolios as fast as they can; the server dies in the middle."""
    numbers, answered, enough = count(), count(1), Event()

    def client(port: int) -> set[str]:
        connection, mine = connected(data, port), set()
        try:
            while True:
                name = f"{prefix} {next(numbers)}"
                status, said = create(connection, name)
                assert status == 200, said
                mine.add(name)
                if next(answered) >= kill_after:
                    enough.set()
        except (OSError, HTTPException):
            return mine

    with served(data) as (process, port), ThreadPoolExecutor(CLIENTS) as pool:
        answers = pool.map(client, [port] * CLIENTS)
        assert enough.wait(60)
        process.send_signal(signal.SIGKILL)
        return set().union(*answers)


def test_what_was_acknowledged_outlives_a_kill(data):
    acknowledged: set[str] = set()
    rounds = (3, 40, 111)
    for round_, kill_after in enumerate(rounds):
        told = acknowledged_until_killed(data, f"Round {round_}", kill_after)
        assert len(told) >= kill_after
        acknowledged |= told
        found = kept(data)
        assert acknowledged <= set(found)
        ours = [bids for name, bids in found.items() if name.startswith("Round")]
        assert set(ours) == {BIDS}
    assert len(ours) - len(acknowledged) <= CLIENTS * len(rounds)  # on their way when it died


def test_what_cannot_be_kept_is_refused_and_room_lets_it_go_on(data):
    """No file may grow: the commit fails, and everybody who shares it hears so."""
    with served(data) as (process, port), ThreadPoolExecutor(CLIENTS) as pool:
        connections = [connected(data, port) for _ in range(CLIENTS)]
        assert create(connections[0], "Before")[0] == 200
        limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        smallest = (data / "market.db-wal").stat().st_size
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (smallest, limits[1]))
        names = [f"Full {number}" for number in range(CLIENTS)]
        for status, said in pool.map(create, connections, names):
            assert status == 500
            assert [each["errorCode"] for each in json.loads(said)["errorList"]] == ["SER0028"]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
        assert create(connections[0], "After")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    found = kept(data)
    assert {"Before", "After"} <= set(found)
    assert not set(names) & set(found)
