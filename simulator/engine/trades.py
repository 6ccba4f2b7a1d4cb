"""Trades on the secondary market as scripts: offer, turn to one, answer, credit check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.domain import Crr, Period, Product
from simulator.engine.scripts import Act, Script
from simulator.market import processes
from simulator.market.command import OPERATOR
from simulator.market.congestion import congestion_history
from simulator.market.inventory import as_of, local_day
from simulator.market.room import MarketRoom
from simulator.participants.trade import Trade, trades
from simulator.rules.margins import CongestionHistory, expected_value, product_days
from simulator.timeline.process import ProcessKind

ANSWER_SECONDS, CHECK_SECONDS = 900, 300


def trade_scripts(room: MarketRoom, at: int, occasion: str) -> Iterator[Script]:
    """What traders do on a day that the calendar leaves to them.

    From the inventory as it was when the day began, so that a day played again is the same day.
    """
    world = room.world
    if next(processes.of_kind(world, ProcessKind.SECONDARY_MARKET), None) is None:
        return
    with room.store.reading() as tx:
        held, history = as_of(tx, at), congestion_history(tx)
    today = local_day(world, at)
    first = date(today.year + today.month // 12, today.month % 12 + 1, 1)

    def value(crr: Crr) -> Decimal:
        return _value(history, crr, first)

    for trade in trades(world.people, held, first, value, world.seed, occasion):
        yield _script(trade, f"{occasion}/{trade.seller}")


def _script(trade: Trade, key: str) -> Script:
    crr, offset = trade.crr, trade.offset_seconds
    price = str(trade.price_usd_per_mw)
    offer: dict[str, Any] = {
        "owner": trade.seller,
        "side": "SELL",
        "source": crr.source,
        "sink": crr.sink,
        "tou": crr.tou.value,
        "hedge": crr.hedge.value,
        "crr_type": crr.crr_type.value,
        "start": trade.start.isoformat(),
        "end": crr.end.isoformat(),
        "mw": str(trade.mw),
        "price": price,
        "crr_id": crr.crr_id,
        "counterparty": "" if trade.is_public else trade.buyer,
        "contact": f"desk of {trade.seller}" if trade.is_public else "",
    }
    entry = yield Act(offset, f"{key}/offer", "post_secondary_offer", trade.seller, offer)
    if entry.status != "done":
        return
    request: dict[str, Any] = {"request_id": json.loads(entry.effect)["request_id"]}
    if trade.is_public:
        offset += ANSWER_SECONDS
        turned = {**request, "counterparty": trade.buyer, "price": price}
        yield Act(offset, f"{key}/target", "target_secondary_offer", trade.seller, turned)
    offset += ANSWER_SECONDS
    answer = {**request, "accept": "Y" if trade.is_accepted else "N"}
    yield Act(offset, f"{key}/response", "respond_secondary_offer", trade.buyer, answer)
    if trade.is_accepted:
        offset += CHECK_SECONDS
        yield Act(offset, f"{key}/credit", "check_secondary_credit", OPERATOR, request)


def _value(history: CongestionHistory, crr: Crr, first: date) -> Decimal:
    """USD per MW that what is left of the CRR earned in the history, as if it came again."""
    left = Period(max(crr.start, first), crr.end, crr.crr_id)
    days = product_days(Product(left, crr.tou))
    return expected_value(history.path(crr.source, crr.sink, crr.tou, days)).value
