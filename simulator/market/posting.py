"""Post a market's results: awards become CRRs, sold CRRs change hands, the status says POSTED."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from simulator.domain import (
    Award,
    Bid,
    Crr,
    Finding,
    Hedge,
    Market,
    MarketStatus,
    Period,
    Refused,
    Tier,
    TransactionType,
)
from simulator.market import hub_rights, inventory, wheeling
from simulator.market.command import Command
from simulator.market.long_term import long_term_crrs
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.store import Transaction, books, tables


def post_results(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """CLOSED and cleared becomes POSTED."""
    state = known_market(tx, command.arguments["market"])
    cleared = tx.rows(tables.cleared_product, market=state.market.name)
    if state.status != MarketStatus.CLOSED or len(cleared) != len(state.market.products):
        raise Refused([_not_cleared(state.market, state.status)])
    awards = market_awards(tx, state.market.name)
    won = [award for award in awards if award.awarded_mw > 0]
    bought = [award for award in won if award.transaction == TransactionType.BUY]
    created = _enter(tx, world, state.market, bought, command.at)
    for award in won:
        if award.transaction == TransactionType.SELL:
            period = Period.parse(award.period)
            market = state.market.name
            inventory.sell(tx, world, award.crr_id, award.awarded_mw, period, market, command.at)
    wheeling.refund_unawarded(tx, world, state.market, awards, command.at)
    books.set_market_status(tx, state.market.name, MarketStatus.POSTED, command.at)
    winners = Counter(award.participant for award in won)
    return {
        "market": state.market.name,
        "awards": len(won),
        "participants": len(winners),
        "new_crrs": created,
    }


def market_awards(tx: Transaction, market: str) -> tuple[Award, ...]:
    """Every submission of a cleared market with what it got, by id."""
    lines = books.market_lines(tx, market)
    awards = []
    for row in tx.rows(tables.award, market=market):
        line = lines[str(row["bid_id"])]
        bid = line if isinstance(line, Bid) else None
        awards.append(
            Award(
                str(row["bid_id"]),
                line.participant,
                bid.transaction if bid else TransactionType.BUY,
                bid.hedge if bid else Hedge.OBL,
                line.source,
                line.sink,
                line.tou,
                line.period,
                line.mw,
                row["awarded_mw"],
                row["clearing_price_usd_per_mw"],
                row["crr_id"],
                line.crr_type,
            )
        )
    return tuple(awards)


def _enter(tx: Transaction, world: World, market: Market, bought: Sequence[Award], at: int) -> int:
    """Make the CRRs that were won, then the counter CRRs of trading hubs; how many there are."""
    back = hub_rights.taken_back_mw(tx, market.name)
    whole = [
        replace(award, awarded_mw=award.awarded_mw + back.get(award.bid_id, 0)) for award in bought
    ]
    new = _new_crrs(tx, world, market, whole)
    created = iter(inventory.enter(tx, world, chain.from_iterable(new), at))
    made = {
        award.bid_id: tuple(islice(created, len(crrs)))
        for award, crrs in zip(bought, new, strict=True)
    }
    for bid_id, crrs in made.items():
        tx.update(tables.award, {"bid_id": int(bid_id)}, {"crr_id": crrs[0].crr_id})
    counters = hub_rights.counter_crrs(tx, market.name, made)
    entered = inventory.enter(tx, world, (crr for _, crr in counters), at)
    for (leg_id, _), crr in zip(counters, entered, strict=True):
        if leg_id:
            hub_rights.remember(tx, leg_id, crr.crr_id)
    return sum(map(len, made.values())) + len(entered)


def _new_crrs(
    tx: Transaction, world: World, market: Market, awards: Sequence[Award]
) -> list[tuple[Crr, ...]]:
    """What each award becomes: one CRR of its period, or in tier LT one for each later year."""
    if market.tier == Tier.LT:
        return long_term_crrs(tx, world, market, awards)
    return [(_new_crr(market, award),) for award in awards]


def _new_crr(market: Market, award: Award) -> Crr:
    period = Period.parse(award.period)
    return Crr(
        "",  # the inventory gives the id
        award.participant,
        award.crr_type,
        award.hedge,
        award.source,
        award.sink,
        award.tou,
        period.start,
        period.end,
        award.awarded_mw,
        market.name,
    )


def _not_cleared(market: Market, status: MarketStatus) -> Finding:
    return Finding(
        "MKT0007",
        "results are posted after the market was cleared",
        where=market.name,
        found=status.value,
        allowed="CLOSED, every product cleared",
        remedy="check the order of the calendar's events",
        rule="rulebook 8.3",
    )
