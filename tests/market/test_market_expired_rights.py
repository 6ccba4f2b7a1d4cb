"""Rights that end: in effect to their last day, then once in the priority tier (rulebook 2.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from special_rooms import ROOT, Room, copy_of, preloaded, room_at

from simulator.domain import Period, Product, Refused, Tou
from simulator.market import processes, tor
from simulator.market.base_loading import base_loading
from simulator.market.settlement_rights import right_schedules
from simulator.participants.layer import Right, market_layer
from simulator.store import tables

ANNUAL, MONTHLY, WINDOW = "ALLOC_AN_2025_PNP", "ALLOC_MN_2024_M04_T1", "TOR_CONVERSION_2024_S02"
SOURCE, SINK = "MALIN_5_N101", "DLAP_SCE-APND"
SUMMER = Period.parse("2025_S03")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("expired"))


def with_right(start, folder, end: date | None, **changed: object) -> Room:
    """A market in which LSES has one right to its own load, and nobody has another."""
    own = folder / f"{len(list(folder.iterdir()))}"
    own.mkdir()
    room = room_at(copy_of(start, own))
    right = replace(Right("R1", "LSES", "TOR", SOURCE, SINK, Decimal(90), end), **changed)
    files = room.world.folder
    layer = replace(files.layer, rights=(right,))
    room.room.world = replace(room.world, folder=replace(files, layer=layer))
    return room


def summer_pairs(room: Room) -> dict[tuple[str, str], Decimal]:
    """MW from the right's source to LSES's load by source and TOU, as the market posts them."""
    room.done("process", process="HIST_LOAD_2024", status="OPEN", text="x")
    room.done("post_caps", market=ANNUAL)
    with room.room.store.reading() as tx:
        rows = tx.rows(tables.signature, market=ANNUAL, participant="LSES", period=SUMMER.name)
    return {(row["source"], row["tou"]): row["mw"] for row in rows if row["source"] == SOURCE}


@pytest.mark.parametrize(
    ("end", "counts"),
    [
        (None, False),
        (date(2024, 9, 30), False),  # over before the season of last year was
        (date(2024, 10, 1), True),
        (date(2025, 7, 1), True),
        (date(2025, 7, 2), False),  # still in effect on the first day of the market's own season
    ],
)
def test_an_expired_right_is_a_signature_pair_once(start, tmp_path, end, counts):
    own = summer_pairs(with_right(start, tmp_path, end))
    other = with_right(start, tmp_path, end, holder="LSEP")  # its load is elsewhere
    plain = summer_pairs(other)
    more = {key: mw - plain.get(key, 0) for key, mw in own.items() if mw != plain.get(key, 0)}
    assert more == ({(SOURCE, tou.value): Decimal(90) for tou in Tou} if counts else {})


def test_its_mw_are_last_years_allocation_and_no_longer_taken_off_the_load(start, tmp_path):
    derived = {}
    for end in (None, date(2025, 1, 1)):
        room = with_right(start, tmp_path, end)
        room.done("process", process="HIST_LOAD_2024", status="OPEN", text="x")
        room.done("post_caps", market=ANNUAL)
        with room.room.store.reading() as tx:
            key = {"market": ANNUAL, "participant": "LSES", "period": SUMMER.name, "tou": "ON"}
            (row,) = tx.rows(tables.nomination_cap, kind="UPPER_BOUND", **key)
        derived[end] = row["how"]
    assert '"name": "TOR + ETC + CVR", "rule": "", "unit": "MW", "value": "90"' in derived[None]
    assert (
        '"name": "TOR + ETC + CVR", "rule": "", "unit": "MW", "value": "0"'
        in derived[date(2025, 1, 1)]
    )


@pytest.mark.parametrize(("end", "left"), [(date(2024, 4, 2), 1), (date(2024, 4, 1), 0)])
def test_a_right_loads_models_and_schedules_to_its_last_day(start, tmp_path, end, left):
    room = with_right(start, tmp_path, end)
    room.lead("FCST_LOAD_2024_M04", "OPEN")
    room.done("post_caps", market=MONTHLY)
    room.done("open", market=MONTHLY)
    with room.room.store.reading() as tx:
        fixed = base_loading(tx, MONTHLY, Product(Period.parse("2024_M04"), Tou.ON))
        days = [date(2024, 4, 1), date(2024, 4, 2)]
        scheduled = [len(right_schedules(tx, room.world, day)) for day in days]
    assert len([crr for crr in fixed if crr.crr_id == "R1"]) == left
    assert scheduled == [24 * left, 0]


def test_a_conversion_lasts_no_longer_than_the_right(start, tmp_path):
    room = with_right(start, tmp_path, date(2024, 6, 1))
    (path,) = tor.paths(room.world, processes.spec_of(room.world, WINDOW))
    assert (path.start, path.end) == (date(2024, 4, 1), date(2024, 6, 1))
    room.lead(WINDOW, "OPEN_FOR_CONVERSION")
    row = [SOURCE, SINK, "2024-05-01", "2024-06-02", "1", "FIN1", "Y"]
    room.refused("request_tor_conversion", "LSES", window=WINDOW, holder="LSES", requests=[row])
    row[3] = "2024-06-01"
    room.done("request_tor_conversion", "LSES", window=WINDOW, holder="LSES", requests=[row])


@pytest.mark.parametrize(
    ("last", "end"), [("2024-06-30", date(2024, 7, 1)), ("", None), ("30.6.2024", Refused)]
)
def test_the_last_day_is_a_column_that_a_file_may_have(last, end):
    california = ROOT / "fixtures" / "california"
    zones = (california / "location_zones.csv").read_text()
    roster = (ROOT / "fixtures" / "participants" / "roster.csv").read_text()
    rights = f"RightID,Holder,Type,Source,Sink,MW,LastDay\nR1,LSES,ETC,{SOURCE},{SINK},5,{last}\n"
    if end is Refused:
        with pytest.raises(Refused, match="LastDay"):
            market_layer(zones, rights, roster)
    else:
        (right,) = market_layer(zones, rights, roster).rights
        assert right.end == end
