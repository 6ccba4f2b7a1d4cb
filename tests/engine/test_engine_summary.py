"""What a finished run says of itself: the keys that scripts rely on, and nothing else on stdout."""

from __future__ import annotations

import json
import re
from datetime import datetime

from engine_runs import DATABASE, SHORT_RUN, summary

from simulator.timeline.scenario import load_scenario

KEYS = {
    "scenario",
    "seed",
    "state_digest",
    "journal_digest",
    "simulated",
    "events",
    "markets",
    "settlement",
    "participants",
}
WALL_CLOCK = re.compile(rb"20(2[5-9]|[3-9]\d)-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def test_json_is_one_object_on_standard_output_and_nothing_else(short_run_answer):
    out, answer = short_run_answer
    told = json.loads(answer.stdout)
    assert answer.stdout.count("\n") == 1
    assert told == summary(out)
    assert answer.stderr == ""


def test_the_summary_has_the_keys_of_the_contract(short_run):
    told = summary(short_run)
    assert set(told) >= KEYS
    assert set(told["simulated"]) == {"from", "to"}
    for event in told["events"]:
        assert set(event) >= {"id", "week", "day", "at", "kind", "status"}
    for market in told["markets"]:
        assert set(market) >= {"name", "kind", "status", "submitted", "awarded_mw", "objective"}
    assert set(told["settlement"]) >= {
        "statements",
        "paid_to_holders_usd",
        "congestion_revenue_usd",
        "auction_net_usd",
        "balancing_account_usd",
        "residual_usd",
    }


def test_every_event_of_the_calendar_is_done_in_its_order(short_run):
    told = summary(short_run)
    calendar = load_scenario(SHORT_RUN.read_text(), SHORT_RUN.name)
    assert [event["id"] for event in told["events"]] == [event.id for event in calendar.events]
    assert {event["status"] for event in told["events"]} == {"done"}
    assert {market["status"] for market in told["markets"]} == {"POSTED"}
    assert told["participants"] == 8
    assert told["settlement"]["residual_usd"] == 0.0
    assert told["settlement"]["statements"] > 0


def test_simulated_time_is_that_of_the_journal(short_run):
    told = summary(short_run)
    lines = [json.loads(line) for line in (short_run / "journal.jsonl").read_text().splitlines()]
    times = [
        int(datetime.fromisoformat(told["simulated"][end]).timestamp()) for end in ("from", "to")
    ]
    assert times == [lines[0]["at"], lines[-1]["at"]]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert lines[-1]["hash"] == told["journal_digest"]


def test_no_file_knows_the_wall_clock_or_where_it_lies(short_run):
    for path in short_run.rglob("*"):
        if path.is_file() and path.name != DATABASE:
            content = path.read_bytes()
            assert not WALL_CLOCK.search(content), path
            assert str(short_run).encode() not in content, path


def test_nothing_is_left_half_written(short_run):
    assert not [path for path in short_run.rglob("*") if path.name.endswith((".part", "-wal"))]
