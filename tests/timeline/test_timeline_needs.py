"""What `scenario check` wants of the dependencies of a calendar, and faults side by side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.domain import Finding, Refused
from simulator.timeline.render import as_text, slide
from simulator.timeline.scenario import load_scenario

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "market_sim.toml"
TEXT = SHIPPED.read_text(encoding="utf-8")


def block(event_id: str) -> str:
    """The event as it stands in the shipped file."""
    match = re.search(rf'\[\[event\]\]\nid = "{event_id}"\n(?:(?!\n\n).)*', TEXT, re.DOTALL)
    assert match is not None
    return match[0]


def findings(text: str) -> tuple[Finding, ...]:
    with pytest.raises(Refused) as refusal:
        load_scenario(text, "book.toml")
    return tuple(refusal.value.findings)


def changed(event_id: str, pattern: str, by: str) -> str:
    before = block(event_id)
    after = re.sub(pattern, by, before, count=1, flags=re.MULTILINE)
    assert after != before
    return TEXT.replace(before, after)


def without(event_id: str) -> str:
    """The file without an event, and without what named it."""
    text = TEXT.replace(block(event_id), "")
    text = re.sub(rf', "{event_id}"|"{event_id}", ', "", text)
    return text.replace(f'needs = ["{event_id}"]\n', "")


def stands_on(text: str, finding: Finding, event_id: str) -> bool:
    """Whether the finding points into the lines of that event."""
    line = int(re.match(r"book.toml:(\d+) ", finding.where)[1])
    above = text.splitlines()[:line]
    return f'id = "{event_id}"' in above[-12:] or above[-1] == "[[event]]"


@pytest.mark.parametrize(
    ("missing", "event_id", "words"),
    [
        ("w2-collateral", "w2-monthly-auction-close", "collateral for AUC_MN_2024_M04"),
        ("w1-meq", "w1-t2-open", "before MEQ is published"),
        ("w1-set-aside", "w1-t2-open", "before SET_ASIDE is published"),
    ],
)
def test_what_a_market_depends_on_may_not_be_missing(missing, event_id, words):
    text = without(missing)
    (finding,) = findings(text)
    assert (finding.code, finding.found) == ("SCN_MISSING_EVENT", event_id)
    assert words in finding.message
    assert finding.where.endswith(".time")
    assert stands_on(text, finding, event_id)
    assert "an event of kind" in finding.allowed
    assert "[[event]]" in finding.remedy


def test_meq_after_tier_2_opened_is_too_late():
    text = changed("w1-t2-open", "^needs.*", 'needs = ["w1-set-aside"]')
    text = text.replace(block("w1-meq"), block("w1-meq").replace('"wed"', '"fri"'))
    (finding,) = findings(text)
    assert "before MEQ is published" in finding.message


def test_without_a_set_aside_share_none_is_published():
    text = without("w1-set-aside")
    text = text.replace("[settings.eligibility]\n", "").replace(
        "[settings.calendar]", "[settings.eligibility]\nset_aside_share = 0\n\n[settings.calendar]"
    )
    assert load_scenario(text, "book.toml").settings.eligibility.set_aside_share == 0


@pytest.mark.parametrize(
    ("event_id", "allowed"),
    [
        ("w1-t1-open", "w1-preload"),
        ("w1-t1-clear", "w1-t1-close"),
        ("w1-t1-post", "w1-t1-clear"),
        ("w3-annual-auction-post", "w3-annual-auction-clear"),
    ],
)
def test_what_an_event_depends_on_is_among_its_needs(event_id, allowed):
    text = changed(event_id, "^needs.*", 'needs = ["w1-setup"]')
    (finding,) = findings(text)
    assert (finding.code, finding.found) == ("SCN_NEEDS", "w1-setup")
    assert finding.where.endswith(".needs")
    assert stands_on(text, finding, event_id)
    assert allowed in finding.allowed
    assert finding.remedy


def test_needs_that_are_missing_point_at_their_event():
    text = changed("w1-t1-clear", "^needs.*\n", "")
    (finding,) = findings(text)
    assert (finding.code, finding.found) == ("SCN_NEEDS", "no needs")
    assert finding.where.endswith(".needs")
    assert stands_on(text, finding, "w1-t1-clear")


def test_an_exit_criterion_is_optional_only_where_nothing_is_to_be_checked():
    (finding,) = findings(changed("w1-t1-clear", "^done_when.*", ""))
    assert (finding.code, finding.message) == ("SCN_MISSING_FIELD", "done_when is missing")
    for event_id in ("w1-setup", "w2-market-sim-call", "w1-need-open"):
        assert load_scenario(changed(event_id, "^done_when.*", ""), "book.toml")


# ----------------------------------------------------------------------- faults hide no siblings


def test_all_faults_of_one_event_are_told_together():
    text = changed("w1-preload", "^week.*\n.*\ntime.*", 'week = 54\nday = "Sun"\ntime = "7am"')
    fields = [finding.where.rsplit(".", 1)[1] for finding in findings(text)]
    assert fields == ["week", "day", "time"]


@pytest.mark.parametrize("time", ["17:00", "5pm"])
def test_nothing_but_statements_comes_on_a_weekend(time):
    text = changed("w5-secondary-market-close", "^day.*\ntime.*", f'day = "sun"\ntime = "{time}"')
    found = findings(text)
    assert [item.code for item in found] == ["SCN_VALUE"] * (1 if time == "17:00" else 2)
    assert found[0].where.endswith(".day")
    assert found[0].allowed == "mon, tue, wed, thu, fri"
    settled = changed("w3-settlement-available", "^day.*", 'day = "sun"')
    assert load_scenario(settled, "book.toml").event("w3-settlement-available").day == "sun"


def test_an_unknown_status_is_one_fault():
    (finding,) = findings(changed("w1-tor-open", "^status.*", 'status = "OPENED"'))
    assert (finding.code, finding.message, finding.found) == (
        "SCN_VALUE",
        "unknown status",
        "OPENED",
    )
    assert "OPEN_FOR_CONVERSION" in finding.allowed


def test_a_bad_time_hides_no_unknown_status_and_no_unknown_process():
    text = changed("w1-tor-open", "^time.*", 'time = "noon"')
    bad = text.replace('"OPEN_FOR_CONVERSION"', '"OPENED"')
    assert [item.where.rsplit(".", 1)[1] for item in findings(bad)] == ["time", "status"]
    pattern = r'time = "noon"\n(.*)\nprocess = .*'
    bad = re.sub(pattern, r'time = "noon"\n\1\nprocess = "TOR"', text, count=1)
    where = [item.where.rsplit(".", 1)[1] for item in findings(bad)]
    assert where[:2] == ["time", "process"]


# ------------------------------------------------------------------------------- scenario show


def test_a_cell_lists_by_time_of_day():
    scenario = load_scenario(TEXT, "book.toml")
    for week in slide(scenario):
        for cell in week.cells:
            times = [entry.events[0].at for entry in cell.entries]
            assert times == sorted(times)
    printed = as_text(scenario, 400)
    assert printed.index("Collateral verified") < printed.index("Monthly Mini Auction open")
