"""Steps about auctions: collateral before, prices and awards after."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from pytest_bdd import given, parsers, then

from simulator.domain import Award, Bid, Period, TransactionType, usd
from simulator.market.portfolios import submitted
from simulator.store import books, tables

from .allocation import awards
from .door import table, total
from .play import Play

# Awards are in steps of 0.001 MW and prices in cents: a bid whose price is this near the clearing
# price may be either side of it.
CENT = Decimal("0.01")


@given(parsers.parse('no collateral is verified for "{market}"'))
def no_collateral_verified(play: Play, market: str) -> None:
    with play.reading() as tx:
        assert not tx.rows(tables.collateral_check, market=market)


@then(parsers.parse('collateral is verified for "{market}":'))
def collateral_verified(play: Play, market: str, datatable: list[list[str]]) -> None:
    verdicts = _verdicts(play, market)
    assert set(verdicts) == set(play.world.participants), "somebody has no verdict"
    for row in table(datatable, ("participant", "verdict")):
        found = "passed" if verdicts[row["participant"]]["passed"] else "failed"
        assert found == row["verdict"], str(verdicts[row["participant"]])


@then(parsers.parse('in "{market}" exactly those fail who have less than {floor:d} USD'))
def floor_decides(play: Play, market: str, floor: int) -> None:
    for name, row in _verdicts(play, market).items():
        assert row["required_usd"] == usd(Decimal(floor)), str(row)
        assert bool(row["passed"]) == (row["available_usd"] >= floor), f"{name}: {row}"


@then(parsers.parse('no buyer in "{market}" pays more than the price it bid for its last MW'))
def buyers_pay_at_most_their_bid(play: Play, market: str) -> None:
    won = [(bid, award) for bid, award in _bought(play, market) if award.awarded_mw > 0]
    assert won
    for bid, award in won:
        price = price_at(bid, award.awarded_mw)
        assert _price(award) <= price + _slack(bid, award.awarded_mw), f"{award}: bid {price}"


@then(parsers.parse('no buyer in "{market}" that got nothing had bid more than the price'))
def losers_bid_less(play: Play, market: str) -> None:
    lost = [(bid, award) for bid, award in _bought(play, market) if award.awarded_mw == 0]
    assert lost
    for bid, award in lost:
        first = bid.curve[0].price_usd_per_mw
        assert first <= _price(award) + _slack(bid, Decimal(0)), f"{award}: bid {first}"


@then(parsers.parse('no seller in "{market}" gets less than the price it offered for its last MW'))
def sellers_get_at_least_their_offer(play: Play, market: str) -> None:
    for bid, award in _with_bids(play, market):
        if award.transaction == TransactionType.SELL and award.awarded_mw > 0:
            offered = price_at(bid, award.awarded_mw)
            assert _price(award) >= offered - _slack(bid, award.awarded_mw), f"{award}: {offered}"


@then(parsers.parse('every path in "{market}" costs the price of its source less that of its sink'))
def path_price_is_difference(play: Play, market: str) -> None:
    with play.reading() as tx:
        prices = {
            (row["location"], row["period"], row["tou"]): row["price_usd_per_mw"]
            for row in tx.rows(tables.location_price, market=market)
        }
    for award in awards(play, market):
        source = prices[award.source, award.period, award.tou.value]
        sink = prices[award.sink, award.period, award.tou.value]
        assert abs(_price(award) - (source - sink)) <= CENT, str(award)


@then(parsers.parse('nobody in "{market}" sells more than it owned'))
def sellers_owned_it(play: Play, market: str) -> None:
    with play.reading() as tx:
        held = {row["crr_id"]: row for row in tx.rows(tables.base_loading, market=market)}
    for bid, award in _with_bids(play, market):
        if award.transaction == TransactionType.SELL:
            assert held[bid.crr_id]["owner"] == award.participant
            assert award.awarded_mw <= held[bid.crr_id]["mw"]


@then(parsers.parse('what was sold in "{market}" has left its sellers, to the last MW'))
def sold_is_gone(play: Play, market: str) -> None:
    left: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    with play.reading() as tx:
        for row in tx.rows(tables.base_loading, market=market):
            left[row["owner"], row["source"], row["sink"], row["period"], row["tou"]] += row["mw"]
        held = [crr for crr in books.crrs(tx) if crr.market != market]
    sold = [
        (award.participant, award.source, award.sink, award.period, award.tou.value)
        for award in awards(play, market)
        if award.transaction == TransactionType.SELL and award.awarded_mw > 0
    ]
    assert sold, "nothing was sold"
    for award in awards(play, market):
        path = (award.participant, award.source, award.sink, award.period, award.tou.value)
        if award.transaction == TransactionType.SELL:
            left[path] -= award.awarded_mw
    for owner, source, sink, period, tou in sold:
        owned = total(
            crr.mw
            for crr in held
            if (crr.owner, crr.source, crr.sink, crr.tou.value) == (owner, source, sink, tou)
            and crr.spans(Period.parse(period))
        )
        assert owned == left[owner, source, sink, period, tou], f"{owner} owns {owned} MW still"


def price_at(bid: Bid, mw: Decimal) -> Decimal:
    """The bid's price for the MW at `mw`: linear between the points of its curve.

    Where the curve steps down, the price after the step.
    """
    at = bid.curve[0]
    for point in bid.curve[1:]:
        if mw <= at.mw and at.mw != point.mw:
            break
        if mw < point.mw:
            share = (mw - at.mw) / (point.mw - at.mw)
            return at.price_usd_per_mw + share * (point.price_usd_per_mw - at.price_usd_per_mw)
        at = point
    return at.price_usd_per_mw


def _slack(bid: Bid, mw: Decimal) -> Decimal:
    """What one step of 0.001 MW moves the bid's price, and the cent of the published one."""
    step = Decimal("0.001")
    before, after = price_at(bid, max(mw - step, Decimal(0))), price_at(bid, mw + step)
    return CENT + abs(after - before)


def _bought(play: Play, market: str) -> list[tuple[Bid, Award]]:
    return [
        (bid, award)
        for bid, award in _with_bids(play, market)
        if award.transaction == TransactionType.BUY
    ]


def _with_bids(play: Play, market: str) -> list[tuple[Bid, Award]]:
    with play.reading() as tx:
        bids = {bid.bid_id: bid for item in submitted(tx, market) for bid in item.bids}
    return [(bids[award.bid_id], award) for award in awards(play, market)]


def _price(award: Award) -> Decimal:
    assert award.clearing_price_usd_per_mw is not None, f"{award} has no price"
    return award.clearing_price_usd_per_mw


def _verdicts(play: Play, market: str) -> dict[str, dict]:
    with play.reading() as tx:
        rows = tx.rows(tables.collateral_check, market=market)
    assert rows, "no collateral is verified"
    return {row["participant"]: row for row in rows}
