"""An entity with several sinks: load, caps and nominations sink by sink (rulebook 2.1 to 2.6)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from special_rooms import Room, copy_of, preloaded, room_at, with_more

from simulator.domain import Nomination, Participant, Period, Portfolio, Refused, Role, Tou
from simulator.domain.settings import PopulationSettings
from simulator.market import load
from simulator.market.portfolios import create_arguments
from simulator.market.reference_load import metered_exceedance_mw, reference_mw
from simulator.participants import market_layer, population
from simulator.participants.layer import LocationLimit
from simulator.participants.load import hourly_load_kw
from simulator.rules.load import LoadHour, LoadRecord, LoadType
from simulator.store import tables
from simulator.timeline.hours import hours_of_day, hours_of_period

APRIL = Period.parse("2024_M04")
WINDOW, MARKET = "FCST_LOAD_2024_M04", "ALLOC_MN_2024_M04_T1"
FIRST, SECOND = "DLAP_PGAE-APND", "DLAP_SCE-APND"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("sinks"))


@pytest.fixture
def room(start, tmp_path) -> Room:
    return with_more(room_at(copy_of(start, tmp_path)))


def hourly(mw_by_sink: dict[str, str]) -> list[LoadRecord]:
    return [
        LoadRecord(sink, hour.day, hour.hour_ending, LoadType.FINAL_LOAD, Decimal(mw))
        for sink, mw in mw_by_sink.items()
        for hour in hours_of_period(APRIL, None)
    ]


def sent(mw_by_sink: dict[str, str]) -> dict[str, object]:
    rows = load.day_rows(hourly(mw_by_sink))
    return {"window": WINDOW, "period": "2024_M04", "owner": "CCA1", "records": rows}


def caps(room: Room) -> dict[tuple[str, str], Decimal]:
    with room.room.store.reading() as tx:
        rows = tx.rows(tables.nomination_cap, market=MARKET, participant="CCA1", kind="UPPER_BOUND")
    return {(row["sink"], row["tou"]): row["mw"] for row in rows}


def test_load_of_every_sink_is_judged_and_counts_by_itself(room):
    room.lead(WINDOW, "OPEN")
    found = room.refused("submit_load", "CCA1", **sent({FIRST: "700", "DLAP_VEA-APND": "1"}))
    assert [item["where"] for item in found] == ["sink DLAP_VEA-APND"]
    assert found[0]["allowed"] == f"{FIRST}, {SECOND}"
    over = room.refused("submit_load", "CCA1", **sent({FIRST: "700", SECOND: "99999"}))
    assert {item["where"].split(",")[0] for item in over} == {f"sink {SECOND}"}
    done = room.done("submit_load", "CCA1", **sent({FIRST: "700", SECOND: "300"}))
    assert (done["sinks"], done["hours"]) == (2, 2 * 720)
    room.done("post_caps", market=MARKET)
    bounds = caps(room)
    assert set(bounds) == {(sink, tou.value) for sink in (FIRST, SECOND) for tou in Tou}
    # nothing was allocated at the second sink: its cap is all of its load
    assert {bounds[SECOND, tou.value] for tou in Tou} == {Decimal(300)}
    assert all(bounds[FIRST, tou.value] < 700 for tou in Tou)


def test_what_is_nominated_is_counted_sink_by_sink(room):
    room.lead(WINDOW, "OPEN")
    room.done("submit_load", "CCA1", **sent({FIRST: "1400", SECOND: "300"}))
    room.done("post_caps", market=MARKET)
    room.done("open", market=MARKET)

    def nominate(name: str, **mw_by_sink: str) -> dict[str, object]:
        lines = tuple(
            Nomination(str(nth), "CCA1", "TESLA_7_N001", sink, Tou.ON, "2024_M04", Decimal(mw))
            for nth, (sink, mw) in enumerate(mw_by_sink.items(), start=1)
        )
        given = create_arguments(Portfolio(name, MARKET, "CCA1", nominations=lines))
        room.done("create_portfolio", "CCA1", **given)
        where = {"market": MARKET, "participant": "CCA1", "portfolio": name}
        return room.done("submit_portfolio", "CCA1", **where)

    over = nominate("over", **{SECOND: "300.001"})
    assert over["status"] == "INVALID"
    assert SECOND in str(over["message"])
    fits = nominate("fits", **{SECOND: "300", FIRST: "1"})
    assert fits["status"] == "SUBMITTED", fits
    third = Nomination("1", "CCA1", "TESLA_7_N001", "DLAP_VEA-APND", Tou.ON, "2024_M04", Decimal(1))
    given = create_arguments(Portfolio("third", MARKET, "CCA1", nominations=(third,)))
    assert room.refused("create_portfolio", "CCA1", **given)


def test_the_reference_and_the_metered_load_are_each_sinks_own(room):
    alone = room_world_load(room, FIRST), room_world_load(room, SECOND)
    whole = room_world_load(room, "")
    assert whole == alone[0] + alone[1]
    metered = metered_exceedance_mw(room.world, "CCA1", APRIL)
    assert set(metered) == {(sink, tou) for sink in (FIRST, SECOND) for tou in Tou}
    hour = LoadHour(SECOND, APRIL.start, 12)
    with room.room.store.reading() as tx:
        more = reference_mw(tx, room.world, APRIL)[hour]
        with_more(room, "FIN1", (LocationLimit(SECOND, Decimal(1)),))
        folder = room.world.folder
        plain = tuple(replace(entry, more_loads=()) for entry in folder.layer.roster)
        world = replace(
            room.world, folder=replace(folder, layer=replace(folder.layer, roster=plain))
        )
        less = reference_mw(tx, world, APRIL)[hour]
    assert more > less


def room_world_load(room: Room, sink: str) -> int:
    folder = room.world.folder
    person = next(item for item in room.world.people if item.participant_id == "CCA1")
    hours = hours_of_day(APRIL.start)
    kw = hourly_load_kw(person, folder.layer, folder.load_curve, hours, room.world.seed, sink)
    return int(kw.sum())


ZONES = (
    "SourceSink,Kind,Zone,DLAP,GenerationMW,LoadMW\n"
    + "".join(f"{name},MLAP,NP15,,0,1000\n" for name in ("A", "B", "C"))
)  # fmt: skip
RIGHTS = "RightID,Holder,Type,Source,Sink,MW\n"
HEADER = "ParticipantID,Role,Strategy,Sink,PeakLoadMW,CollateralUSD,Sources,MoreSinks\n"


def test_a_roster_gives_further_sinks():
    rows = "LSE1,LSE,LOAD_HEDGE,A,100,1,,B:20|C:5\n" + "".join(
        f"FIN{nth},TRADER,VALUE,,0,1,,\n" for nth in range(5)
    )
    layer = market_layer(ZONES, RIGHTS, HEADER + rows)
    person = population(1, 6, layer, PopulationSettings())[0]
    assert person.participant.sinks == ("A", "B", "C")
    assert [load.mw for load in person.loads] == [100, 20, 5]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("LSE1,LSE,LOAD_HEDGE,A,100,1,,B:20|B:5", "ROS0004"),
        ("LSE1,LSE,LOAD_HEDGE,A,100,1,,A:20", "ROS0004"),
        ("LSE1,LSE,LOAD_HEDGE,,0,1,,B:20", "ROS0004"),
        ("OBA1,OBAALSE,LOAD_HEDGE,A,10,1,,B:20", "ROS0004"),
        ("LSE1,LSE,LOAD_HEDGE,A,100,1,,NOWHERE:20", "ROS0003"),
        ("LSE1,LSE,LOAD_HEDGE,A,100,1,,B:x", "TAB0005"),
    ],
)
def test_odd_further_sinks_are_refused(row, code):
    with pytest.raises(Refused) as refusal:
        market_layer(ZONES, RIGHTS, HEADER + row + "\n")
    assert code in {finding.code for finding in refusal.value.findings}


def test_who_has_no_first_sink_has_none():
    assert Participant("T", "Trader", Role.TRADER).sinks == ()
