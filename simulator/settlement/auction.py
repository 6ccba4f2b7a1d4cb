"""Auction money: price times MW, once for the product (rulebook 6.4, W5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, StatementLine, TransactionType, usd
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
