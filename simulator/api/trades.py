"""Trades of the secondary market between the wire and the market (wire contract 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from simulator.api.codec import plain
from simulator.api.errors import RECORD
from simulator.api.moments import day_after, first_day, first_second, last_second
from simulator.api.types import secondary_market as wire
from simulator.domain import Finding, refuse_if_any
from simulator.domain.settings import CalendarSettings
from simulator.rules.offer import Offer, OfferStatus, Side

MESSAGE_LENGTH = 1024
ID_MAX = 9_999_999_999  # of an answer; a private offer may name any number (wire contract 9)

BuyOffer = wire.NewPublicSmBuyOffer | wire.NewPrivateSmBuyOffer
SellOffer = wire.NewPublicSmSellOffer | wire.NewPrivateSmSellOffer
PrivateOffer = wire.NewPrivateSmBuyOffer | wire.NewPrivateSmSellOffer


def offered(
    rows: Sequence[BuyOffer | SellOffer], side: Side, calendar: CalendarSettings
) -> list[dict[str, str]]:
    """The elements as the market takes them; Refused for dates that are not those of days."""
    findings: list[Finding] = []
    requests = []
    for place, row in enumerate(rows):
        start, end = first_day(row.startDate, calendar), day_after(row.endDate, calendar)
        if start is None:
            findings.append(_no_day(f"$[{place}].startDate", "a local midnight"))
        if end is None:
            findings.append(_no_day(f"$[{place}].endDate", "the last second of a local day"))
        requests.append(
            {
                "owner": row.assetOwner,
                "side": side.value,
                "source": row.source,
                "sink": row.sink,
                "tou": row.tou,
                "hedge": row.hedgeType,
                "crr_type": row.crrType,
                "start": str(start),
                "end": str(end),
                "mw": str(plain(row.mw)),
                "price": str(plain(row.price)),
                "crr_id": "" if isinstance(row, BuyOffer) else str(row.crrId),
                "counterparty": row.targetMpName if isinstance(row, PrivateOffer) else "",
                "contact": _written(row.contactInfo),
            }
        )
    refuse_if_any(findings)
    return requests


def status_of_new(
    row: BuyOffer | SellOffer, side: Side, answer: Mapping[str, Any]
) -> wire.SmOfferStatus:
    """What became of a new offer."""
    return wire.SmOfferStatus(
        assetOwner=row.assetOwner,
        requestId=int(answer["request_id"]) if "request_id" in answer else UNSET,
        offerType=side.value,
        postType="PRIVATE" if isinstance(row, PrivateOffer) else "PUBLIC",
        crrId=row.crrId if isinstance(row, SellOffer) and 0 < row.crrId <= ID_MAX else UNSET,
        source=row.source,
        sink=row.sink,
        tou=row.tou,
        hedgeType=row.hedgeType,
        crrType=row.crrType,
        startDate=row.startDate,
        endDate=row.endDate,
        mw=plain(row.mw),
        offerStatus=OfferStatus(answer["status"]).value,
        message=message_of(answer["message"]),
    )


def status_of(
    offer: Offer, answer: Mapping[str, Any], calendar: CalendarSettings
) -> wire.SmOfferStatus:
    """What became of an offer that was there before."""
    return wire.SmOfferStatus(
        assetOwner=offer.owner,
        requestId=int(offer.request_id),
        offerType=offer.side.value,
        postType=offer.post_type.value,
        **_terms(offer, calendar),
        offerStatus=OfferStatus(answer["status"]).value,
        message=message_of(answer["message"]),
    )


def shown_offer(offer: Offer, calendar: CalendarSettings) -> wire.SmOffer:
    """An offer to the one who made it."""
    return wire.SmOffer(
        assetOwner=offer.owner,
        requestId=int(offer.request_id),
        offerType=offer.side.value,
        postType=offer.post_type.value,
        **_terms(offer, calendar),
        price=plain(offer.price_usd_per_mw),
        targetMpName=offer.counterparty or UNSET,
        contactInfo=_read(offer.contact),
    )


def shown_response(offer: Offer, calendar: CalendarSettings) -> wire.SmResponse:
    """An offer to the one who is asked, with what it answered."""
    return wire.SmResponse(
        responseId=int(offer.response_id) if offer.response_id else UNSET,
        requestId=int(offer.request_id),
        initiatingOfferType=offer.side.value,
        initiatingAO=offer.owner,
        **_terms(offer, calendar),
        price=plain(offer.price_usd_per_mw),
        respondingAssetOwner=offer.counterparty,
    )


def message_of(text: str) -> str | UnsetType:
    """A message as far as the contract has room for it; left out when there is none."""
    return text[:MESSAGE_LENGTH] or UNSET


def _terms(offer: Offer, calendar: CalendarSettings) -> dict[str, Any]:
    """What every shape of a trade tells."""
    return {
        "crrId": int(offer.crr_id) if offer.crr_id else UNSET,
        "source": offer.source,
        "sink": offer.sink,
        "tou": offer.tou.value,
        "hedgeType": offer.hedge.value,
        "crrType": offer.crr_type.value,
        "startDate": first_second(offer.start, calendar),
        "endDate": last_second(offer.end, calendar),
        "mw": plain(offer.mw),
    }


def _written(contact: wire.ContactInfo | UnsetType) -> str:
    return "" if isinstance(contact, UnsetType) else msgspec.json.encode(contact).decode()


def _read(contact: str) -> wire.ContactInfo | UnsetType:
    """The contact of an offer; offers of synthetic participants only say whose desk it is."""
    if not contact:
        return UNSET
    if contact.startswith("{"):
        return msgspec.json.decode(contact, type=wire.ContactInfo)
    return wire.ContactInfo(name=contact, phone="", email="")


def _no_day(where: str, allowed: str) -> Finding:
    remedy = "trade whole days"
    message = "record invalid: trades are for whole days of the market's own time"
    return Finding(RECORD, message, where, "", allowed, remedy, "rulebook 7.2")
