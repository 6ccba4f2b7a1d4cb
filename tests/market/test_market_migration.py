"""Load migration market after market: N-hours, adjustment of earlier CRRs, hubs' counter CRRs."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from special_rooms import Room, copy_of, preloaded, room_at, with_more

from simulator.domain import Crr, CrrType, Hedge, Period, Tou
from simulator.market import inventory, migration
from simulator.market.n_hours import n_hours_posted_at, posted_n_hours
from simulator.market.reference_load import metered_exceedance_mw
from simulator.market.special_publication import special_files
from simulator.rules.caps import allocated_mw
from simulator.rules.lineage import lineage_findings
from simulator.rules.migrated import migrated_mw
from simulator.store import books, special_tables, tables

FIRST, SECOND = "LOAD_MIGRATION_2024_M05", "LOAD_MIGRATION_2024_M06"
PRIORITY = "ALLOC_AN_2025_PNP"
SUMMER = Period.parse("2024_S03")
TWO_MARKETS = {
    '[[process]]\nname = "SECONDARY_MARKET"': (
        f'[[process]]\nname = "{SECOND}"\nkind = "LOAD_MIGRATION"\nperiods = ["2024_M06"]\n\n'
        '[[process]]\nname = "SECONDARY_MARKET"'
    )
}
RATES = [["RESIDENTIAL", tou.value, season, "2.5"] for season in range(1, 5) for tou in Tou]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("migration"), TWO_MARKETS)


@pytest.fixture
def room(start, tmp_path) -> Room:
    return room_at(copy_of(start, tmp_path), TWO_MARKETS)


def play(room: Room, market: str, moves: list[tuple[str, str, int]]) -> None:
    """One market from its opening to its posting; each move of so many of 10,000 customers."""
    room.lead(market, "OPEN")
    send(room, market, "UPGAE", "LSEP", moves)
    room.lead(market, "CLOSED", "POSTED")


def send(
    room: Room, market: str, udc: str, utility: str, moves: list[tuple[str, str, int]]
) -> None:
    number = {name: duns for duns, name in migration.duns_numbers(room.world).items()}
    suppliers = sorted({name for giver, gainer, _ in moves for name in (giver, gainer)})
    parts = {
        "COUNTS": [[number[name], "RESIDENTIAL", 10000] for name in suppliers],
        "DASRS": [
            [str(nth), "RESIDENTIAL", number[giver], number[gainer], customers]
            for nth, (giver, gainer, customers) in enumerate(moves, start=1)
        ],
        "RATES": RATES,
    }
    effective = f"{market[-8:-4]}-{market[-2:]}-01"
    for part, records in parts.items():
        room.done(
            "upload_migration", utility,
            market=market, udc=udc, effective_date=effective, part=part, records=records,
        )  # fmt: skip


def results(room: Room, market: str) -> dict[str, dict[str, object]]:
    with room.room.store.reading() as tx:
        rows = tx.rows(special_tables.migration_result, market=market)
    return {row["crr_id"]: row for row in rows}


def test_n_hours_come_out_when_the_market_opens(room):
    with room.room.store.reading() as tx:
        assert posted_n_hours(tx, FIRST) == ()
        assert n_hours_posted_at(tx, FIRST) is None
    room.lead(FIRST, "OPEN")
    with room.room.store.reading() as tx:
        found = posted_n_hours(tx, FIRST)
        assert n_hours_posted_at(tx, FIRST) == room.at
        assert posted_n_hours(tx, SECOND) == ()
    places = Counter(item.dlap for item in found)
    assert set(places) >= {"DLAP_PGAE-APND", "DLAP_SCE-APND", "DLAP_SDGE-APND", "DLAP_VEA-APND"}
    assert set(places.values()) == {8}  # four seasons, two times of use
    for item in found:
        season = Period.season(2023, item.season)
        assert season.start <= item.day < season.end
    # whoever serves an area alone has its load metric in the N-hour
    alone = {
        item.tou: item.load_mw for item in found if item.dlap.startswith("DLAP_VEA") and
        item.season == 3
    }  # fmt: skip
    metric = metered_exceedance_mw(room.world, "LSEV", Period.season(2023, 3))
    assert alone == {tou: metric["DLAP_VEA-APND", tou] for tou in Tou}


def test_a_second_market_adjusts_the_crrs_of_the_first(room):
    play(room, FIRST, [("LSEP", "CCA1", 400)])
    made = results(room, FIRST)
    assert made
    assert all(row["initial_mw"] and row["adjusted_mw"] is None for row in made.values())
    before = {crr.crr_id: crr for crr in room.crrs()}
    play(room, SECOND, [("LSEP", "CCA1", 100)])
    changed = results(room, SECOND)
    # what had ended by then is not adjusted; everything else keeps its id
    assert set(changed) <= set(made)
    assert {crr_id for crr_id in made if before[crr_id].end > date(2024, 6, 1)} == set(changed)
    after = {crr.crr_id: crr for crr in room.crrs()}
    for crr_id, row in changed.items():
        base = before[before[crr_id].parent_crr_id]
        assert row["initial_mw"] is None
        assert after[crr_id].mw == before[crr_id].mw + row["adjusted_mw"]
        assert after[crr_id].mw == round(base.mw * 5 / 100, 3)
        assert after[crr_id].parent_crr_id == base.crr_id
    with room.room.store.reading() as tx:
        assert lineage_findings(inventory.life_events(tx)) == ()
        running = next(crr_id for crr_id in changed if after[crr_id].start == date(2024, 6, 1))
        story = [(event.kind, event.market) for event in inventory.story(tx, running)]
    assert ("MIGRATED", FIRST) in story
    assert ("ADJUSTED", SECOND) in story


def test_what_comes_back_lowers_what_went(room):
    play(room, FIRST, [("LSEP", "CCA1", 400)])
    play(room, SECOND, [("CCA1", "LSEP", 400)])
    left = [crr for crr in room.crrs() if crr.crr_type in ("LSE_LMT", "LMT_CNT")]
    # the days before June are what they were; from June on nothing is left of either
    assert all(crr.end <= date(2024, 6, 1) for crr in left)
    assert {row["adjusted_mw"] < 0 for row in results(room, SECOND).values()} == {True}


def test_a_hubs_counter_crr_goes_along_with_its_hub_crr(room):
    """Rulebook 3.3: hub 100 less 10 at a node; 4 percent of the load takes 4 and 0.4 along."""
    sink = room.world.participants["LSEP"].sink
    hub = Crr(
        "", "LSEP", CrrType.LSE, Hedge.OBL, "TH_NP15_GEN-APND", sink, Tou.ON,
        SUMMER.start, SUMMER.end, Decimal(100), "ALLOC_AN_2024_T2",
    )  # fmt: skip
    counter = replace(
        hub, crr_type=CrrType.LSE_THCNT, source=sink, sink="TESLA_7_N001", mw=Decimal(10)
    )
    made = entered(room, [hub, counter])
    play(room, FIRST, [("LSEP", "CCA1", 400)])
    held = [crr for crr in room.crrs() if crr.parent_crr_id in {crr.crr_id for crr in made}]
    ends = {(crr.owner, crr.crr_type.value, crr.source, crr.sink): crr.mw for crr in held}
    assert ends == {
        ("CCA1", "LSE_LMT", hub.source, sink): Decimal(4),
        ("LSEP", "LMT_CNT", sink, hub.source): Decimal(4),
        ("CCA1", "LSE_LMT", sink, "TESLA_7_N001"): Decimal("0.4"),
        ("LSEP", "LMT_CNT", "TESLA_7_N001", sink): Decimal("0.4"),
    }
    july = replace(room.world.scenario.markets[0].market.products[0], period=SUMMER, tou=Tou.ON)
    assert allocated_mw([*made, *held], sink, july) == 90  # both together, as before
    own = [crr for crr in (*made, *held) if crr.owner == "LSEP"]
    assert allocated_mw(own, sink, july) == Decimal("86.4")
    with room.room.store.reading() as tx:
        assert migrated_mw(migration.moved(tx), made, sink, july) == Decimal("3.6")
        assert set(made) <= set(books.allocations(tx, owner="LSEP"))


def test_crrs_follow_the_load_of_the_area_that_their_sink_is_in(start, tmp_path):
    """One supplier in two areas: 4 percent of its load leaves in one, 10 percent in the other."""
    room = with_more(room_at(copy_of(start, tmp_path), TWO_MARKETS))
    north, south = room.world.participants["CCA1"].sinks
    crr = Crr(
        "", "CCA1", CrrType.LSE, Hedge.OBL, "TESLA_7_N001", north, Tou.ON,
        SUMMER.start, SUMMER.end, Decimal(100), "ALLOC_AN_2024_T2",
    )  # fmt: skip
    part = replace(crr, sink="SLAP_SCEC-APND", mw=Decimal(10))  # a sub-LAP of the second area
    made = entered(room, [crr, replace(crr, sink=south), part])
    room.lead(FIRST, "OPEN")
    send(room, FIRST, "UPGAE", "LSEP", [("CCA1", "LSEP", 400)])
    send(room, FIRST, "USCE", "LSES", [("CCA1", "LSES", 1000)])
    room.lead(FIRST, "CLOSED", "POSTED")
    ids = {crr.crr_id for crr in made}
    gained = [c for c in room.crrs(crr_type="LSE_LMT") if c.parent_crr_id in ids]
    assert {(c.owner, c.sink): c.mw for c in gained} == {
        ("LSEP", north): Decimal(4),
        ("LSES", south): Decimal(10),
        ("LSES", "SLAP_SCEC-APND"): Decimal(1),
    }


def entered(room: Room, crrs: list[Crr]) -> list[Crr]:
    """CRRs that are in the inventory as if a market had made them."""
    made: list[Crr] = []

    def enter(tx):
        made.extend(inventory.enter(tx, room.world, crrs, room.at))
        return {}

    room.room.store.record(
        key="entered", at=room.at, actor="TEST", command="test", arguments={}, effect=enter
    )
    return made


def test_what_a_market_made_and_changed_is_in_the_files_of_those_it_is_about(room):
    play(room, FIRST, [("LSEP", "CCA1", 400)])
    play(room, SECOND, [("LSEP", "CCA1", 100)])
    with room.room.store.reading() as tx:
        files = dict(special_files(tx, room.world))
        told = {(item.market, item.crr.crr_id): item for item in migration.results(tx)}
    assert len(rows(files["published/N_HOUR_DATA.csv"])) == 2 * 8 * 4
    shares = rows(files["private/CCA1/LOAD_PERCENTAGE_CCA1.csv"])
    assert {row["LoadPercentage"] for row in shares} == {"4", "1"}
    both = []
    for owner, kind in (("CCA1", "LSE_LMT"), ("LSEP", "LMT_CNT")):
        own = rows(files[f"private/{owner}/LOAD_MIGRATION_CRR_{owner}.csv"])
        assert {row["CRRType"] for row in own} == {kind}
        assert all(bool(row["InitialMW"]) != bool(row["AdjustedMW"]) for row in own)
        both += [(row["LoadMigrationMarket"], row["CRRID"]) for row in own]
    assert sorted(both) == sorted(told)
    assert not any("LSES/LOAD" in name for name in files)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_priority_cap_loses_what_moved_of_last_years_season_only(room):
    """100 MW of summer 2024 and 60 MW long-term of summer 2025; 4 percent of the load leaves.

    The cap of summer 2025 loses the 4 MW of 2024, not the 2.4 MW of 2025 as well.
    """
    sink = room.world.participants["LSEP"].sink
    last = Crr(
        "", "LSEP", CrrType.LSE, Hedge.OBL, "TESLA_7_N001", sink, Tou.ON,
        SUMMER.start, SUMMER.end, Decimal(100), "ALLOC_AN_2024_T2",
    )  # fmt: skip
    coming = SUMMER.in_year(2025)
    term = replace(last, start=coming.start, end=coming.end, mw=Decimal(60))
    entered(room, [last, term])
    with room.room.store.reading() as tx:
        own = books.allocations(tx, owner="LSEP", tou="ON", sink=sink)
    share = sum((crr.mw for crr in own if crr.spans(SUMMER)), Decimal(0)) * 4 / 100
    play(room, FIRST, [("LSEP", "CCA1", 400)])
    room.done("post_caps", market=PRIORITY)
    with room.room.store.reading() as tx:
        (row,) = tx.rows(
            tables.nomination_cap, market=PRIORITY, participant="LSEP", sink=sink,
            period=coming.name, tou="ON", kind="UPPER_BOUND",
        )  # fmt: skip
        gone = sum(
            (crr.mw for crr in migration.migrated_crrs(tx, "LSEP") if crr.spans(SUMMER)
             and crr.tou == Tou.ON), Decimal(0),
        )  # fmt: skip
    told = {item["name"]: item["value"] for item in json.loads(row["how"])["inputs"]}
    assert Decimal(told["existing long-term"]) == 60
    assert Decimal(told["load migration"]) == gone
    assert abs(gone - share) < Decimal("0.01")  # each CRR's own part is rounded to 0.001 MW


def test_selling_a_part_of_what_was_gained_frees_no_eligibility_and_moves_no_more(room):
    room.lead("SECONDARY_MARKET", "OPEN")
    for name in ("CCA1", "FIN1"):
        room.done("set_collateral", participant=name, amount_usd="900000000")
    play(room, FIRST, [("LSEP", "CCA1", 400)])
    gained = next(crr for crr in room.crrs(owner="CCA1", crr_type="LSE_LMT"))
    with room.room.store.reading() as tx:
        before = migration.migrated_crrs(tx, "CCA1")
    request = room.done(
        "post_secondary_offer", "CCA1", owner="CCA1", side="SELL", source=gained.source,
        sink=gained.sink, tou=gained.tou.value, hedge=gained.hedge.value,
        crr_type=gained.crr_type.value, start=gained.start.isoformat(),
        end=gained.end.isoformat(), mw="0.001", price="0", crr_id=gained.crr_id,
        counterparty="FIN1",
    )["request_id"]  # fmt: skip
    room.done("respond_secondary_offer", "FIN1", request_id=request, accept="Y")
    assert room.done("check_secondary_credit", request_id=request)["status"] == "APPROVED"
    with room.room.store.reading() as tx:
        assert migration.migrated_crrs(tx, "CCA1") == before
    play(room, SECOND, [("CCA1", "LSEP", 100)])
    # 1 of the 4 percent comes back: what was sold stays sold, so the seller hands over a quarter
    back = room.crrs(parent_crr_id=gained.parent_crr_id, market=SECOND)
    assert {(crr.owner, crr.crr_type.value): crr.mw for crr in back} == {
        ("LSEP", "LSE_LMT"): round(gained.mw / 4, 3),
        ("CCA1", "LMT_CNT"): round(gained.mw / 4, 3),
    }
