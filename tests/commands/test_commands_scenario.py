"""`marketsim scenario`, and what every command has in common."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from commands_desk import ROOT, marketsim

SHIPPED = ROOT / "scenarios" / "market_sim.toml"


def test_list_names_the_five_weeks():
    found = marketsim("scenario", "list", "--json").json
    assert {"name": "market-sim", "title": "Market Sim Month"} in found["scenarios"]
    assert "market-sim" in marketsim("scenario", "list").out


def test_show_speaks_in_the_slides_words():
    answer = marketsim("scenario", "show", "market-sim")
    assert answer.code == 0
    for words in ("TUESDAY", "Post T1 mini results", "Collateral verified", "week 1"):
        assert words in " ".join(answer.out.split())


def test_ical_is_a_calendar():
    answer = marketsim("scenario", "ical", "market-sim")
    assert answer.out.startswith("BEGIN:VCALENDAR")
    assert answer.out.rstrip().endswith("END:VCALENDAR")


def test_check_passes_the_shipped_file():
    found = marketsim("scenario", "check", SHIPPED, "--json").json
    assert found["name"] == "market-sim"
    assert len(found["markets"]) == 5


def test_check_names_every_fault_with_its_line(tmp_path):
    file = tmp_path / "mine.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count('kind = "message"\n') > 1
    text = text.replace('kind = "message"\n', 'kind = "massage"\n', 1)
    file.write_text(text.replace('time = "07:00"', 'time = "27:00"', 1), encoding="utf-8")
    answer = marketsim("scenario", "check", file)
    assert answer.code == 2
    assert answer.out == ""
    lines = file.read_text(encoding="utf-8").splitlines()
    for fault in ("massage", "27:00"):
        line = next(number for number, words in enumerate(lines, start=1) if fault in words)
        assert re.search(rf"mine\.toml:{line}\b.*{fault}", answer.err)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x93SQLite", "not text"),
        (b"name = ", "mine.toml:1"),
        (b"", "first_monday"),
        (b"\xef\xbb\xbfname = 'x'", "first_monday"),
    ],
)
def test_check_refuses_what_is_no_scenario(tmp_path, content, words):
    (tmp_path / "mine.toml").write_bytes(content)
    answer = marketsim("scenario", "check", "mine.toml", cwd=tmp_path)
    assert answer.code == 2
    assert words in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("nosuch",), ("--nosuch",), ("scenario",), ("network",), ("clear",),
        ("scenario", "show", "nosuch"), ("scenario", "ical", "nosuch"),
        ("scenario", "check", "nosuch"), ("scenario", "check", "."), ("run", "nosuch"),
        ("feature", "nosuch.feature"), ("feature",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_bad_usage_leaves_with_2_and_nothing_on_standard_output(tmp_path, arguments):
    answer = marketsim(*arguments, cwd=tmp_path)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.strip()


def test_an_unknown_scenario_says_which_there_are():
    answer = marketsim("scenario", "show", "market-sin")
    for words in ("market-sin", "market-sim", "scenario list"):
        assert words in answer.err


def test_the_module_is_the_same_program(tmp_path):
    typed = [sys.executable, "-m", "simulator", "scenario", "list", "--json"]
    done = subprocess.run(typed, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == marketsim("scenario", "list", "--json").out


def test_a_reader_that_goes_away_is_no_fault(tmp_path):
    typed = f"{sys.executable} -m simulator scenario ical market-sim | head -n 1"
    done = subprocess.run(
        typed, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "BEGIN:VCALENDAR"
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_terminal_that_lacks_a_letter_shows_its_number(tmp_path):
    typed = [sys.executable, "-m", "simulator", "scenario", "show", "market-sim"]
    done = subprocess.run(
        typed, cwd=tmp_path, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert rb"MP \u2013 review" in done.stdout
