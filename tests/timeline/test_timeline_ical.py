"""The iCalendar export, read back by a small reader of RFC 5545."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from simulator.timeline.ical import _escaped, _folded, as_ical
from simulator.timeline.scenario import Scenario, load_scenario

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "market_sim.toml"
UNESCAPE = {"\\n": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


def shipped() -> Scenario:
    return load_scenario(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)


def unescaped(text: str) -> str:
    return re.sub(r"\\.", lambda match: UNESCAPE[match[0]], text)


def read_back(text: str) -> list[dict[str, str]]:
    """The VEVENTs of an iCalendar text; asserts the form that RFC 5545 asks for."""
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[0] == "BEGIN:VCALENDAR"
    events: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and name not in ("END", "BEGIN"):
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = unescaped(value)
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == len(events)
    return events


def test_every_event_and_statement_is_in_it():
    scenario = shipped()
    events = read_back(as_ical(scenario))
    assert len(events) == len(scenario.events) + len(scenario.trading_days())
    uids = [event["UID"] for event in events]
    assert len(set(uids)) == len(uids)
    slides = [event["SUMMARY"] for event in events if event["CATEGORIES"] != "PROCESS"]
    assert slides[:3] == [
        "week 1",
        "[ Post all preloaded data]",
        "Open and close by 5pm - T1 mini",
    ]


def test_times_are_utc_and_a_window_lasts_until_it_closes():
    by_uid = {event["UID"]: event for event in read_back(as_ical(shipped()))}
    window = by_uid["w3-annual-auction-open@market-sim.crr-market-sim"]
    assert (window["DTSTART"], window["DTEND"]) == ("20240416T160000Z", "20240418T000000Z")
    statement = by_uid["statement-2024-04-11@market-sim.crr-market-sim"]
    assert statement["DTSTART"] == "20240416T160000Z"
    assert {event["DTSTAMP"] for event in by_uid.values()} == {"20240401T150000Z"}


def test_it_is_the_same_every_time():
    assert as_ical(shipped()) == as_ical(shipped())


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs")), max_size=300))
def test_any_text_survives_escaping_and_folding(text):
    pieces = list(_folded(_escaped(text)))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert unescaped("\r\n".join(pieces).replace("\r\n ", "")) == text
