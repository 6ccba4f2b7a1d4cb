"""Line numbers of TOML keys, for which the standard library's parser has no word."""

from __future__ import annotations

import tomllib
from pathlib import Path

from simulator.timeline.locate import locate

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "market_sim.toml"

TRICKY = '''\
title = "a # b [x] = {"  # a comment = [
text = """
[[event]]
id = "not a key"
"""
other = \'\'\'
day = 1\'\'\'
list = [
  "one", # ]
  "[two]",
]
inline = { a = 1, b = [2] }
"quoted key" = 1
dotted.key.deep = 2

[settings.credit]
floor = 1

[[event]]
id = "first"
  [event.more]
  x = 1
[[event]]
id = "second"
'''


def test_strings_comments_and_brackets_do_not_mislead():
    tomllib.loads(TRICKY)
    lines = locate(TRICKY)
    expected = {
        ("title",): 1,
        ("text",): 2,
        ("other",): 6,
        ("list",): 8,
        ("inline",): 12,
        ("quoted key",): 13,
        ("dotted", "key", "deep"): 14,
        ("settings", "credit"): 16,
        ("settings", "credit", "floor"): 17,
        ("event", 0): 19,
        ("event", 0, "id"): 20,
        ("event", 0, "more", "x"): 22,
        ("event", 1): 23,
        ("event", 1, "id"): 24,
    }
    assert {path: lines.of(*path) for path in expected} == expected


def test_what_has_no_line_of_its_own_has_that_of_what_is_around_it():
    lines = locate(TRICKY)
    assert lines.of("inline", "a") == 12
    assert lines.of("event", 1, "day") == 23
    assert lines.of("nowhere") == 1


def test_every_key_of_the_shipped_scenario_is_where_it_says():
    text = SHIPPED.read_text(encoding="utf-8")
    lines, rows = locate(text), text.splitlines()
    data = tomllib.loads(text)
    for name in ("market", "event"):
        for index, table in enumerate(data[name]):
            assert rows[lines.of(name, index) - 1].startswith(f"[[{name}]]")
            for key in table:
                assert rows[lines.of(name, index, key) - 1].startswith(f"{key} = ")
