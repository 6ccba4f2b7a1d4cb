"""The secondary market: offers, responses, the credit check and the transfer (rulebook 7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import Any

from simulator.domain import (
    Crr,
    CrrType,
    Finding,
    Hedge,
    MarketStatus,
    PortfolioStatus,
    Refused,
    Tou,
    refuse_if_any,
)
from simulator.market import inventory, processes
from simulator.market.command import Command
from simulator.market.holding import holding, short_of
from simulator.market.messages import send
from simulator.market.migration_credit import add_on, sold_before
from simulator.market.plain import understood
from simulator.market.secondary_offers import offers
from simulator.market.several import several
from simulator.market.world import World
from simulator.rules import inventory as changes
from simulator.rules import secondary
from simulator.rules.figure import Figure
from simulator.rules.fragments import holds, split
from simulator.rules.offer import Offer, OfferStatus, Side
from simulator.store import Transaction, books, special_tables
from simulator.timeline.process import ProcessKind

REQUEST = "secondary request"


def _open_only(tx: Transaction, world: World) -> None:
    market = next(processes.of_kind(world, ProcessKind.SECONDARY_MARKET), None)
    found = "none in this calendar" if market is None else processes.status(tx, market)
    if found != "OPEN":
        raise Refused(
            [
                Finding(
                    "SER0030",
                    "the secondary market is not open",
                    where="secondary market",
                    found=found,
                    allowed="OPEN",
                    remedy="trade while it is open",
                    rule="rulebook 8.2",
                )
            ]
        )


@several(_open_only)
def post_offer(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """An offer to buy or sell, to everybody or to one; it gets the next request id."""
    given = command.arguments
    with understood(command):
        offer = Offer(
            "new",  # its number follows when nothing speaks against it
            str(given["owner"]),
            Side(given["side"]),
            str(given["source"]),
            str(given["sink"]),
            Tou(given["tou"]),
            Hedge(given["hedge"]),
            CrrType(given["crr_type"]),
            date.fromisoformat(given["start"]),
            date.fromisoformat(given["end"]),
            Decimal(given["mw"]),
            Decimal(given["price"]),
            str(given.get("crr_id", "")),
            str(given.get("counterparty", "")),
            str(given.get("contact", "")),
        )
    today = inventory.local_day(world, command.at)
    stored = secondary.post(
        offer,
        command.actor,
        world.participants,
        *_standing(tx, offer.crr_id if offer.side == Side.SELL else ""),
        today,
    )
    if stored.side == Side.SELL:
        _covered(tx, world, stored, today)
    stored = replace(stored, request_id=next(inventory.numbers(tx, REQUEST)))
    numbered = {"request_id": int(stored.request_id), "response_id": 0}
    tx.insert(special_tables.secondary_offer, [_plain({**asdict(stored), **numbered})])
    if stored.counterparty:
        send(tx, command.at, f"request {stored.request_id} is turned to you", stored.counterparty)
    return _answer(stored)


@several(_open_only)
def target_offer(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A public offer is turned to one counterparty."""
    given = command.arguments
    with understood(command):
        price = Decimal(given["price"])
        asked, counterparty = str(given["request_id"]), str(given["counterparty"])
    known, today = world.participants, inventory.local_day(world, command.at)
    targeted = secondary.target(_offer(tx, asked), command.actor, counterparty, price, known, today)
    _update(tx, targeted)
    send(tx, command.at, f"request {targeted.request_id} is turned to you", counterparty)
    return _answer(targeted)


