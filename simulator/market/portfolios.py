"""What participants do with portfolios: create, submit, retract, delete (wire contract 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Bid,
    CrrType,
    CurvePoint,
    Finding,
    Hedge,
    MarketKind,
    MarketState,
    MarketTerm,
    Nomination,
    Portfolio,
    PortfolioStatus,
    Tou,
    TransactionType,
)
from simulator.market import credit, secondary, wheeling
from simulator.market.base_loading import own_crrs
from simulator.market.caps import posted_caps, posted_signatures
from simulator.market.command import Command
from simulator.market.listing import listing
from simulator.market.world import World
from simulator.rules import bids as bid_rules
from simulator.rules import nominations as nomination_rules
from simulator.rules import portfolio as portfolio_rules
from simulator.store import Transaction, books, tables

Arguments = Mapping[str, Any]


def create_arguments(portfolio: Portfolio) -> dict[str, Any]:
    """A portfolio as the arguments of a create command: plain data."""
    return {
        "market": portfolio.market,
        "participant": portfolio.participant,
        "portfolio": portfolio.name,
        "bids": [
            [
                bid.participant,
                bid.transaction.value,
                bid.hedge.value,
                bid.source,
                bid.sink,
                bid.tou.value,
                bid.period,
                bid.crr_id,
                bid.crr_type.value,
                bid.description,
                [[str(point.mw), str(point.price_usd_per_mw)] for point in bid.curve],
            ]
            for bid in portfolio.bids
        ],
        "nominations": [
            [
                line.participant,
                line.source,
                line.sink,
                line.tou.value,
                line.period,
                str(line.mw),
                line.crr_type.value,
                line.description,
            ]
            for line in portfolio.nominations
        ],
    }


def create(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Store a new portfolio with every record checked; one bad record and nothing is stored."""
    portfolio = _from_arguments(command.arguments)
    state = books.market(tx, portfolio.market)
    status = None if state is None else state.status
    taken = bool(tx.rows(tables.portfolio, **_key(portfolio)))
    findings = () if state is None else _record_findings(tx, world, state, portfolio)
    stored = portfolio_rules.create(portfolio, status, taken, findings, command.actor)
    saved = books.save_portfolio(tx, stored)
    return _answer(saved, lines=len(saved.bids) + len(saved.nominations))


