"""Messages over mutual TLS: a range of time, everybody's and one's own."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from api_server import Live

from simulator.market.command import Command
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


def test_private_messages_are_the_participants_own(live: Live, written: int) -> None:
    own = ask(live, OWN, "private", iso_utc(written))
    assert [message["message"] for message in own.json] == [
        "Call at 10 00 code 0", "Call at 10 00 code 1"
    ]  # fmt: skip
    other = ask(live, OTHER, "private", iso_utc(written))
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


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("2024-02-30T08:00:00Z", None, ["SER0017"]),
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
