"""The operator's side: clock, calendar, journal, people and forks of a market that is served."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from threading import Thread
from urllib.parse import urlencode

import pytest
from api_sandbox import Served, sandbox_server
from api_server import AUCTION, REQUEST_ID, TIER_1, until
from cryptography.hazmat.primitives.serialization import pkcs12

from simulator.domain import Refused

STATUS = "/crr/marketstatus/v1.0/marketStatus?" + urlencode(
    {"marketName": TIER_1, "participantName": "FIN1"}
)


@pytest.fixture
def served(tmp_path) -> Iterator[Served]:
    with sandbox_server(tmp_path) as running:
        yield running


def test_the_clock_goes_from_event_to_event_and_participants_see_it(served):
    before = served.sim("GET", "clock").json
    assert (before["now"], before["mode"], before["rate"]) == ("2024-04-02T16:00:00Z", "paused", 1)
    assert before["next_event"] == {
        "id": "t1-close", "at": "2024-04-03T00:00:00Z", "kind": "close"
    }  # fmt: skip
    assert served.call("FIN1", "GET", STATUS).json == "OPEN"
    then = served.advance("next_event")
    assert (then["now"], then["next_event"]["id"]) == ("2024-04-03T00:00:00Z", "t1-clear")
    assert served.call("FIN1", "GET", STATUS).json == "CLOSED"
    assert served.advance("2024-04-03T16:00:00Z")["next_event"]["id"] == "meq"
    assert served.call("FIN1", "GET", STATUS).json == "POSTED"
    events = {event["id"]: event for event in served.sim("GET", "events").json}
    assert [event["done"] for event in events.values()] == [True] * 6 + [False] * 12
    assert events["t1-post"]["at"] == "2024-04-03T16:00:00Z"


def test_a_running_clock_moves_by_itself(served):
    served.advance("2024-04-02T23:59:00Z")
    said = served.sim("POST", "clock", {"mode": "running", "rate": 600}).json
    assert (said["mode"], said["rate"]) == ("running", 600)
    for _ in range(100):
        if served.call("FIN1", "GET", STATUS).json == "CLOSED":
            break
        time.sleep(0.05)
    assert served.call("FIN1", "GET", STATUS).json == "CLOSED"
    paused = served.sim("POST", "clock", {"mode": "paused"}).json
    assert paused["rate"] == 600
    assert served.sim("GET", "clock").json == paused


def test_the_journal_shows_digests_and_comes_in_parts(served):
    everything = served.sim("GET", "journal").json
    assert [line["seq"] for line in everything] == list(range(1, len(everything) + 1))
    assert served.sim("GET", f"journal?after={len(everything) - 2}").json == everything[-2:]
    assert served.sim("GET", f"journal?after={len(everything)}").json == []
    for line in everything:
        assert "arguments" not in line
        assert len(line["arguments_digest"]) == 64
    for before, line in pairwise(everything):
        assert line["previous"] == before["hash"]


def test_a_desk_is_provisioned_and_acts_for_its_participant(served, tmp_path):
    asked = {"name": "desk-1", "participant": "FIN1", "password": "pass", "functions": [
        {"service": "marketstatus", "access": "READ"}]}  # fmt: skip
    made = served.sim("POST", "participants", asked).json
    assert (made["participant"], made["functions"], made["played"]) == ("FIN1", 1, True)
    _, certificate, authorities = pkcs12.load_key_and_certificates(
        base64.b64decode(made["p12"]), b"pass"
    )
    assert str(certificate.serial_number) == made["serial"]
    assert len(authorities) == 1
    assert served.call("desk-1", "GET", STATUS).json == "OPEN"
    strange = STATUS.replace("FIN1", "FIN2")
    assert served.call("desk-1", "GET", strange).codes == ["SEC0002"]
    again = served.sim("POST", "participants", asked).json
    assert again["serial"] == made["serial"]


def test_whom_people_play_the_engine_leaves_alone(served):
    served.sim("POST", "participants", {"name": "LSEP"})
    served.advance("t1-close")
    handed_in = served.handed_in(TIER_1)
    assert "LSES" in handed_in
    assert "LSEP" not in handed_in


def test_whom_the_server_is_told_is_never_played(tmp_path):
    with sandbox_server(tmp_path, "auction-close", play=["FIN1"]) as served:
        handed_in = {
            key.split("/")[1] for key in served.journalled() if key.startswith(f"{AUCTION}/")
        }
    assert "GEN1" in handed_in
    assert "FIN1" not in handed_in
    with pytest.raises(Refused, match="NOBODY"), sandbox_server(tmp_path, play=["NOBODY"]):
        pass


def test_a_fork_goes_its_own_way_and_is_there_after_a_restart(tmp_path):
    with sandbox_server(tmp_path) as served:
        made = served.sim("POST", "fork", {"name": "try"}).json
        assert (made["crr"], made["sim"]) == ("/try/crr", "/try/sim/v1")
        before = served.journalled()
        served.advance("t1-close", "/try")
        served.sim("POST", "participants", {"name": "LSEP"}, "/try")
        assert served.journalled() == before
        assert served.call("FIN1", "GET", STATUS).json == "OPEN"
        assert served.call("FIN1", "GET", f"/try{STATUS}").json == "CLOSED"
        served.advance("t1-open")
        assert served.sim("POST", "fork", {"name": "try"}).status == 400
    with sandbox_server(tmp_path) as served:
        assert served.call("FIN1", "GET", STATUS).json == "OPEN"
        assert served.call("FIN1", "GET", f"/try{STATUS}").json == "CLOSED"
        assert served.sim("GET", "clock", base="/try").json["next_event"]["id"] == "t1-clear"


def test_a_certificate_that_is_revoked_counts_in_no_fork(served):
    served.sim("POST", "participants", {"name": "desk-2", "participant": "FIN1"})
    served.sim("POST", "fork", {"name": "try"})
    path = f"/try{STATUS}"
    assert served.call("desk-2", "GET", path).status == 200
    served.folder.revoke(["desk-2"], datetime.now(UTC))
    for _ in range(60):
        try:
            if served.call("desk-2", "GET", path).status == 401:
                break
        except OSError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("a revoked certificate still counts")


def test_what_comes_into_a_fork_counts_with_what_comes_into_the_market(served):
    served.sim("POST", "fork", {"name": "try"})
    intake = served.sandbox.main.api.intake
    with uploading(served, "") as first, uploading(served, "/try") as second:
        first.sendall(b" " * 8000)
        second.sendall(b" " * 7000)
        until(lambda: intake.size == 15_000, 20)
    until(lambda: intake.size == 0, 20)


def uploading(served: Served, base: str) -> ssl.SSLSocket:
    """A connection on which a portfolio of 20,000 bytes has been announced."""
    plain = socket.create_connection(("localhost", served.port), timeout=20)
    connection = served.context("FIN1").wrap_socket(plain, server_hostname="localhost")
    head = f"POST {base}/crr/auction/v1.0/portfolioCreation HTTP/1.1\r\nhost: x\r\n"
    lines = f"caiso-request-id: {REQUEST_ID}\r\ncontent-length: 20000\r\n\r\n"
    connection.sendall(f"{head}{lines}".encode())
    return connection


def test_callers_are_let_in_while_the_clock_is_on_its_way(served):
    there: list[str] = []
    way = Thread(target=lambda: there.append(served.advance("auction-post")["now"]))
    way.start()
    slowest = 0.0
    answers = set()
    while way.is_alive():
        began = time.perf_counter()
        answers.add(served.call("FIN1", "GET", STATUS).json)
        slowest = max(slowest, time.perf_counter() - began)
    way.join()
    assert there
    assert "POSTED" in answers
    assert len(answers) > 1
    assert slowest < 5


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "nothing", None, 404, "SER0029"),
        ("DELETE", "clock", None, 404, "SER0029"),
        ("GET", "clock?x=1", None, 400, "SER0017"),
        ("GET", "journal?after=-1", None, 400, "SER0017"),
        ("GET", "journal?after=1&after=2", None, 400, "SER0017"),
        ("POST", "clock", b"{", 400, "SER0017"),
        ("POST", "clock", {"mode": "fast"}, 400, "SER0017"),
        ("POST", "clock", {"mode": "running", "rate": 0}, 400, "SER0030"),
        ("POST", "clock", {"mode": "running", "more": 1}, 400, "SER0017"),
        ("POST", "clock/advance", {"to": "never"}, 400, "SER0030"),
        ("POST", "clock/advance", {"to": "setup"}, 400, "SER0030"),
        ("POST", "clock/advance", {"to": "9999-12-31T23:59:59-23:00"}, 400, "SER0030"),
        ("POST", "clock/advance", {"to": "0001-01-01T00:00:00+14:00"}, 400, "SER0030"),
        ("POST", "participants", {"name": "NOBODY"}, 403, "SEC0002"),
        ("POST", "participants", {"name": "operator", "participant": "FIN1"}, 400, "SER0030"),
        ("POST", "participants", {"name": "../x", "participant": "FIN1"}, 400, "SER0017"),
        ("POST", "fork", {"name": "crr"}, 400, "SER0030"),
        ("POST", "fork", {"name": "a/b"}, 400, "SER0017"),
    ],
)
def test_what_cannot_be_is_refused_in_the_contracts_words(
    refusing, method, path, body, status, code
):
    before = refusing.journalled()
    answer = refusing.sim(method, path, body)
    assert (answer.status, answer.codes) == (status, [code])
    assert answer.headers["caiso-request-id"] == REQUEST_ID
    done = [entry for entry in refusing.store.entries(len(before)) if entry.status == "done"]
    assert done == []


@pytest.fixture(scope="module")
def refusing(tmp_path_factory) -> Iterator[Served]:
    with sandbox_server(tmp_path_factory.mktemp("refusing")) as running:
        yield running


def test_nobody_but_the_operator_is_let_in(refusing):
    for method, path in (("GET", "clock"), ("POST", "fork"), ("GET", "nothing")):
        assert refusing.call("FIN1", method, f"/sim/v1/{path}").codes == ["SEC0002"]
        anonymous = refusing.call(None, method, f"/sim/v1/{path}")
        assert (anonymous.status, anonymous.body) == (401, b"")
