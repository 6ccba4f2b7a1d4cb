"""`marketsim serve` as typed: it serves, it ends when told to, and says what is in the way."""

from __future__ import annotations

import json
import resource
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from api_server import REQUEST_ID, SHORT_RUN, answer_of

from simulator.cli import execute
from simulator.store import open_store


@pytest.fixture
def data(tmp_path) -> Path:
    assert execute(["certs", "init", "--data", str(tmp_path)]) == 0
    return tmp_path


def start(
    data: Path, *more: str, before: Callable[[], None] | None = None
) -> tuple[subprocess.Popen[str], dict[str, str]]:
    words = [sys.executable, "-m", "simulator", "serve", str(SHORT_RUN), "--data", str(data)]
    process = subprocess.Popen(
        [*words, "--port", "0", "--json", "--log", str(data / "log"), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=before,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return process, json.loads(line)


def status_of(data: Path, port: int, path: str, name: str = "FIN1") -> tuple[int, bytes]:
    context = ssl.create_default_context(cafile=str(data / "pki" / "ca.pem"))
    context.load_cert_chain(data / "pki" / f"{name}.pem", data / "pki" / f"{name}.key")
    connection = HTTPSConnection("localhost", port, timeout=20, context=context)
    for _ in range(100):  # it listens a moment after it has said where
        try:
            connection.request("GET", path, headers={"caiso-request-id": REQUEST_ID})
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    answer = answer_of(connection.getresponse())
    connection.close()
    return answer.status, answer.body


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end_and_goes_on_where_it_was(data, how):
    query = "marketName=ALLOC_MN_2024_M04_T1&participantName=FIN1"
    for _ in range(2):
        process, said = start(data)
        answer = status_of(data, said["port"], f"/crr/marketstatus/v1.0/marketStatus?{query}")
        assert answer == (200, b'"OPEN"')
        process.send_signal(how)
        _, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, "")
    logged = [json.loads(line) for line in (data / "log").read_text().splitlines()]
    assert [line["status"] for line in logged] == [200, 200]


def test_it_takes_all_the_files_it_may_open_and_a_flood_of_connections_does_not_use_them_up(data):
    soft, hard = 64, 300
    few = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
    process, said = start(data, before=few)
    assert status_of(data, said["port"], "/crr/status")[0] == 200
    assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    crowd = [socket.create_connection(("localhost", said["port"])) for _ in range(2 * hard)]
    for _ in range(3):
        assert status_of(data, said["port"], "/crr/status")[0] == 200
    assert status_of(data, said["port"], "http://no.path.at.all")[0] == 400
    page = status_of(data, said["port"], "/metrics", "operator")[1].decode()
    told = dict(line.rsplit(" ", 1) for line in page.splitlines() if line[0] != "#")
    assert float(told["crr_connections_dropped"]) > hard
    assert 0 < float(told["crr_connections"]) < hard
    assert float(told["crr_requests_not_understood"]) == 1
    for each in crowd:
        each.close()
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == ""
    assert '"event":"fault"' not in (data / "log").read_text()


def serve(data: Path, *more: str) -> int:
    return execute(["serve", str(SHORT_RUN), "--data", str(data), *more])


def test_without_certificates_it_says_how_to_make_them(tmp_path, capsys):
    assert serve(tmp_path) == 2
    assert f"marketsim certs init --data {tmp_path}" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(data, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert serve(data, "--port", str(taken.getsockname()[1])) == 2
    assert "SRV0001" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--until", "nothing"], "RUN0003"),
        (["--host", "no.such.host.invalid"], "SRV0001"),
        (["--port", "0", "--database", "postgresql://x:secret@127.0.0.1:1/x"], "RUN0001"),
        (["--port", "0", "--log", "/no/such/place/log"], "CLI0001"),
    ],
)
def test_what_is_in_the_way_is_said(data, capsys, words, code):
    assert serve(data, *words) == 2
    said = capsys.readouterr().err
    assert code in said
    assert "secret" not in said


def test_another_sandboxs_database_is_refused(data, capsys):
    process, _ = start(data)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert serve(data, "--port", "0", "--seed", "2") == 2
    assert "RUN0002" in capsys.readouterr().err


def test_a_database_of_another_version_is_refused(tmp_path, capsys):
    assert execute(["certs", "init", "--data", str(tmp_path)]) == 0
    file = tmp_path / "market.db"
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("ALTER TABLE portfolio RENAME COLUMN entry_seq TO lines")
    before = file.read_bytes()
    capsys.readouterr()
    assert serve(tmp_path, "--port", "0") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "RUN0008" in said
    assert "table portfolio lacks entry_seq and has lines" in said
    assert (
        execute(
            [
                "run",
                str(SHORT_RUN),
                "--out",
                str(tmp_path / "run"),
                "--database",
                f"sqlite:///{file}",
            ]
        )
        == 2
    )
    assert "RUN0008" in capsys.readouterr().err
    assert file.read_bytes() == before
