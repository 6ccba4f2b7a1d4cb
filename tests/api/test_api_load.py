"""Historical and forecast load as a load-serving entity's client sends and reads it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from api_server import ROOT, live_server

from simulator.domain import Period
from simulator.market.reference_load import metered_exceedance_mw
from simulator.participants.layer import LocationLimit
from simulator.timeline.hours import hours_of_period, iso_utc

LOAD = "/historicalforecastedload/v1.0"
FORECAST, HISTORICAL = "FCST_LOAD_2024_M04", "HIST_LOAD_2024"
APRIL = "2024_M04"
PGAE = "DLAP_PGAE-APND"
POST = f"{LOAD}/loadSubmission"


def hourly(period=APRIL, mw=100.0, sink=PGAE, kind="FINAL_LOAD"):
    hours = hours_of_period(Period.parse(period), None)
    midnight = {hour.day: iso_utc(hour.start) for hour in reversed(hours)}
    return [
        {
            "sinkName": sink, "effectiveDate": midnight[hour.day], "hourEnding": hour.hour_ending,
            "dataType": kind, "mw": mw,
        }
        for hour in hours
    ]  # fmt: skip


def upload(owner="LSEP", rows=None, window=FORECAST, period=APRIL, flag="F", **other):
    return {
        "histForecastFlag": flag, "assetOwner": owner, "loadSubmissionWindowName": window,
        "periodName": period, "hourlyLoad": hourly(period) if rows is None else rows, **other,
    }  # fmt: skip


def read(stand, operation, name="LSEP", window=FORECAST, period=APRIL):
    return stand.get(
        name, f"{LOAD}/{operation}", loadSubmissionWindowName=window, periodName=period
    )


@pytest.fixture
def opened(stand):
    stand.lead(FORECAST, "OPEN")
    return stand


WINDOW = {
    "name": FORECAST, "histForecastFlag": "F", "term": "MONTHLY",
    "submissionWindow": {"openDate": "2024-04-01T16:00:00Z", "closeDate": "2024-04-02T00:00:00Z"},
    "periods": [
        {"name": APRIL, "startDate": "2024-04-01T07:00:00Z", "endDate": "2024-05-01T06:59:59Z"}
    ],
    "windowStatus": "CLOSED",
}  # fmt: skip


def listed(stand, name="LSEP"):
    return {
        path: [each["name"] for each in stand.get(name, f"{LOAD}/{path}").json]
        for path in (
            "openHistLoadSubmissionWindow", "openForecastLoadSubmissionWindow",
            "closedHistLoadSubmissionWindow", "closedForecastLoadSubmissionWindow",
        )
    }  # fmt: skip


def test_windows_are_listed_by_kind_and_by_whether_they_are_open(stand):
    assert list(listed(stand).values()) == [[], [], [HISTORICAL], [FORECAST]]
    assert stand.get("LSEP", f"{LOAD}/closedForecastLoadSubmissionWindow").json == [WINDOW]
    stand.lead(FORECAST, "OPEN")
    stand.lead(HISTORICAL, "OPEN")
    assert list(listed(stand).values()) == [[HISTORICAL], [FORECAST], [], []]
    for kind in ("Hist", "Forecast"):
        today = stand.get("LSEP", f"{LOAD}/open{kind}LoadSubmissionWindow")
        earlier = stand.get("LSEP", f"{LOAD}/active{kind}LoadSubmissionWindow")
        assert (earlier.status, earlier.body) == (200, today.body)
    stand.lead(FORECAST, "CLOSED")
    assert listed(stand)["closedForecastLoadSubmissionWindow"] == [FORECAST]


def test_the_status_of_a_window_shows_its_periods(stand):
    path = f"{LOAD}/loadSubmissionWindowStatus"
    one = stand.get("LSEP", path, loadSubmissionWindowName=FORECAST)
    assert one.json == WINDOW
    year = stand.get("LSEP", path, loadSubmissionWindowName=HISTORICAL).json
    assert (year["histForecastFlag"], year["term"]) == ("H", "ANNUAL")
    assert [period["name"] for period in year["periods"]] == [f"2024_S0{n}" for n in range(1, 5)]
    assert year["periods"][0]["startDate"] == "2024-01-01T08:00:00Z"
    assert year["periods"][0]["endDate"] == "2024-04-01T06:59:59Z"
    unknown = stand.get("LSEP", path, loadSubmissionWindowName="HIST_LOAD_1999")
    assert (unknown.status, unknown.codes) == (400, ["LHFV0030"])


def test_load_is_taken_read_back_and_replaced_until_the_window_closes(opened):
    rows = hourly()
    rows[0]["mw"] = 1.0e2
    rows[1]["mw"] = 0.001
    before = opened.moment
    done = opened.post("LSEP", POST, upload(rows=rows))
    assert (done.status, done.json) == (
        200, {"status": "VALID", "submissionTime": iso_utc(before)}
    )  # fmt: skip
    (answer,) = read(opened, "loadData").json
    assert answer["loadSubmissionStatus"] == done.json
    assert {key: answer[key] for key in ("histForecastFlag", "assetOwner", "periodName")} == {
        "histForecastFlag": "F", "assetOwner": "LSEP", "periodName": APRIL
    }  # fmt: skip
    hours = hours_of_period(Period.parse(APRIL), None)
    expected = [{**row, "timeOfUse": hour.tou.value} for row, hour in zip(rows, hours, strict=True)]
    assert answer["hourlyLoad"] == expected
    assert opened.post("LSEP", POST, upload(rows=hourly(mw=7.5))).status == 200
    (answer,) = read(opened, "loadData").json
    assert {row["mw"] for row in answer["hourlyLoad"]} == {7.5}
    opened.lead(FORECAST, "CLOSED")
    assert opened.refused("LSEP", POST, upload()) == ["LHFV0033"]
    assert read(opened, "loadData").json == [answer]


def test_exceedance_values_are_those_that_the_market_uses(opened):
    assert read(opened, "loadExceedanceValues").json == []
    rows = hourly()
    for number, row in enumerate(rows):
        row["mw"] = float(number)
    opened.post("LSEP", POST, upload(rows=rows))
    (answer,) = read(opened, "loadExceedanceValues").json
    assert answer["lastCalculation"] == iso_utc(opened.moment)
    by_tou = {row["timeOfUse"]: row for row in answer["loadExceedance"]}
    hours = hours_of_period(Period.parse(APRIL), None)
    for tou, row in by_tou.items():
        own = sorted((n for n, hour in enumerate(hours) if hour.tou == tou), reverse=True)
        assert row["sinkName"] == PGAE
        assert row["maxMW"] == own[0]
        assert row["exceedance"] == own[int(len(own) * 0.005)]  # rulebook 2.2
    assert set(by_tou) == {"ON", "OFF"}


def test_the_longest_day_has_25_hours_and_the_shortest_23(stand):
    stand.lead(HISTORICAL, "OPEN")
    for season, day, last in (
        ("2024_S04", "2024-11-03T07:00:00Z", 25), ("2024_S01", "2024-03-10T08:00:00Z", 23)
    ):  # fmt: skip
        mw = metered(stand, season)
        body = upload(window=HISTORICAL, period=season, flag="H", rows=hourly(season, mw=mw))
        assert stand.post("LSEP", POST, body).json["status"] == "VALID"
        (answer,) = read(stand, "loadData", window=HISTORICAL, period=season).json
        of_day = [r["hourEnding"] for r in answer["hourlyLoad"] if r["effectiveDate"] == day]
        assert of_day == list(range(1, last + 1))


def metered(stand, season):
    """As much in every hour as the reference lets through."""
    found = metered_exceedance_mw(stand.world, "LSEP", Period.parse(season))
    return int(min(found.values()))


def test_every_fault_is_told_at_once_and_nothing_is_kept(opened):
    rows = hourly()[1:]
    rows[0]["dataType"] = "GROSS_LOAD"
    rows += [dict(rows[5]), {**rows[5], "sinkName": "NOWHERE"}]
    codes = opened.refused("LSEP", POST, upload(rows=rows))
    assert set(codes) == {"LHFV0026", "SER0030"}
    words = opened.post("LSEP", POST, upload(rows=rows)).body.decode()
    for said in ("record 1: only FINAL_LOAD", "missing", "more than once", "NOWHERE"):
        assert said in words
    assert read(opened, "loadData").json == []


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"loadSubmissionWindowName": "FCST_LOAD_1999"}, ["LHFV0030"]),
        ({"loadSubmissionWindowName": "SECONDARY_MARKET"}, ["LHFV0030"]),
        ({"histForecastFlag": "H"}, ["LHFV0030"]),
        ({"periodName": "2024_M05"}, ["LHFV0031"]),
        ({"histForecastFlag": "X"}, ["SER0017"]),
        ({"hourlyLoad": []}, ["SER0017"]),
        ({"periodName": ""}, ["SER0017"]),
        ({"loadSubmissionWindowName": "A!"}, ["SER0022"]),
        ({"loadSubmissionWindowName": "A" * 41}, ["SER0017"]),
        ({"assetOwner": "LS!"}, ["SER0002"]),
        ({"more": 1}, ["SER0017"]),
    ],
)
def test_what_does_not_fit_the_window_is_refused(opened, changed, codes):
    assert opened.refused("LSEP", POST, {**upload(), **changed}) == codes


@pytest.mark.parametrize(
    "changed",
    [
        {"hourEnding": 0}, {"hourEnding": 26}, {"hourEnding": 1.5}, {"mw": -0.001}, {"mw": 0.0001},
        {"dataType": "final_load"}, {"effectiveDate": "2024-04-01"}, {"sinkName": "é"},
        {"tou": "ON"},
    ],
)  # fmt: skip
def test_each_wrong_record_is_named(opened, changed):
    rows = hourly()
    rows[7] = {**rows[7], **changed}
    answer = opened.post("LSEP", POST, upload(rows=rows))
    assert (answer.status, answer.codes) == (400, ["SER0030"])
    assert "$.hourlyLoad[7]" in answer.json["errorList"][0]["errorDescription"]


def test_a_number_in_quotes_is_no_number(opened):
    rows = hourly()
    rows[7]["mw"] = "1"
    answer = opened.post("LSEP", POST, upload(rows=rows))
    assert (answer.status, answer.codes) == (400, ["SER0030"])
    assert "$.hourlyLoad[7].mw" in answer.json["errorList"][0]["errorDescription"]


def test_five_percent_above_the_reference_is_refused_and_said(opened):
    rows = hourly(mw=100.0)
    rows[0]["mw"] = 99_999.0
    answer = opened.post("LSEP", POST, upload(rows=rows))
    assert (answer.status, answer.codes) == (400, ["SER0030"])
    assert "5 percent" in answer.json["errorList"][0]["errorDescription"]


def test_a_lowered_reference_turns_a_stored_forecast_to_error(opened):
    opened.post("LSEP", POST, upload(rows=hourly(mw=3000.0)))
    days = [["2024-04-01", ["100.000"] * 24]]
    opened.operator("set_reference_load", period=APRIL, sink=PGAE, days=days)
    (answer,) = read(opened, "loadData").json
    status = answer["loadSubmissionStatus"]
    assert status["status"] == "ERROR"
    messages = json.loads(status["errorMessages"])
    assert len(messages) == 24
    assert all("5 percent" in message for message in messages)


def test_a_second_participant_sees_nothing_of_the_first(opened):
    opened.post("LSEP", POST, upload())
    for operation in ("loadData", "loadExceedanceValues"):
        assert read(opened, operation, "CCA1").json == []
        asked = opened.call(
            "CCA1", "GET", f"{LOAD}/{operation}",
            query={"loadSubmissionWindowName": FORECAST, "periodName": APRIL,
                   "participantName": "LSEP"},
        )  # fmt: skip
        assert (asked.status, asked.codes) == (403, ["SEC0002"])
    before = opened.digest
    other = opened.post("CCA1", POST, upload("LSEP"))
    assert (other.status, other.codes) == (403, ["SEC0002"])
    assert opened.digest == before


def test_who_serves_no_load_has_not_the_function(opened):
    refused = opened.get("FIN1", f"{LOAD}/openForecastLoadSubmissionWindow")
    assert (refused.status, refused.codes) == (403, ["SEC0001"])
    assert opened.post("FIN1", POST, upload("FIN1")).codes == ["SEC0001"]


def test_who_has_the_function_and_serves_no_load_is_not_eligible(opened):
    functions = [["historicalforecastedload", "WRITE"]]
    who = {"user": "FIN1", "organisation": "FIN1", "participant": "FIN1"}
    opened.operator("provision", **who, functions=functions)
    assert set(listed(opened, "FIN1")["openForecastLoadSubmissionWindow"]) == set()
    assert opened.refused("FIN1", POST, upload("FIN1"))[0] == "LHFV0033"
    assert read(opened, "loadData", "FIN1").codes == ["LHFV0033"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"loadSubmissionWindowName": "X"}, ["LHFV0030"]),
        ({"periodName": "2024_M05"}, ["LHFV0031"]),
        ({"loadSubmissionWindowName": "A!"}, ["SER0022"]),
        ({"loadSubmissionWindowName": "A" * 41}, ["SER0017"]),
        ({"periodName": "2024_M0400"}, ["LHFV0031"]),
        ({"periodName": "2024_M04000"}, ["SER0017"]),
        ({"participantName": "LS!"}, ["SER0002"]),
    ],
)
def test_a_reading_names_a_window_and_one_of_its_periods(opened, query, codes):
    asked = {
        "loadSubmissionWindowName": FORECAST, "periodName": APRIL, "participantName": "LSEP",
        **query,
    }  # fmt: skip
    for operation in ("loadData", "loadExceedanceValues"):
        answer = opened.call("LSEP", "GET", f"{LOAD}/{operation}", query=asked)
        assert (answer.status, answer.codes) == (400, codes)


def serve_at_more_sinks(stand, count):
    """Give LSEP so many more sinks, as a roster's `MoreSinks` does; all their names."""
    folder = stand.world.folder
    (owner,) = (entry for entry in folder.layer.roster if entry.participant_id == "LSEP")
    more = tuple(LocationLimit(f"SINK_{n:02d}", Decimal(1000)) for n in range(count))
    larger = replace(owner, more_loads=more)
    roster = tuple(larger if entry is owner else entry for entry in folder.layer.roster)
    layer = replace(folder.layer, roster=roster)
    stand.room.world = replace(stand.world, folder=replace(folder, layer=layer))
    return [PGAE, *(load.name for load in more)]


