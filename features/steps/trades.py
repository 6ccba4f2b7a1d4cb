"""Steps about trades of the secondary market, and conversions of ownership rights."""

from __future__ import annotations

from decimal import Decimal

from pytest_bdd import given, parsers, then, when

from simulator.domain import Bid, Crr, CurvePoint, Period, Portfolio, TransactionType
from simulator.market import inventory
from simulator.market.command import OPERATOR
from simulator.store import books

from .door import Door, table
from .play import Play
from .special import fields
from .submissions import hand_in

LATEST = "the request"
CONVERSION = ("source", "sink", "from", "up to", "MW", "transferee")


@when(parsers.parse('{who:w} asks in "{window}" to convert:'))
def asks_to_convert(play: Door, who: str, window: str, datatable: list[list[str]]) -> None:
    requests = [
        [
            row["source"], row["sink"], row["from"], row["up to"], row["MW"], row["transferee"],
            "Y",
        ]
        for row in table(datatable, CONVERSION)
    ]  # fmt: skip
    answer = play.ask("request_tor_conversion", who, window=window, holder=who, requests=requests)
    if not answer.refused:
        play.noted["records"] = answer.effect["records"]


@when(parsers.parse('{who:w} decides in "{window}" on its records:'))
def decides(play: Door, who: str, window: str, datatable: list[list[str]]) -> None:
    records = play.noted["records"]
    rows = table(datatable, ("record", "decision"))
    decisions = [[records[int(row["record"]) - 1], row["decision"]] for row in rows]
    play.ask("decide_tor_conversion", who, window=window, owner=who, decisions=decisions)


@then(parsers.parse('{who:w} holds a CRR for "{period}"'))
@given(parsers.parse('{who:w} holds a CRR for "{period}"'))
def holds_a_crr(play: Door, who: str, period: str) -> None:
    wanted = Period.parse(period)
    own = [crr for crr in play.own_crrs(who) if crr.spans(wanted)]
    assert own, f"{who} holds nothing through {period}"
    play.noted["crr"] = max(own, key=lambda crr: (crr.mw, crr.crr_id))


@when(parsers.parse("{who:w} offers the CRR for sale:"))
def offers_crr(play: Door, who: str, datatable: list[list[str]]) -> None:
    crr, terms = play.noted["crr"], fields(datatable)
    size = crr.mw if terms["MW"] == "all of it" else Decimal(terms["MW"])
    answer = play.ask(
        "post_secondary_offer", who, owner=terms.get("owner", who), side="SELL",
        source=crr.source, sink=crr.sink, tou=crr.tou.value, hedge=crr.hedge.value,
        crr_type=crr.crr_type.value, start=terms["from"], end=terms["up to"], mw=str(size),
        price=terms["price"], crr_id=crr.crr_id, counterparty=terms.get("to", ""),
        contact=terms.get("contact", ""),
    )  # fmt: skip
    if not answer.refused:
        play.noted[LATEST] = answer.effect["request_id"]


@when(parsers.parse("{who:w} turns the offer to {other:w} at {price} USD"))
def turns_offer(play: Door, who: str, other: str, price: str) -> None:
    request = play.noted[LATEST]
    play.ask("target_secondary_offer", who, request_id=request, counterparty=other, price=price)


@when(parsers.parse("{who:w} accepts the offer"))
def accepts_offer(play: Door, who: str) -> None:
    play.ask("respond_secondary_offer", who, request_id=play.noted[LATEST], accept="Y")


@when(parsers.parse("{who:w} declines the offer"))
def declines_offer(play: Play, who: str) -> None:
    """Over the wire an offer is left unanswered."""
    play.ask("respond_secondary_offer", who, request_id=play.noted[LATEST], accept="N")


@when("the operator checks the credit of the trade")
def checks_credit(play: Door) -> None:
    play.ask("check_secondary_credit", OPERATOR, request_id=play.noted[LATEST])


@when(parsers.parse('{who:w} offers the same CRR in "{market}" as "{name}"'))
def offers_in_auction(play: Door, who: str, market: str, name: str) -> None:
    crr = play.noted["crr"]
    period = play.scenario.market(market).market.products[0].period.name
    curve = (CurvePoint(Decimal(0), Decimal(1)), CurvePoint(Decimal("0.001"), Decimal(1)))
    sell = TransactionType.SELL
    offer = Bid("1", who, sell, crr.hedge, crr.source, crr.sink, crr.tou, period, curve, crr.crr_id)
    portfolio = Portfolio(name, market, who, (offer,))
    hand_in(play, portfolio)


@then(parsers.parse("{seller:w} and {buyer:w} have between them what the CRR was, day by day"))
def mw_conserved(play: Door, seller: str, buyer: str) -> None:
    before: Crr = play.noted["crr"]
    pieces = [crr for crr in play.crrs() if crr.parent_crr_id == before.crr_id]
    assert {crr.owner for crr in pieces} == {seller, buyer}
    for crr in pieces:
        for day in (crr.start, before.start):
            held = sum((piece.mw for piece in pieces if piece.effective_on(day)), Decimal(0))
            assert held == before.mw, f"{held} MW on {day}"


@then("the life of the CRR is one story")
def one_story(play: Play) -> None:
    with play.reading() as tx:
        told = [event.kind.value for event in inventory.story(tx, play.noted["crr"].crr_id)]
        played = inventory.as_of(tx, play.moment + 1)
        assert played == books.crrs(tx), "the changes do not give the inventory"
    assert told[0] == "PRELOADED", told
    assert "TRANSFERRED" in told, told
