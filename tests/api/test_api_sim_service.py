"""Maintenance and cutover: participants are told so while it lasts, the operator works on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from api_sandbox import sandbox_server
from api_server import REQUEST_ID, SHORT_RUN, TIER_1

from simulator.domain import Refused
from simulator.timeline.scenario import load_scenario

PARAMETERS = f"marketName={TIER_1}&participantName=LSEP"
STATUS = f"/crr/marketstatus/v1.0/marketStatus?{PARAMETERS}"
MAINTENANCE = """
[[event]]
id = "maintenance"
week = 1
day = "tue"
time = "10:00"
kind = "service_down"
note = "Maintenance."

[[event]]
id = "maintenance-over"
week = 1
day = "tue"
time = "12:30"
kind = "service_up"
note = "The maintenance is over."
"""


@pytest.fixture
def calendar(tmp_path) -> Path:
    file = tmp_path / "maintained.toml"
    file.write_text(SHORT_RUN.read_text() + MAINTENANCE)
    return file


def test_participants_are_told_that_it_is_down_and_the_operator_is_not_kept_out(calendar, tmp_path):
    with sandbox_server(tmp_path / "data", "t1-open", calendar=calendar) as served:
        assert served.call("FIN1", "GET", "/crr/status").status == 200
        served.advance("maintenance")
        named = {"marketName": TIER_1, "participantName": "FIN1", "portfolioName": "X"}
        submission = "/crr/nomination/v1.0/portfolioSubmission"
        for method, path, body in (
            ("GET", "/crr/status", None),
            ("GET", STATUS, None),
            ("POST", submission, named),
        ):
            answer = served.call("FIN1", method, path, body)
            assert (answer.status, answer.codes) == (500, ["SER0028"])
            assert answer.headers["caiso-request-id"] == REQUEST_ID
            told = answer.json["errorList"][0]["errorDescription"]
            assert "the service is down: Maintenance." in told
            assert "2024-04-02T19:30:00Z" in told
        stranger = served.call(None, "GET", "/crr/status")
        assert (stranger.status, stranger.headers["caiso-request-id"]) == (401, REQUEST_ID)
        logged = [json.loads(line) for line in served.log.getvalue().splitlines()]
        down = [line for line in logged if line["status"] in (500, 401)]
        assert [line["code"] for line in down] == ["SER0028"] * 3 + [""]
        assert {line["request_id"] for line in down} == {REQUEST_ID}
        there = served.advance("maintenance-over")
        assert there["now"] == "2024-04-02T19:30:00Z"
        assert served.call("FIN1", "GET", "/crr/status").status == 200


def test_the_engines_people_are_kept_out_as_well(calendar, tmp_path):
    with sandbox_server(tmp_path / "data", "maintenance-over", calendar=calendar) as served:
        entries = served.store.entries()
    meanwhile = [
        entry for entry in entries if entry.actor != "OPERATOR"
        and 17 * 3600 <= entry.at % 86400 < 19.5 * 3600
    ]  # fmt: skip
    assert meanwhile
    assert {entry.status for entry in meanwhile} == {"refused"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("service_up", "service_down"), "service_up is due"),
        (("service_down", "service_up"), "service_down is due"),
        (('time = "12:30"', 'time = "09:30"'), "service_down is due"),
    ],
)
def test_a_calendar_that_leaves_the_service_down_is_refused(change, says):
    text = SHORT_RUN.read_text() + MAINTENANCE.replace(*change)
    with pytest.raises(Refused, match=says):
        load_scenario(text, "broken.toml")
    only_down = (
        SHORT_RUN.read_text() + MAINTENANCE.partition('[[event]]\nid = "maintenance-over"')[0]
    )
    with pytest.raises(Refused, match="never followed"):
        load_scenario(only_down, "broken.toml")