def test_44_000_records_are_answered_in_a_fraction_of_the_clients_patience(stand):
    """Rule C13: the client waits 15 s. A season at 20 sinks takes 1.1 s on a busy machine."""
    stand.lead(HISTORICAL, "OPEN")
    sinks = serve_at_more_sinks(stand, 19)
    rows = [row for sink in sinks for row in hourly("2024_S04", sink=sink)]
    assert len(rows) > 44_000
    body = json.dumps(upload(window=HISTORICAL, period="2024_S04", flag="H", rows=rows)).encode()
    began = time.perf_counter()
    answer = stand.post("LSEP", POST, body)
    (kept,) = read(stand, "loadData", window=HISTORICAL, period="2024_S04").json
    seconds = time.perf_counter() - began
    assert (answer.status, answer.json["status"]) == (200, "VALID")
    assert len(kept["hourlyLoad"]) == len(rows)
    assert seconds < 7.5, seconds


@pytest.fixture(scope="module")
def opening(tmp_path_factory):
    """A real server, at the moment when the forecast window of the shipped calendar opens."""
    calendar = ROOT / "scenarios" / "market_sim.toml"
    folder = tmp_path_factory.mktemp("market-sim")
    with live_server(folder, "w1-forecast-load-open", calendar) as running:
        yield running


