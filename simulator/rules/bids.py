"""Bids and offers: the curve, the pair, and the CRR that is offered (rulebook 4.4; W17)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from simulator.domain import Bid, Crr, CrrType, Finding, Market, Period, TransactionType
from simulator.domain.settings import BiddingSettings
from simulator.rules.figure import ZERO
from simulator.rules.listing import Listing, location_findings, pair_findings
from simulator.rules.quantities import (
    mw_findings,
    price_findings,
    product_findings,
    repeated_ids,
)

DEFAULTS = BiddingSettings()
POINTS_MIN = 2


def bid_findings(
    bids: Sequence[Bid],
    market: Market,
    participant: str,
    listing: Listing,
    holdings: Mapping[str, Crr],
    settings: BiddingSettings = DEFAULTS,
) -> tuple[Finding, ...]:
    """Everything that is wrong with bids and offers at creation; all of it at once.

    `holdings` are the participant's own CRRs by id. What depends on the moment of submission
    (collateral, pending trades, other offers) is checked then.
    """
    findings = repeated_ids("bid", (bid.bid_id for bid in bids))
    offers = [bid.crr_id for bid in bids if bid.transaction == TransactionType.SELL]
    findings += repeated_ids("offered CRR", offers)
    for bid in bids:
        where = f"bid {bid.bid_id}"
        if bid.participant != participant:
            findings.append(
                Finding(
                    "SER0030",
                    "the asset owner is not the participant of the portfolio",
                    f"{where}, assetOwner",
                    bid.participant,
                    participant,
                    "bid for the portfolio's own participant",
                    "rulebook 9.4",
                )
            )
        findings += product_findings(bid.period, bid.tou, market, where)
        findings += curve_findings(bid, settings)
        for role, name in (("source", bid.source), ("sink", bid.sink)):
            place = f"{where}, {role}"
            findings += location_findings(role, name, place, bid.transaction, listing, bid.period)
        if bid.transaction == TransactionType.SELL:
            findings += _offer_findings(bid, holdings, where)
        else:
            findings += _buy_findings(bid, listing, settings, where)
    return tuple(findings)


def submission_findings(
    bids: Sequence[Bid], offered: Mapping[str, str], pending_trades: Collection[str]
) -> tuple[Finding, ...]:
    """Offers whose CRR is already offered or about to be traded (rulebook 4.4; W17).

    `offered` gives, for each CRR in a submitted portfolio of an auction that is not posted yet,
    that portfolio and its market: a CRR is sold once. `pending_trades` are CRRs with a trade that
    is not finished on the secondary market.
    """
    findings = []
    for bid in bids:
        if bid.transaction != TransactionType.SELL:
            continue
        where = f"bid {bid.bid_id}, crrId"
        if bid.crr_id in pending_trades:
            findings.append(
                Finding(
                    "SER0030",
                    f"CRR {bid.crr_id} has a pending secondary market trade and cannot be sold",
                    where,
                    bid.crr_id,
                    "a CRR without a pending trade",
                    "wait for the trade to end, or leave the CRR out",
                    "rulebook 4.4",
                )
            )
        if bid.crr_id in offered:
            findings.append(
                Finding(
                    "SER0030",
                    f"CRR {bid.crr_id} already has a submitted sell offer in portfolio "
                    f"{offered[bid.crr_id]}",
                    where,
                    bid.crr_id,
                    "one submitted offer for one CRR",
                    "retract the other portfolio, or leave the CRR out",
                    "rulebook 4.4",
                )
            )
    return tuple(findings)


def curve_findings(bid: Bid, settings: BiddingSettings = DEFAULTS) -> list[Finding]:
    """The curve's points: their number, steps, order and direction (rulebook 4.4).

    MW start at 0 and rise; two points at the same MW make a vertical step, three do not. Buy
    prices fall or stay, sell prices rise or stay, unless the setting says otherwise.
    """
    where = f"bid {bid.bid_id}, bidCurve"
    findings = []
    if not POINTS_MIN <= len(bid.curve) <= settings.curve_points_max:
        findings.append(
            _curve_finding(
                "the curve has the wrong number of points",
                where,
                str(len(bid.curve)),
                f"{POINTS_MIN} to {settings.curve_points_max} points",
            )
        )
    for place, point in enumerate(bid.curve, start=1):
        findings += mw_findings(point.mw, f"{where}, point {place}, mw", ZERO)
        findings += price_findings(point.price_usd_per_mw, f"{where}, point {place}, price")
    if findings:
        return findings
    if bid.curve[0].mw != 0:
        findings.append(
            _curve_finding(
                "the curve does not start at 0 MW",
                f"{where}, point 1, mw",
                f"{bid.curve[0].mw}",
                "0",
            )
        )
    if bid.mw == 0:
        findings.append(
            _curve_finding("the curve ends at 0 MW", f"{where}, mw", "0", "more than 0 MW")
        )
    findings += _order_findings([point.mw for point in bid.curve], where)
    findings += _direction_findings(bid, settings, where)
    return findings


def _order_findings(mws: Sequence[Decimal], where: str) -> list[Finding]:
    findings = []
    for place, (left, right) in enumerate(pairwise(mws), start=2):
        third = place > 2 and mws[place - 3] == left == right
        if right < left or third:
            findings.append(
                _curve_finding(
                    "a third point at the same MW" if third else "the MW fall along the curve",
                    f"{where}, point {place}, mw",
                    f"{right} after {left}",
                    "rising MW; two points at one MW make a vertical step",
                )
            )
    return findings


def _direction_findings(bid: Bid, settings: BiddingSettings, where: str) -> list[Finding]:
    if settings.curve_direction == "any":
        return []
    buys = bid.transaction == TransactionType.BUY
    falls = buys == (settings.curve_direction == "economic")
    findings = []
    for place, (left, right) in enumerate(pairwise(bid.curve), start=2):
        step = right.price_usd_per_mw - left.price_usd_per_mw
        if step > 0 if falls else step < 0:
            side = "a buy" if buys else "a sell"
            findings.append(
                _curve_finding(
                    f"the prices of {side} curve {'rise' if falls else 'fall'}",
                    f"{where}, point {place}, price",
                    f"{right.price_usd_per_mw} after {left.price_usd_per_mw}",
                    "prices that fall or stay" if falls else "prices that rise or stay",
                )
            )
    return findings


def _buy_findings(
    bid: Bid, listing: Listing, settings: BiddingSettings, where: str
) -> list[Finding]:
    findings = pair_findings(bid.source, bid.sink, where, listing, settings)
    if bid.hedge.value not in settings.buy_hedges:
        findings.append(
            Finding(
                "SER0030",
                "this hedge type cannot be bought",
                f"{where}, hedgeType",
                bid.hedge.value,
                " or ".join(settings.buy_hedges),
                "bid for an obligation",
                "rulebook 1.1",
            )
        )
    if bid.crr_type is not CrrType.AUC:
        findings.append(
            Finding(
                "SER0030",
                "this type of CRR is not bought in an auction",
                f"{where}, crrType",
                bid.crr_type.value,
                CrrType.AUC.value,
                f"bid for type {CrrType.AUC.value}",
                "rulebook 1.2",
            )
        )
    if bid.crr_id:
        findings.append(
            Finding(
                "SER0030",
                "a bid to buy names no CRR",
                f"{where}, crrId",
                bid.crr_id,
                "nothing",
                "leave the CRR id out, or make it an offer",
                "rulebook 4.4",
            )
        )
    return findings


def _offer_findings(bid: Bid, holdings: Mapping[str, Crr], where: str) -> list[Finding]:
    crr = holdings.get(bid.crr_id)
    if crr is None or crr.owner != bid.participant:
        return [
            Finding(
                "SER0030",
                f"CRR {bid.crr_id or '(none)'} is not owned by {bid.participant}",
                f"{where}, crrId",
                bid.crr_id,
                "a CRR that the participant owns",
                "take the id from the participant's inventory",
                "rulebook 4.4",
            )
        ]
    findings = []
    for name, found, owned in (
        ("source", bid.source, crr.source),
        ("sink", bid.sink, crr.sink),
        ("hedgeType", bid.hedge.value, crr.hedge.value),
        ("tou", bid.tou.value, crr.tou.value),
    ):
        if found != owned:
            findings.append(
                Finding(
                    "SER0030",
                    f"the {name} of the offer is not that of CRR {crr.crr_id}",
                    f"{where}, {name}",
                    found,
                    owned,
                    "repeat what the inventory says of the CRR",
                    "rulebook 4.4",
                )
            )
    return findings + _reach_findings(bid, crr, where)


def _reach_findings(bid: Bid, crr: Crr, where: str) -> list[Finding]:
    findings = []
    try:
        held = crr.spans(Period.parse(bid.period))
    except ValueError:
        held = True  # no period at all: the product check says so
    if not held:
        findings.append(
            Finding(
                "SER0030",
                f"CRR {crr.crr_id} is not held through period {bid.period}",
                f"{where}, period",
                bid.period,
                f"{crr.start.isoformat()} up to {crr.end.isoformat()}",
                "offer it in a market of its own term",
                "rulebook 4.4",
            )
        )
    if bid.curve and bid.mw.is_finite() and bid.mw > crr.mw:
        findings.append(
            Finding(
                "SER0030",
                f"the offer is larger than CRR {crr.crr_id}",
                f"{where}, bidCurve",
                f"{bid.mw} MW",
                f"at most {crr.mw} MW",
                "offer at most what is owned",
                "rulebook 4.4",
            )
        )
    return findings


def _curve_finding(message: str, where: str, found: str, allowed: str) -> Finding:
    return Finding("SER0030", message, where, found, allowed, "correct the curve", "rulebook 4.4")
