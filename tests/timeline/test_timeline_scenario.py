"""The calendar language: what a right file means, and every fault with the line it stands on."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import MarketStatus, Refused
from simulator.domain.settings import Settings
from simulator.timeline.hours import Bounds, iso_utc
from simulator.timeline.scenario import load_scenario

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "market_sim.toml"

HEAD = """\
name = "small"
title = "A small calendar"
first_monday = 2024-04-01

[[market]]
name = "AUC_MN_{month}"
kind = "AUCTION"
term = "MONTHLY"
periods = ["{month}"]
"""


def event(event_id: str, kind: str, day: str, time: str, *more: str, week: int = 1) -> str:
    about = (
        "" if kind in ("setup", "message", "settle", "preload") else 'market = "AUC_MN_{month}"\n'
    )
    return (
        f'\n[[event]]\nid = "{event_id}"\nweek = {week}\nday = "{day}"\ntime = "{time}"\n'
        f'kind = "{kind}"\n{about}says = "{event_id}"\ndone_when = "done"\n'
        + "".join(f"{line}\n" for line in more)
    )


BEFORE = (
    event("preload", "preload", "mon", "09:00", 'data = ["PARTICIPANTS"]'),
    event("collateral", "verify_collateral", "tue", "08:30"),
)
GOOD = (
    event("open", "open", "tue", "09:00", 'needs = ["preload"]'),
    event("close", "close", "tue", "17:00"),
    event("clear", "clear", "tue", "18:00", 'needs = ["close"]'),
    event("post", "post", "wed", "09:00", 'needs = ["clear"]'),
    *BEFORE,
)


def faults(text: str) -> list[tuple[str, str, str]]:
    """(code, text of the line it points at, message) of everything found."""
    with pytest.raises(Refused) as refusal:
        load_scenario(text, "small.toml")
    lines = text.splitlines()
    found = []
    for finding in refusal.value.findings:
        file_name, _, rest = finding.where.partition(":")
        assert file_name == "small.toml"
        assert finding.remedy, finding
        found.append((finding.code, lines[int(rest.split()[0]) - 1], finding.message))
    return found


def one_fault(*events: str, head: str = HEAD) -> tuple[str, str, str]:
    found = faults(head + "".join(events))
    assert len(found) == 1, found
    return found[0]


def test_a_right_calendar_loads():
    scenario = load_scenario(HEAD + "".join(GOOD), "small.toml")
    market = scenario.market("AUC_MN_2024_M04")
    ids = ["preload", "collateral", "open", "close", "clear", "post"]
    assert [event.id for event in scenario.events] == ids
    assert market.windows == (Bounds(market.open_at, market.close_at),)
    assert iso_utc(market.open_at) == "2024-04-02T16:00:00Z"
    assert scenario.event("close").local_time == "Tue 2024-04-02 17:00 PDT"
    assert [str(product) for product in market.market.products] == ["2024_M04 ON", "2024_M04 OFF"]
    assert scenario.trading_days() == ()


def test_the_planned_status_of_a_market_is_half_open():
    scenario = load_scenario(HEAD + "".join(GOOD), "small.toml")
    spec = scenario.market("AUC_MN_2024_M04")
    times = (spec.open_at - 1, spec.open_at, spec.close_at - 1, spec.close_at, spec.post_at)
    status = [scenario.market_status(spec.name, at).value for at in times]
    assert status == ["PREP", "OPEN", "OPEN", "CLOSED", "POSTED"]
    assert scenario.market_status(spec.name, spec.post_at - 1) is MarketStatus.CLOSED


@pytest.mark.parametrize(
    ("replaced", "by", "code", "line"),
    [
        ('day = "tue"\ntime = "09:00"', 'day = "tuesday"\ntime = "09:00"', "SCN_VALUE", "day"),
        ('time = "09:00"\nkind = "open"', 'time = "9am"\nkind = "open"', "SCN_VALUE", "time"),
        ('kind = "open"', 'kind = "opne"', "SCN_VALUE", 'kind = "opne"'),
        ('says = "open"', 'sais = "open"\nnote = "."', "SCN_UNKNOWN_FIELD", 'sais = "open"'),
        ('says = "open"\n', "", "SCN_MISSING_FIELD", "[[event]]"),
        ('id = "open"', 'id = "an id"', "SCN_VALUE", 'id = "an id"'),
        ("week = 1", 'week = "1"', "SCN_TYPE", 'week = "1"'),
        ("week = 1", "week = 0", "SCN_RANGE", "week = 0"),
        ("2024-04-01", "2024-04-02", "SCN_DATE", "first_monday = 2024-04-02"),
        ("2024-04-01", '"April"', "SCN_TYPE", 'first_monday = "April"'),
        ('periods = ["{month}"]', 'periods = ["{mont}"]', "SCN_VALUE", 'periods = ["{mont}"]'),
        ('periods = ["{month}"]', 'periods = ["2024_S01"]', "SCN_VALUE", 'periods = ["2024_S01"]'),
        ('term = "MONTHLY"', 'term = "MONTHLY"\ntier = "T1"', "SCN_VALUE", 'tier = "T1"'),
        ('term = "MONTHLY"', 'term = "MONTHLY"\nlimit_scale = 1.1', "SCN_RANGE", "limit_scale"),
        ('title = "A small calendar"', "title = 3", "SCN_TYPE", "title = 3"),
        ('name = "small"', 'name = "small"\ncolour = 1', "SCN_UNKNOWN_FIELD", "colour = 1"),
        ('needs = ["clear"]', 'needs = ["opn"]', "SCN_REFERENCE", 'needs = ["opn"]'),
        ('needs = ["preload"]', 'needs = ["close"]', "SCN_ORDER", 'time = "09:00"'),
        ('says = "open"', 'says = "open"\ndata = ["MEQ"]', "SCN_UNKNOWN_FIELD", 'data = ["MEQ"]'),
        ('says = "open"', 'says = "open', "SCN_SYNTAX", "says = "),
    ],
)
def test_each_fault_is_named_with_its_line(replaced, by, code, line):
    text = HEAD + "".join(GOOD)
    assert replaced in text
    found = faults(text.replace(replaced, by, 1))
    assert code in [fault[0] for fault in found], found
    assert any(fault[0] == code and fault[1].startswith(line) for fault in found), found


def test_a_window_that_closes_before_it_opens():
    code, line, message = one_fault(event("close", "close", "tue", "08:45"), GOOD[0], *GOOD[2:])
    assert (code, line) == ("SCN_ORDER", 'time = "08:45"')
    assert "closes before it opens" in message


def test_a_window_that_never_closes():
    clear = event("clear", "clear", "tue", "18:00")
    found = faults(HEAD + "".join((GOOD[0], clear, *GOOD[3:])))
    assert [fault[0] for fault in found] == ["SCN_WINDOW", "SCN_ORDER"]
    assert "too few events of kind close" in found[0][2]


def test_windows_of_one_market_that_overlap():
    again = (
        event("again", "open", "tue", "12:00", 'needs = ["preload"]'),
        event("end", "close", "tue", "16:00"),
    )
    code, _, message = one_fault(*GOOD, *again)
    assert code == "SCN_OVERLAP"
    assert "open (line 11)" in message


def test_a_market_may_open_again_before_it_clears():
    again = event("again", "open", "tue", "17:10", 'needs = ["preload"]')
    end = event("end", "close", "tue", "17:20")
    text = HEAD + "".join((*GOOD, again, end))
    assert [fault[0] for fault in faults(text)] == ["SCN_NEEDS"]  # the last close is the close
    text = text.replace('needs = ["close"]', 'needs = ["close", "end"]')
    spec = load_scenario(text, "small.toml").markets[0]
    assert [window.end - window.start for window in spec.windows] == [8 * 3600, 600]


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        ((2, event("clear", "clear", "tue", "16:00")), "clears before it closes"),
        ((3, event("post", "post", "tue", "17:30")), "posts before it clears"),
    ],
)
def test_clear_and_post_in_the_wrong_order(moved, words):
    position, replacement = moved
    events = [*GOOD[:position], replacement, *GOOD[position + 1 :]]
    code, line, message = one_fault(*events)
    assert (code, line[:4]) == ("SCN_ORDER", "time")
    assert words in message


def test_collateral_is_verified_before_an_auction_closes():
    code, line, message = one_fault(*GOOD[:5], event("check", "verify_collateral", "tue", "17:00"))
    assert (code, line) == ("SCN_ORDER", 'time = "17:00"')
    assert "verifies collateral after it closes" in message
    before = event("check", "verify_collateral", "tue", "16:59")
    assert load_scenario(HEAD + "".join((*GOOD[:5], before)), "small.toml").event("check")


def test_an_allocation_takes_no_collateral():
    head = HEAD.replace('"AUCTION"', '"ALLOCATION"\ntier = "T1"')
    check = event("check", "verify_collateral", "mon", "08:00")
    code, line, _ = one_fault(*GOOD[:5], check, head=head)
    assert (code, line) == ("SCN_VALUE", 'market = "AUC_MN_{month}"')


def test_a_market_without_events_and_an_event_without_a_market():
    found = faults(HEAD + event("hello", "message", "mon", "08:00").replace("message", "open"))
    codes = [fault[0] for fault in found]
    assert codes == ["SCN_WINDOW", "SCN_MISSING_FIELD"]
    assert found[0][1] == "[[market]]"


def test_needs_in_a_circle():
    events = [
        event("a", "setup", "mon", "08:00", 'needs = ["b"]'),
        event("b", "setup", "mon", "08:00", 'needs = ["a"]'),
    ]
    code, line, message = one_fault(*GOOD, *events)
    assert (code, line) == ("SCN_CYCLE", 'needs = ["b"]')
    assert "circle" in message


def test_duplicate_ids_and_markets():
    copy = HEAD[HEAD.index("[[market]]") :]
    found = faults(HEAD + copy + "".join(GOOD) + GOOD[0])
    assert [fault[0] for fault in found] == ["SCN_DUPLICATE", "SCN_DUPLICATE"]
    assert found[0][1].startswith("name = ")


def test_an_unknown_market():
    stray = event("stray", "open", "mon", "08:00").replace("AUC_MN_{month}", "AUC_MN")
    code, line, message = one_fault(*GOOD, stray)
    assert (code, line) == ("SCN_REFERENCE", 'market = "AUC_MN"')
    assert "no market AUC_MN" in message


def test_a_time_that_the_clocks_skip():
    head = HEAD.replace("2024-04-01", "2024-03-04") + PLAN
    code, _, message = one_fault(*GOOD, event("night", "settle", "sun", "02:30"), head=head)
    assert code == "SCN_DATE"
    assert "skip" in message


def test_all_faults_come_at_once_in_the_order_of_the_file():
    text = (HEAD + "".join(GOOD)).replace("2024-04-01", "2024-04-03")
    text = text.replace('day = "wed"', 'day = "Wed"').replace("AUCTION", "AUKTION")
    text += "\n[settings.credit]\nmonthly_floor = 5\n[settings.calendr]\n"
    found = faults(text)
    codes = ["SCN_DATE", "SCN_VALUE", "SCN_VALUE", "SCN_UNKNOWN_FIELD", "SCN_UNKNOWN_FIELD"]
    assert [fault[0] for fault in found] == codes


# ------------------------------------------------------------------------------------- settings


def with_settings(*lines: str) -> str:
    return "\n".join((HEAD + "".join(GOOD), *lines))


def test_settings_override_the_defaults():
    lines = (
        "[settings.calendar]\nbank_holidays = [2024-06-17, '2024-01-02']",
        "[settings.credit]\nmonthly_floor_usd = 5\n[settings.clearing]\nmonthly_limit_scale = 0.9",
        '[settings.bidding]\nbuy_hedges = ["OBL", "OPT"]',
    )
    scenario = load_scenario(with_settings(*lines), "small.toml")
    settings = scenario.settings
    assert settings.calendar.bank_holidays == ("2024-01-02", "2024-06-17")
    assert settings.credit.monthly_floor_usd == 5.0
    assert settings.credit.annual_floor_usd == 500_000
    assert settings.bidding.buy_hedges == ("OBL", "OPT")
    assert scenario.markets[0].market.limit_scale == 0.9


@pytest.mark.parametrize(
    ("group", "line", "code"),
    [
        ("calendar", 'timezone = "America/Los_Angels"', "SCN_VALUE"),
        ("calendar", 'bank_holidays = ["July 4"]', "SCN_VALUE"),
        ("calendar", "on_peak_first_hour_ending = 25", "SCN_RANGE"),
        ("calendar", "on_peak_first_hour_ending = 23", "SCN_RANGE"),
        ("clearing", 'base_rating = "D"', "SCN_VALUE"),
        ("clearing", "annual_limit_scale = 0", "SCN_RANGE"),
        ("clearing", "annual_limit_scale = nan", "SCN_RANGE"),
        ("clearing", 'annual_limit_scale = "0.65"', "SCN_TYPE"),
        ("clearing", "annual_limit_scale = true", "SCN_TYPE"),
        ("bidding", 'biddable_pairs = ["GEN-LAP"]', "SCN_VALUE"),
        ("population", "participants = 2.5", "SCN_TYPE"),
        ("population", "participants = 0", "SCN_RANGE"),
        ("settlement", "statement_offset_business_days = -1", "SCN_RANGE"),
        ("settlement", "offset = 3", "SCN_UNKNOWN_FIELD"),
    ],
)
def test_a_wrong_setting_is_refused_at_its_line(group, line, code):
    found = faults(with_settings(f"[settings.{group}]", line))
    assert [(fault[0], fault[1]) for fault in found] == [(code, line)]


def test_every_default_may_be_written_into_a_file():
    """So the allowed values never exclude what the rules' own defaults are."""

    def written(value: object) -> str:
        if isinstance(value, tuple):
            return "[" + ", ".join(map(written, value)) + "]"
        if isinstance(value, bool):
            return str(value).lower()
        return f'"{value}"' if isinstance(value, str) else repr(value)

    lines = []
    for group in Settings.groups():
        lines.append(f"[settings.{group}]")
        defaults = getattr(Settings(), group)
        lines += [f"{f.name} = {written(getattr(defaults, f.name))}" for f in fields(defaults)]
    assert load_scenario(with_settings(*lines), "small.toml").settings == Settings()


