"""The secondary registration system: offers, responses, the credit check, the transfer.

Rulebook 7.2 and wire contract 9. An offer is public (posted until it is turned to one
counterparty) or private (turned to one from the start). The response fixes the CRR, the credit
check decides, and an approved trade cuts the CRR. The price is between the parties.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from simulator.domain import MW_STEP, Crr, Finding, Refused, refuse_if_any
from simulator.rules.fragments import Split, split
from simulator.rules.offer import Offer, OfferStatus, PostType, Side
from simulator.rules.quantities import mw_findings, price_findings

SECONDARY_MARKET = "SECONDARY_MARKET"


def post(
    offer: Offer,
    acting: str,
    holders: Collection[str],
    holdings: Mapping[str, Crr],
    offered_in_auction: Collection[str] = (),
    offers: Iterable[Offer] = (),
    today: date = date.min,
) -> Offer:
    """The offer as it is stored: POSTED when public, PENDING_MP_RESPONSE when private.

    `holders` are the participants with the CRR-holder role, `holdings` all CRRs by id, `offers`
    those already there. Only days after `today` change hands. Refused with every finding.
    """
    where = f"request {offer.request_id}"
    findings = _own(acting, offer.owner, where)
    findings += _flowed_findings(offer, today)
    findings += mw_findings(offer.mw, f"{where}, mw", MW_STEP)
    findings += price_findings(offer.price_usd_per_mw, f"{where}, price")
    if not offer.start < offer.end:
        dates = f"{offer.start.isoformat()} to {offer.end.isoformat()}"
        message = "the offer ends before it begins"
        findings.append(_finding("SER0030", message, where, dates, "start < end"))
    if offer.counterparty:
        findings += _counterparty_findings(offer.counterparty, offer.owner, holders, where)
    elif not offer.contact:
        message = "a public offer needs a contact"
        findings.append(_finding("SER0030", message, where, "none", "name and phone"))
    if offer.side == Side.SELL:
        bound = _bound(offer, offers, today)
        findings += _crr_findings(offer, offer.crr_id, holdings, offered_in_auction, bound)
    elif offer.crr_id:
        findings.append(
            _finding("SER0030", "an offer to buy names no CRR", where, offer.crr_id, "nothing")
        )
    refuse_if_any(findings)
    if offer.counterparty:
        asked = OfferStatus.PENDING_MP_RESPONSE
        return replace(offer, status=asked, message="", post_type=PostType.PRIVATE)
    return replace(offer, status=OfferStatus.POSTED, message="", post_type=PostType.PUBLIC)


def target(
    offer: Offer | None,
    acting: str,
    counterparty: str,
    price: Decimal,
    holders: Collection[str],
    today: date = date.min,
) -> Offer:
    """A public offer turned to one counterparty; the price has to be repeated (SMT0145).

    Who does not own it learns nothing more about it (SMT0063).
    """
    known = _known(offer)
    where = f"request {known.request_id}"
    if acting != known.owner:
        refuse_if_any(
            [_finding("SMT0063", f"{where} is not of {acting}", where, acting, "its asset owner")]
        )
    findings = _status_findings(known, OfferStatus.POSTED)
    findings += _flowed_findings(known, today)
    findings += _counterparty_findings(counterparty, known.owner, holders, where)
    if price != known.price_usd_per_mw:
        message, offered = f"the price differs from that of {where}", str(known.price_usd_per_mw)
        findings.append(_finding("SMT0145", message, where, str(price), offered))
    refuse_if_any(findings)
    return replace(known, counterparty=counterparty, status=OfferStatus.PENDING_MP_RESPONSE)


def respond(
    offer: Offer | None,
    acting: str,
    accept: bool,
    crr_id: str,
    holdings: Mapping[str, Crr],
    offered_in_auction: Collection[str] = (),
    offers: Iterable[Offer] = (),
    today: date = date.min,
) -> Offer:
    """The counterparty's answer: PENDING_CREDIT_CHECK, or DISAPPROVED when it declines.

    A response to a BUY names the CRR to hand over; one to a SELL names none. Who is not asked
    learns nothing more about the request (SMT0082).
    """
    known = _known(offer)
    where = f"request {known.request_id}"
    if acting != known.counterparty:
        message = f"{where} is not turned to {acting}"
        refuse_if_any([_finding("SMT0082", message, where, acting, "who is asked")])
    findings = _status_findings(known, OfferStatus.PENDING_MP_RESPONSE)
    if accept:
        findings += _flowed_findings(known, today)
    if accept and known.side == Side.BUY:
        bound = _bound(known, offers, today)
        findings += _crr_findings(known, crr_id, holdings, offered_in_auction, bound)
    elif crr_id and known.side == Side.SELL:
        findings.append(
            _finding("SER0030", "a response to a sale names no CRR", where, crr_id, "nothing")
        )
    refuse_if_any(findings)
    if not accept:
        return replace(known, status=OfferStatus.DISAPPROVED, message="declined")
    named = crr_id if known.side == Side.BUY else known.crr_id
    return replace(known, crr_id=named, status=OfferStatus.PENDING_CREDIT_CHECK)


def settle_trade(
    offer: Offer | None,
    holdings: Mapping[str, Crr],
    credit: Iterable[Finding],
    new_ids: Iterator[str],
    today: date = date.min,
) -> tuple[Offer, Split | None]:
    """The credit check's outcome, and the CRR cut when it is approved (rulebook 5.4, 7.2).

    DISAPPROVED says what collateral lacks; ERROR that the CRR is no longer what was offered. The
    buyer's piece is of market SECONDARY_MARKET; the seller's pieces stay with the seller.
    """
    known = _known(offer)
    refuse_if_any(_status_findings(known, OfferStatus.PENDING_CREDIT_CHECK))
    lacking = tuple(credit)
    if lacking:
        message = "".join(f"{finding.message};" for finding in lacking)
        return replace(known, status=OfferStatus.DISAPPROVED, message=message), None
    gone = _flowed_findings(known, today)
    gone += _crr_findings(known, known.crr_id, holdings, (), ())
    if gone:
        message = "".join(f"{finding.message};" for finding in gone)
        return replace(known, status=OfferStatus.ERROR, message=message), None
    cut = split(holdings[known.crr_id], known.mw, known.start, known.end, new_ids)
    taken = replace(cut.taken, owner=known.buyer, market=SECONDARY_MARKET)
    return replace(known, status=OfferStatus.APPROVED, message=""), Split(taken, cut.kept)


def pending_trades(offers: Iterable[Offer], today: date = date.min) -> frozenset[str]:
    """CRRs that no auction offer may name now (rulebook 4.4; W17)."""
    return frozenset(offer.crr_id for offer in offers if offer.is_pending(today))


def _bound(offer: Offer, offers: Iterable[Offer], today: date) -> frozenset[str]:
    """CRRs that other trades bind."""
    others = (other for other in offers if other.request_id != offer.request_id)
    return pending_trades(others, today)


def _flowed_findings(offer: Offer, today: date) -> list[Finding]:
    """Open until the day before flow (rulebook 8.2)."""
    where, found = f"request {offer.request_id}, startDate", offer.start.isoformat()
    message, allowed = "the first day of the trade has begun", f"after {today}"
    return [] if offer.start > today else [_finding("SER0030", message, where, found, allowed)]


def _known(offer: Offer | None) -> Offer:
    if offer is not None:
        return offer
    found, allowed = "no offer of that number", "the number of an offer"
    raise Refused([_finding("SMT0016", "the request ID is unknown", "requestId", found, allowed)])


def _own(acting: str, owner: str, where: str) -> list[Finding]:
    if acting == owner:
        return []
    message = "the asset owner of the offer is not the participant"
    return [_finding("SMT0146", message, where, owner, acting)]


def _status_findings(offer: Offer, needed: OfferStatus) -> list[Finding]:
    if offer.status == needed:
        return []
    message = f"request {offer.request_id} is {offer.status}"
    return [_finding("SER0030", message, "status", offer.status.value, needed.value)]


def _counterparty_findings(
    counterparty: str, owner: str, holders: Collection[str], where: str
) -> list[Finding]:
    if counterparty in holders and counterparty != owner:
        return []
    message = f"responding participant {counterparty} is unknown or no CRR holder"
    return [_finding("SMT0107", message, where, counterparty, "another CRR holder, as it is spelt")]


def _crr_findings(
    offer: Offer,
    crr_id: str,
    holdings: Mapping[str, Crr],
    offered_in_auction: Collection[str],
    bound: Collection[str],
) -> list[Finding]:
    where = f"request {offer.request_id}, crrId"
    crr = holdings.get(crr_id)
    if crr is None or crr.owner != offer.seller:
        message = f"CRR {crr_id or '(none)'} is not owned by {offer.seller}"
        return [_finding("SER0030", message, where, crr_id, "a CRR of the seller")]
    findings = [
        _finding("SER0030", f"the {name} is not that of CRR {crr_id}", where, found, owned)
        for name, found, owned in (
            ("source", offer.source, crr.source),
            ("sink", offer.sink, crr.sink),
            ("tou", offer.tou.value, crr.tou.value),
            ("hedgeType", offer.hedge.value, crr.hedge.value),
            ("crrType", offer.crr_type.value, crr.crr_type.value),
        )
        if found != owned
    ]
    if offer.mw.is_finite() and offer.mw > crr.mw:
        message = f"the offer is larger than CRR {crr_id}"
        findings.append(_finding("SER0030", message, where, f"{offer.mw}", f"{crr.mw} MW"))
    if not (crr.start <= offer.start and offer.end <= crr.end):
        term = f"{crr.start.isoformat()} up to {crr.end.isoformat()}"
        dates = f"{offer.start.isoformat()} up to {offer.end.isoformat()}"
        message = f"the dates are not within CRR {crr_id}"
        findings.append(_finding("SER0030", message, where, dates, term))
    if crr_id in offered_in_auction:
        message = f"CRR {crr_id} has a submitted sell offer in an auction"
        findings.append(_finding("SER0030", message, where, crr_id, "a CRR that is not offered"))
    if crr_id in bound:
        message = f"CRR {crr_id} has another pending secondary market trade"
        findings.append(_finding("SER0030", message, where, crr_id, "one trade at a time"))
    return findings


def _finding(code: str, message: str, where: str, found: str, allowed: str) -> Finding:
    remedy = "correct the request and send it again"
    return Finding(code, message, where, found, allowed, remedy, "rulebook 7.2")
