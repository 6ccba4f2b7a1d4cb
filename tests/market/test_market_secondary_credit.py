"""Credit on the secondary market: both sides after the trade, and the load-migration add-on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from special_rooms import Room, copy_of, preloaded, room_at

from simulator.domain import Crr
from simulator.market import credit, migration_credit
from simulator.market.congestion import congestion_history
from simulator.market.holding import holding, of_crr
from simulator.market.inventory import local_day
from simulator.market.messages import inbox
from simulator.rules.figure import ZERO
from simulator.store import books, tables

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory):
    return preloaded(tmp_path_factory.mktemp("secondary_credit"))


@pytest.fixture
def room(start, tmp_path) -> Room:
    made = room_at(copy_of(start, tmp_path))
    made.lead("SECONDARY_MARKET", "OPEN")
    for name in ("FIN1", "FIN2"):
        collateral(made, name, Decimal(900_000_000))
    return made


def collateral(room: Room, owner: str, amount_usd: Decimal) -> None:
    room.done("set_collateral", participant=owner, amount_usd=str(amount_usd))


def sale(crr: Crr, to: str = "FIN2", **changed: str) -> dict[str, str]:
    """All of a CRR for the rest of its days."""
    return {
        "owner": crr.owner, "side": "SELL", "source": crr.source, "sink": crr.sink,
        "tou": crr.tou.value, "hedge": crr.hedge.value, "crr_type": crr.crr_type.value,
        "start": crr.start.isoformat(), "end": crr.end.isoformat(), "mw": str(crr.mw),
        "price": "0", "crr_id": crr.crr_id, "counterparty": to, **changed,
    }  # fmt: skip


def ask_for(crr: Crr, buyer: str = "FIN2") -> dict[str, str]:
    return sale(crr, crr.owner, owner=buyer, side="BUY", crr_id="")


def traded(room: Room, crr: Crr, to: str = "FIN2", **changed: str) -> dict[str, str]:
    request = room.done("post_secondary_offer", crr.owner, **sale(crr, to, **changed))["request_id"]
    room.done("respond_secondary_offer", to, request_id=request, accept="Y")
    return room.done("check_secondary_credit", request_id=request)


def needs(room: Room, crrs) -> Decimal:
    with room.room.store.reading() as tx:
        return holding(tx, room.world, crrs, local_day(room.world, room.at)).value


def worth_usd(room: Room, crr: Crr) -> Decimal:
    """The holding value of one CRR; negative where holding it takes from the whole."""
    with room.room.store.reading() as tx:
        today = local_day(room.world, room.at)
        return of_crr(tx, room.world, congestion_history(tx), crr, today).value


def next_summer(room: Room, owner: str, crr_type: str) -> list[Crr]:
    return [
        crr for crr in room.crrs(owner=owner, crr_type=crr_type) if crr.start.month == 7
    ]  # fmt: skip


def test_a_seller_covers_what_it_still_holds_to_the_cent(room):
    """What is sold no longer helps: the rest of the portfolio has to be covered without it."""
    owner = "FIN1"
    before, today = room.crrs(), local_day(room.world, room.at)
    own = [crr for crr in before if crr.owner == owner]
    crr = min((item for item in own if item.start > today), key=lambda item: worth_usd(room, item))
    assert worth_usd(room, crr) < 0
    rest = needs(room, [item for item in own if item != crr])
    assert rest > needs(room, own)
    collateral(room, owner, rest - CENT)
    done = traded(room, crr)
    assert done["status"] == "DISAPPROVED"
    assert done["message"] == f"collateral of {owner} is short;"
    assert room.crrs() == before
    with room.room.store.reading() as tx:
        told = {
            name: " ".join(item.text for item in inbox(tx, name, 0)) for name in (owner, "FIN2")
        }
    assert "short by 0.01 USD" in told[owner]
    assert "short by" not in told["FIN2"]
    collateral(room, owner, rest)
    assert traded(room, crr)["status"] == "APPROVED"


def test_who_sells_all_it_holds_needs_nothing_more(room):
    """A sold CRR is gone: it is not as if the seller held its counter-flow, with another margin."""
    own = room.crrs(owner="FIN3")
    later = [crr for crr in own if crr.start > local_day(room.world, room.at)]
    earlier = [crr for crr in own if crr not in later]
    for crr in later[:-1]:
        collateral(room, "FIN3", Decimal(900_000_000))
        assert traded(room, crr)["status"] == "APPROVED"
    collateral(room, "FIN3", needs(room, earlier))
    assert traded(room, later[-1])["status"] == "APPROVED"
    assert needs(room, room.crrs(owner="FIN3")) == needs(room, earlier)


def test_a_seller_whose_load_may_migrate_covers_the_counter_flow_before_it_offers(room):
    """Rulebook 5.3: of the MW and days that it offers, to the cent; then as long as it lasts."""
    crr = max(next_summer(room, "LSEP", "LSE"), key=lambda item: worth_usd(room, counter(item)))
    half = {"mw": str(crr.mw / 2)}
    flow = worth_usd(room, replace(counter(crr), mw=crr.mw / 2))
    assert flow > 0
    held = needs(room, room.crrs(owner="LSEP"))
    collateral(room, "LSEP", held + flow - CENT)
    (found,) = room.refused("post_secondary_offer", "LSEP", **sale(crr, **half))
    assert "short by 0.01 USD" in found["message"]
    assert found["rule"] == "rulebook 5.3"
    assert all(found[part] for part in ("code", "where", "found", "allowed", "remedy"))
    collateral(room, "LSEP", held + flow)
    offer = room.done("post_secondary_offer", "LSEP", **sale(crr, **half))
    room.done("respond_secondary_offer", "FIN2", request_id=offer["request_id"], accept="N")
    # by what it still holds after the trade the credit check may ask for more
    collateral(room, "LSEP", Decimal(900_000_000))
    assert traded(room, crr, **half)["status"] == "APPROVED"
    with room.room.store.reading() as tx:
        today = local_day(room.world, room.at)
        before = list(migration_credit.sold_before(tx, "LSEP"))
        still = migration_credit.add_on(tx, room.world, "LSEP", before, today)
        over = migration_credit.add_on(tx, room.world, "LSEP", before, crr.end)
        market = books.market(tx, "AUC_MN_2024_M04").market
        opened = local_day(room.world, books.market(tx, market.name).opens_at)
        bid_with = credit.account(tx, room.world, market, "LSEP")
        own = books.crrs(tx, owner="LSEP")
        taken = holding(tx, room.world, own, opened).value + flow
    assert (still.value, over.value) == (flow, ZERO)
    assert bid_with.liability_usd == taken  # in every auction too, while the sale lasts
    # the other half is a piece of a seasonal CRR: cutting it up frees nobody from covering it
    (rest,) = (item for item in room.crrs(owner="LSEP") if item.parent_crr_id == crr.crr_id)
    room.done("set_collateral", participant="LSEP", amount_usd="0")
    for share in (rest.mw, Decimal("0.001")):
        (found,) = room.refused("post_secondary_offer", "LSEP", **sale(rest, mw=str(share)))
        assert found["rule"] == "rulebook 5.3"


def test_the_one_who_answers_a_request_to_buy_covers_it_before_it_accepts(room):
    crr = max(next_summer(room, "LSEP", "LSE"), key=lambda item: worth_usd(room, counter(item)))
    request = room.done("post_secondary_offer", "FIN2", **ask_for(crr))["request_id"]
    answer = {"request_id": request, "accept": "Y", "crr_id": crr.crr_id}
    room.done("set_collateral", participant="LSEP", amount_usd="0")
    (found,) = room.refused("respond_secondary_offer", "LSEP", **answer)
    assert found["rule"] == "rulebook 5.3"
    collateral(room, "LSEP", Decimal(900_000_000))
    assert room.done("respond_secondary_offer", "LSEP", **answer)["status"] == (
        "PENDING_CREDIT_CHECK"
    )


@pytest.mark.parametrize("owner", ["FIN1", "OBA1"])
def test_nobody_else_covers_a_counter_flow(room, owner):
    """Neither bought CRRs nor those of load outside the balancing area are asked back."""
    crr = next(item for item in room.crrs(owner=owner) if item.start.month == 7)
    with room.room.store.reading() as tx:
        today = local_day(room.world, room.at)
        assert migration_credit.add_on(tx, room.world, owner, [crr], today).value == 0
        assert tx.one(tables.collateral, participant=owner) is not None


def counter(crr: Crr) -> Crr:
    return replace(crr, source=crr.sink, sink=crr.source)
