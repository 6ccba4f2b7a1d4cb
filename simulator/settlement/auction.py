"""Auction money: price times MW, once for the product (rulebook 6.4, W5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, Period, StatementLine, TransactionType, usd
from simulator.settlement.case import AuctionAward, SettlementCalendar


def award_amount_usd(award: AuctionAward) -> Decimal:
    """What the owner is paid, to the cent: a buyer pays price times MW, a seller receives it."""
    cost = award.clearing_price_usd_per_mw * award.mw
    return usd(-cost if award.transaction == TransactionType.BUY else cost)


def settle_auction(
    awards: Iterable[AuctionAward], trading_day: date, calendar: SettlementCalendar
) -> tuple[StatementLine, ...]:
    """One line per owner on `trading_day`: the sum of its awards, each rounded to the cent."""
    owed: dict[str, Decimal] = {}
    for award in awards:
        owed[award.owner] = owed.get(award.owner, Decimal(0)) + award_amount_usd(award)
    statement_date = calendar.statement_date(trading_day)
    return tuple(
        StatementLine(owner, trading_day, statement_date, ChargeCode.AUCTION, amount)
        for owner, amount in sorted(owed.items())
    )


def settle_auctions(
    awards: Iterable[AuctionAward], calendar: SettlementCalendar
) -> tuple[StatementLine, ...]:
    """The lines of all awards, each on its own trading day or else the first of the month."""
    by_day: dict[date, list[AuctionAward]] = {}
    for award in awards:
        by_day.setdefault(award.trading_day or calendar.month.start, []).append(award)
    return tuple(
        line for day, rows in sorted(by_day.items()) for line in settle_auction(rows, day, calendar)
    )


def revenue_of_month(
    revenue_by_period: Mapping[Period, Decimal], month: Period
) -> dict[Period, Decimal]:
    """What `month` has of each product's auction money: its share of the product's days.

    A season's money is spread over its days before it is distributed (rulebook 6.5); each month
    gets what falls due by its end less what fell due before, to the cent, so that the months of a
    product add up to it. Products without a day in the month are left out.
    """
    return {
        period: _due(amount, period, month.end) - _due(amount, period, month.start)
        for period, amount in sorted(revenue_by_period.items())
        if period.start < month.end and month.start < period.end
    }


def _due(amount_usd: Decimal, period: Period, until: date) -> Decimal:
    days = (min(max(until, period.start), period.end) - period.start).days
    return usd(amount_usd * days / (period.end - period.start).days)
