"""What participants do with portfolios: create, submit, retract, delete (wire contract 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.domain import (
    CrrType,
    Finding,
    MarketKind,
    MarketState,
    Portfolio,
    PortfolioStatus,
)
from simulator.domain.columns import (
    bid_columns,
    bids_of,
    line_count,
    nomination_columns,
    nominations_of,
)
from simulator.market import credit, secondary, wheeling
from simulator.market.base_loading import own_crrs
from simulator.market.caps import posted_bounds, posted_signatures
from simulator.market.command import Command
from simulator.market.inventory import local_day
from simulator.market.listing import listing
from simulator.market.windows import for_submissions
from simulator.market.world import World
from simulator.rules import bids as bid_rules
from simulator.rules import bulk
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
        "bids": bid_columns(portfolio.bids),
        "nominations": nomination_columns(portfolio.nominations),
    }


def create(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Store a new portfolio with every record checked; one bad record and nothing is stored."""
    sent = command.arguments
    bids, nominations = sent["bids"], sent["nominations"]
    portfolio = Portfolio(sent["portfolio"], sent["market"], sent["participant"])
    state = for_submissions(tx, portfolio.market, command.at)
    status = None if state is None else state.status
    taken = tx.has(tables.portfolio, **_key(portfolio))
    findings: tuple[Finding, ...] = ()
    if state is not None and not _is_right(tx, world, state, sent):
        whole = replace(
            portfolio, bids=tuple(bids_of(bids)), nominations=tuple(nominations_of(nominations))
        )
        findings = record_findings(tx, world, state, whole)
    count = line_count(bids) + line_count(nominations)
    stored = portfolio_rules.create(portfolio, status, taken, findings, command.actor, count)
    books.save_portfolio(tx, stored, count)
    return _answer(stored, lines=count)


def submit(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """SUBMITTED, or INVALID or REJECTED with the reasons in one message."""
    portfolio, state = _addressed(tx, command)
    data: tuple[Finding, ...] = ()
    short: tuple[Finding, ...] = ()
    required = None
    if portfolio is not None and state is not None and portfolio.status == PortfolioStatus.VALID:
        data = _submission_findings(tx, world, state, portfolio, command.at)
        if state.market.kind == MarketKind.AUCTION:
            verdict = credit.verdict(tx, world, state.market, portfolio)
            required = verdict.required.value
            short = () if verdict.finding is None else (verdict.finding,)
    status = None if state is None else state.status
    kind = MarketKind.AUCTION if state is None else state.market.kind
    eligible = kind == MarketKind.AUCTION or _serves_load(world, command.arguments["participant"])
    answered = portfolio_rules.submit(portfolio, status, kind, data, short, command.actor, eligible)
    kept = portfolio_rules.at_rest(answered)
    assert kept is not None
    books.set_portfolio_status(tx, kept, kept.status, kept.message)
    if required is not None:
        tx.update(tables.portfolio, _key(kept), {"required_credit_usd": required})
    return _answer(answered, findings=[finding.as_dict() for finding in (*data, *short)])


def retract(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """SUBMITTED goes back to VALID."""
    portfolio, state = _addressed(tx, command)
    status, kind = _status_and_kind(state)
    answered = portfolio_rules.retract(portfolio, status, kind, command.actor)
    books.set_portfolio_status(tx, answered, answered.status)
    return _answer(answered)


def delete(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """What is not submitted goes away."""
    portfolio, state = _addressed(tx, command)
    status, kind = _status_and_kind(state)
    answered = portfolio_rules.delete(portfolio, status, kind, command.actor)
    books.remove_portfolio(tx, answered)
    return _answer(answered)


def submitted(tx: Transaction, market: str, **equal: Any) -> tuple[Portfolio, ...]:
    """The portfolios that count in a market."""
    return books.portfolios(tx, market=market, status=PortfolioStatus.SUBMITTED.value, **equal)


def record_findings(
    tx: Transaction, world: World, state: MarketState, portfolio: Portfolio
) -> tuple[Finding, ...]:
    """What is wrong with the bids, offers and nominations themselves as the market stands now."""
    market, owner = state.market, portfolio.participant
    held = tx.derived(("own", market.name, owner), lambda: own_crrs(tx, world, market, owner))
    listed = listing(tx, world, market)
    on_bids = bid_rules.bid_findings(
        portfolio.bids, market, owner, listed, held, world.settings.bidding
    )
    on_nominations = nomination_rules.nomination_findings(
        portfolio.nominations, market, owner, listed, _own_sinks(world, owner)
    )
    return (*_kind_findings(state, portfolio), *on_bids, *on_nominations)


def _is_right(tx: Transaction, world: World, state: MarketState, sent: Arguments) -> bool:
    """A quick yes for a portfolio in which nothing is wrong; after a no the rules say what is."""
    market, owner, settings = state.market, sent["participant"], world.settings.bidding
    paths = tx.derived(
        ("paths", market.name), lambda: bulk.Paths(market, listing(tx, world, market), settings)
    )
    if market.kind == MarketKind.AUCTION:
        bids, others = sent["bids"], sent["nominations"]
        return not others and (not bids or bulk.bids_are_right(bids, owner, paths, settings))
    lines, others = sent["nominations"], sent["bids"]
    sinks = _own_sinks(world, owner)
    return not others and (not lines or bulk.nominations_are_right(lines, owner, paths, sinks))


def _serves_load(world: World, owner: str) -> bool:
    participant = world.participants.get(owner)
    return participant is not None and participant.role.serves_load


def _own_sinks(world: World, owner: str) -> tuple[str, ...]:
    participant = world.participants.get(owner)
    return participant.sinks if participant else ()


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
    tx: Transaction, world: World, state: MarketState, portfolio: Portfolio, at: int
) -> tuple[Finding, ...]:
    market, owner = state.market, portfolio.participant
    if market.kind == MarketKind.AUCTION:
        offered = secondary.offered_in_auctions(tx, participant=owner)
        pending = secondary.pending_trades(tx, local_day(world, at))
        return bid_rules.submission_findings(portfolio.bids, offered, pending)
    others = submitted(tx, market.name, participant=owner)
    already = tuple(line for other in others for line in other.nominations)
    caps = posted_bounds(tx, world, market.name, owner)
    findings = nomination_rules.cap_findings(portfolio.nominations, caps, already)
    if market.tier.by_pair:
        pairs = posted_signatures(tx, market.name, owner)
        findings += nomination_rules.signature_findings(portfolio.nominations, pairs, already)
    outside = [line for line in portfolio.nominations if line.crr_type == CrrType.OBAALSE]
    if outside:
        lines = (*outside, *already)
        findings += wheeling.need_findings(outside, listing(tx, world, market))
        findings += wheeling.payment_findings(tx, world, market, owner, lines)
    return findings


def _addressed(tx: Transaction, command: Command) -> tuple[Portfolio | None, MarketState | None]:
    arguments = command.arguments
    found = books.portfolios(
        tx,
        market=arguments["market"],
        participant=arguments["participant"],
        name=arguments["portfolio"],
    )
    state = for_submissions(tx, arguments["market"], command.at)
    return (found[0] if found else None), state


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