@several(_open_only)
def respond(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The counterparty accepts (for a request to buy with the CRR to hand over) or declines."""
    given = command.arguments
    with understood(command):
        asked, accept = str(given["request_id"]), {"Y": True, "N": False}[given["accept"]]
        crr_id = str(given.get("crr_id", ""))
    today = inventory.local_day(world, command.at)
    answered = secondary.respond(
        _offer(tx, asked),
        command.actor,
        accept,
        crr_id,
        *_standing(tx, crr_id),
        today,
    )
    if accept and answered.side == Side.BUY:
        _covered(tx, world, answered, today)
    if accept:
        answered = replace(answered, response_id=next(inventory.numbers(tx, REQUEST)))
    _update(tx, answered)
    return _answer(answered)


def check_credit(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator checks both sides' collateral; an approved trade cuts the CRR."""
    with understood(command):
        asked = str(command.arguments["request_id"])
    today, held = inventory.local_day(world, command.at), books.crrs_by_id(tx)
    offer = _offer(tx, asked)
    lacking = {} if offer is None else _lacking(tx, world, offer, held, today)
    for party, finding in lacking.items():  # by how much is nobody else's business
        send(tx, command.at, f"request {asked} {finding.message}", party)
    told = [replace(item, message=f"collateral of {who} is short") for who, item in lacking.items()]
    ids = inventory.numbers(tx, inventory.CRR)
    done, cut = secondary.settle_trade(offer, held, told, ids, today)
    _update(tx, done)
    if cut is not None:
        change = changes.traded(held[done.crr_id], cut, done.price_usd_per_mw, today)
        inventory.carry_out(tx, change, command.at)
    for party in (done.owner, done.counterparty):
        send(tx, command.at, f"request {done.request_id} is {done.status.value}", party)
    return _answer(done, new_crr_id="" if cut is None else cut.taken.crr_id)


def pending_trades(tx: Transaction, today: date) -> frozenset[str]:
    """CRRs that no auction offer may name on a day (rulebook 4.4)."""
    return secondary.pending_trades(offers(tx), today)


def offered_in_auctions(tx: Transaction, **equal: Any) -> dict[str, str]:
    """CRRs with a submitted sell offer in an auction that is not posted yet, and where.

    The portfolios that are looked at may be narrowed by naming columns.
    """
    return {
        bid.crr_id: f"{portfolio.name} of {state.market.name}"
        for state in books.markets(tx)
        if state.status in (MarketStatus.OPEN, MarketStatus.CLOSED)
        for portfolio in books.portfolios(
            tx, market=state.market.name, status=PortfolioStatus.SUBMITTED.value, **equal
        )
        for bid in portfolio.bids
        if bid.crr_id
    }


def _covered(tx: Transaction, world: World, offer: Offer, today: date) -> None:
    """Refused unless the seller covers the load-migration add-on, before the offer is accepted.

    Who needs none is asked for nothing before the credit check (rulebook 5.3).
    """
    crr = books.crrs_by_id(tx).get(offer.crr_id)
    if crr is None:
        return
    needed = _add_on(tx, world, offer, crr, today)
    if needed.value > 0:
        held = holding(tx, world, books.crrs(tx, owner=offer.seller), today)
        short = short_of(tx, offer.seller, held, needed)
        refuse_if_any([] if short is None else [short])


def _add_on(tx: Transaction, world: World, offer: Offer, crr: Crr, today: date) -> Figure:
    """For the MW and days that the offer hands over, and for what was sold before."""
    given = replace(crr, mw=offer.mw, start=offer.start, end=offer.end)
    before = sold_before(tx, offer.seller)
    return add_on(tx, world, offer.seller, (given, *before), today)


def _lacking(
    tx: Transaction, world: World, offer: Offer, held: Mapping[str, Crr], today: date
) -> dict[str, Finding]:
    """What the collateral of each party lacks to hold what it would have after the trade."""
    crr = held.get(offer.crr_id)
    pending = offer.status == OfferStatus.PENDING_CREDIT_CHECK
    if crr is None or not pending or not holds(crr, offer.mw, offer.start, offer.end):
        return {}  # there is nothing to hand over, which the trade says itself
    cut = split(crr, offer.mw, offer.start, offer.end, repeat(crr.crr_id))
    left = [item for item in held.values() if item != crr]
    buyers = [cut.taken, *(item for item in left if item.owner == offer.buyer)]
    sellers = [*cut.kept, *(item for item in left if item.owner == offer.seller)]
    sold = add_on(tx, world, offer.buyer, sold_before(tx, offer.buyer), today)
    found = {
        offer.buyer: short_of(tx, offer.buyer, holding(tx, world, buyers, today), sold),
        offer.seller: short_of(
            tx,
            offer.seller,
            holding(tx, world, sellers, today),
            _add_on(tx, world, offer, crr, today),
        ),
    }
    return {party: finding for party, finding in found.items() if finding is not None}


def _standing(
    tx: Transaction, crr_id: str
) -> tuple[Mapping[str, Crr], Mapping[str, str], tuple[Offer, ...]]:
    """All CRRs, what is offered in auctions, and the requests that name this CRR; of none nothing.

    Lists have thousands of requests: for each the books are asked for no more than it needs.
    """
    if not crr_id:
        return {}, {}, ()
    auctions = tx.derived("offered in auctions", lambda: offered_in_auctions(tx))
    return books.crrs_by_id(tx), auctions, offers(tx, crr_id=crr_id)


def _offer(tx: Transaction, request_id: str) -> Offer | None:
    if not (request_id.isascii() and request_id.isdigit()):
        return None
    return next(iter(offers(tx, request_id=int(request_id))), None)


def _update(tx: Transaction, offer: Offer) -> None:
    values = {
        "crr_id": offer.crr_id,
        "counterparty": offer.counterparty,
        "status": offer.status.value,
        "message": offer.message,
        "response_id": int(offer.response_id or 0),
    }
    tx.update(special_tables.secondary_offer, {"request_id": int(offer.request_id)}, values)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    words: Iterable[str] = ("side", "tou", "hedge", "crr_type", "status", "post_type")
    return {**row, **{name: row[name].value for name in words}}


def _answer(offer: Offer, **more: Any) -> dict[str, Any]:
    return {
        "request_id": offer.request_id,
        "status": offer.status.value,
        "message": offer.message,
        "crr_id": offer.crr_id,
        "response_id": offer.response_id,
        **more,
    }