def test_over_real_tls(opening):
    path = f"/crr{LOAD}/openForecastLoadSubmissionWindow?participantName=LSEP"
    (window,) = opening.call("LSEP", "GET", path).json
    assert window == {**WINDOW, "windowStatus": "OPEN"}
    done = opening.call("LSEP", "POST", f"/crr{POST}", upload())
    assert (done.status, done.json["status"]) == (200, "VALID")
    query = f"loadSubmissionWindowName={FORECAST}&periodName={APRIL}&participantName=LSEP"
    (answer,) = opening.call("LSEP", "GET", f"/crr{LOAD}/loadData?{query}").json
    assert len(answer["hourlyLoad"]) == 720
    assert opening.call(None, "GET", path).status == 401
    assert opening.call("CCA1", "GET", path).codes == ["SEC0002"]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("secondarymarket/v1.0/mySmOffersByStatus", "offerstatustype=SOLD", "SER0014"),
        ("loadmigration/v1.0/nHourData", "loadMigrationMarketName=X", "LMV1003"),
        ("torconversion/v1.0/torConversionPaths", "torConversionWindow=X", "TOR0016"),
    ],
)
def test_the_neighbours_over_real_tls(opening, path, query, code):
    answer = opening.call("LSEP", "GET", f"/crr/{path}?{query}&participantName=LSEP")
    assert (answer.status, answer.codes) == (400, [code])