def submit(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """SUBMITTED, or INVALID or REJECTED with the reasons in one message."""
    portfolio, state = _addressed(tx, command.arguments)
    data: tuple[Finding, ...] = ()
    short: tuple[Finding, ...] = ()
    required = None
    if portfolio is not None and state is not None and portfolio.status == PortfolioStatus.VALID:
        data = _submission_findings(tx, world, state, portfolio)
        if state.market.kind == MarketKind.AUCTION:
            verdict = credit.verdict(tx, world, state.market, portfolio)
            required = verdict.required.value
            short = () if verdict.finding is None else (verdict.finding,)
    status = None if state is None else state.status
    kind = MarketKind.AUCTION if state is None else state.market.kind
    answered = portfolio_rules.submit(portfolio, status, kind, data, short, command.actor)
    kept = portfolio_rules.at_rest(answered)
    assert kept is not None
    books.set_portfolio_status(tx, kept, kept.status, kept.message)
    if required is not None:
        tx.update(tables.portfolio, _key(kept), {"required_credit_usd": required})
    return _answer(answered, findings=[finding.as_dict() for finding in (*data, *short)])


def retract(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """SUBMITTED goes back to VALID."""
    portfolio, state = _addressed(tx, command.arguments)
    status, kind = _status_and_kind(state)
    answered = portfolio_rules.retract(portfolio, status, kind, command.actor)
    books.set_portfolio_status(tx, answered, answered.status)
    return _answer(answered)


def delete(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """What is not submitted goes away."""
    portfolio, state = _addressed(tx, command.arguments)
    status, kind = _status_and_kind(state)
    answered = portfolio_rules.delete(portfolio, status, kind, command.actor)
    books.remove_portfolio(tx, answered)
    return _answer(answered)


def submitted(tx: Transaction, market: str, **equal: Any) -> tuple[Portfolio, ...]:
    """The portfolios that count in a market."""
    return books.portfolios(tx, market=market, status=PortfolioStatus.SUBMITTED.value, **equal)


def _from_arguments(arguments: Arguments) -> Portfolio:
    """Records are numbered as the participant sent them, so that findings can name them."""
    bids = tuple(
        Bid(
            str(number),
            owner,
            TransactionType(transaction),
            Hedge(hedge),
            source,
            sink,
            Tou(tou),
            period,
            tuple(CurvePoint(Decimal(mw), Decimal(price)) for mw, price in curve),
            crr_id,
            CrrType(crr_type),
            words,
        )
        for number, (
            owner,
            transaction,
            hedge,
            source,
            sink,
            tou,
            period,
            crr_id,
            crr_type,
            words,
            curve,
        ) in enumerate(arguments["bids"], start=1)
    )
    nominations = tuple(
        Nomination(
            str(number),
            owner,
            source,
            sink,
            Tou(tou),
            period,
            Decimal(mw),
            CrrType(crr_type),
            words,
        )
        for number, (owner, source, sink, tou, period, mw, crr_type, words) in enumerate(
            arguments["nominations"], start=1
        )
    )
    return Portfolio(
        arguments["portfolio"], arguments["market"], arguments["participant"], bids, nominations
    )


def _record_findings(
    tx: Transaction, world: World, state: MarketState, portfolio: Portfolio
) -> tuple[Finding, ...]:
    participant = world.participants.get(portfolio.participant)
    sinks = (participant.sink,) if participant and participant.sink else ()
    market, owner = state.market, portfolio.participant
    held = tx.derived(("own", market.name, owner), lambda: own_crrs(tx, world, market, owner))
    listed = tx.derived(("listing", market.name), lambda: listing(tx, world, market))
    on_bids = bid_rules.bid_findings(
        portfolio.bids,
        state.market,
        portfolio.participant,
        listed,
        held,
        world.settings.bidding,
    )
    on_nominations = nomination_rules.nomination_findings(
        portfolio.nominations, state.market, portfolio.participant, listed, sinks
    )
    return (*_kind_findings(state, portfolio), *on_bids, *on_nominations)


def _kind_findings(state: MarketState, portfolio: Portfolio) -> tuple[Finding, ...]:
    auction = state.market.kind == MarketKind.AUCTION
    wrong = portfolio.nominations if auction else portfolio.bids
    if not wrong:
        return ()
    return (
        Finding(
            "SER0005",
            f"market {state.market.name} is an {state.market.kind.value.lower()}",
            where="marketName",
            found=f"{len(wrong)} {'nominations' if auction else 'bids'}",
            allowed="bids and offers" if auction else "nominations",
            remedy="send them to the other kind of market",
            rule="wire contract 1.2",
        ),
    )


def _submission_findings(
    tx: Transaction, world: World, state: MarketState, portfolio: Portfolio
) -> tuple[Finding, ...]:
    market, owner = state.market, portfolio.participant
    others = submitted(tx, market.name, participant=owner)
    if market.kind == MarketKind.AUCTION:
        offered = {bid.crr_id: other.name for other in others for bid in other.bids if bid.crr_id}
        pending = secondary.pending_trades(tx)
        return bid_rules.submission_findings(portfolio.bids, offered, pending)
    already = tuple(line for other in others for line in other.nominations)
    cap_name = "MEQ" if market.term == MarketTerm.MONTHLY else "SEQ"
    caps = posted_caps(tx, world, market.name, owner)
    findings = nomination_rules.cap_findings(portfolio.nominations, caps, cap_name, already)
    if market.tier.by_pair:
        pairs = posted_signatures(tx, market.name, owner)
        findings += nomination_rules.signature_findings(portfolio.nominations, pairs, already)
    outside = [line for line in portfolio.nominations if line.crr_type == CrrType.OBAALSE]
    if outside:
        lines = (*outside, *already)
        findings += wheeling.need_findings(outside, listing(tx, world, market))
        findings += wheeling.payment_findings(tx, world, market, owner, lines)
    return findings


def _addressed(
    tx: Transaction, arguments: Arguments
) -> tuple[Portfolio | None, MarketState | None]:
    found = books.portfolios(
        tx,
        market=arguments["market"],
        participant=arguments["participant"],
        name=arguments["portfolio"],
    )
    return (found[0] if found else None), books.market(tx, arguments["market"])


def _status_and_kind(state: MarketState | None) -> tuple[Any, MarketKind]:
    return (None, MarketKind.AUCTION) if state is None else (state.status, state.market.kind)


def _key(portfolio: Portfolio) -> dict[str, str]:
    return {
        "market": portfolio.market,
        "participant": portfolio.participant,
        "name": portfolio.name,
    }


def _answer(portfolio: Portfolio, **more: Any) -> dict[str, Any]:
    return {
        "market": portfolio.market,
        "portfolio": portfolio.name,
        "status": portfolio.status.value,
        "message": portfolio.message,
        **more,
    }
