"""Merchant transmission through the room: what an upgrade adds is its sponsor's (rulebook 7.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from replayed import assert_replays
from special_rooms import copy_of, preloaded, room_at

from simulator.domain import ChargeCode, Hedge, Period, Product, Tou
from simulator.market import facilities, inventory
from simulator.market.day_ahead import day_spec
from simulator.market.merchant import feasible_mw
from simulator.market.model_data import model_in_force
from simulator.market.special_publication import special_files
from simulator.network.branch import BranchKey
from simulator.network.case import Bus, Case, Line
from simulator.network.dc import dc_network
from simulator.network.model import NetworkModel
from simulator.rules.merchant import Election
from simulator.store import books, tables

MW = Decimal
PAIR = "MESACAL_7_N001 to MLAP_VERN-APND"  # over the one line to Lighthipe, 0.0127 pu and 2,200 MW
SAME, TWICE = "2408-2407 circuit 2 x 0.0127 rate 1100", "2408-2407 circuit 2 x 0.0254 rate 800"
PROJECT = {
    "sponsor": "GEN1", "facility": "Second Lighthipe line", "start": "2024-08-01",
    "life_years": "40", "lines": [TWICE], "pairs": [f"{PAIR} OBL"],
}  # fmt: skip
JULY, AUGUST = Period.parse("2024_M07"), Period.parse("2024_M08")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("merchant"))


@pytest.fixture
def here(start, tmp_path):
    room = room_at(copy_of(start, tmp_path))
    yield room
    room.room.store.close()


@pytest.mark.parametrize(
    ("x_pu", "rate_mw", "added"), [(0.1, 200, 0), (0.2, 200, 200), (0.05, 400, 200)]
)
def test_constructed_example_c17(here, x_pu, rate_mw, added):
    """A line of 400 MW; what a parallel one adds follows from its reactance (rulebook 7.4)."""
    old, new = (Line(1, 2, name, x_pu=x, rate_a_mva=mw, rate_b_mva=mw)
                for name, x, mw in (("1", 0.1, 400), ("2", x_pu, rate_mw)))  # fmt: skip

    def feasible(*lines):
        case = Case(100.0, (Bus(1, type=3), Bus(2)), lines=lines)
        model = NetworkModel(case, dc_network(case), None, (), (), None)
        locations = {name: replace(here.world.locations["MESACAL_7_N001"], name=name,
                                   factors=dict.fromkeys(Tou, ((bus, 1.0),)))
                     for name, bus in (("A", 1), ("B", 2))}  # fmt: skip
        model = replace(model, locations=locations)
        world = replace(here.world, folder=replace(here.world.folder, model=model))
        return [feasible_mw(world, Election("A", "B", hedge), JULY, Tou.ON, ()) for hedge in Hedge]

    assert feasible(old) == [400, 400]
    assert feasible(old, new) == [400 + added] * 2


@pytest.mark.parametrize("hedge", list(Hedge))
def test_what_the_upgrade_adds_is_its_sponsors_for_thirty_years(here, hedge, tmp_path):
    done = here.done("award_merchant", **{**PROJECT, "pairs": [f"{PAIR} {hedge}"]})
    for item in done["awards"]:
        there = MW(item["without_mw"])
        assert there + held_into_lighthipe(here, Tou(item["tou"])) == pytest.approx(2200, abs=2e-3)
        assert (MW(item["with_mw"]), MW(item["mw"])) == (there + 200, 200)
    on, off = here.crrs(owner="GEN1", crr_type="MT")
    assert {on.tou, off.tou} == set(Tou)
    for crr in (on, off):
        assert (crr.mw, crr.hedge, crr.market) == (200, hedge, "SYSTEM")
        assert (crr.start, crr.end) == (date(2024, 8, 1), date(2054, 8, 1))
        with here.room.store.reading() as tx:
            (born,) = inventory.story(tx, crr.crr_id)
        assert (born.kind.value, born.note) == ("BUILT", "built as Second Lighthipe line")
    with here.room.store.reading() as tx:
        files = dict(special_files(tx, here.world))
    line = files["published/MERCHANT_TRANSMISSION.csv"].decode().splitlines()[1].split(",")
    assert line[2:4] == ["2024-08-01", "2054-08-01"]
    figures = done["awards"][0]
    assert line[8:] == [figures["without_mw"], figures["with_mw"], "200.000", on.crr_id]
    assert_replays(here.room.store, here.world, tmp_path)


def test_a_new_line_need_not_add_anything(here):
    done = here.done("award_merchant", **{**PROJECT, "lines": [SAME]})
    assert {item["mw"] for item in done["awards"]} == {"0.000"}
    assert here.crrs(owner="GEN1", crr_type="MT") == ()


def test_pairs_share_what_is_added(here):
    """The second pair finds the capability of the first one taken, the encumbrances alike."""
    pairs = [f"{PAIR} OBL", f"{PAIR} OPT"]
    first = here.done("award_merchant", **{**PROJECT, "pairs": pairs})["awards"]
    assert [item["mw"] for item in first] == ["200.000", "0.000"] * 2
    more = {**PROJECT, "facility": "Third line", "lines": ["2407-2408 circuit 3 x 1 rate 9000"]}
    with_second = here.done("award_merchant", **more)["awards"][0]
    assert with_second["without_mw"] == first[0]["without_mw"], "200 MW more, and all of it given"


def test_the_line_is_in_models_and_days_from_its_first_day_on(here):
    new = BranchKey(2408, 2407, "2")
    market = "AUC_MN_2024_M04"
    with here.room.store.reading() as tx:
        before = model_in_force(tx, here.world, books.market(tx, market).market, _product(JULY))
    here.done("award_merchant", **PROJECT)
    with here.room.store.reading() as tx:
        state = books.market(tx, market)
        assert here.at < state.opens_at
        models = {
            month: model_in_force(tx, here.world, state.market, _product(month))
            for month in (JULY, AUGUST)
        }
        grown = facilities.as_built(tx, here.world)
        world_before = facilities.as_built(tx, here.world, before=here.at)
    assert world_before is here.world
    assert not before.network.has_branch(new)
    for month, in_service in ((JULY, False), (AUGUST, True)):
        network = models[month].network
        position, _ = network.branch_index(new)
        assert network.in_service[position] == in_service
        assert (new in models[month].outages) != in_service
    assert new in day_spec(grown, date(2024, 7, 31)).outages
    assert new not in day_spec(grown, date(2024, 8, 1)).outages
    assert new in grown.folder.model.monitored
    assert set(models[JULY].outages) == {*before.outages, new}


BUSY_LINE = "3303-3203 circuit 9 x 0.05 rate 300"  # beside the branch that binds in most hours
BUSY = ("METCALF_7_N001", "PITSBURG_7_N001")


@pytest.mark.parametrize("hedge", list(Hedge))
def test_merchant_rights_are_settled_like_all_others(here, hedge):
    """An obligation by what congestion comes to, an option by the hours in its favour (1.1)."""
    ends, day = BUSY if hedge == Hedge.OBL else BUSY[::-1], date(2024, 4, 17)
    pair = f"{ends[0]} to {ends[1]} {hedge}"
    busy = {"sponsor": "GEN4", "lines": [BUSY_LINE], "pairs": [pair], "start": "2024-04-03"}
    here.done("award_merchant", **{**PROJECT, **busy})
    here.done("day_ahead", day=day.isoformat())
    here.done("settle_day", day=day.isoformat(), ends_month=False)
    own = {crr.tou.value: crr.mw for crr in here.crrs(owner="GEN4")}
    with here.room.store.reading() as tx:
        (stated,) = tx.rows(tables.statement, owner="GEN4", charge_code=ChargeCode.HOURLY.value)
        hours = tx.rows(tables.day_ahead_hour, day=day)
        binding = tx.rows(tables.day_ahead_constraint)
        factors = {
            (row["constraint"], row["location"]): row["factor"]
            for row in tx.rows(tables.shift_factor, day=day)
        }
    owed = Decimal(0)
    for hour in hours:
        value = Decimal(0)
        for row in binding:
            if row["hour"] == hour["hour"]:
                there, here_ = (factors.get((row["constraint"], end), Decimal(0)) for end in ends)
                value += (there - here_) * row["shadow_price_usd_per_mwh"]
        owed += own[hour["tou"]] * (max(value, Decimal(0)) if hedge == Hedge.OPT else value)
    assert own, "the line adds something"
    assert abs(stated["amount_usd"] - owed) <= Decimal("0.01")
    assert owed > 0 or hedge == Hedge.OBL
    assert owed != 0


def held_into_lighthipe(here, tou: Tou) -> Decimal:
    """MW that rights held in August bring over the one line to bus 2407, where nothing else leads.

    Worked out from what is held and the locations alone, without any network.
    """

    def share(name: str) -> Decimal:
        factors = dict(here.world.locations[name].factors[tou])
        return Decimal(repr(factors.get(2407, 0.0)))

    crrs = (c for c in here.crrs() if c.tou == tou and c.crr_type != "MT" and c.spans(AUGUST))
    held = [(c.source, c.sink, c.mw) for c in crrs]
    held += [(r.source, r.sink, r.mw) for r in here.world.rights_in(AUGUST)]
    return sum((mw * (share(sink) - share(source)) for source, sink, mw in held), Decimal(0))


def _product(month: Period) -> Product:
    return Product(month, Tou.ON)


@pytest.mark.parametrize(
    ("changed", "where", "words"),
    [
        ({"sponsor": "NOBODY"}, "sponsor", "participant name is invalid"),
        ({"start": "2024-04-02"}, "start", "before it is known"),
        ({"start": "9990-01-01"}, "start", "when nobody knows"),
        ({"life_years": 0}, "life_years", "a year at least"),
        ({"pairs": []}, "pairs", "no pair"),
        ({"pairs": ["NOWHERE to MLAP_VERN-APND OBL"]}, "pairs[0]", "no biddable location"),
        ({"pairs": ["MLAP_VERN-APND to MLAP_VERN-APND OBL"]}, "pairs[0]", "are one"),
        ({"pairs": [f"{PAIR} OBL", f"{PAIR} OBL"]}, "pairs[1]", "elected twice"),
        ({"pairs": [f"{PAIR} BOTH"]}, "award_merchant", "invalid"),
        ({"lines": []}, "lines", "nothing is built"),
        ({"lines": ["2408-2407 circuit 2"]}, "award_merchant", "invalid"),
        ({"lines": ["2408-1 circuit 2 x 0.1 rate 1"]}, "lines[0]", "bus 1 is unknown"),
        ({"lines": ["2408-2408 circuit 2 x 0.1 rate 1"]}, "lines[0]", "ends where it begins"),
        ({"lines": ["2407-2408 circuit 1 x 0.1 rate 1"]}, "lines[0]", "there already"),
        ({"lines": [SAME, TWICE]}, "lines[1]", "there already"),
        ({"lines": ["2407-2408 circuit 2 x 0 rate 1"]}, "lines[0]", "no reactance"),
        ({"lines": ["2407-2408 circuit 2 x nan rate 1"]}, "lines[0]", "no reactance"),
        ({"lines": ["2407-2408 circuit 2 x -0.1 rate 1"]}, "lines[0]", "no reactance"),
        ({"lines": ["2407-2408 circuit 2 x 0.1 rate 0"]}, "lines[0]", "no limit"),
        ({"lines": ["2407-2408 circuit 2 x 0.1 rate inf"]}, "lines[0]", "no limit"),
    ],
)
def test_what_cannot_be_built_is_refused_whole(here, changed, where, words):
    findings = here.refused("award_merchant", **{**PROJECT, **changed})
    (found,) = [item for item in findings if item["where"] == where]
    assert words in found["message"]
    for item in findings:
        assert all(item[part] for part in ("code", "found", "allowed", "remedy", "rule")), item


def test_a_facility_is_entered_once_and_by_the_operator(here):
    assert here.refused("award_merchant", "GEN1", **PROJECT)[0]["code"] == "SEC0001"
    here.done("award_merchant", **PROJECT)
    twice = here.refused("award_merchant", **PROJECT)
    assert {item["where"] for item in twice} == {"facility", "lines[0]"}
