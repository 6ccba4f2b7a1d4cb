"""What an operator reads of a month that is served, and does by hand in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from api_sandbox import Served, sandbox_server
from api_server import SHORT_RUN
from test_api_sim import STATUS


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    with sandbox_server(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def order(served: Served, command: str, **arguments: object):
    return served.sim("POST", "orders", {"command": command, "arguments": arguments})


def state(served: Served) -> tuple[str, int]:
    told = served.sim("GET", "state").json
    return told["state_digest"], told["journal_length"]


def test_the_month_is_that_of_calendar_and_seed(served):
    told = served.sim("GET", "month").json
    digest = hashlib.sha256(SHORT_RUN.read_bytes()).hexdigest()
    assert (told["scenario"], told["scenario_sha256"], told["seed"]) == ("short-run", digest, 1)
    people = served.sim("GET", "participants").json
    assert told["participants"] == len(people)
    assert people == sorted(people, key=lambda person: person["name"])


def test_what_is_ordered_is_done_and_told(served):
    before, lines = state(served)
    done = order(served, "set_collateral", participant="FIN1", amount_usd="123.45")
    assert (done.status, done.json) == (200, {"participant": "FIN1", "amount_usd": "123.45"})
    after, more = state(served)
    assert after != before
    assert more == lines + 1
    (line,) = served.sim("GET", f"journal?after={lines}").json
    told = (line["command"], line["actor"], line["status"])
    assert told == ("set_collateral", "OPERATOR", "done")
    assert "123.45" not in str(line)


def test_what_is_refused_leaves_the_books_as_they_were(served):
    before, lines = state(served)
    refused = order(served, "set_collateral", participant="NOBODY", amount_usd="1.00")
    assert refused.status in (400, 403)
    assert "NOBODY" in refused.json["errorList"][0]["errorDescription"]
    assert order(served, "set_collateral", participant="FIN1").status == 400
    assert state(served) == (before, lines + 2)


@pytest.mark.parametrize("command", ["open", "create_portfolio", "set_clock", "nothing"])
def test_calendar_and_participants_act_for_themselves(served, command):
    before = state(served)
    assert order(served, command, market="x").codes == ["SER0017"]
    assert state(served) == before


def test_only_the_operator_orders_and_reads(served):
    before = state(served)
    for method, path, body in [
        ("POST", "orders", {"command": "send_message", "arguments": {"text": "x", "audience": ""}}),
        ("GET", "month", None), ("GET", "state", None), ("GET", "participants", None),
    ]:  # fmt: skip
        answer = served.call("FIN1", method, f"/sim/v1/{path}", body)
        assert (answer.status, answer.codes) == (403, ["SEC0002"])
    assert state(served) == before


def test_who_was_given_functions_stands_with_the_participant(served):
    asked = {"name": "ann", "participant": "FIN1", "organisation": "Desk", "played": False,
             "functions": [{"service": "marketstatus", "access": "READ"}]}  # fmt: skip
    assert served.sim("POST", "participants", asked).status == 200
    people = {person["name"]: person for person in served.sim("GET", "participants").json}
    given = {"user": "ann", "organisation": "Desk", "service": "marketstatus", "access": "READ"}
    assert given in people["FIN1"]["users"]
    assert given not in people["FIN2"]["users"]
    assert (people["FIN1"]["role"], people["FIN1"]["sinks"]) == ("TRADER", [])
    assert people["LSEP"]["sinks"] == ["DLAP_PGAE-APND"]
    assert served.call("ann", "GET", STATUS).status == 200
    revoked = {"user": "ann", "participant": "FIN1", "service": "marketstatus", "access": "READ"}
    assert order(served, "decide_access", **revoked, decision="REVOKE").status == 200
    people = {person["name"]: person for person in served.sim("GET", "participants").json}
    assert given not in people["FIN1"]["users"]
    assert served.call("ann", "GET", STATUS).status == 403
