"""How careless people spoil a portfolio, each mistake the kind that a rule refuses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from simulator.domain import (
    Bid,
    CurvePoint,
    MarketTerm,
    Nomination,
    Portfolio,
    TransactionType,
)
from simulator.participants.view import AllocationView, AuctionView, Mistake

NO_SUCH_LOCATION = "NOSUCHPL_5_N999"
TOO_FINE_MW = Decimal("0.0005")
OVER_CAP_FACTOR = 3


def allocation_mistakes(view: AllocationView, portfolio: Portfolio) -> tuple[Mistake, ...]:
    """The mistakes that can be made in this portfolio of nominations."""
    made = [Mistake.LATE]
    if portfolio.nominations:
        made += [Mistake.OVER_CAP, Mistake.UNKNOWN_LOCATION, Mistake.TOO_FINE]
        if view.market.tier.by_pair and _unsigned_source(view, portfolio.nominations[0]):
            made.append(Mistake.NO_SIGNATURE)
    return tuple(sorted(made))


def auction_mistakes(view: AuctionView, portfolio: Portfolio) -> tuple[Mistake, ...]:
    """The mistakes that can be made in this portfolio of bids."""
    made = [Mistake.LATE]
    if portfolio.bids:
        made += [Mistake.UNKNOWN_LOCATION, Mistake.TOO_FINE, Mistake.NOT_FROM_ZERO]
    buys = [bid for bid in portfolio.bids if bid.transaction == TransactionType.BUY]
    if buys:
        made += [Mistake.RISING_BUY_CURVE, Mistake.OVER_COLLATERAL]
    if any(_only_one_way(view, bid) for bid in buys):
        made.append(Mistake.FORBIDDEN_PAIR)
    return tuple(sorted(made))


def spoiled_allocation(view: AllocationView, portfolio: Portfolio, mistake: Mistake) -> Portfolio:
    """`portfolio` with one nomination spoiled; being late leaves it as it is."""
    if mistake == Mistake.LATE:
        return portfolio
    first, *rest = portfolio.nominations
    return replace(portfolio, nominations=(_spoiled_nomination(view, first, mistake), *rest))


def spoiled_auction(view: AuctionView, portfolio: Portfolio, mistake: Mistake) -> Portfolio:
    """`portfolio` with one bid spoiled; being late leaves it as it is."""
    if mistake == Mistake.LATE:
        return portfolio
    place = next(nth for nth, bid in enumerate(portfolio.bids) if _suits(view, bid, mistake))
    bids = list(portfolio.bids)
    bids[place] = _spoiled_bid(view, bids[place], mistake)
    return replace(portfolio, bids=tuple(bids))


def _suits(view: AuctionView, bid: Bid, mistake: Mistake) -> bool:
    match mistake:
        case Mistake.RISING_BUY_CURVE | Mistake.OVER_COLLATERAL:
            return bid.transaction == TransactionType.BUY
        case Mistake.FORBIDDEN_PAIR:
            return bid.transaction == TransactionType.BUY and _only_one_way(view, bid)
        case _:
            return True


def _only_one_way(view: AuctionView, bid: Bid) -> bool:
    back = f"{view.locations[bid.sink]}>{view.locations[bid.source]}"
    return back not in view.biddable_pairs


def _spoiled_nomination(view: AllocationView, good: Nomination, mistake: Mistake) -> Nomination:
    match mistake:
        case Mistake.OVER_CAP:
            cap_key = (good.sink, good.crr_type, good.period, good.tou)
            over = view.caps.get(cap_key, good.mw) * OVER_CAP_FACTOR
            return replace(good, mw=max(over, good.mw * OVER_CAP_FACTOR))
        case Mistake.UNKNOWN_LOCATION:
            return replace(good, source=NO_SUCH_LOCATION)
        case Mistake.TOO_FINE:
            return replace(good, mw=good.mw + TOO_FINE_MW)
        case Mistake.NO_SIGNATURE:
            return replace(good, source=_unsigned_source(view, good))
        case _:
            raise ValueError(f"{mistake} is not made in an allocation")


def _unsigned_source(view: AllocationView, good: Nomination) -> str:
    """The first source of the list that is in no signature pair with the sink, or ""."""
    signed = {source for source, sink, _, _ in view.signature_pairs if sink == good.sink}
    free = (source for source in sorted(view.sources) if source not in signed)
    return next(free, "")


def _spoiled_bid(view: AuctionView, good: Bid, mistake: Mistake) -> Bid:
    first, *rest = good.curve
    last = good.curve[-1]
    match mistake:
        case Mistake.UNKNOWN_LOCATION:
            return replace(good, sink=NO_SUCH_LOCATION)
        case Mistake.TOO_FINE:
            finer = replace(last, mw=last.mw + TOO_FINE_MW)
            return replace(good, curve=(*good.curve[:-1], finer))
        case Mistake.NOT_FROM_ZERO:
            start = CurvePoint(rest[0].mw / 2, first.price_usd_per_mw)
            return replace(good, curve=(replace(start, mw=max(start.mw, TOO_FINE_MW)), *rest))
        case Mistake.RISING_BUY_CURVE:
            dearer = replace(last, price_usd_per_mw=first.price_usd_per_mw + 10)
            return replace(good, curve=(*good.curve[:-1], dearer))
        case Mistake.FORBIDDEN_PAIR:
            return replace(good, source=good.sink, sink=good.source)
        case Mistake.OVER_COLLATERAL:
            return replace(good, curve=_unaffordable(view, good))
        case _:
            raise ValueError(f"{mistake} is not made in an auction")


def _unaffordable(view: AuctionView, good: Bid) -> tuple[CurvePoint, ...]:
    """As many MW at one price as cost twice the collateral, whatever the floor."""
    price = max(good.curve[0].price_usd_per_mw, Decimal(100))
    whole_mw = 2 * view.collateral_usd / price // 1 + 1
    if view.market.term == MarketTerm.ANNUAL:
        whole_mw *= 2
    return (CurvePoint(Decimal(0), price), CurvePoint(whole_mw, price))
