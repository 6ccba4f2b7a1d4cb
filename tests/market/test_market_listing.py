"""A location that an outage islands in one season of an annual market is open in the others."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from market_played import ROOT, answer, codes, create, room_at, short_world

from simulator.domain import Nomination, Tou
from simulator.engine import Run
from simulator.market import model_publication
from simulator.market.listing import listing
from simulator.market.outages import PlannedOutage
from simulator.market.retirements import Retirement
from simulator.market.room import MarketRoom
from simulator.market.views import view_of
from simulator.network.branch import BranchKey
from simulator.store import books
from simulator.timeline.scenario import load_scenario

MARKET, PLANT = "ALLOC_AN_2025_PNP", "SUMMIT_7_N001"
SEASONS = [f"2025_S0{season}" for season in range(1, 5)]
OUTAGE = PlannedOutage(
    BranchKey(3701, 3731, "1"), date(2025, 7, 1), date(2025, 10, 1), "BOTH", "", date(2024, 3, 1)
)
RETIRED = Retirement("MORROBAY_7_N001", date(2025, 4, 1), date(2024, 3, 1), "")


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> MarketRoom:
    text = (ROOT / "scenarios" / "long_term.toml").read_text(encoding="utf-8")
    days = "[settings.day_ahead]\nhistory_days = 1\n\n[settings.population]"
    text = text.replace("[settings.population]", days)
    world = short_world()
    folder = replace(world.folder, outages=(OUTAGE,), retirements=(RETIRED,))
    world = replace(world, scenario=load_scenario(text, "long_term.toml"), folder=folder)
    room = room_at(tmp_path_factory.mktemp("listing") / "live.db", world)
    Run(room, "pnp-open").play()
    return room


def nominate(room: MarketRoom, name: str, period: str, source: str):
    line = Nomination("1", "LSEP", source, "DLAP_PGAE-APND", Tou.ON, period, Decimal(1))
    return create(room, MARKET, "LSEP", name, [line])


@pytest.mark.parametrize("period", SEASONS)
def test_an_outage_closes_its_own_season_only_and_is_named(opened, period):
    entry = nominate(opened, f"ISLE_{period}", period, PLANT)
    if period != "2025_S03":
        assert answer(entry)["status"] == "VALID"
        return
    assert codes(entry) == ["SER0030"]
    assert f"{PLANT} is islanded by an outage in 2025_S03" in entry.effect
    assert "by the outage of 3701-3731 circuit 1" in entry.effect


@pytest.mark.parametrize("period", SEASONS)
def test_a_location_can_be_named_up_to_the_season_in_which_it_retires(opened, period):
    entry = nominate(opened, f"OLD_{period}", period, RETIRED.location)
    if period == "2025_S01":
        assert answer(entry)["status"] == "VALID"
        return
    assert f"is retired in {period}: retired, replaced by" in entry.effect


def test_the_list_of_each_season_says_so_and_people_stay_away(opened):
    with opened.store.reading() as tx:
        state = books.market(tx, MARKET)
        rows = listing(tx, opened.world, state.market)
        assert set(rows[PLANT].apart) == {"2025_S03"}
        assert rows[PLANT].biddable
        assert not rows[PLANT].always_biddable
        person = next(p for p in opened.world.people if p.participant_id == "LSEP")
        assert PLANT not in view_of(tx, opened.world, state, person).sources
        files = dict(model_publication.files(tx, opened.world, state.market))
    flags = {}
    for period in SEASONS:
        (text,) = (
            content.decode()
            for name, content in files.items()
            if name.endswith(f"{MARKET}_{period}_SOURCE_SINK_V0.csv")
        )
        published = {row["SourceSink"]: row for row in csv.DictReader(io.StringIO(text))}
        flags[period] = published[PLANT]["Biddable"]
        assert (RETIRED.location in published) == (period == "2025_S01")
    assert flags == {**dict.fromkeys(SEASONS, "Yes"), "2025_S03": "No"}
