"""Settlement in the flow: the money of every day adds up, and statements come when they must."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from market_played import AUCTION, ask, codes

from simulator.market.statements import Item
from simulator.market.summary import run_summary, settlement_sums
from simulator.store import books, tables

THURSDAY, FRIDAY, SATURDAY = (date(2024, 4, day) for day in (11, 12, 13))
CENTS = Decimal("0.00")


def test_statements_are_out_three_business_days_after_the_trading_day(room):
    """Friday and Saturday both end up on Wednesday: no weekend day counts (rulebook 6.6)."""
    with room(None).store.reading() as tx:
        dates = {row["trading_day"]: row["statement_date"] for row in tx.rows(tables.statement)}
    assert dates == {
        THURSDAY: date(2024, 4, 16),
        FRIDAY: date(2024, 4, 17),
        SATURDAY: date(2024, 4, 17),
    }


def test_a_statement_is_not_out_before_its_day(room):
    with room("settlement-available").store.reading() as tx:
        assert {row["trading_day"] for row in tx.rows(tables.statement)} == {THURSDAY}


def test_every_day_adds_up_to_nothing_and_so_does_the_whole(room):
    here = room(None)
    with here.store.reading() as tx:
        stated, kept = defaultdict(Decimal), defaultdict(Decimal)
        for row in tx.rows(tables.statement):
            stated[row["trading_day"]] += row["amount_usd"]
        for row in tx.rows(tables.balancing):
            kept[row["trading_day"]] += row["amount_usd"]
        revenue = {
            row["trading_day"]: row["amount_usd"]
            for row in tx.rows(tables.balancing, item="CONGESTION_REVENUE")
        }
        day_ahead = defaultdict(Decimal)
        for row in tx.rows(tables.day_ahead_hour):
            day_ahead[row["day"]] += row["congestion_revenue_usd"]
        sums = settlement_sums(tx)
    assert set(stated) == {THURSDAY, FRIDAY, SATURDAY}
    assert revenue == day_ahead, "what the day-ahead market collected, and nothing else"
    assert any(day_ahead.values()), "there is congestion"
    for day in stated:
        assert revenue[day] - stated[day] - kept[day] == CENTS, day
    assert sums["residual_usd"] == 0.0
    assert run_summary(here)["settlement"] == sums


def test_who_buys_below_zero_is_paid_and_who_sells_above_zero_too(room):
    with room(None).store.reading() as tx:
        bids = books.market_lines(tx, AUCTION)
        due, below_zero = defaultdict(Decimal), 0
        for row in tx.rows(tables.award, market=AUCTION):
            bid, price = bids[str(row["bid_id"])], row["clearing_price_usd_per_mw"]
            pays = 1 if bid.transaction == "BUY" else -1
            due[bid.participant] -= pays * row["awarded_mw"] * price
            below_zero += row["awarded_mw"] > 0 and price < 0 and pays > 0
        lines = tx.rows(tables.statement, item=Item.AUCTION.value)
        awards = len(tx.rows(tables.award, market=AUCTION))
    assert below_zero, "somebody was paid to take a CRR"
    assert {row["trading_day"] for row in lines} == {THURSDAY}
    for row in lines:
        error = abs(row["amount_usd"] - due[row["owner"]])
        assert error <= Decimal("0.005") * awards, "one rounding to the cent for each award"
    assert {row["owner"] for row in lines} == {owner for owner, usd in due.items() if usd}


def test_the_months_true_up_is_stated_on_its_last_trading_day_only(room):
    with room(None).store.reading() as tx:
        assert {row["trading_day"] for row in tx.rows(tables.statement, item=Item.MONTH.value)} <= {
            SATURDAY
        }
        assert {row["trading_day"] for row in tx.rows(tables.statement, item=Item.DAY.value)} == {
            THURSDAY,
            FRIDAY,
            SATURDAY,
        }
        months = tx.rows(tables.constraint_month)
        trued_up = tx.rows(tables.balancing, item="TRUE_UP")
    assert {row["month"] for row in months} == {"2024_M04"}
    assert [row["trading_day"] for row in trued_up] == [SATURDAY]
    given_back = sum(row["given_back_usd"] for row in months)
    stated = -trued_up[0]["amount_usd"]
    assert abs(given_back - stated) < Decimal("0.01") * (len(months) * 8 + 1)


def test_a_day_without_its_day_ahead_market_is_not_settled(room):
    here = room("auction-open")
    refused = ask(here, "settle_day", day="2024-04-11", ends_month=False)
    assert codes(refused) == ["SET0001"]
    assert codes(ask(here, "settle", text="out")) == ["SET0002"]
