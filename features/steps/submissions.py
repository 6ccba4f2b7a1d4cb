"""Steps in which participants hand in portfolios, and what the market answers."""

from __future__ import annotations

from decimal import Decimal

from pytest_bdd import given, parsers, then, when

from simulator.domain import (
    Bid,
    CurvePoint,
    Hedge,
    Nomination,
    Portfolio,
    PortfolioStatus,
    Tou,
    TransactionType,
)
from simulator.market.caps import crr_type_of

from .door import Door, number, one_of, table, total

CAP = "its cap"
NOMINATION = ("source", "sink", "period", "TOU", "MW")
BID = ("source", "sink", "period", "TOU", "curve")
OPTIONAL_IN_BID = ("transaction", "hedge", "CRR")


@when(parsers.parse('{who:w} nominates in "{market}" as "{name}":'))
def nominates(play: Door, who: str, market: str, name: str, datatable: list[list[str]]) -> None:
    lines = tuple(
        _nomination(play, who, market, place, row)
        for place, row in enumerate(table(datatable, NOMINATION), start=1)
    )
    hand_in(play, Portfolio(name, market, who, nominations=lines))


@when(parsers.parse('{who:w} bids in "{market}" as "{name}":'))
def bids(play: Door, who: str, market: str, name: str, datatable: list[list[str]]) -> None:
    play.person(who)
    rows = table(datatable, BID, OPTIONAL_IN_BID)
    lines = tuple(_bid(who, place, row) for place, row in enumerate(rows, start=1))
    hand_in(play, Portfolio(name, market, who, bids=lines))


@when(parsers.parse('{who:w} {action} the portfolio "{name}" of "{market}"'))
def acts_on_portfolio(play: Door, who: str, action: str, name: str, market: str) -> None:
    play.person(who)
    kinds = {
        "submits": "submit_portfolio",
        "retracts": "retract_portfolio",
        "deletes": "delete_portfolio",
    }
    assert action in kinds, f"a participant {', '.join(kinds)} a portfolio, not: {action}"
    play.hand(kinds[action], Portfolio(name, market, who))


@then(parsers.parse("it is answered {status:w}"))
def answered(play: Door, status: str) -> None:
    answer = play.last_answer()
    assert answer.status == status, f"it is {answer.status}: {answer.reasons}"


@then(parsers.parse('it is refused with {code:w}, "{words}"'))
def refused_with(play: Door, code: str, words: str) -> None:
    answer = play.last_answer()
    assert answer.refused, f"it is {answer.status}"
    assert any(item["code"] == code and words in item["message"] for item in answer.findings), (
        f"the reasons are: {answer.reasons}"
    )


@then(parsers.parse('the reason is "{words}"'))
def reason_is(play: Door, words: str) -> None:
    answer = play.last_answer()
    assert any(words in item["message"] for item in answer.findings), answer.reasons


@then("the refusal says what was found, what is allowed and what to do")
def refusal_is_helpful(play: Door) -> None:
    answer = play.last_answer()
    assert answer.findings
    for item in answer.findings:
        assert all(item[part] for part in answer.tells), str(item)


@then("it names the total nominated and the cap")
def names_total_and_cap(play: Door) -> None:
    answer = play.last_answer()
    for (sink, tou), asked in _sums(answer.portfolio).items():
        cap = _cap(play, answer.portfolio.participant, answer.portfolio.market, sink, *tou)
        assert asked > cap, f"{asked} MW at {sink} are within the cap of {cap} MW"
        named = [item for item in answer.findings if sink in item["where"] + item["message"]]
        assert named, f"nothing is said of {sink}: {answer.reasons}"
        for item in named:
            assert f"{asked:.3f}" in item["message"], item["message"]
            assert f"{cap:.3f}" in item["message"], item["message"]


@then("nothing in the market has changed")
def nothing_changed(play: Door) -> None:
    before = play.last_answer().digest_before
    assert play.digest() == before, "the market's books are not what they were"


@then("what counts in the market is what counted before")
def counts_as_before(play: Door) -> None:
    answer = play.last_answer()
    counted = play.counted(answer.portfolio.market, answer.portfolio.participant)
    assert counted == answer.counted_before


@given(parsers.parse('{who:w} has no portfolio "{name}" in "{market}"'))
@then(parsers.parse('{who:w} has no portfolio "{name}" in "{market}"'))
def has_no_portfolio(play: Door, who: str, name: str, market: str) -> None:
    assert name not in play.portfolios(who, market)


@then(parsers.parse('the portfolio "{name}" of {who:w} in "{market}" is {status:w}'))
def portfolio_is(play: Door, name: str, who: str, market: str, status: str) -> None:
    found = play.portfolios(who, market).get(name)
    assert found == PortfolioStatus(status), f"it is {found}"


def hand_in(play: Door, portfolio: Portfolio) -> None:
    """Create and, when that is accepted, submit."""
    if not play.hand("create_portfolio", portfolio).refused:
        play.hand("submit_portfolio", portfolio)


def _nomination(play: Door, who: str, market: str, place: int, row: dict[str, str]) -> Nomination:
    tou, period, mw = one_of(Tou, row["TOU"]), row["period"], row["MW"]
    asked = _cap(play, who, market, row["sink"], period, tou) if mw == CAP else number(mw)
    crr_type = crr_type_of(play.person(who).role)
    return Nomination(str(place), who, row["source"], row["sink"], tou, period, asked, crr_type)


def _bid(who: str, place: int, row: dict[str, str]) -> Bid:
    return Bid(
        str(place),
        who,
        one_of(TransactionType, row.get("transaction", TransactionType.BUY)),
        one_of(Hedge, row.get("hedge", Hedge.OBL)),
        row["source"],
        row["sink"],
        one_of(Tou, row["TOU"]),
        row["period"],
        tuple(_point(text) for text in row["curve"].split(",")),
        row.get("CRR", ""),
    )


def _point(text: str) -> CurvePoint:
    """`10 MW at 250` (USD per MW)."""
    mw, at, price = text.strip().partition(" MW at ")
    assert at, f'a point of a curve is like "10 MW at 250", not: {text}'
    return CurvePoint(number(mw), number(price))


def _cap(play: Door, who: str, market: str, sink: str, period: str, tou: Tou) -> Decimal:
    caps, key = play.caps(who, market), (sink, period, tou)
    assert key in caps, f"no cap is posted for {who} at {sink}, {period} {tou}"
    return caps[key]


def _sums(portfolio: Portfolio) -> dict[tuple[str, tuple[str, Tou]], Decimal]:
    keys = {(line.sink, (line.period, line.tou)) for line in portfolio.nominations}
    return {
        key: total(
            line.mw for line in portfolio.nominations if (line.sink, (line.period, line.tou)) == key
        )
        for key in sorted(keys)
    }