# ----------------------------------------------------------------------------------- settlement

PLAN = """
[settlement]
first_trading_day = "first day after post"
last_trading_day = "week 5 fri"
day_ahead_time = "13:00"
statement_time = "09:00"
"""
SETTLE = event("settle", "settle", "tue", "10:00", week=2)


def test_trading_days_and_their_statements():
    scenario = load_scenario(HEAD + PLAN + "".join(GOOD) + SETTLE, "small.toml")
    days = scenario.trading_days()
    assert (days[0].day, days[-1].day) == (date(2024, 4, 4), date(2024, 5, 3))
    assert iso_utc(days[0].day_ahead_at) == "2024-04-03T20:00:00Z"
    assert days[0].statement_date == date(2024, 4, 9)
    assert iso_utc(days[0].statement_at) == "2024-04-09T16:00:00Z"
    months = scenario.trading_months()
    assert [(str(month.period), len(month.days)) for month in months] == [
        ("2024_M04", 27),
        ("2024_M05", 3),
    ]
    assert months[0].settle_at == months[0].days[-1].statement_at
    assert scenario.event("settle").local_time == "Tue 2024-04-09 10:00 PDT"


def test_a_bank_holiday_moves_the_statements_and_what_announces_them():
    holiday = '[settings.calendar]\nbank_holidays = ["2024-04-08"]\n'
    scenario = load_scenario(HEAD + PLAN + holiday + "".join(GOOD) + SETTLE, "small.toml")
    assert scenario.trading_days()[0].statement_date == date(2024, 4, 10)
    settle = scenario.event("settle")
    assert (settle.day, settle.local_time) == ("tue", "Wed 2024-04-10 10:00 PDT")