MSS, MLAP = "MUNI01", "MLAP_NCPA-APND"


def pair(load=40.0, generation=15.5, sink=MLAP):
    """The gross pair of a metered subsystem."""
    return [
        *hourly(mw=load, sink=sink, kind="GROSS_LOAD"),
        *hourly(mw=generation, sink=sink, kind="GROSS_GENERATION"),
    ]


@pytest.mark.parametrize(
    ("rows", "net"),
    [
        (hourly(mw=24.5, sink=MLAP), 24.5),
        (pair(), 24.5),
        (pair(load=15.5, generation=40.0), 0.0),  # it gives back more than it takes: no load
    ],
    ids=["final load", "net settlement", "net generation"],
)
def test_a_metered_subsystem_sends_its_final_load_or_elects_net_settlement(opened, rows, net):
    """By what its role brings along: nobody has to give it the function first (rulebook 2.1)."""
    assert opened.post(MSS, POST, upload(MSS, rows)).json["status"] == "VALID"
    (values,) = read(opened, "loadExceedanceValues", MSS).json
    found = values["loadExceedance"]
    assert {(item["sinkName"], item["maxMW"], item["exceedance"]) for item in found} == {
        (MLAP, net, net)
    }


@pytest.mark.parametrize(
    ("who", "sink"), [("LSEP", PGAE), ("WATR01", "CLAP_EDMONS-APND")], ids=["utility", "pumps"]
)
def test_only_metered_subsystems_send_the_gross_pair(opened, who, sink):
    """Pump load at a location of its own is load, but no metered subsystem (rulebook 2.6)."""
    before = opened.digest
    refused = opened.post(who, POST, upload(who, pair(sink=sink)))
    assert refused.status == 400
    assert set(refused.codes) == {"LHFV0026"}
    assert opened.digest == before
    final = hourly(mw=24.5, sink=sink)
    assert opened.post(who, POST, upload(who, final)).json["status"] == "VALID"
