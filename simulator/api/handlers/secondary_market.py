"""The secondary market (wire contract 9): lists in, a state for each of their elements out.

What the books say against an element is its ERROR, with a message. A wrong name, number or price
is a refusal of the whole list, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from msgspec import UNSET

from simulator.api.call import Call
from simulator.api.codec import plain
from simulator.api.router import handles
from simulator.api.trades import (
    BuyOffer,
    SellOffer,
    message_of,
    offered,
    shown_offer,
    shown_response,
    status_of,
    status_of_new,
)
from simulator.api.types import secondary_market as wire
from simulator.domain.settings import CalendarSettings
from simulator.market.command import OPERATOR
from simulator.market.secondary_offers import offers
from simulator.market.world import World
from simulator.rules.offer import OfferStatus, Side
from simulator.store import Transaction

RESPONDING = "respond_secondary_offer"


@handles("secondary_market", "getMySmOffersByStatus")
async def get_my_sm_offers_by_status(call: Call) -> list[wire.SmOffer]:
    """The participant's own offers in a state, by their number."""
    status = call.query["OfferStatusType"]

    def read(tx: Transaction, world: World) -> list[wire.SmOffer]:
        found = offers(tx, owner=call.participant, status=status)
        return [shown_offer(offer, world.settings.calendar) for offer in found]

    return await call.read(read)


@handles("secondary_market", "getMySmResponsesByStatus")
async def get_my_sm_responses_by_status(call: Call) -> list[wire.SmResponse]:
    """What the participant is asked, or answered, in a state."""
    status = call.query["responseStatusType"]

    def read(tx: Transaction, world: World) -> list[wire.SmResponse]:
        found = offers(tx, counterparty=call.participant, status=status)
        return [shown_response(offer, world.settings.calendar) for offer in found]

    return await call.read(read)


@handles("secondary_market", "postPublicSmBuyOffers")
async def post_public_sm_buy_offers(call: Call) -> list[wire.SmOfferStatus]:
    """Offers to buy, to everybody."""
    return await _posted(call, Side.BUY)


@handles("secondary_market", "postPublicSmSellOffers")
async def post_public_sm_sell_offers(call: Call) -> list[wire.SmOfferStatus]:
    """Offers to sell, to everybody."""
    return await _posted(call, Side.SELL)


@handles("secondary_market", "postPrivateSmBuyOffers")
async def post_private_sm_buy_offers(call: Call) -> list[wire.SmOfferStatus]:
    """Offers to buy, each to one participant."""
    return await _posted(call, Side.BUY)


@handles("secondary_market", "postPrivateSmSellOffers")
async def post_private_sm_sell_offers(call: Call) -> list[wire.SmOfferStatus]:
    """Offers to sell, each to one participant."""
    return await _posted(call, Side.SELL)


@handles("secondary_market", "targetSmPublicOfferToMp")
async def target_sm_public_offer_to_mp(call: Call) -> list[wire.SmOfferStatus]:
    """Public offers are each turned to one participant, at the price that they were posted for."""
    rows: list[wire.TargetRespondingMp] = call.body
    requests = [
        {
            "request_id": str(row.requestId),
            "counterparty": row.respondingMpName,
            "price": str(plain(row.price)),
        }
        for row in rows
    ]
    answers = await _answers(call, "target_secondary_offer", requests)

    def read(tx: Transaction, world: World) -> list[wire.SmOfferStatus]:
        own = {int(offer.request_id): offer for offer in offers(tx, owner=call.participant)}
        return [
            status_of(own[row.requestId], answer, world.settings.calendar)
            for row, answer in zip(rows, answers, strict=True)
        ]

    return await call.read(read)


@handles("secondary_market", "postSmResponseToBuyOffers")
async def post_sm_response_to_buy_offers(call: Call) -> list[wire.SmResponseStatus]:
    """Offers to buy are accepted, each with the CRR to hand over."""
    rows: list[wire.SmResponseToBuyOffer] = call.body
    return await _responded(call, [(row.requestId, str(row.crrId)) for row in rows])


@handles("secondary_market", "postSmResponseToSellOffers")
async def post_sm_response_to_sell_offers(call: Call) -> list[wire.SmResponseStatus]:
    """Offers to sell are accepted."""
    rows: list[wire.SmResponseToSellOffer] = call.body
    return await _responded(call, [(row.requestId, "") for row in rows])


async def _posted(call: Call, side: Side) -> list[wire.SmOfferStatus]:
    rows: Sequence[BuyOffer | SellOffer] = call.body
    requests = offered(rows, side, _calendar(call))
    answers = await _answers(call, "post_secondary_offer", requests)
    return [status_of_new(row, side, answer) for row, answer in zip(rows, answers, strict=True)]


async def _responded(call: Call, rows: Sequence[tuple[int, str]]) -> list[wire.SmResponseStatus]:
    requests = [{"request_id": str(asked), "accept": "Y", "crr_id": crr} for asked, crr in rows]
    answers = await _answers(call, RESPONDING, requests)
    for answer in answers:
        if answer["status"] == OfferStatus.PENDING_CREDIT_CHECK:
            await _check_credit(call, answer["request_id"])
    return [
        wire.SmResponseStatus(
            requestId=asked,
            responseId=int(answer["response_id"]) if answer.get("response_id") else UNSET,
            responseStatus=cast("wire.ResponseStatus", answer["status"]),
            message=message_of(answer["message"]),
        )
        for (asked, _), answer in zip(rows, answers, strict=True)
    ]


async def _answers(
    call: Call, kind: str, requests: Sequence[dict[str, str]]
) -> list[dict[str, Any]]:
    answer = await call.command(kind, {"requests": list(requests)})
    answers: list[dict[str, Any]] = answer["answers"]
    return answers


async def _check_credit(call: Call, request_id: str) -> None:
    """The operator's check follows each response; its outcome is what both sides read next."""
    arguments = {"request_id": request_id}
    await call.door.command("check_secondary_credit", OPERATOR, arguments, call.request_id)


def _calendar(call: Call) -> CalendarSettings:
    return call.door.room.world.settings.calendar
