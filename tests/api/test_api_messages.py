"""Messages over mutual TLS: a range of time, everybody's and one's own."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import datetime

import pytest
from api_server import AUCTION, Live

from simulator.domain import Refused
from simulator.market.command import Command
from simulator.market.special_publication import special_files
from simulator.timeline.hours import iso_utc

BASE = "/crr/messages/v1.0"
OWN, OTHER = "FIN1", "FIN2"
PROPERTIES = {"sentTime", "sender", "message", "attachmentName", "attachment"}
TEXT = re.compile(r"[a-zA-Z0-9. _#@()-]{1,512}")


def ask(live: Live, who: str, audience: str, start: object, end: object = None):
    query = f"participantName={who}&fromDate={start}"
    return live.call(who, "GET", f"{BASE}/{audience}?{query}" + (f"&toDate={end}" if end else ""))


@pytest.fixture(scope="module")
def written(live: Live) -> int:
    """The moment at which the operator wrote to one participant and to everybody."""
    at = live.room.store.entries()[-1].at + 60
    for number, audience in enumerate((OWN, OWN, "")):
        arguments = {"text": f"Call at 10:00, code {number}", "audience": audience}
        key = f"message-{number}"
        live.room.carry_out(Command(key, "send_message", "OPERATOR", at + number, arguments))
    return at


def test_everybody_reads_public_messages(live: Live, written: int) -> None:
    answer = ask(live, OTHER, "public", "2024-01-01T08:00:00Z")
    assert answer.status == 200
    times = [datetime.fromisoformat(message["sentTime"]) for message in answer.json]
    assert times == sorted(times)
    assert len(times) > 1
    for message in answer.json:
        assert set(message) <= PROPERTIES
        assert TEXT.fullmatch(message["message"])
        assert message["sender"] == "System Operator"
    assert "Call at 10 00 code 2" in [message["message"] for message in answer.json]


def test_the_calendar_comes_with_a_message(live: Live) -> None:
    answer = ask(live, OTHER, "public", "2024-01-01T08:00:00Z")
    (told,) = [item for item in answer.json if item["message"] == "CRR Calendar for 2024"]
    assert told["attachmentName"] == "CRR_Calendar_2024.csv"
    calendar = b64decode(told["attachment"], validate=True)
    lines = calendar.decode().splitlines()
    assert lines[0] == "MARKET_NAME,MARKET_TYPE,MARKET_TERM,EVENT,START_DATE_GMT,END_DATE_GMT"
    window = "2024-04-09T16:00:00-00:00,2024-04-09T23:59:59-00:00"
    assert f"{AUCTION},AUCTION,Monthly,SUBMISSION_WINDOW,{window}" in lines
    with live.room.store.reading() as tx:
        files = dict(special_files(tx, live.room.world))
    assert files["published/CRR_Calendar_2024.csv"] == calendar
    others = [item for item in answer.json if item != told]
    assert not any("attachment" in item or "attachmentName" in item for item in others)


def test_a_file_for_one_participant(live: Live, written: int) -> None:
    content = bytes(range(256))
    arguments = {
        "text": "Your keys", "audience": OTHER, "attachment_name": "keys (new).bin",
        "attachment": b64encode(content).decode(),
    }  # fmt: skip
    live.room.carry_out(Command("file", "send_message", "OPERATOR", written + 9, arguments))
    (message,) = ask(live, OTHER, "private", iso_utc(written + 9)).json
    assert message["attachmentName"] == "keys (new).bin"
    assert b64decode(message["attachment"], validate=True) == content
    assert ask(live, OWN, "private", iso_utc(written + 9)).codes == ["SER0007"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a/b.txt", "YQ=="), ("", "YQ=="), ("x" * 51, "YQ=="), ("a.txt", ""), ("a.txt", "Y"),
        ("a.txt", "é"), ("a.txt", "YQ==" * 400_000),
    ],
)  # fmt: skip
def test_files_that_cannot_be_taken(live: Live, written: int, name: str, content: str) -> None:
    arguments = {
        "text": "A file", "audience": "", "attachment_name": name, "attachment": content
    }  # fmt: skip
    key = f"{name}{len(content)}"
    with pytest.raises(Refused, match="SER0030"):
        live.room.carry_out(Command(key, "send_message", "OPERATOR", written, arguments)).answer()


def test_private_messages_are_the_participants_own(live: Live, written: int) -> None:
    own = ask(live, OWN, "private", iso_utc(written), iso_utc(written + 9))
    assert [message["message"] for message in own.json] == [
        "Call at 10 00 code 0", "Call at 10 00 code 1"
    ]  # fmt: skip
    other = ask(live, OTHER, "private", iso_utc(written), iso_utc(written + 9))
    assert (other.status, other.codes) == (400, ["SER0007"])
    foreign = live.call(
        OTHER, "GET", f"{BASE}/private?participantName={OWN}&fromDate={iso_utc(written)}"
    )
    assert (foreign.status, foreign.codes) == (403, ["SEC0002"])


def test_a_range_has_its_first_second_and_not_its_last(live: Live, written: int) -> None:
    def found(start: int, end: int | None):
        answer = ask(live, OWN, "private", iso_utc(start), end and iso_utc(end))
        return len(answer.json) if answer.status == 200 else answer.codes

    assert found(written, written + 1) == 1
    assert found(written, written + 2) == 2
    assert found(written + 1, None) == 1
    assert found(written + 2, written + 60) == ["SER0007"]
    assert found(written + 1, written + 1) == ["SER0006"]
    assert found(written + 1, written) == ["SER0006"]
    answer = ask(live, OWN, "private", iso_utc(written + 1), iso_utc(written))
    said = answer.json["errorList"][0]["errorDescription"]
    assert f"found: {iso_utc(written)}; allowed: after {iso_utc(written + 1)};" in said


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("2024-02-30T08:00:00Z", None, ["SER0017"]),
        ("%EF%BC%92024-02-28T08:00:00Z", None, ["SER0017"]),  # a digit, but not of ASCII
        ("2024-02-28T24:00:00Z", "2024-13-01T00:00:00Z", ["SER0017", "SER0017"]),
        ("2024-02-28T08:00:00", None, ["SER0017"]),
        ("2024-02-28T08:00:00.000Z", None, ["SER0017"]),
        ("2024-02-28T08:00:00-08:00", None, ["SER0017"]),
        ("2024-02-28", None, ["SER0017"]),
        ("", None, ["SER0017"]),
        ("9999-12-31T23:59:59Z", None, ["SER0007"]),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:01Z", ["SER0007"]),
    ],
)
def test_dates_that_are_none(live: Live, start: str, end: str | None, codes: list[str]) -> None:
    answer = ask(live, OWN, "public", start, end)
    assert (answer.status, answer.codes) == (400, codes)


def test_times_are_utc_to_the_second(live: Live) -> None:
    answer = ask(live, OWN, "public", "2024-01-01T08:00:00Z")
    for message in answer.json:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", message["sentTime"])
