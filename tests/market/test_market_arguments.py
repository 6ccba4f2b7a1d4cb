"""Arguments of any shape, of any command: refused with SER0017, never raised; nothing changes."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from special_rooms import Room, copy_of, preloaded, room_at

from simulator.domain.packed import packed, written
from simulator.market.arguments import OPTIONAL, REQUIRED, argument_findings
from simulator.market.command import OPERATOR, Command
from simulator.market.recordable import recordable
from simulator.market.room import USE_CASES

MARKET = "ALLOC_MN_2024_M04_T1"
OF_PORTFOLIO = {"market": MARKET, "participant": "LSEP", "portfolio": "P"}
OFFER = {
    "owner": "FIN1", "side": "BUY", "source": "TESLA_7_N001", "sink": "DLAP_PGAE-APND",
    "tou": "ON", "hedge": "OBL", "crr_type": "AUC", "start": "2024-05-01", "end": "2024-06-01",
    "mw": "1", "price": "1.00", "crr_id": "", "counterparty": "", "contact": "desk",
}  # fmt: skip
GRANT = {"participant": "FIN1", "service": "auction", "access": "WRITE"}
LINES = {
    "participant": ["LSEP"], "source": ["TESLA_7_N001"], "sink": ["DLAP_PGAE-APND"], "tou": ["ON"],
    "period": ["2024_M04"], "crr_type": ["LSE"], "description": [""], "mw": [1000],
}  # fmt: skip
BIDS = {
    "participant": ["FIN1"], "transaction": ["BUY"], "hedge": ["OBL"], "source": ["TESLA_7_N001"],
    "sink": ["DLAP_PGAE-APND"], "tou": ["ON"], "period": ["2024_M04"], "crr_type": ["AUC"],
    "crr_id": [""], "description": [""], "points": [2], "mw": [0, 1000], "price": [100, 100],
}  # fmt: skip

# What each command is sent when it is sent rightly; the fields that it must have at least.
RIGHT: dict[str, dict[str, object]] = {
    "award_merchant": {
        "sponsor": "GEN1", "facility": "second line", "start": "2024-08-01", "life_years": "40",
        "lines": ["2408-2407 circuit 2 x 0.0254 rate 800"],
        "pairs": ["MESACAL_7_N001 to MLAP_VERN-APND OBL"],
    },
    "set_collateral": {"participant": "FIN1", "amount_usd": "1.00"},
    "day_ahead": {"day": "2024-04-01"},
    "settle_day": {"day": "2024-04-01", "ends_month": False},
    "recalculate": {"day": "2024-04-01"},
    "correct_price": {"hour": "2024-04-01T07:00:00-07:00", "constraint": "X", "reason": ""},
    "rerun_day_ahead": {"day": "2024-04-01", "out": [], "back": [], "load_scale": "1.1"},
    "rerun_auction": {"market": "AUC_MN_2024_M04", "exclude": [], "limit_scale": "0.9"},
    "process": {"process": "SECONDARY_MARKET", "status": "OPEN", "text": "x"},
    "set_reference_load": {"period": "2024_M04", "sink": "DLAP_PGAE-APND", "days": []},
    "check_secondary_credit": {"request_id": "1"},
    "decide_access": {**GRANT, "user": "FIN1", "decision": "APPROVE"},
    "provision": {"user": "u", "organisation": "o", "participant": "FIN1", "functions": []},
    "issue_certificate": {"user": "FIN1", "serial": "77"},
    "revoke_certificate": {"serial": "77"},
    "send_message": {"text": "x", "audience": ""},
    "set_clock": {"mode": "paused", "rate": "1", "since": "0", "goal": 0},
    "play": {"participant": "FIN1"},
    "create_portfolio": {**OF_PORTFOLIO, "bids": [], "nominations": LINES},
    "submit_portfolio": OF_PORTFOLIO,
    "retract_portfolio": OF_PORTFOLIO,
    "delete_portfolio": OF_PORTFOLIO,
    "submit_load": {
        "window": "FCST_LOAD_2024_M04", "period": "2024_M04", "owner": "LSEP",
        "records": [["DLAP_PGAE-APND", "FINAL_LOAD", "2024-04-01", ["1", "2"]]],
    },
    "show_need": {
        "window": "OBAALSE_2024_M04", "owner": "OBA1", "rows": [["2024_M04", "ON", "1", "EQ", "1"]]
    },
    "prepay_wheeling": {"market": MARKET, "owner": "OBA1", "amount_usd": "1.00"},
    "upload_migration": {
        "market": "LOAD_MIGRATION_2024_M05", "udc": "UPGAE", "effective_date": "2024-05-01",
        "part": "COUNTS", "records": [["100000001", "RESIDENTIAL", 1]],
    },
    "request_tor_conversion": {
        "window": "TOR_CONVERSION_2024_S02", "holder": "MUNI01",
        "requests": [["A", "B", "2024-05-01", "2024-06-01", "1", "LSEP", "Y"]],
    },
    "decide_tor_conversion": {
        "window": "TOR_CONVERSION_2024_S02", "owner": "LSEP", "decisions": [["1", "APPROVED"]]
    },
    "post_secondary_offer": OFFER,
    "target_secondary_offer": {"request_id": "1", "counterparty": "FIN2", "price": "1.00"},
    "respond_secondary_offer": {"request_id": "1", "accept": "Y", "crr_id": ""},
    "request_access": GRANT,
}  # fmt: skip
WRONG = [
    None, True, 7, -1, 2**63 - 1, 0.5, 1e300, "", "x", "9" * 40, "x" * 20_000, "a\x00b", "1e999999",
    "NaN", "Infinity", "2024-02-30", "0000-00-00", [], [None], [[None]], [[[]]], [["1"] * 9], {},
    {"a": None}, [{}], [7], ["x"],
]  # fmt: skip
MISSING = object()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=8)
    | st.floats()
    | st.sampled_from(["2024-04-01", "1.5", "ON", "FINAL_LOAD", "1e999", "NaN", "LSEP"]),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)  # fmt: skip


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("arguments"))


@pytest.fixture(scope="module")
def room(start, tmp_path_factory) -> Room:
    room = room_at(copy_of(start, tmp_path_factory.mktemp("asked")))
    for process, status in (
        ("FCST_LOAD_2024_M04", "OPEN"),
        ("OBAALSE_2024_M04", "OPEN"),
        ("LOAD_MIGRATION_2024_M05", "OPEN"),
        ("TOR_CONVERSION_2024_S02", "OPEN_FOR_CONVERSION"),
        ("SECONDARY_MARKET", "OPEN"),
    ):
        room.lead(process, status)
    room.done("open", market=MARKET)
    return room


def right(kind: str) -> dict[str, object]:
    """Every shape that a command names, with a value that fits it."""
    plain = {name: MARKET if name == "market" else "x" for name in REQUIRED[kind]}
    return {**plain, **deepcopy(RIGHT.get(kind, {}))}


def told(room: Room, kind: str, arguments: dict[str, object]) -> list[str]:
    """The codes of a refusal; none when it was done."""
    entry = room.ask(kind, **arguments)
    if entry.status == "done":
        return []
    findings = json.loads(entry.effect)
    assert all(item["code"] and item["message"] and item["where"] for item in findings)
    return [item["code"] for item in findings]


def test_every_command_says_what_it_asks_for():
    assert set(REQUIRED) == set(USE_CASES)
    for kind in USE_CASES:
        asked = Command("k", kind, OPERATOR, 0, right(kind))
        assert not list(argument_findings(asked)), kind
        assert set(right(kind)) <= {*REQUIRED[kind], *OPTIONAL}, kind


@pytest.mark.parametrize("kind", sorted(USE_CASES))
def test_a_missing_or_empty_argument_is_told_with_all_the_others(room, kind):
    before = room.room.store.state_digest()
    every = told(room, kind, {})
    assert every == ["SER0017"] * len(REQUIRED[kind])
    for name in REQUIRED[kind]:
        for value in (MISSING, None):
            sent = {**right(kind), name: value}
            if value is MISSING:
                del sent[name]
            entry = room.ask(kind, **sent)
            assert entry.status == "refused"
            (finding,) = json.loads(entry.effect)
            assert (finding["code"], finding["where"], finding["found"]) == (
                "SER0017", name, "nothing",
            )  # fmt: skip
    assert room.room.store.state_digest() == before


@pytest.mark.parametrize("kind", sorted(RIGHT))
def test_wrong_values_are_refused_and_never_raised(room, kind):
    for name in right(kind):
        shape = REQUIRED[kind].get(name) or OPTIONAL[name]
        for value in WRONG:
            sent = {**right(kind), name: value}
            asked = Command("k", kind, OPERATOR, 0, sent)
            if list(argument_findings(asked)):
                assert told(room, kind, sent) == ["SER0017"], (name, value)
            else:
                assert shape.fits(value)
                told(room, kind, sent)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(
        [
            ("submit_load", "records"), ("show_need", "rows"), ("upload_migration", "records"),
            ("request_tor_conversion", "requests"), ("decide_tor_conversion", "decisions"),
            ("set_reference_load", "days"), ("provision", "functions"),
            ("post_secondary_offer", "requests"), ("target_secondary_offer", "requests"),
        ]
    ),
    st.lists(JSON, max_size=4),
)  # fmt: skip
def test_lists_of_anything_are_refused_and_never_raised(room, where, value):
    kind, name = where
    told(room, kind, {**right(kind), name: value})


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["bids", "nominations"]), st.data())
def test_columns_of_anything_are_refused_and_never_raised(room, name, data):
    columns = deepcopy(BIDS if name == "bids" else LINES)
    column = data.draw(st.sampled_from(sorted(columns)))
    changed = data.draw(JSON | st.lists(JSON, min_size=1, max_size=2))
    columns[column] = changed if data.draw(st.booleans()) else [changed]
    told(room, "create_portfolio", {**OF_PORTFOLIO, "bids": [], "nominations": [], name: columns})


@pytest.mark.parametrize(
    ("name", "column", "text", "fits"),
    [
        ("bids", "mw", written(packed([0, 1000])), True),
        ("bids", "mw", written(packed([0, 2**40])), True),
        ("bids", "price", written(packed([-5])), False),  # two are wanted
        ("bids", "price", written(packed([1, -(10**15)])), False),
        ("bids", "mw", "", False),
        ("bids", "mw", "i?", False),
        ("bids", "points", written(packed([2])), False),  # always a list
        ("bids", "tou", written(packed([0])), False),
        ("nominations", "mw", written(packed([7])), True),
        ("nominations", "mw", written(packed([7, 8])), False),
        ("nominations", "mw", "[7]", False),
    ],
)
def test_a_packed_column_is_as_good_as_a_list_and_a_wrong_one_is_refused(name, column, text, fits):
    columns = {**(BIDS if name == "bids" else LINES), column: text}
    sent = {**OF_PORTFOLIO, "bids": [], "nominations": [], name: columns}
    findings = list(argument_findings(Command("k", "create_portfolio", "LSEP", 0, sent)))
    assert [finding.where for finding in findings] == ([] if fits else [name])


@pytest.mark.parametrize(("points", "fits"), [([1, 1], True), ([3, -1], False), ([2, 0.0], False)])
def test_no_curve_has_less_than_no_point(points, fits):
    texts = {name: column * 2 for name, column in BIDS.items() if name not in ("mw", "price")}
    lines = {**BIDS, **texts, "points": points}
    sent = {**OF_PORTFOLIO, "bids": lines, "nominations": []}
    findings = list(argument_findings(Command("k", "create_portfolio", "LSEP", 0, sent)))
    assert [finding.where for finding in findings] == ([] if fits else ["bids"])


UNWRITABLE = [
    2**63, -(2**63) - 1, 10**400, float("nan"), float("inf"), "\ud800", [["x", 2**64]],
    [[1, "\udfff"]], {"\ud800": 1}, ["\ud800", "\udc00"],
]  # fmt: skip


@pytest.mark.parametrize("value", UNWRITABLE, ids=ascii)
@pytest.mark.parametrize(
    "kind", ["submit_load", "setup", "post_secondary_offer", "create_portfolio"]
)
def test_what_no_journal_can_keep_is_refused_by_name_and_replays(room, kind, value):
    name = next(iter(REQUIRED[kind]))
    before = room.room.store.state_digest()
    entry = room.ask(kind, **{**right(kind), name: value})
    (finding,) = json.loads(entry.effect)
    assert (finding["code"], finding["where"]) == ("SER0017", name)
    assert room.room.store.state_digest() == before
    last = room.room.store.entries()[-1]
    again = Command("again", last.command, last.actor, last.at, json.loads(last.arguments))
    assert room.room.carry_out(again).effect_digest == last.effect_digest


def test_the_largest_whole_numbers_and_any_letters_can_be_kept():
    asked = {"a": [2**63 - 1, -(2**63)], "b": {"Zähler": ["€", "\U0001f50c", 1.5, None, True]}}
    assert recordable(asked) == asked
    nested: object = "x"
    for _ in range(100_000):
        nested = [nested]
    assert recordable({"fine": 1, "deep": nested, "\ud800": 1}) == {"unwritable": ["?", "deep"]}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("2024-02-29", True), ("2023-02-29", False), ("20240229", False), ("2024-2-9", False),
        (20240229, False),
    ],
)  # fmt: skip
def test_days_are_spelt_in_one_way(value, fits):
    assert REQUIRED["day_ahead"]["day"].fits(value) is fits


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (Decimal(10) ** 12, True), (10**12 + 1, False), ("-1000000000000", True), ("1e3", True),
        (True, False), ("", False), (" 1", True), ("1_000", True), (10**400, False),
    ],
)  # fmt: skip
def test_amounts_are_finite_and_of_a_size(value, fits):
    assert REQUIRED["set_collateral"]["amount_usd"].fits(value) is fits
