"""A run that is killed and resumed ends like a run that nobody touched."""

from __future__ import annotations

import shutil

from engine_runs import (
    DATABASE,
    KILLED,
    SHORT_RUN,
    digests,
    done,
    fingerprints,
    marketsim,
    marketsim_killed,
    summary,
)

from simulator.domain import MarketStatus
from simulator.store import books, open_store

AUCTION = "AUC_MN_2024_M04"
MOMENTS = (  # in the order in which a run meets them
    "before:setup",
    "inside:preload",
    "inside:ALLOC_MN_2024_M04_T1/LSES/LSES_1/create",
    "after:ALLOC_MN_2024_M04_T1/CCA1/CCA1_1/create",  # between create and submit
    "inside:t1-clear",
    "after:set-aside",
    f"after:{AUCTION}/LSED/LSED_1A/create",  # a refusal was the last thing
    "inside:auction-clear",
    "inside:auction-post",
    "inside:day-ahead-2024-04-12",
    "inside:statements-2024-04-13",  # the day with the month's true-up
    "file:40",
)


def test_a_run_killed_twelve_times_ends_as_if_nobody_had_touched_it(short_run, tmp_path):
    out = tmp_path / "run"
    for moment in MOMENTS:
        killed = marketsim_killed(moment, "run", SHORT_RUN, "--out", out, "--resume")
        assert killed.returncode == KILLED, f"{moment}: {killed.stderr}"
        assert not (out / "summary.json").exists(), f"{moment}: a summary of a broken run"
    done(marketsim("run", SHORT_RUN, "--out", out, "--resume"))
    assert digests(out) == digests(short_run)
    assert fingerprints(out, DATABASE) == fingerprints(short_run, DATABASE)


def test_a_resumed_run_says_what_it_found_done_and_what_it_did(short_run, tmp_path):
    out = tmp_path / "run"
    marketsim_killed("after:t1-clear", "run", SHORT_RUN, "--out", out)
    told = done(marketsim("run", SHORT_RUN, "--out", out, "--resume", "--until", "meq")).stderr
    assert "= t1-clear" in told
    assert "+ t1-post" in told
    assert "set-aside" not in told
    assert digests(out) != digests(short_run)
    waiting = {event["id"] for event in summary(out)["events"] if event["status"] == "pending"}
    assert {"set-aside", "auction-open"} <= waiting
    assert "meq" not in waiting
    done(marketsim("run", SHORT_RUN, "--out", out, "--resume"))
    assert fingerprints(out, DATABASE) == fingerprints(short_run, DATABASE)


def test_control_c_is_answered_in_words_and_the_run_goes_on(short_run, tmp_path):
    out = tmp_path / "run"
    key = f"{AUCTION}/FIN1/FIN1_1/submit"
    stopped = marketsim_killed(f"interrupt:{key}", "run", SHORT_RUN, "--out", out)
    assert stopped.returncode == 130
    assert stopped.stderr.splitlines()[-1].startswith("interrupted")
    assert "Traceback" not in stopped.stderr
    done(marketsim("run", SHORT_RUN, "--out", out, "--resume"))
    assert fingerprints(out, DATABASE) == fingerprints(short_run, DATABASE)


def test_an_event_that_was_refused_fails_the_run_and_says_why(tmp_path):
    out = tmp_path / "run"
    done(marketsim("run", SHORT_RUN, "--out", out, "--until", "t1-open"))
    store = open_store(f"sqlite:///{out / DATABASE}")
    store.record(
        key="by-hand",
        at=store.entries()[-1].at,
        actor="OPERATOR",
        command="close",
        arguments={},
        effect=lambda tx: books.set_market_status(tx, "ALLOC_MN_2024_M04_T1", MarketStatus.CLOSED),
    )
    store.close()
    failed = marketsim("run", SHORT_RUN, "--out", out, "--resume", "--until", "t1-post")
    assert failed.returncode == 1
    assert "event t1-close, ALLOC_MN_2024_M04_T1: MKT0004" in failed.stderr
    status = {event["id"]: event["status"] for event in summary(out)["events"]}
    assert (status["t1-close"], status["t1-clear"]) == ("refused", "done")


def test_resuming_a_finished_run_changes_nothing(short_run, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(short_run, out)
    done(marketsim("run", SHORT_RUN, "--out", out, "--resume"))
    assert fingerprints(out) == fingerprints(short_run)


def test_the_shipped_calendar_killed_within_a_clear_ends_with_the_same_digest(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    last = ("--until", "w2-t1-pnp-post", "--participants", "8")
    done(marketsim("run", "--out", whole, *last, PYTHONHASHSEED="0"))
    killed = marketsim_killed("inside:w2-t1-pnp-clear", "run", "--out", broken, *last)
    assert killed.returncode == KILLED
    done(marketsim("run", "--out", broken, *last, "--resume", PYTHONHASHSEED="1"))
    assert digests(broken) == digests(whole)
    assert fingerprints(broken, DATABASE) == fingerprints(whole, DATABASE)
