"""Several server processes on one PostgreSQL database are one market with one clock."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from engine_postgresql import postgresql_server
from engine_runs import SHORT_RUN

from simulator.cli import execute
from simulator.store import open_store

TIER_1 = "ALLOC_MN_2024_M04_T1"
REQUEST_ID = "5f1c8b52-6f0e-4f0a-9d5e-0b8f7f3f9a11"
STATUS = "/crr/marketstatus/v1.0/marketStatus?" + urlencode(
    {"marketName": TIER_1, "participantName": "LSEP"}
)
TAKEN_OVER_SECONDS = 10.0
HOUR = 3600


@dataclass
class Server:
    """One of the processes."""

    process: subprocess.Popen[str]
    port: int
    pki: Path

    def call(self, name: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        context.load_cert_chain(self.pki / f"{name}.pem", self.pki / f"{name}.key")
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=30, context=context
        )
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, content, {"caiso-request-id": REQUEST_ID})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def sim(self, method: str, path: str, body: Any = None, base: str = "") -> Any:
        status, answer = self.call("operator", method, f"{base}/sim/v1/{path}", body)
        assert status == 200, answer
        return answer

    def status(self, base: str = "") -> str:
        code, answer = self.call("LSEP", "GET", f"{base}{STATUS}")
        assert code == 200, answer
        return answer

    def kill(self, how: signal.Signals) -> None:
        self.process.send_signal(how)


@dataclass
class Market:
    """Two processes, and the database that they share."""

    servers: list[Server]
    database: str

    def keeper_first(self) -> tuple[Server, Server]:
        """The process that keeps the clock, then the other: the clock stands or falls with it."""
        return self.servers[0], self.servers[1]  # the first to start is the first to ask


@pytest.fixture
def market(tmp_path) -> Iterator[Market]:
    assert execute(["certs", "init", "--data", str(tmp_path)]) == 0
    servers: list[Server] = []
    with postgresql_server() as database:
        try:
            for number in range(2):
                servers.append(_start(tmp_path, database, number))
            yield Market(servers, database)
        finally:
            for server in servers:
                server.kill(signal.SIGCONT)
                server.kill(signal.SIGKILL)
                server.process.communicate()


def _start(data: Path, database: str, number: int, *more: str) -> Server:
    words = [
        sys.executable, "-m", "simulator", "serve", str(SHORT_RUN), "--data", str(data),
        "--database", database, "--port", "0", "--json", "--log", str(data / f"log-{number}"),
        *more,
    ]  # fmt: skip
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    server = Server(process, json.loads(line)["port"], data / "pki")
    _until(lambda: _answers(server), "the server listens")
    return server


def _answers(server: Server) -> bool:
    try:
        return server.call("operator", "GET", "/health")[0] == 200
    except OSError:
        return False


def _until(holds: Callable[[], bool], what: str, seconds: float = TAKEN_OVER_SECONDS) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} seconds: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def test_what_one_process_did_the_other_shows_at_once(market):
    keeper, other = market.keeper_first()
    assert (keeper.status(), other.status()) == ("OPEN", "OPEN")
    there = other.sim("POST", "clock/advance", {"to": "t1-close"})
    assert there["next_event"]["id"] == "t1-clear"
    assert (keeper.status(), other.status()) == ("CLOSED", "CLOSED")
    assert keeper.sim("GET", "clock") == other.sim("GET", "clock") == there
    keeper.sim("POST", "clock/advance", {"to": "t1-post"})
    assert other.status() == "POSTED"
    other.sim("POST", "participants", {"name": "desk", "participant": "LSEP"})
    assert keeper.call("desk", "GET", STATUS) == (200, "POSTED")
    assert other.call("operator", "GET", "/ready") == (200, {"ready": True})
    store = open_store(market.database)
    assert store.first_break() is None
    assert store.clock_is_kept()
    for server in market.servers:
        server.kill(signal.SIGKILL)
    _until(lambda: not store.clock_is_kept(), "nobody keeps the clock of servers that are gone")
    store.close()


def test_another_process_takes_the_clock_over_when_its_keeper_dies(market):
    keeper, other = market.keeper_first()
    keeper.sim("POST", "clock/advance", {"to": "2024-04-02T23:59:00Z"})
    other.sim("POST", "clock", {"mode": "running", "rate": 30})  # it closes in two seconds
    keeper.kill(signal.SIGKILL)
    _until(lambda: other.status() == "CLOSED", "the market is closed by the other process")
    assert other.sim("POST", "clock/advance", {"to": "t1-post"})["next_event"]["id"] == "meq"
    store = open_store(market.database)
    keys = [entry.key for entry in store.entries()]
    assert store.first_break() is None
    assert len(keys) == len(set(keys))
    assert keys.count("t1-close") == 1
    store.close()


def test_a_late_keeper_prolongs_nobodys_window(market):
    keeper, other = market.keeper_first()
    keeper.sim("POST", "clock/advance", {"to": "2024-04-02T23:58:00Z"})
    portfolio = {
        "portfolioName": "In time", "marketName": TIER_1, "participantName": "LSEP",
        "newNominations": [{
            "hedgeType": "OBL", "crrType": "LSE", "period": "2024_M04", "tou": "ON",
            "source": "DIABLO1_7_N001", "sink": "DLAP_PGAE-APND", "mw": 1.0,
            "assetOwner": "LSEP",
        }],
    }  # fmt: skip
    path = "/crr/nomination/v1.0/portfolioCreation"
    code, answer = other.call("LSEP", "POST", path, portfolio)
    assert (code, answer.get("status")) == (200, "VALID"), answer
    keeper.kill(signal.SIGSTOP)  # it lives and keeps the clock, and does nothing
    other.sim("POST", "clock", {"mode": "running", "rate": 240})
    time.sleep(0.7)  # past the close
    assert other.sim("GET", "clock")["now"] >= "2024-04-03T00:00:00Z"
    named = {key: portfolio[key] for key in ("portfolioName", "marketName", "participantName")}
    code, answer = other.call("LSEP", "POST", "/crr/nomination/v1.0/portfolioSubmission", named)
    assert code == 400
    assert answer["errorList"][0]["errorCode"] in ("MKT0004", "NOM0128")
    assert other.status() == "OPEN"  # nobody has closed it yet
    keeper.kill(signal.SIGCONT)
    _until(lambda: other.status() == "CLOSED", "its keeper closes the market")


def test_a_fork_is_there_on_every_process_and_goes_its_own_way(market):
    keeper, other = market.keeper_first()
    now = keeper.sim("GET", "clock")["now"]
    made = other.sim("POST", "fork", {"name": "try"})
    assert (made["name"], made["clock"]["now"]) == ("try", now)
    assert keeper.status("/try") == other.status("/try") == "OPEN"
    code, answer = keeper.call("operator", "POST", "/sim/v1/fork", {"name": "try"})
    assert (code, answer["errorList"][0]["errorCode"]) == (400, "SER0030")
    there = keeper.sim("POST", "clock/advance", {"to": "t1-close"}, base="/try")
    _until(lambda: other.sim("GET", "clock", base="/try") == there, "the other server hears of it")
    assert keeper.status("/try") == other.status("/try") == "CLOSED"
    assert keeper.status() == other.status() == "OPEN"
    assert keeper.sim("GET", "clock")["now"] == now
    other.sim("POST", "fork", {"name": "again"}, base="/try")  # a fork of a fork
    assert keeper.status("/again") == "CLOSED"
    other.kill(signal.SIGKILL)  # it keeps the clocks of the forks
    other.process.wait()

    def goes_on() -> bool:
        code, _ = keeper.call("operator", "POST", "/try/sim/v1/clock/advance", {"to": "next_event"})
        return code == 200

    _until(goes_on, "the other process keeps the clock of the fork")
    assert keeper.sim("GET", "clock")["now"] == now
    for store in (open_store(market.database), open_store(market.database).open_fork("try")):
        assert store.first_break() is None
        store.close()


def _children(process: subprocess.Popen[str]) -> set[int]:
    """The workers of a server; what else Python starts is none."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {pid for pid in map(int, listed.split()) if "spawn_main" in _words(pid)}


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _carried_out(server: Server) -> float:
    """What the process that answers has carried out: the first played the calendar."""
    context = ssl.create_default_context(cafile=str(server.pki / "ca.pem"))
    context.load_cert_chain(server.pki / "operator.pem", server.pki / "operator.key")
    connection = http.client.HTTPSConnection("localhost", server.port, timeout=30, context=context)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read().decode()
    connection.close()
    (line,) = (line for line in page.splitlines() if line.startswith("crr_commands "))
    return float(line.split()[1])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_workers_serve_one_market_at_one_address_and_end_with_the_first(tmp_path):
    assert execute(["certs", "init", "--data", str(tmp_path)]) == 0
    with postgresql_server() as database:
        server = _start(tmp_path, database, 0, "--workers", "2")
        (worker,) = _children(server.process)
        answering: set[bool] = set()
        _until(lambda: answering.add(_carried_out(server) > 0) or len(answering) == 2,
               "both processes answer", 30)  # fmt: skip
        server.sim("POST", "clock/advance", {"to": "t1-close"})
        assert {server.status() for _ in range(12)} == {"CLOSED"}
        server.kill(signal.SIGKILL)
        server.process.communicate()
        _until(lambda: not _words(worker), "the worker ends with the first")
        again = _start(tmp_path, database, 1, "--workers", "2")
        assert again.status() == "CLOSED"
        (worker,) = _children(again.process)
        os.kill(worker, signal.SIGKILL)
        _until(lambda: _children(again.process) - {worker}, "another worker is started", 15)
        (worker,) = _children(again.process) - {worker}
        again.kill(signal.SIGTERM)
        assert (again.process.wait(40), again.process.stderr.read()) == (0, "")
        assert not _words(worker)
    lines = [line for file in tmp_path.glob("log-*") for line in file.read_text().splitlines()]
    assert {json.loads(line)["event"] for line in lines} == {"request"}


@pytest.mark.parametrize("more", [[], ["--database", "sqlite:///x.db"], ["--mock"]])
def test_several_processes_need_postgresql_and_a_market(tmp_path, capsys, more):
    assert execute(["serve", str(SHORT_RUN), "--data", str(tmp_path), "--workers", "2", *more]) == 2
    said = capsys.readouterr().err
    assert "SRV0004" in said
    assert "--database postgresql://" in said
