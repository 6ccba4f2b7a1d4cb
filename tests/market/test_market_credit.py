"""Credit through the room: liability, the annual add-on, deficiency and its boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from market_played import AUCTION, answer, ask, buy, codes, create, submit

from simulator.domain import Bid, CurvePoint, Hedge, MarketTerm, Period, TransactionType, usd
from simulator.market import auction_prices, credit, inventory
from simulator.market.congestion import congestion_history
from simulator.market.credit_files import collateral_files
from simulator.market.holding import of_crr
from simulator.market.messages import all_messages
from simulator.rules.fragments import Split, split
from simulator.rules.inventory import traded
from simulator.rules.migration import seasonal
from simulator.store import books, tables

APRIL = Period.parse("2024_M04")
SOURCE, SINK = "DIABLO1_7_N001", "DLAP_PGAE-APND"


def buyer_of(here) -> str:
    """Somebody who serves no load and whose CRRs take no collateral, so that all is available."""
    with here.store.reading() as tx:
        market = books.market(tx, AUCTION).market
        return next(
            name
            for name, one in sorted(here.world.participants.items())
            if not one.role.serves_load
            and credit.account(tx, here.world, market, name).liability_usd == 0
            and not books.portfolios(tx, market=AUCTION, participant=name)
        )


def collateral(here, amount: str, owner: str):
    return ask(here, "set_collateral", participant=owner, amount_usd=amount)


def status_of(here, owner: str, name: str) -> tuple[str, str]:
    with here.store.reading() as tx:
        (row,) = tx.rows(tables.portfolio, market=AUCTION, participant=owner, name=name)
    return row["status"], row["message"]


def test_who_falls_short_after_submitting_is_out_and_told_why(room):
    here = room("auction-open")
    buyer = buyer_of(here)
    answer(collateral(here, "100000.00", buyer))
    answer(create(here, AUCTION, buyer, "P", [buy(buyer, SOURCE, SINK, 1, 300)]))
    assert answer(submit(here, AUCTION, buyer, "P"))["status"] == "SUBMITTED"
    answer(collateral(here, "99999.99", buyer))
    told = answer(ask(here, "verify_collateral", market=AUCTION))
    assert told["portfolios_excluded"] == 1
    status, message = status_of(here, buyer, "P")
    assert (status, "short by 0.01 USD" in message) == ("VALID", True)
    with here.store.reading() as tx:
        own = [item.text for item in all_messages(tx) if item.recipient == buyer]
        files = dict(collateral_files(tx, "private"))
    assert any("short by 0.01 USD" in text for text in own)
    own_line = f"{AUCTION},{buyer},100000.00,99999.99,0.01,NOT_PASSED"
    alone = files[f"private/{buyer}/COLLATERAL_VERIFIED_{buyer}.csv"].decode().splitlines()
    assert alone[1:] == [own_line]
    every = files["private/OPERATOR/COLLATERAL_VERIFIED.csv"].decode().splitlines()
    assert own_line in every
    assert len(every) == 1 + len(here.world.participants)
    answer(collateral(here, "100000.00", buyer))
    assert answer(submit(here, AUCTION, buyer, "P"))["status"] == "SUBMITTED"
    told = answer(ask(here, "verify_collateral", market=AUCTION))
    assert "portfolios_excluded" not in told
    with here.store.reading() as tx:
        files = dict(collateral_files(tx, "private"))
    own_line = f"{AUCTION},{buyer},100000.00,100000.00,0.00,PASSED"
    assert own_line in files["private/OPERATOR/COLLATERAL_VERIFIED.csv"].decode()
    assert status_of(here, buyer, "P")[0] == "SUBMITTED"


def test_what_holding_takes_is_not_there_to_bid_with(room):
    here = room("auction-open")
    with here.store.reading() as tx:
        market = books.market(tx, AUCTION).market
        for row in tx.rows(tables.collateral):
            found = credit.account(tx, here.world, market, row["participant"])
            assert found.liability_usd >= 0
            assert found.available.value == row["amount_usd"] - found.liability_usd
        owing = [
            name
            for name in sorted(here.world.participants)
            if credit.account(tx, here.world, market, name).liability_usd > 0
        ]
    assert owing, "somebody's CRRs may cost it money"


@pytest.mark.parametrize(
    ("participant", "amount", "code"),
    [
        ("NOBODY", "1", "SER0002"),
        ("GEN1", "-0.01", "SER0017"),
        ("GEN1", "much", "SER0017"),
        ("GEN1", "NaN", "SER0017"),
        ("GEN1", "1e30", "SER0017"),
    ],
)
def test_collateral_that_makes_no_sense_is_refused(room, participant, amount, code):
    here = room("auction-open")
    before = here.store.state_digest()
    assert codes(collateral(here, amount, participant)) == [code]
    assert here.store.state_digest() == before


def test_only_an_annual_auction_asks_for_the_load_migration_add_on(room):
    """Rulebook 5.3: the counter-flow that could come back for a seasonal CRR that is sold."""
    here = room("auction-open")
    with here.store.reading() as tx:
        monthly = books.market(tx, AUCTION).market
        annual = replace(monthly, term=MarketTerm.ANNUAL)
        needed = []
        for crr in books.crrs(tx):
            if seasonal(crr) is None or crr.crr_type != "LSE":
                continue
            period = Period(crr.start, crr.end, f"{crr.start.year}_S02")
            curve = (CurvePoint(Decimal(0), Decimal(1)), CurvePoint(crr.mw, Decimal(1)))
            offer = Bid(
                "1", crr.owner, TransactionType.SELL, Hedge.OBL, crr.source, crr.sink, crr.tou,
                period.name, curve, crr.crr_id,
            )  # fmt: skip
            assert credit._add_on(tx, here.world, monthly, crr.owner, [offer]) == 0
            figure = credit._add_on(tx, here.world, annual, crr.owner, [offer])
            assert figure.rule == "5.3"
            if not here.world.participants[crr.owner].role.supplies_customers:
                assert figure.value == 0  # its load cannot change its supplier
                continue
            needed.append(figure.value)
            assert figure.inputs[0].name == f"counter-flow of CRR {crr.crr_id}"
        assert any(value > 0 for value in needed)
        assert credit._add_on(tx, here.world, annual, "LSEP", []) == 0


def test_what_was_bought_is_held_at_its_price_where_that_is_lower(room):
    """Rulebook 5.2: -min(auction price, expected value) + margin, for what is left of the term.

    April 2024 has 26 days with on-peak hours and 30 with off-peak hours; from the 16th on half of
    both are left, so half of the price is.
    """
    here = room(None)
    lower = set()
    with here.store.reading() as tx:
        history = congestion_history(tx)
        held = {crr.crr_id: crr for crr in books.crrs(tx, crr_type="AUC")}
        bought = [row for row in tx.rows(tables.award, market=AUCTION) if row["crr_id"] in held]
        for row in bought:
            crr, price = held[row["crr_id"]], row["clearing_price_usd_per_mw"]
            if crr.market != AUCTION:
                continue
            for today, part in (
                (APRIL.start, 1),
                (date(2024, 4, 16), 2),
                (date(2024, 4, 30), None),
            ):
                found = of_crr(tx, here.world, history, crr, today)
                told = {item.name: item.value for item in found.inputs}
                if part:
                    assert told["auction price"] == usd(price / part)
                least = min(told["auction price"], told["expected value"])
                assert found.value == usd((told["credit margin"] - least) * crr.mw)
                lower.add(told["auction price"] < told["expected value"])
        preloaded = next(crr for crr in held.values() if crr.market != AUCTION)
        assert auction_prices.price_of_days(tx, preloaded, 26) is None
    assert lower == {True, False}


def test_a_piece_keeps_the_price_of_what_it_was_cut_from(room):
    here = room(None)
    with here.store.reading() as tx:
        crr = next(crr for crr in books.crrs(tx, crr_type="AUC") if crr.market == AUCTION)
        whole = auction_prices.price_of_days(tx, crr, 1)

    def trade(tx) -> dict[str, str]:
        ids = inventory.numbers(tx, inventory.CRR)
        cut = split(crr, Decimal("0.001"), date(2024, 4, 20), date(2024, 4, 25), ids)
        sold = replace(cut.taken, owner="FIN2", market="SECONDARY_MARKET")
        change = traded(crr, Split(sold, cut.kept), Decimal(0), date(2024, 4, 16))
        inventory.carry_out(tx, change, here.store.entries()[-1].at)
        return {}

    at = here.store.entries()[-1].at
    here.store.record(key="t", at=at, actor="TEST", command="test", arguments={}, effect=trade)
    with here.store.reading() as tx:
        pieces = books.crrs(tx, parent_crr_id=crr.crr_id)
        assert {piece.owner for piece in pieces} == {crr.owner, "FIN2"}
        assert {auction_prices.price_of_days(tx, piece, 1) for piece in pieces} == {whole}
