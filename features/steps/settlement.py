"""Steps about money: statements, what they add up to, and that no cent is lost."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pytest_bdd import given, parsers, then

from simulator.domain import ChargeCode, TransactionType
from simulator.market.summary import settlement_sums
from simulator.store import books, tables
from simulator.store.transaction import Row
from simulator.timeline.business import add_business_days

from .allocation import awards
from .calendar import market_state
from .door import DAYS, total
from .play import Play
from .publication import replacements

CENT = Decimal("0.01")


@given("no statement is out")
def no_statement(play: Play) -> None:
    assert not _statements(play)


@then(
    parsers.parse(
        "the first statements are for the trading day {day:w} of week {week:d}, "
        "{count:d} business days before"
    )
)
def first_statements(play: Play, day: str, week: int, count: int) -> None:
    rows = _statements(play)
    assert rows, "no statement is out"
    first = min(row["trading_day"] for row in rows)
    assert first == play.world.scenario.first_monday + timedelta(
        days=7 * (week - 1) + DAYS.index(day)
    )
    dates = {row["statement_date"] for row in rows if row["trading_day"] == first}
    calendar = play.world.settings.calendar
    assert dates == {add_business_days(first, count, calendar)}


@then(parsers.parse('the first trading day is the day after "{market}" was posted'))
def first_trading_day(play: Play, market: str) -> None:
    posted_at = market_state(play, market).posted_at
    assert posted_at is not None
    zone = ZoneInfo(play.world.settings.calendar.timezone)
    posted_on = datetime.fromtimestamp(posted_at, zone).date()
    assert play.world.scenario.trading_days()[0].day == posted_on + timedelta(days=1)


@then("every holder of a CRR in force has a statement for each settled day")
def every_holder_is_stated(play: Play) -> None:
    rows = _statements(play)
    with play.reading() as tx:
        crrs = books.crrs(tx)
    for day in {row["trading_day"] for row in rows}:
        holders = {crr.owner for crr in crrs if crr.effective_on(day)}
        stated = {
            row["owner"]
            for row in rows
            if row["trading_day"] == day and row["charge_code"] == ChargeCode.HOURLY.value
        }
        assert stated == holders, str(day)


@then(
    parsers.parse(
        "each hourly payment is the CRR's MW times the congestion between its source and its sink, "
        'as "{market}" mapped them'
    )
)
def hourly_payment_follows(play: Play, market: str) -> None:
    moved = replacements(play, market)
    rows = [row for row in _statements(play) if row["charge_code"] == ChargeCode.HOURLY.value]
    for day in sorted({row["trading_day"] for row in rows}):
        expected = _notional(play, day, moved)
        for row in rows:
            if row["trading_day"] == day:
                difference = abs(row["amount_usd"] - expected[row["owner"]])
                assert difference <= CENT, f"{row}: {expected[row['owner']]}"


@then("no adjustment of a trading day gives anybody money")
def adjustments_only_take(play: Play) -> None:
    for row in _statements(play):
        if (row["charge_code"], row["item"]) == (ChargeCode.ADJUSTMENT.value, "DAY"):
            assert row["amount_usd"] <= 0, str(row)


@then("what holders are paid is the hourly payments and the adjustments, day by day")
def paid_is_hourly_and_adjustments(play: Play) -> None:
    rows = _statements(play)
    with play.reading() as tx:
        account = tx.rows(tables.balancing, item="HOLDERS")
    codes = (ChargeCode.HOURLY.value, ChargeCode.ADJUSTMENT.value)
    assert account
    for entry in account:
        paid = total(
            row["amount_usd"]
            for row in rows
            if row["trading_day"] == entry["trading_day"]
            and row["item"] == "DAY"
            and row["charge_code"] in codes
        )
        assert paid == -entry["amount_usd"], str(entry)


@then(parsers.parse('buyers pay and sellers get the clearing price of "{market}", to the cent'))
def auction_is_settled(play: Play, market: str) -> None:
    due: dict[str, Decimal] = defaultdict(Decimal)
    counts: dict[str, int] = defaultdict(int)
    for award in awards(play, market):
        price = award.clearing_price_usd_per_mw
        assert price is not None
        sign = -1 if award.transaction == TransactionType.BUY else 1
        due[award.participant] += sign * award.awarded_mw * price
        counts[award.participant] += award.awarded_mw > 0
    stated: dict[str, Decimal] = defaultdict(Decimal)
    for row in _statements(play):
        if row["charge_code"] == ChargeCode.AUCTION.value:
            stated[row["owner"]] += row["amount_usd"]
    assert stated
    assert set(stated) == {owner for owner, count in counts.items() if count}
    for owner, amount in stated.items():
        assert abs(amount - due[owner]) <= CENT * counts[owner], f"{owner}: {amount}, {due[owner]}"


@then("the money of all parties and the balancing account adds up to 0.00 USD")
def money_adds_up(play: Play) -> None:
    with play.reading() as tx:
        sums = settlement_sums(tx)
        account = total(row["amount_usd"] for row in tx.rows(tables.balancing))
        revenue = total(
            row["amount_usd"] for row in tx.rows(tables.balancing, item="CONGESTION_REVENUE")
        )
        collected = total(
            row["congestion_revenue_usd"]
            for row in tx.rows(tables.day_ahead_hour)
            if row["day"] in {entry["trading_day"] for entry in tx.rows(tables.balancing)}
        )
    parties = total(row["amount_usd"] for row in _statements(play))
    assert revenue == collected, "revenue is not what the day-ahead market collected"
    assert revenue - parties - account == 0
    assert sums["residual_usd"] == 0


def _statements(play: Play) -> list[Row]:
    with play.reading() as tx:
        return tx.rows(tables.statement)


def _notional(play: Play, day: date, moved: dict[str, tuple[str, date]]) -> dict[str, Decimal]:
    """USD by owner: MW x (MCC at the sink - MCC at the source), hour by hour (rulebook 6.1).

    A retired location settles at its replacement, as `moved` says from which day on.
    """
    with play.reading() as tx:
        hours = {row["hour"]: row["tou"] for row in tx.rows(tables.day_ahead_hour, day=day)}
        binding = tx.rows(tables.day_ahead_constraint, hour=tuple(hours))
        factors = {
            (row["constraint"], row["location"]): row["factor"]
            for row in tx.rows(tables.shift_factor, day=day)
        }
        held = [crr for crr in books.crrs(tx) if crr.effective_on(day)]
    shadow: dict[tuple[str, str], Decimal] = defaultdict(Decimal)  # by constraint, time of use
    for row in binding:
        shadow[row["constraint"], hours[row["hour"]]] += row["shadow_price_usd_per_mwh"]
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for crr in held:
        for (constraint, tou), price in shadow.items():
            if tou == crr.tou.value:
                source, sink = (
                    factors.get((constraint, _at(end, day, moved)), Decimal(0))
                    for end in (crr.source, crr.sink)
                )
                owed[crr.owner] += crr.mw * (source - sink) * price
    return owed


def _at(place: str, day: date, moved: dict[str, tuple[str, date]]) -> str:
    replacement, first_day = moved.get(place, (place, day))
    return replacement if first_day <= day else place
