"""The calendar of the report tells every event in words a reader understands."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.market.report_events import ABOUT_CHARACTERS, about, outcome
from simulator.timeline.event import Event, EventKind


def event(kind: EventKind, **values: Any) -> Event:
    return Event("e", 1, "mon", 0, "09:00", kind, **values)


def test_a_process_is_told_with_its_name_and_status() -> None:
    led = event(EventKind.PROCESS, process="TOR_2024", status="OPEN_FOR_APPROVAL", note="Approve.")
    assert about(led) == "TOR_2024 open for approval"
    assert outcome(led, {"process": "TOR_2024", "status": "OPEN_FOR_APPROVAL"}) == "Approve."


def test_long_words_of_an_event_are_shortened() -> None:
    assert about(event(EventKind.MESSAGE, says="Market Sim call")) == "Market Sim call"
    assert about(event(EventKind.UNSTRUCTURED, says="unstructured")) == ""
    long = about(event(EventKind.PUBLISH, note="source sink list " * 20))
    assert len(long) <= ABOUT_CHARACTERS
    assert long.endswith("…")


CAPS = {"figures": 40, "signature_pairs": 0}


@pytest.mark.parametrize(
    ("kind", "effect", "expected"),
    [
        (EventKind.MESSAGE, {"text": "x"}, "sent to every participant"),
        (EventKind.PUBLISH, {"data": ["MEQ"], "T2": CAPS}, "40 figures posted"),
        (EventKind.PUBLISH, {"data": ["PROCESSES", "SET_ASIDE"]}, "processes, set aside"),
        (
            EventKind.PUBLISH,
            {"data": ["SET_ASIDE"], "set_aside": {"interties": 16, "market": "T2"}},
            "16 interties with a set-aside",
        ),
        (
            EventKind.PRELOAD,
            {"data": ["SEQ"], "participants": 24, "crrs": 504, "T1": CAPS, "T0": CAPS},
            "24 participants, 504 CRRs, 80 figures posted",
        ),
        (
            EventKind.PUBLISH,
            {"data": ["SOURCE_SINK"], "source_sink_versions": {"2024_M04": 2}},
            "source/sink list 2024_M04 version 2",
        ),
        (
            EventKind.PROCESS,
            {"process": "M", "status": "POSTED", "shares": 32, "crrs": 384},
            "384 CRRs made or changed, 32 shares of load moved",
        ),
        (
            EventKind.PROCESS,
            {"process": "T", "status": "POSTED", "records": 6, "crrs": 4},
            "4 CRRs made, 6 conversions decided",
        ),
        (EventKind.PUBLISH, [{"message": "no such market"}], "no such market"),
        (EventKind.UNSTRUCTURED, {"text": "unstructured"}, ""),
    ],
)
def test_what_came_of_an_event(kind: EventKind, effect: Any, expected: str) -> None:
    assert outcome(event(kind), effect) == expected
