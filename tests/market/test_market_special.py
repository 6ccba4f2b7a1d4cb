"""Load windows, need and prepayment, load migration, conversion, access and messages."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_DOWN, Decimal

import pytest
from special_rooms import Room, copy_of, preloaded, room_at, with_more

from simulator.domain import CrrType, Nomination, Period, Portfolio, Tou
from simulator.market import load, messages, migration, tor
from simulator.market.portfolios import create_arguments
from simulator.market.reference_load import metered_exceedance_mw, reference_mw
from simulator.participants.layer import LocationLimit
from simulator.rules.load import LoadRecord, LoadType
from simulator.store import books, tables
from simulator.timeline.hours import hours_of_period

APRIL = Period.parse("2024_M04")
WINDOW, MIGRATION = "FCST_LOAD_2024_M04", "LOAD_MIGRATION_2024_M05"
CONVERSION = "TOR_CONVERSION_2024_S02"
STEP = Decimal("0.001")
PGAE = "DLAP_PGAE-APND"
BY_ELECTION, BY_LOAD = "min(shown need, elected quantity)", "min(shown need, ALM)"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("special"))


@pytest.fixture
def room(start, tmp_path) -> Room:
    return room_at(copy_of(start, tmp_path))


def hourly(mw: str = "100.000", sink: str = PGAE, period: Period = APRIL) -> list[LoadRecord]:
    return [
        LoadRecord(sink, hour.day, hour.hour_ending, LoadType.FINAL_LOAD, Decimal(mw))
        for hour in hours_of_period(period, None)
    ]


def sent(records: list[LoadRecord], owner: str = "LSEP", **changed: str) -> dict[str, object]:
    given = {"window": WINDOW, "period": "2024_M04", "owner": owner}
    return {**given, **changed, "records": load.day_rows(records)}


def test_rows_of_days_keep_every_record_also_doubled_and_missing_ones():
    records = hourly()[:30]
    odd = [*records[:3], *records[5:], records[0], records[0]]
    assert sorted(load.records_of(load.day_rows(odd))) == sorted(odd)


def test_all_faults_of_a_load_come_back_at_once_and_it_can_be_sent_again(room):
    closed = room.refused("submit_load", "LSEP", **sent(hourly()))
    assert [item["code"] for item in closed] == ["LHFV0033"]
    room.lead(WINDOW, "OPEN")
    bad = hourly()[1:]
    bad[0] = bad[0]._replace(load_type=LoadType.GROSS_LOAD)
    bad += [bad[5], LoadRecord("NOWHERE", *bad[5][1:])]
    found = room.refused("submit_load", "LSEP", **sent(bad))
    words = " ".join(item["message"] for item in found)
    assert "missing" in words
    assert "sent more than once" in words
    assert "NOWHERE" in words
    assert "LHFV0026" in {item["code"] for item in found}
    done = room.done("submit_load", "LSEP", **sent(hourly()))
    assert (done["status"], done["hours"]) == ("VALID", 720)
    room.done("submit_load", "LSEP", **sent(hourly("101.000")))
    with room.room.store.reading() as tx:
        (stored,) = load.submissions(tx, WINDOW, "2024_M04")
    assert {record.mw for record in stored.records} == {Decimal("101.000")}


@pytest.mark.parametrize(
    ("actor", "changed", "code"),
    [
        ("CCA1", {}, "SEC0001"),
        ("LSEP", {"window": "FCST_LOAD_1999"}, "LHFV0030"),
        ("LSEP", {"period": "2024_M05"}, "LHFV0031"),
    ],
)
def test_load_is_taken_from_its_owner_for_a_period_of_an_open_window(room, actor, changed, code):
    room.lead(WINDOW, "OPEN")
    found = room.refused("submit_load", actor, **sent(hourly(), **changed))
    assert code in {item["code"] for item in found}


def test_five_percent_above_the_reference_pass_and_one_watt_more_does_not(room):
    """W15: 238.357 MW allow 250.274 and refuse 250.275."""
    room.lead(WINDOW, "OPEN")
    first = hourly()[0]
    with room.room.store.reading() as tx:
        usual = reference_mw(tx, room.world, APRIL)
    day = [str(usual[PGAE, first.day, ending]) for ending in range(1, 25)]
    day[0] = "238.357"
    room.done("set_reference_load", period="2024_M04", sink=PGAE, days=[["2024-04-01", day]])
    over = [first._replace(mw=Decimal("250.275")), *hourly()[1:]]
    found = room.refused("submit_load", "LSEP", **sent(over))
    assert len(found) == 1
    assert "238.357" in found[0]["message"]
    assert "5 percent" in found[0]["message"]
    room.done("submit_load", "LSEP", **sent([first._replace(mw=Decimal("250.274")), *over[1:]]))


def test_a_load_without_any_hour_does_not_replace_what_is_on_file(room):
    room.lead(WINDOW, "OPEN")
    room.done("submit_load", "LSEP", **sent(hourly()))
    for nothing in ([], [[PGAE, "FINAL_LOAD", "2024-04-01", []]]):
        found = room.refused("submit_load", "LSEP", **{**sent([]), "records": nothing})
        assert [item["message"] for item in found] == ["the submission has no hour"]


def test_a_forecast_that_others_fill_up_is_refused_without_their_figures(room):
    room.lead(WINDOW, "OPEN")
    first = hourly()[0]
    with room.room.store.reading() as tx:
        usual = reference_mw(tx, room.world, APRIL)
    day = [str(usual[PGAE, first.day, ending]) for ending in range(1, 25)]
    day[0] = "200"
    room.done("set_reference_load", period="2024_M04", sink=PGAE, days=[["2024-04-01", day]])
    room.done("submit_load", "LSEP", **sent([first._replace(mw=Decimal("123.456")), *hourly()[1:]]))
    full = [first._replace(mw=Decimal("86.545")), *hourly()[1:]]
    (found,) = room.refused("submit_load", "CCA1", **sent(full, "CCA1"))
    assert (found["found"], found["allowed"]) == (
        "86.545 MW", "at most 210.00 MW with what others submitted",
    )  # fmt: skip
    assert "210.001" not in str(found)
    fits = [first._replace(mw=Decimal("86.544")), *hourly()[1:]]
    room.done("submit_load", "CCA1", **sent(fits, "CCA1"))


@pytest.mark.parametrize(
    ("sink", "day", "hourly_mw", "words"),
    [
        ("NOWHERE", "2024-04-02", ["1"] * 24, "nobody serves load at NOWHERE"),
        (PGAE, "2024-05-02", ["1"] * 24, "not those of the day"),
        (PGAE, "2024-04-02", ["1"] * 25, "not those of the day"),
        (PGAE, "2024-04-02", ["NaN"] * 24, "no number of MW"),
        (PGAE, "2024-04-02", ["-0.001"] * 24, "no number of MW"),
    ],
)
def test_a_reference_that_is_none_changes_nothing(room, sink, day, hourly_mw, words):
    days = [[day, hourly_mw]]
    found = room.refused("set_reference_load", period="2024_M04", sink=sink, days=days)
    assert [words in item["message"] for item in found] == [True]


@pytest.mark.parametrize(
    ("owner", "sink", "rights_mw"),
    [("MUNI01", "MLAP_NCPA-APND", 0), ("WATR01", "CLAP_EDMONS-APND", 120),
     ("PUBP01", "MLAP_ANHM-APND", 100)],
)  # fmt: skip
def test_metered_subsystems_and_pumps_are_capped_by_their_own_load(room, owner, sink, rights_mw):
    """MSS-LAP and custom LAP are sinks of the allocation, own rights are off (2.3, 2.6)."""
    market = "ALLOC_MN_2024_M04_T1"
    days = sorted({hour.day.isoformat() for hour in hourly()})
    full = [[day, ["200"] * 24] for day in days]
    room.done("set_reference_load", period="2024_M04", sink=sink, days=full)
    room.lead(WINDOW, "OPEN")
    room.done("submit_load", owner, **sent(hourly("125.000", sink), owner))
    room.done("post_caps", market=market)
    with room.room.store.reading() as tx:
        (cap,) = tx.rows(tables.nomination_cap, market=market, participant=owner, tou="ON",
                         kind="UPPER_BOUND")  # fmt: skip
        held = sum(c.mw for c in books.allocations(tx, owner=owner)
                   if c.tou == Tou.ON and c.spans(APRIL))  # fmt: skip
    assert cap["sink"] == sink
    assert cap["mw"] == max(Decimal(125) - rights_mw - held, Decimal(0))


def test_historical_load_is_judged_at_every_sink_at_once_and_to_the_last_watt(start, tmp_path):
    """The metric at a sink is at most 5 percent above the metered one, whatever is wrong elsewhere.

    The first quarter of 2024 has a leap day, a day of 23 hours and 951 off-peak hours.
    """
    room = with_more(room_at(copy_of(start, tmp_path)))
    first, second = room.world.participants["CCA1"].sinks
    quarter = Period.parse("2024_S01")
    room.lead("HIST_LOAD_2024", "OPEN")
    metered = metered_exceedance_mw(room.world, "CCA1", quarter)
    limit = {
        tou: (metered[second, tou] * Decimal("1.05")).quantize(STEP, ROUND_DOWN) for tou in Tou
    }

    def at_second(more: Decimal) -> list[LoadRecord]:
        return [
            LoadRecord(
                second, hour.day, hour.hour_ending, LoadType.FINAL_LOAD, limit[hour.tou] + more
            )
            for hour in hours_of_period(quarter, None)
        ]

    def asked(at_first: list[LoadRecord], more: Decimal) -> dict[str, object]:
        told = {"window": "HIST_LOAD_2024", "period": quarter.name}
        return sent([*at_first, *at_second(more)], "CCA1", **told)

    good = hourly("0.001", first, quarter)
    found = room.refused("submit_load", "CCA1", **asked(good[:-1], STEP))
    assert sorted(item["message"] for item in found) == [
        f"1 hours of sink {first} are missing in period 2024_S01",
        f"the exceedance load at sink {second}, TOU OFF, is above the reference",
        f"the exceedance load at sink {second}, TOU ON, is above the reference",
    ]
    done = room.done("submit_load", "CCA1", **asked(good, Decimal(0)))
    assert (done["status"], done["hours"], done["sinks"]) == ("VALID", 2 * (1232 + 951), 2)


def test_a_lowered_reference_turns_a_stored_forecast_to_error_and_its_quantity_to_nothing(room):
    room.lead(WINDOW, "OPEN")
    room.done("submit_load", "LSEP", **sent(hourly("3000.000")))
    room.lead(WINDOW, "CLOSED")
    market = "ALLOC_MN_2024_M04_T1"
    room.done("post_caps", market=market)
    assert {row["mw"] > 0 for row in caps(room, market, "LSEP")} == {True}
    days = [["2024-04-01", ["100.000"] * 24]]
    done = room.done("set_reference_load", period="2024_M04", sink=PGAE, days=days)
    assert done["errors"] == 1
    with room.room.store.reading() as tx:
        (stored,) = load.submissions(tx, WINDOW, "2024_M04")
        told = messages.inbox(tx, "LSEP", 0)
    assert stored.status == "ERROR"
    assert len(stored.messages) == 24
    assert "load of 2024_M04 is ERROR" in [item.text for item in told]
    room.done("post_caps", market=market)
    assert {row["mw"] for row in caps(room, market, "LSEP")} == {Decimal(0)}
    usual = [["2024-04-01", ["9000.000"] * 24]]
    room.done("set_reference_load", period="2024_M04", sink=PGAE, days=usual)
    with room.room.store.reading() as tx:
        assert load.submissions(tx, WINDOW, "2024_M04")[0].status == "VALID"


def test_who_sent_no_load_is_eligible_for_nothing_and_is_told_why(room):
    room.done("post_caps", market="ALLOC_MN_2024_M04_T1")
    for row in caps(room, "ALLOC_MN_2024_M04_T1", "LSEP"):
        assert row["mw"] == 0
        assert "load submitted to FCST_LOAD_2024_M04 for 2024_M04: none" in row["how"]


def caps(room: Room, market: str, owner: str) -> list[dict[str, object]]:
    with room.room.store.reading() as tx:
        return tx.rows(tables.nomination_cap, market=market, participant=owner)


def need(mw: str, election: str = "EQ", elected: str = "30") -> list[list[str]]:
    return [["2024_M04", tou.value, mw, election, elected] for tou in Tou]


def test_an_entity_outside_nominates_within_its_shown_need(room):
    room.lead(WINDOW, "OPEN")
    room.lead("OBAALSE_2024_M04", "OPEN")
    sink = room.world.participants["OBA1"].sink
    room.done("submit_load", "OBA1", **sent(hourly("70.000", sink), "OBA1"))
    market = "ALLOC_MN_2024_M04_T1"
    room.done("post_caps", market=market)
    assert {row["mw"] for row in caps(room, market, "OBA1")} == {Decimal(0)}
    rows = need("62.5", "EQ", "80")  # 52.5 MW are allocated off-peak
    room.done("show_need", "OBA1", window="OBAALSE_2024_M04", owner="OBA1", rows=rows)
    room.done("post_caps", market=market)
    bounds = {
        row["tou"]: row["mw"] for row in caps(room, market, "OBA1") if row["kind"] == "UPPER_BOUND"
    }
    assert bounds == {"ON": Decimal(0), "OFF": Decimal(10)}  # on-peak it holds enough already
    found = room.refused(
        "show_need", "LSEP", window="OBAALSE_2024_M04", owner="LSEP", rows=need("25")
    )
    assert "LHFV0033" in {item["code"] for item in found}


@pytest.mark.parametrize(
    ("election", "shown", "elected", "on", "off", "formula"),
    [
        ("EQ", "100", "90", "16.5", "37.5", BY_ELECTION),  # more than its load
        ("EQ", "80", "90", "6.5", "27.5", BY_ELECTION),
        ("EQ", "100", "52.501", "0", "0.001", BY_ELECTION),
        ("EQ", "100", "52.5", "0", "0", BY_ELECTION),
        ("LOAD", "100", "90", "0", "17.5", BY_LOAD),
        ("LOAD", "69.999", "90", "0", "17.499", BY_LOAD),
    ],
)
def test_what_an_entity_outside_elects_is_what_it_may_have(
    room, election, shown, elected, on, off, formula
):
    """Rulebook 2.7: its load is 70 MW; 73.5 MW of CRRs are allocated on-peak and 52.5 off-peak."""
    room.lead(WINDOW, "OPEN")
    room.lead("OBAALSE_2024_M04", "OPEN")
    sink, market = room.world.participants["OBA1"].sink, "ALLOC_MN_2024_M04_T1"
    room.done("submit_load", "OBA1", **sent(hourly("70.000", sink), "OBA1"))
    rows = need(shown, election, elected)
    room.done("show_need", "OBA1", window="OBAALSE_2024_M04", owner="OBA1", rows=rows)
    room.done("post_caps", market=market)
    for row in caps(room, market, "OBA1"):
        assert row["mw"] == Decimal(on if row["tou"] == "ON" else off)
        if row["kind"] == "MEQ":
            meq = json.loads(row["how"])
            eq = meq["inputs"][0]
            assert meq["formula"] == "EQ - allocated seasonal and long-term"
            assert (eq["name"], eq["formula"], eq["rule"]) == ("EQ", formula, "2.7")


def test_a_need_is_shown_for_each_scheduling_point_once(start, tmp_path):
    """With two of them each has its own need; what is shown for one is nothing at the other."""
    second = "MALIN_5_N101"
    more = (LocationLimit(second, Decimal(100)),)
    room = with_more(room_at(copy_of(start, tmp_path)), "OBA1", more)
    room.lead("OBAALSE_2024_M04", "OPEN")
    given = {"window": "OBAALSE_2024_M04", "owner": "OBA1"}
    row = ["2024_M04", "OFF", "20", "EQ", "12.5"]
    for rows, message in (
        ([row], "a need is for a scheduling point at which the entity serves load"),
        ([[*row, PGAE]], "a need is for a scheduling point at which the entity serves load"),
        ([[*row, second], [*row, second]], "a need is shown twice"),
    ):
        (found,) = room.refused("show_need", "OBA1", **given, rows=rows)
        assert found["message"] == message
    room.done("show_need", "OBA1", **given, rows=[[*row, second]])
    market = "ALLOC_MN_2024_M04_T1"
    room.done("post_caps", market=market)
    bounds = {
        (row["sink"], row["tou"]): row["mw"]
        for row in caps(room, market, "OBA1")
        if row["kind"] == "UPPER_BOUND"
    }
    assert {at: mw for at, mw in bounds.items() if mw} == {(second, "OFF"): Decimal("12.5")}


def test_wheeling_is_prepaid_before_a_nomination_counts(room):
    """Rulebook 2.7: WAC x MW x hours; 12 USD x 2 MW x 304 h = 7,296.00 USD."""
    room.lead(WINDOW, "OPEN")
    room.lead("OBAALSE_2024_M04", "OPEN")
    sink, market = room.world.participants["OBA1"].sink, "ALLOC_MN_2024_M04_T1"
    room.done("submit_load", "OBA1", **sent(hourly("70.000", sink), "OBA1"))
    room.done(
        "show_need", "OBA1", window="OBAALSE_2024_M04", owner="OBA1", rows=need("150", "EQ", "150")
    )
    room.done("post_caps", market=market)
    room.done("open", market=market)
    line = Nomination(
        "1", "OBA1", "DIABLO1_7_N001", sink, Tou.OFF, "2024_M04", Decimal(2), CrrType.OBAALSE
    )
    created = create_arguments(Portfolio("P", market, "OBA1", nominations=(line,)))
    address = {"market": market, "participant": "OBA1", "portfolio": "P"}
    room.done("create_portfolio", "OBA1", **created)
    room.done("prepay_wheeling", "OBA1", market=market, owner="OBA1", amount_usd="7295.99")
    short = room.done("submit_portfolio", "OBA1", **address)
    assert short["status"] == "INVALID"
    assert "short by 0.01 USD" in short["message"]
    room.done("delete_portfolio", "OBA1", **address)
    room.done("create_portfolio", "OBA1", **created)
    room.done("prepay_wheeling", "OBA1", market=market, owner="OBA1", amount_usd="0.01")
    assert room.done("submit_portfolio", "OBA1", **address)["status"] == "SUBMITTED"


def test_wheeling_is_prepaid_for_an_allocation_that_is_not_over(room):
    market = "ALLOC_MN_2024_M04_T1"
    money = {"owner": "OBA1", "amount_usd": "5.00"}
    (finding,) = room.refused("prepay_wheeling", "OBA1", market="AUC_MN_2024_M04", **money)
    assert finding["code"] == "SER0005"
    room.done("prepay_wheeling", "OBA1", market=market, **money)
    room.done("open", market=market)
    room.done("prepay_wheeling", "OBA1", market=market, **money)
    room.done("close", market=market)
    (finding,) = room.refused("prepay_wheeling", "OBA1", market=market, **money)
    assert finding["code"] == "MKT0004"


def uploads(room: Room) -> dict[str, list[list[object]]]:
    number = {name: duns for duns, name in migration.duns_numbers(room.world).items()}
    rates = [
        [name, tou.value, season, kw]
        for name, kw in (("RESIDENTIAL", "2.5"), ("SMALL_COM", "6"))
        for season in range(1, 5)
        for tou in Tou
    ]
    return {
        "COUNTS": [
            [number["LSEP"], "RESIDENTIAL", 20000],
            [number["LSEP"], "SMALL_COM", 1000],
        ],
        "DASRS": [
            ["1", "RESIDENTIAL", number["LSEP"], number["CCA1"], 1000],
            ["2", "SMALL_COM", number["LSEP"], number["CCA1"], 40],
        ],
        "RATES": rates,
    }


def upload(room: Room, part: str, records: list[list[object]], **changed: str) -> dict[str, object]:
    given = {"market": MIGRATION, "udc": "UPGAE", "effective_date": "2024-05-01"}
    return {**given, **changed, "part": part, "records": records}


def test_crrs_follow_the_load(room):
    """C11: 2.74 MW of 56 MW leave, 4.892857 percent of every seasonal allocated CRR."""
    room.lead(MIGRATION, "OPEN")
    for part, records in uploads(room).items():
        done = room.done("upload_migration", "LSEP", **upload(room, part, records))
        assert done["submissionStatus"] == "VALID"
    before = room.crrs()
    room.lead(MIGRATION, "CLOSED", "POSTED")
    made = {crr.crr_id: crr for crr in room.crrs()}
    assert set(before) <= set(made.values())
    gained = [crr for crr in made.values() if crr.crr_type == "LSE_LMT"]
    counter = [crr for crr in made.values() if crr.crr_type == "LMT_CNT"]
    assert {crr.owner for crr in gained} == {"CCA1"}
    assert {crr.owner for crr in counter} == {"LSEP"}
    share = Decimal(100) * Decimal("2.74") / Decimal(56)
    for one, other in zip(gained, counter, strict=True):
        base = made[one.parent_crr_id]
        assert (one.source, one.sink) == (base.source, base.sink) == (other.sink, other.source)
        assert one.mw == other.mw == round(base.mw * share / 100, 3)
        assert one.start == other.start == max(base.start, date(2024, 5, 1))
    with room.room.store.reading() as tx:
        told = [item.text for item in messages.inbox(tx, "CCA1", 0)]
    assert told == ["LOAD_MIGRATION_2024_M05 made or changed CRRs of yours"]


@pytest.mark.parametrize(
    ("actor", "part", "change", "code", "words"),
    [
        ("LSEP", "DASRS", {"effective_date": "2024-05-02"}, "LMV023", "effective date"),
        ("LSEP", "COUNTS", {"udc": "UNONE"}, "LMV024", "UDC name"),
        ("LSEP", "COUNTS", {"market": "LOAD_MIGRATION_1999"}, "LMV1003", "unknown"),
        ("LSES", "COUNTS", {}, "SEC0001", "no privilege"),
    ],
)
def test_an_upload_is_refused_with_its_code(room, actor, part, change, code, words):
    room.lead(MIGRATION, "OPEN")
    given = upload(room, part, uploads(room)[part], **change)
    found = room.refused("upload_migration", actor, **given)
    assert any(item["code"] == code and words in item["message"] for item in found), found


@pytest.mark.parametrize(
    ("part", "place", "sent", "code"),
    [
        ("COUNTS", 2, -10, "SER0030"),
        ("COUNTS", 2, 10.9, "SER0017"),
        ("COUNTS", 2, True, "SER0017"),
        ("DASRS", 4, 1.5, "SER0017"),
        ("RATES", 3, "1e1000000", "SER0030"),
        ("RATES", 3, "1e-1000000", "SER0030"),
    ],
)
def test_numbers_of_customers_are_whole_and_rates_of_a_size(room, part, place, sent, code):
    """What was VALID with them could not be posted: the base of a percentage was zero."""
    room.lead(MIGRATION, "OPEN")
    records = uploads(room)[part]
    records[0][place] = sent
    found = room.refused("upload_migration", "LSEP", **upload(room, part, records))
    assert [item["code"] for item in found] == [code]


@pytest.mark.parametrize("mw", ["1e1000000", "-1e1000000", "1e-1000000", "1e-2000000", "NaN"])
def test_a_number_that_no_arithmetic_holds_is_refused(room, mw):
    room.lead("OBAALSE_2024_M04", "OPEN")
    rows = [["2024_M04", "ON", mw, "EQ", "1"]]
    room.refused("show_need", "OBA1", window="OBAALSE_2024_M04", owner="OBA1", rows=rows)
    room.lead("FCST_LOAD_2024_M04", "OPEN")
    records = [[PGAE, "FINAL_LOAD", "2024-04-01", [mw]]]
    given = {"window": "FCST_LOAD_2024_M04", "owner": "LSEP", "period": "2024_M04"}
    room.refused("submit_load", "LSEP", **given, records=records)


def test_more_customers_cannot_leave_than_are_served(room):
    room.lead(MIGRATION, "OPEN")
    parts = uploads(room)
    room.done("upload_migration", "LSEP", **upload(room, "COUNTS", parts["COUNTS"]))
    parts["DASRS"][0][4] = 20001
    found = room.refused("upload_migration", "LSEP", **upload(room, "DASRS", parts["DASRS"]))
    assert "more RESIDENTIAL customers leave" in found[0]["message"]
    room.lead(MIGRATION, "CLOSED")
    late = room.refused("upload_migration", "LSEP", **upload(room, "RATES", parts["RATES"]))
    assert late[0]["code"] == "LMV0102"


def request(mw: str, transferee: str = "LSEP", start: str = "2024-05-01") -> list[str]:
    path = ("CAPTJACK_5_N504", "GOLDHILL_2_N001")
    return [*path, start, "2024-07-01", mw, transferee, "Y"]


def test_a_conversion_is_asked_for_decided_and_posted(room):
    def ask(*rows: list[str]) -> dict[str, object]:
        return {"window": CONVERSION, "holder": "MUNI01", "requests": list(rows)}

    closed = room.refused("request_tor_conversion", "MUNI01", **ask(request("10")))
    assert closed[0]["code"] == "TOR0023"
    room.lead(CONVERSION, "OPEN_FOR_CONVERSION")
    over = room.refused("request_tor_conversion", "MUNI01", **ask(request("250"), request("0.001")))
    assert "250.001 MW exceed the 250 MW" in over[0]["message"]
    past = room.refused("request_tor_conversion", "MUNI01", **ask(request("1", start="2024-04-01")))
    assert "a day that is over" in past[0]["message"]
    done = room.done(
        "request_tor_conversion", "MUNI01", **ask(request("30"), request("20", "FIN1"))
    )
    first, second = done["records"][:2]
    room.lead(CONVERSION, "CLOSED_FOR_CONVERSION")
    early = room.refused(
        "decide_tor_conversion", "LSEP", window=CONVERSION, owner="LSEP",
        decisions=[[first, "APPROVED"]],
    )  # fmt: skip
    assert early[0]["code"] == "TOR0024"
    room.lead(CONVERSION, "OPEN_FOR_APPROVAL")
    strange = room.refused(
        "decide_tor_conversion", "CCA1", window=CONVERSION, owner="CCA1",
        decisions=[[first, "APPROVED"]],
    )  # fmt: skip
    assert "not for CCA1 to decide" in strange[0]["message"]
    room.done(
        "decide_tor_conversion", "LSEP", window=CONVERSION, owner="LSEP",
        decisions=[[first, "APPROVED"], [second, "DISAPPROVED"]],
    )  # fmt: skip
    room.lead(CONVERSION, "CLOSED_FOR_APPROVAL", "POSTED")
    made = [crr for crr in room.crrs() if crr.crr_type == "MT_TOR"]
    assert [(crr.owner, crr.mw, crr.market) for crr in made] == [("LSEP", Decimal(30), "SYSTEM")]
    with room.room.store.reading() as tx:
        right = next(item for item in room.world.rights if item.right_id == "TOR_MUNI01")
        product = next(
            item for spec in room.world.scenario.markets for item in spec.market.products
        )
        assert tor.left_of(tx, right, product) == 250  # April: before the conversion begins


def test_functions_are_requested_approved_and_revoked(room):
    room.lead(WINDOW, "OPEN")
    sink = room.world.participants["MUNI01"].sink
    gross = [record._replace(load_type=LoadType.GROSS_LOAD) for record in hourly("5", sink)]
    own = [record._replace(load_type=LoadType.GROSS_GENERATION) for record in hourly("2", sink)]
    given = sent([*gross, *own], "MUNI01")
    function = {"participant": "MUNI01", "service": "historicalforecastedload", "access": "WRITE"}
    room.done("decide_access", user="MUNI01", decision="REVOKE", **function)
    assert room.refused("submit_load", "MUNI01", **given)[0]["code"] == "SEC0001"
    room.done("request_access", "MUNI01", **function)
    again = room.refused("request_access", "MUNI01", **function)
    assert "already requested" in again[0]["message"]
    self_help = room.refused(
        "decide_access", "MUNI01", user="MUNI01", decision="APPROVE", **function
    )
    assert self_help[0]["code"] == "SEC0001"
    room.done("decide_access", user="MUNI01", decision="APPROVE", **function)
    assert room.done("submit_load", "MUNI01", **given)["status"] == "VALID"
    with room.room.store.reading() as tx:
        (row,) = [
            json.loads(row["how"])
            for row in tx.rows(load.special_tables.load_exceedance, owner="MUNI01", tou="ON")
        ]
    assert Decimal(row["value"]) == 3
    room.done("decide_access", user="MUNI01", decision="REVOKE", **function)
    assert room.refused("submit_load", "MUNI01", **given)[0]["code"] == "SEC0001"


def test_private_messages_reach_their_reader_only(room):
    room.done("send_message", text="your desk, please call", audience="FIN1")
    with room.room.store.reading() as tx:
        own = [item.text for item in messages.inbox(tx, "FIN1", 0)]
        public = [item.text for item in messages.inbox(tx, "", 0)]
    assert own == ["your desk please call"]
    assert own[0] not in public
    assert room.refused("send_message", text="x", audience="NOBODY")[0]["code"] == "SER0002"
    assert room.refused("send_message", "FIN1", text="x", audience="")[0]["code"] == "SEC0001"


def test_a_process_goes_through_its_states_in_order(room):
    found = room.refused("process", process=MIGRATION, status="POSTED", text="too soon")
    assert "is PREP and cannot become POSTED" in found[0]["message"]
    assert room.refused("process", process="NONE", status="OPEN", text="x")[0]["code"] == "SER0017"
