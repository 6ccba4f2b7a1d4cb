"""What is cut by days still loads the models, and is told to its parties."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from special_rooms import Room, copy_of, preloaded, room_at

from simulator.domain import Crr, Period, Product, Tou
from simulator.market import secondary, tor
from simulator.market.base_loading import holdings
from simulator.market.special_publication import special_files
from simulator.store import tables

AUCTION, CONVERSION = "AUC_MN_2024_M04", "TOR_CONVERSION_2024_S02"
OTHER = "MT_TOR_2024_S02"
TWO_WINDOWS = {
    '[[process]]\nname = "SECONDARY_MARKET"': (
        f'[[process]]\nname = "{OTHER}"\nkind = "TOR_CONVERSION"\nperiods = ["2024_S02"]\n\n'
        '[[process]]\nname = "SECONDARY_MARKET"'
    )
}
DAY = 86_400


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("pieces"), TWO_WINDOWS)


@pytest.fixture
def room(start, tmp_path) -> Room:
    made = room_at(copy_of(start, tmp_path), TWO_WINDOWS)
    made.lead("SECONDARY_MARKET", "OPEN")
    for name in ("FIN1", "FIN2", "FIN3"):
        made.done("set_collateral", participant=name, amount_usd="900000000")
    return made


def of_april(room: Room, owner: str = "FIN1") -> Crr:
    return next(c for c in room.crrs(owner=owner) if c.effective_on(date(2024, 4, 15)))


def sale(crr: Crr, **changed: object) -> dict[str, object]:
    return {
        "owner": crr.owner, "side": "SELL", "source": crr.source, "sink": crr.sink,
        "tou": crr.tou.value, "hedge": crr.hedge.value, "crr_type": crr.crr_type.value,
        "start": "2024-04-10", "end": "2024-04-20", "mw": "1", "price": "12.34",
        "crr_id": crr.crr_id, "counterparty": "FIN2", **changed,
    }  # fmt: skip


def trade(room: Room, crr: Crr, to: str = "FIN2", **changed: object) -> Crr:
    """The piece that the buyer has got."""
    terms = sale(crr, counterparty=to, **changed)
    number = room.done("post_secondary_offer", crr.owner, **terms)["request_id"]
    room.done("respond_secondary_offer", to, request_id=number, accept="Y")
    done = room.done("check_secondary_credit", request_id=number)
    assert done["status"] == "APPROVED"
    (piece,) = room.crrs(crr_id=int(done["new_crr_id"]))
    return piece


def loaded_mw(room: Room, crr: Crr) -> Decimal:
    """What loads the auction's model on the CRR's path and time of use."""
    with room.room.store.reading() as tx:
        rows = tx.rows(tables.base_loading, market=AUCTION, tou=crr.tou.value)
    path = (crr.source, crr.sink)
    return sum((row["mw"] for row in rows if (row["source"], row["sink"]) == path), Decimal(0))


def test_a_right_that_is_sold_for_some_days_loads_the_month_as_before(room, start, tmp_path):
    """10 MW of which 4 are sold for ten days are 10 MW on every day (rulebook 3.4, 7.2)."""
    crr = of_april(room)
    (tmp_path / "untouched").mkdir()
    untouched = room_at(copy_of(start, tmp_path / "untouched"), TWO_WINDOWS)
    untouched.done("open", market=AUCTION)
    before = loaded_mw(untouched, crr)
    untouched.room.store.close()
    assert before >= crr.mw
    trade(room, crr)
    trade(room, of_april(room, "FIN2"), to="FIN3", start="2024-04-12", end="2024-04-15", mw="0.4")
    room.done("open", market=AUCTION)
    assert loaded_mw(room, crr) == before
    with room.room.store.reading() as tx:
        assert not [c for c in holdings(tx, AUCTION, "FIN1") if c.source == crr.source
                    and c.sink == crr.sink and c.tou == crr.tou]  # fmt: skip


def test_a_day_on_which_nothing_is_held_leaves_nothing_to_load(room):
    """A conversion of half a month takes nothing off the right that loads the month."""
    right = next(item for item in room.world.rights if item.right_id == "TOR_MUNI01")
    room.lead(CONVERSION, "OPEN_FOR_CONVERSION")
    rows = [
        [right.source, right.sink, start, end, mw, "FIN1", modeled]
        for start, end, mw, modeled in (
            ("2024-05-01", "2024-05-16", "40", "Y"),
            ("2024-05-16", "2024-06-01", "30", "Y"),
            ("2024-06-01", "2024-06-16", "20", "Y"),
        )
    ]
    given = {"window": CONVERSION, "holder": "MUNI01", "requests": rows}
    numbers = room.done("request_tor_conversion", "MUNI01", **given)["records"]
    room.lead(CONVERSION, "CLOSED_FOR_CONVERSION", "OPEN_FOR_APPROVAL")
    decisions = [[number, "APPROVED"] for number in numbers]
    room.done("decide_tor_conversion", "FIN1", window=CONVERSION, owner="FIN1", decisions=decisions)
    room.lead(CONVERSION, "CLOSED_FOR_APPROVAL", "POSTED")
    with room.room.store.reading() as tx:
        left = [
            tor.left_of(tx, right, Product(Period.parse(month), Tou.ON))
            for month in ("2024_M04", "2024_M05", "2024_M06")
        ]
    assert left == [right.mw, right.mw - 30, right.mw]


def test_pieces_of_a_converted_right_that_is_not_modeled_load_nothing(room):
    right = next(item for item in room.world.rights if item.right_id == "TOR_MUNI01")
    room.lead(CONVERSION, "OPEN_FOR_CONVERSION")
    row = [right.source, right.sink, "2024-05-01", "2024-07-01", "40", "FIN1", "N"]
    given = {"window": CONVERSION, "holder": "MUNI01", "requests": [row]}
    numbers = room.done("request_tor_conversion", "MUNI01", **given)["records"]
    room.lead(CONVERSION, "CLOSED_FOR_CONVERSION", "OPEN_FOR_APPROVAL")
    decisions = [[number, "APPROVED"] for number in numbers]
    room.done("decide_tor_conversion", "FIN1", window=CONVERSION, owner="FIN1", decisions=decisions)
    room.lead(CONVERSION, "CLOSED_FOR_APPROVAL", "POSTED")
    crr = next(c for c in room.crrs(crr_type="MT_TOR") if c.tou == Tou.ON)
    piece = trade(room, crr, start="2024-05-01", end="2024-07-01", mw="15")
    with room.room.store.reading() as tx:
        kept = {c.crr_id for c in room.crrs(crr_type="MT_TOR")}
        assert piece.crr_id in kept
        assert kept <= tor.not_modeled(tx)


def test_a_right_is_not_converted_in_two_windows(room):
    right = next(item for item in room.world.rights if item.right_id == "TOR_MUNI01")

    def ask(window: str, mw: str) -> dict[str, object]:
        row = [right.source, right.sink, "2024-05-01", "2024-07-01", mw, "FIN1", "Y"]
        return {"window": window, "holder": "MUNI01", "requests": [row]}

    for window in (CONVERSION, OTHER):
        room.lead(window, "OPEN_FOR_CONVERSION")
    room.done("request_tor_conversion", "MUNI01", **ask(CONVERSION, "200"))
    found = room.refused("request_tor_conversion", "MUNI01", **ask(OTHER, "50.001"))
    assert "250.001 MW exceed the 250 MW of path TOR_MUNI01" in found[0]["message"]
    room.done("request_tor_conversion", "MUNI01", **ask(OTHER, "50"))


def test_prices_of_trades_stay_between_their_parties_and_the_seller_sees_what_went(room):
    crr = of_april(room)
    whole = {"start": "2024-04-10", "end": crr.end.isoformat(), "mw": str(crr.mw)}
    piece = trade(room, crr, **whole, price="12.34")
    trade(room, piece, to="FIN3", **whole, price="56.78")
    with room.room.store.reading() as tx:
        files = {path: content.decode() for path, content in special_files(tx, room.world)}
    rows = {
        name: list(csv.DictReader(io.StringIO(files[f"private/{name}/CRR_LINEAGE_{name}.csv"])))
        for name in ("FIN1", "FIN2", "FIN3")
    }
    notes = {name: " ".join(row["Note"] for row in found) for name, found in rows.items()}
    assert ("12.34" in notes["FIN1"], "56.78" in notes["FIN1"]) == (True, False)
    assert ("12.34" in notes["FIN2"], "56.78" in notes["FIN2"]) == (True, True)
    assert ("12.34" in notes["FIN3"], "56.78" in notes["FIN3"]) == (False, True)
    gone = [row for row in rows["FIN2"] if (row["Event"], row["CRRID"]) == ("SOLD", piece.crr_id)]
    assert [(row["AssetOwner"], row["MW"]) for row in gone] == [("FIN2", "0.000")]
    assert [row["Event"] for row in rows["FIN3"] if row["CRRID"] == crr.crr_id] == [
        "PRELOADED", "SOLD",
    ]  # fmt: skip


def test_an_offer_binds_its_crr_until_the_day_before_flow(room):
    """Afterwards nothing can come of it, and it stands in nobody's way (rulebook 8.2)."""
    crr = of_april(room)
    terms = sale(crr, counterparty="", contact="desk")
    number = room.done("post_secondary_offer", "FIN1", **terms)["request_id"]
    turn = {"request_id": number, "counterparty": "FIN2", "price": "12.34"}
    private = room.done("post_secondary_offer", "FIN2", **sale(of_april(room, "FIN2"),
                        counterparty="FIN1"))["request_id"]  # fmt: skip
    room.at += 9 * DAY
    for day, bound in ((date(2024, 4, 9), True), (date(2024, 4, 10), False)):
        with room.room.store.reading() as tx:
            assert (crr.crr_id in secondary.pending_trades(tx, day)) == bound
    late = room.refused("target_secondary_offer", "FIN1", **turn)
    assert "the first day of the trade has begun" in late[0]["message"]
    late = room.refused("respond_secondary_offer", "FIN1", request_id=private, accept="Y")
    assert "the first day of the trade has begun" in late[0]["message"]
    room.done("respond_secondary_offer", "FIN1", request_id=private, accept="N")
    room.done("post_secondary_offer", "FIN1", **sale(crr, start="2024-05-01", end="2024-06-01"))


@pytest.mark.parametrize("number", ["²", "٣"])
def test_numbers_of_no_request_are_unknown(room, number):
    found = room.refused("respond_secondary_offer", "FIN2", request_id=number, accept="Y")
    assert [item["code"] for item in found] == ["SMT0016"]
