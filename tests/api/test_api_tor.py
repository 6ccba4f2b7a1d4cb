"""Conversion of ownership rights: the holder asks, the transferee decides (wire contract 11)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from api_server import ROOT
from api_special_kit import Stand, special_world

from simulator.timeline.hours import iso_utc
from simulator.timeline.scenario import load_scenario

TOR = "/torconversion/v1.0"
WINDOW = "TOR_CONVERSION_2024_S02"
ASK, DECIDE = f"{TOR}/torConversionCreation", f"{TOR}/torConversionApproval"
PATH = ("MEAD_5_N501", "SERRANO_2_N001")
LIFE = (
    "OPEN_FOR_CONVERSION", "CLOSED_FOR_CONVERSION", "OPEN_FOR_APPROVAL", "CLOSED_FOR_APPROVAL",
    "POSTED",
)  # fmt: skip


def row(**other):
    return {
        "source": PATH[0], "sink": PATH[1], "startDate": "2024-05-01T07:00:00Z",
        "endDate": "2024-07-01T06:59:59Z", "mw": 7, "transfereeAO": "FIN2", "modeled": "Y", **other,
    }  # fmt: skip


def asking(*rows, window=WINDOW, holder="MUNI02"):
    return {"torConversionWindow": window, "torHolder": holder, "conversionRequests": list(rows)}


def deciding(records, owner="FIN2", window=WINDOW):
    return {
        "torConversionWindow": window, "assetOwner": owner, "conversionApprovalRecords": records
    }  # fmt: skip


def read(stand, operation, name="MUNI02", window=WINDOW):
    return stand.get(name, f"{TOR}/{operation}", torConversionWindow=window)


def approvals(stand, name="FIN2"):
    return read(stand, "mtTorCRRApprovalList", name).json


@pytest.fixture
def opened(stand) -> Stand:
    stand.lead(WINDOW, LIFE[0])
    return stand


@pytest.fixture
def asked(opened) -> Stand:
    """FIN2 has two records to decide."""
    assert opened.post("MUNI02", ASK, asking(row())).json["status"] == "VALID"
    return opened


SHOWN = {
    "name": WINDOW,
    "period": {
        "name": "2024_S02", "startDate": "2024-04-01T07:00:00Z", "endDate": "2024-07-01T06:59:59Z"
    },
    "conversionSubmissionWindow": {
        "openDate": "2024-04-02T17:30:00Z", "closeDate": "2024-04-04T00:00:00Z"
    },
    "ConversionApprovalWindow": {
        "openDate": "2024-04-04T16:00:00Z", "closeDate": "2024-04-06T00:00:00Z"
    },
}  # fmt: skip


def test_a_window_goes_through_its_life(stand):
    for status in ("NEW", *LIFE):
        if status != "NEW":
            stand.lead(WINDOW, status)
        window = {**SHOWN, "status": status}
        assert read(stand, "torConversionWindowStatus").json == window
        lists = {
            path: stand.get("FIN1", f"{TOR}/{path}").json
            for path in ("activeTorConversionWindows", "postedConversionWindows")
        }
        posted = status == "POSTED"
        assert lists == {
            "activeTorConversionWindows": [] if posted else [window],
            "postedConversionWindows": [window] if posted else [],
        }


def test_the_setting_gives_the_approval_window_its_small_letter_and_never_both(stand):
    small = 'conversion_approval_window = "conversionApprovalWindow"'
    text = (ROOT / "scenarios" / "market_sim.toml").read_text(encoding="utf-8")
    text = text.replace("[settings.calendar]", f"[settings.wire]\n{small}\n\n[settings.calendar]")
    stand.room.world = replace(special_world(), scenario=load_scenario(text, "market_sim.toml"))
    (window,) = stand.get("FIN1", f"{TOR}/activeTorConversionWindows").json
    assert window["conversionApprovalWindow"] == SHOWN["ConversionApprovalWindow"]
    assert "ConversionApprovalWindow" not in window
    assert list(window) == [
        "name", "period", "conversionSubmissionWindow", "conversionApprovalWindow", "status"
    ]  # fmt: skip


def test_a_holder_sees_its_own_rights_and_nobody_elses(stand):
    assert read(stand, "torConversionPaths").json == [
        {
            "id": 2, "source": PATH[0], "sink": PATH[1], "startDate": "2024-04-01T07:00:00Z",
            "endDate": "2024-07-01T06:59:59Z", "maxMw": 150,
        }
    ]  # fmt: skip
    (other,) = read(stand, "torConversionPaths", "MUNI01").json
    assert (other["id"], other["maxMw"]) == (1, 250)
    assert read(stand, "torConversionPaths", "FIN2").json == []


def test_from_the_request_to_the_crr(asked):
    stand = asked
    (request,) = read(stand, "torConversionRequestList").json
    number = request["id"]
    assert request == {"id": number, **row(), "requestStatus": "PENDING_APPROVAL"}
    stand.lead(WINDOW, *LIFE[1:3])
    first, second = approvals(stand)
    assert first == {
        "conversionApprovalId": number, "source": PATH[0], "sink": PATH[1], "tou": "ON",
        "hedgeType": "OBL", "mw": 7, "approvalStatus": "PENDING_APPROVAL",
    }  # fmt: skip
    assert {first["tou"], second["tou"]} == {"ON", "OFF"}
    assert first["conversionApprovalId"] < second["conversionApprovalId"] <= 2_147_483_647
    one = [{**first, "approvalStatus": "APPROVED"}, second]
    done = stand.post("FIN2", DECIDE, deciding(one))
    assert (done.status, done.json) == (
        200, {"status": "VALID", "timestamp": iso_utc(stand.moment), "errorMessages": "[]"}
    )  # fmt: skip
    assert [each["approvalStatus"] for each in approvals(stand)] == ["APPROVED", "PENDING_APPROVAL"]
    assert read(stand, "torConversionRequestList").json[0]["requestStatus"] == "PENDING_APPROVAL"
    other = [{**second, "approvalStatus": "DISAPPROVED"}]
    assert stand.post("FIN2", DECIDE, deciding(other)).json["status"] == "VALID"
    assert read(stand, "torConversionRequestList").json[0]["requestStatus"] == "APPROVED"
    stand.lead(WINDOW, *LIFE[3:])
    first, second = approvals(stand)
    assert [first["approvalStatus"], second["approvalStatus"]] == ["APPROVED", "DISAPPROVED"]
    (crr,) = [crr for crr in stand.crrs(owner="FIN2") if crr.crr_type == "MT_TOR"]
    assert first["mtTorCrrId"] == int(crr.crr_id)
    assert "mtTorCrrId" not in second
    assert (crr.mw, crr.tou.value, crr.market) == (7, first["tou"], "SYSTEM")


def test_an_upload_is_answered_row_by_row_and_taken_whole_or_not_at_all(opened):
    rows = [
        row(), row(sink="NOWHERE"), row(transfereeAO="NOBODY"), row(mw=149.5),
        row(endDate="2024-07-02T06:59:59Z"), row(startDate="2024-04-01T07:00:00Z"),
    ]  # fmt: skip
    before = opened.digest
    answer = opened.post("MUNI02", ASK, asking(*rows))
    assert answer.status == 200
    assert answer.json["status"] == "ERROR"
    assert isinstance(answer.json["errorMessages"], str)
    messages = json.loads(answer.json["errorMessages"])
    said = f"{PATH[0]}, {PATH[1]}, 7, 2024-05-01T07:00:00Z, 2024-07-01T06:59:59Z, NOBODY, Y - "
    assert any(message.startswith(said) for message in messages), messages
    for words in ("NOWHERE", "NOBODY", "170.5 MW exceed the 150 MW", "dates", "day that is over"):
        assert any(words in message for message in messages), (words, messages)
    assert opened.digest == before
    assert read(opened, "torConversionRequestList").json == []


def test_requests_of_several_uploads_add_up_on_a_path(asked):
    answer = asked.post("MUNI02", ASK, asking(row(mw=143.001)))
    assert answer.json["status"] == "ERROR"
    assert asked.post("MUNI02", ASK, asking(row(mw=143))).json["status"] == "VALID"
    assert [each["mw"] for each in read(asked, "torConversionRequestList").json] == [7, 143]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"startDate": "2024-05-01T07:00:01Z"}, "begins within a day"),
        ({"startDate": "2024-05-01T00:00:00Z"}, "begins within a day"),
        ({"endDate": "2024-06-30T06:59:58Z"}, "ends within a day"),
    ],
)
def test_conversions_are_for_whole_local_days(opened, changed, where):
    answer = opened.post("MUNI02", ASK, asking(row(**changed)))
    (message,) = json.loads(answer.json["errorMessages"])
    assert answer.json["status"] == "ERROR"
    assert where in message
    assert read(opened, "torConversionRequestList").json == []


def test_an_end_at_midnight_is_the_same_day(opened):
    done = opened.post("MUNI02", ASK, asking(row(endDate="2024-07-01T07:00:00Z")))
    assert done.json["status"] == "VALID"
    (request,) = read(opened, "torConversionRequestList").json
    assert request["endDate"] == "2024-07-01T06:59:59Z"


def test_an_empty_upload_asks_for_nothing(opened):
    answer = opened.post("MUNI02", ASK, asking())
    assert (answer.status, answer.json["status"]) == (200, "ERROR")


def test_each_upload_has_its_own_window(asked):
    records = approvals(asked)
    yes = deciding([{**record, "approvalStatus": "APPROVED"} for record in records])
    assert asked.refused("FIN2", DECIDE, yes) == ["TOR0024"]
    asked.lead(WINDOW, LIFE[1])
    assert asked.refused("MUNI02", ASK, asking(row())) == ["TOR0023"]
    assert asked.refused("MUNI02", ASK, asking(row(startDate="2024-05-01T00:00:00Z"))) == [
        "TOR0023"
    ]
    asked.lead(WINDOW, *LIFE[2:4])
    assert asked.refused("FIN2", DECIDE, yes) == ["TOR0024"]
    assert approvals(asked) == records


@pytest.mark.parametrize("name", ["MT_TOR_AN_2024_S02", "SECONDARY_MARKET"])
def test_an_unknown_window_is_said_by_every_operation(asked, name):
    for operation in (
        "torConversionWindowStatus", "torConversionRequestList", "mtTorCRRApprovalList",
        "torConversionPaths",
    ):  # fmt: skip
        answer = read(asked, operation, window=name)
        assert (answer.status, answer.codes) == (400, ["TOR0016"])
    assert asked.refused("MUNI02", ASK, asking(row(), window=name)) == ["TOR0016"]
    assert asked.refused("FIN2", DECIDE, deciding([], window=name)) == ["TOR0016"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mw": 7.001}, "mw is not that of the record"),
        ({"tou": "OFF"}, "tou is not that of the record"),
        ({"source": "ELSEWHERE"}, "source is not that of the record"),
        ({"conversionApprovalId": 99}, "is not for FIN2 to decide"),
    ],
)
def test_a_decision_is_about_the_record_as_it_stands(asked, changed, words):
    asked.lead(WINDOW, *LIFE[1:3])
    first, second = approvals(asked)
    before = asked.digest
    records = [{**first, **changed, "approvalStatus": "APPROVED"}, second]
    answer = asked.post("FIN2", DECIDE, deciding(records))
    assert (answer.status, answer.json["status"]) == (200, "ERROR")
    (message,) = json.loads(answer.json["errorMessages"])
    assert words in message
    assert message.startswith(str(records[0]["conversionApprovalId"]))
    assert asked.digest == before


def test_a_record_is_decided_once_an_upload(asked):
    asked.lead(WINDOW, *LIFE[1:3])
    first = approvals(asked)[0]
    both = [{**first, "approvalStatus": word} for word in ("APPROVED", "DISAPPROVED")]
    answer = asked.post("FIN2", DECIDE, deciding(both))
    assert (answer.json["status"], approvals(asked)[0]) == ("ERROR", first)


def test_a_second_participant_sees_and_decides_nothing_of_the_first(asked):
    assert read(asked, "torConversionRequestList", "MUNI01").json == []
    assert approvals(asked, "FIN1") == approvals(asked, "MUNI02") == []
    for operation, owner in (
        ("torConversionRequestList", "MUNI02"),
        ("mtTorCRRApprovalList", "FIN2"),
    ):
        query = {"torConversionWindow": WINDOW, "participantName": owner}
        answer = asked.call("FIN1", "GET", f"{TOR}/{operation}", query=query)
        assert (answer.status, answer.codes) == (403, ["SEC0002"])
    asked.lead(WINDOW, *LIFE[1:3])
    records = [{**each, "approvalStatus": "APPROVED"} for each in approvals(asked)]
    before = asked.digest
    assert asked.post("FIN1", DECIDE, deciding(records, "FIN1")).json["status"] == "ERROR"
    stolen = asked.post("FIN1", DECIDE, deciding(records, "FIN2"))
    assert (stolen.status, stolen.codes) == (403, ["SEC0002"])
    assert asked.post("MUNI01", ASK, asking(row())).status == 403
    assert asked.digest == before


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"torHolder": "MUNI!"}, ["SER0002"]),
        ({"torConversionWindow": ""}, ["SER0017"]),
        ({"conversionRequests": [row(), row(mw=0), row(modeled="Yes")]}, ["SER0030"] * 2),
        ({"conversionRequests": None}, ["SER0017"]),
        ({"participantName": "MUNI02"}, ["SER0017"]),
    ],
)
def test_a_body_keeps_to_its_document(opened, changed, codes):
    assert opened.refused("MUNI02", ASK, {**asking(row()), **changed}) == codes