@pytest.mark.parametrize(
    ("replaced", "by", "code"),
    [
        ("first day after post", "first day after posting", "SCN_REFERENCE"),
        ("first day after post", "soon", "SCN_VALUE"),
        ("week 5 fri", "week 1 mon", "SCN_ORDER"),
        ("13:00", "25:00", "SCN_VALUE"),
        ('statement_time = "09:00"\n', "", "SCN_MISSING_FIELD"),
        ("day_ahead_time", "dayahead_time", "SCN_UNKNOWN_FIELD"),
        ("2024-04-01", "2024-04-29", "SCN_DATE"),  # the first trading day falls into May
    ],
)
def test_a_wrong_settlement_is_refused(replaced, by, code):
    found = faults((HEAD + PLAN + "".join(GOOD)).replace(replaced, by, 1))
    assert code in [fault[0] for fault in found]


def test_settlement_results_need_a_settlement():
    assert one_fault(*GOOD, SETTLE)[0] == "SCN_REFERENCE"


# ----------------------------------------------------------------------------------- robustness


@pytest.mark.parametrize(
    ("replaced", "by"),
    [
        ("week = 1", f"week = {'9' * 5000}"),
        ("week = 1", f"week = 0x{'f' * 5000}"),
        ("2024-04-01", "9999-12-27"),
        ("2024-04-01", "0001-01-01"),
        ('periods = ["{month}"]', 'periods = ["9999_M12"]'),
        ('title = "A small calendar"', "title = " + "[" * 5000 + "]" * 5000),
        ('title = "A small calendar"', 'title = "\\u001b[2J"'),
        ('time = "09:00"', 'time = "0٩:00"'),
        ('term = "MONTHLY"', 'term = "MONTHLY"\ndata_year = "２０２４"'),
        ('name = "small"', 'name = "a\\nb"'),
        ("[[market]]", "[market]"),
        ("[[event]]", "[event]"),
    ],
)
def test_hostile_values_are_refused_with_a_finding(replaced, by):
    text = HEAD + "".join(GOOD)
    assert replaced in text
    with pytest.raises(Refused) as refusal:
        load_scenario(text.replace(replaced, by, 1), "small.toml")
    assert all(len(str(finding)) < 1000 for finding in refusal.value.findings)


def test_a_thousand_events_in_a_chain_load_in_their_order():
    chain = [event("n0", "setup", "mon", "08:00")]
    chain += [
        event(f"n{n}", "setup", "mon", "08:00", f'needs = ["n{n - 1}"]') for n in range(1, 999)
    ]
    scenario = load_scenario(HEAD + "".join((*GOOD, *reversed(chain))), "small.toml")
    assert [e.id for e in scenario.events][:-6] == [f"n{n}" for n in range(999)]


@given(st.data())
def test_a_damaged_file_is_refused_or_loaded_but_never_breaks(data):
    text = SHIPPED.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 40))
    insert = data.draw(st.text(alphabet="abz019\"[]{}=#\n\\.,- '", max_size=12))
    try:
        load_scenario(text[:start] + insert + text[start + length :], "damaged.toml")
    except Refused as refusal:
        findings = refusal.findings
    else:
        findings = ()
    assert all(finding.where.startswith("damaged.toml:") for finding in findings)
