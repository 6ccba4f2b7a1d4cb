"""Findings as the wire tells them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.errors import body_of, status_of
from simulator.domain import Finding

NOW = 1_712_678_400  # 2024-04-09T16:00:00Z


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SEC0001", 403), ("SEC0002", 403), ("SER0029", 404), ("SER0028", 500), ("RUN0001", 500),
        ("SER0017", 400), ("MKT0001", 400), ("POR0100", 400), ("GEN0003", 400),
    ],
)  # fmt: skip
def test_the_status_goes_with_the_code(code, status):
    assert status_of([Finding(code, "something")]) == status


def test_who_may_not_comes_before_what_does_not_fit():
    findings = [Finding("SER0030", "bad"), Finding("SEC0002", "not yours"), Finding("MKT0004", "x")]
    said = json.loads(body_of(findings, NOW))
    assert [each["errorCode"] for each in said["errorList"]] == ["SEC0002", "SER0030", "MKT0004"]
    assert status_of(findings) == 403
    assert said["creationTime"] == "2024-04-09T16:00:00Z"


@pytest.mark.parametrize("code", ["CRD0001", "SET0001", "NET0001", "HUB0001", "POR0100TOOLONG123"])
def test_codes_of_our_own_are_errors_of_a_record(code):
    said = json.loads(body_of([Finding(code, "something")], NOW))
    assert said["errorList"][0]["errorCode"] == "SER0030"


def test_what_broke_inside_is_not_told_outside():
    said = body_of([Finding("RUN0001", "the database", found="/secret/place")], NOW)
    assert b"secret" not in said
    assert json.loads(said)["errorList"][0]["errorCode"] == "SER0028"
    assert json.loads(said)["errorList"][0]["severity"] == "FATAL"


@given(
    st.lists(
        st.builds(Finding, st.text(max_size=30), st.text(), st.text(), st.text(), st.text()),
        min_size=1,
        max_size=5,
    )
)
def test_any_findings_make_a_body_of_the_contract(findings):
    said = json.loads(body_of(findings, NOW))
    assert len(said["errorList"]) == len(findings)
    for detail in said["errorList"]:
        assert list(detail) == ["errorCode", "errorDescription", "severity"]
        assert len(detail["errorCode"]) <= 15
        assert len(detail["errorDescription"]) <= 1000


def test_what_is_left_out_of_thousands_is_counted():
    found = [Finding("SER0030", f"fault {number}") for number in range(2500)]
    said = json.loads(body_of(found, NOW))["errorList"]
    assert said[999]["errorDescription"] == "fault 999"
    assert said[1000]["errorCode"] == "SER0030"
    assert said[1000]["errorDescription"] == "1500 more faults, which are not listed"
    assert len(said) == 1001
    assert len(json.loads(body_of(found[:1000], NOW))["errorList"]) == 1000


def test_nobody_says_how_many_faults_there_are_where_the_search_was_given_up():
    found = [Finding("SER0030", f"fault {number}") for number in range(10_000)]
    said = json.loads(body_of(found, NOW))["errorList"]
    assert said[1000]["errorDescription"] == "at least 9000 more faults, which are not listed"


@pytest.mark.parametrize("part", ["found", "allowed", "where", "message"])
def test_what_is_too_long_gives_way_to_what_is_allowed_and_to_do(part):
    short = {"message": "the name", "where": "$.x", "found": "abc", "allowed": "a name"}
    finding = Finding("SER0017", **{**short, part: "x" * 5000}, remedy="choose another")
    (detail,) = json.loads(body_of([finding], NOW))["errorList"]
    said = detail["errorDescription"]
    assert len(said) == 1000
    assert said.endswith("; choose another")
    assert "x" * 900 + "…" in said
    for name, text in short.items():
        assert name == part or text in said
