"""An auction cleared again after a correction; its first results stay as their version.

Only while nothing rests on them: each of its CRRs as its posting left it, none in the model of a
later market. What was bought is taken back, what was sold is restored, the market is cleared and
posted once more, and statements get a version that holds the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Award,
    Crr,
    Finding,
    Market,
    MarketKind,
    MarketState,
    MarketStatus,
    PortfolioStatus,
    Refused,
    TransactionType,
    refuse_if_any,
)
from simulator.market import downloads, inventory
from simulator.market.clearing import clear_market
from simulator.market.command import Command
from simulator.market.corrections import stated_days
from simulator.market.messages import send
from simulator.market.plain import understood
from simulator.market.portfolios import submitted
from simulator.market.posting import market_awards, post_results
from simulator.market.settlement_inputs import money_day, settled_as_money
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.publish.download import FileFormat, file_name, render
from simulator.rules.inventory import Change
from simulator.rules.lineage import LifeEvent, LifeKind
from simulator.store import Transaction, books, tables
from simulator.store.canonical import canonical_json

RESULTS = (
    tables.award,
    tables.location_price,
    tables.binding_constraint,
    tables.relaxed_constraint,
    tables.cleared_product,
)


@dataclass(frozen=True)
class Correction:
    """What was wrong: whose portfolios should not have counted, or how much was released."""

    exclude: tuple[str, ...] = ()
    limit_scale: Decimal | None = None


def rerun_auction(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Clear and post `market` again; `exclude` (participants) or `limit_scale` are corrections.

    Its money settles on the trading day that it settled on before.
    """
    asked = command.arguments
    with understood(command):
        name, reason = str(asked["market"]), str(asked.get("reason", ""))
        scale = asked.get("limit_scale")
        correction = Correction(
            tuple(sorted(map(str, asked.get("exclude", ())))),
            None if scale is None else Decimal(str(scale)),
        )
    state = known_market(tx, name)
    refuse_if_any(_findings(tx, state, correction))
    awards = market_awards(tx, name)
    posting = Posting.of(tx, awards)
    refuse_if_any(posting.findings(tx, state.market))
    run = _remember(tx, state.market, awards, command.at, asked)
    inventory.carry_out(tx, posting.undone(world, state.market, command.at), command.at)
    for table in RESULTS:
        tx.delete(table, {"market": name})
    _correct(tx, state.market, correction, reason)
    again = replace(command, arguments={"market": name})
    books.set_market_status(tx, name, MarketStatus.CLOSED)
    clear_market(tx, world, again)
    told = post_results(tx, world, again)
    books.set_market_status(tx, name, MarketStatus.POSTED, state.posted_at)
    send(tx, command.at, f"{name} was run again: {reason or 'corrected'}")
    days = [
        day.day
        for day in world.scenario.trading_days()
        if day.day == money_day(world, state)
        or any(product.period.covers(day.day) for product in state.market.products)
    ]
    return {**told, "run": run, **stated_days(tx, world, days, command.at)}


@dataclass(frozen=True)
class Posting:
    """What the posting of an auction made of the inventory: `made` in place of `ended`."""

    made: tuple[Crr, ...]
    ended: tuple[Crr, ...]

    @classmethod
    def of(cls, tx: Transaction, awards: Sequence[Award]) -> Posting:
        """The last changes that bought, and took back, what was awarded."""
        bought, sold = (
            {
                award.crr_id for award in awards
                if award.transaction == side and award.awarded_mw > 0
            }
            for side in (TransactionType.BUY, TransactionType.SELL)
        )  # fmt: skip
        made: dict[str, tuple[Crr, ...]] = {}
        ended: dict[str, Crr] = {}
        for number, gone, new in inventory.each_change(tx):
            if not gone and any(crr.crr_id in bought for crr in new):
                made |= {crr.crr_id: (crr,) for crr in new if crr.crr_id in bought}
            for crr_id in sold.intersection(gone):
                before = inventory.after_change(tx, number - 1)
                ended[crr_id] = next(crr for crr in before if crr.crr_id == crr_id)
                made[crr_id] = new
        return cls(
            tuple(crr for _, crrs in sorted(made.items()) for crr in crrs),
            tuple(crr for _, crr in sorted(ended.items())),
        )

    def findings(self, tx: Transaction, market: Market) -> Iterator[Finding]:
        """Each CRR that is not as it was posted, and each later market that was loaded with one."""
        held = books.crrs_by_id(tx)
        for crr in self.made:
            if held.get(crr.crr_id) != crr:
                owner = held[crr.crr_id].owner if crr.crr_id in held else "split or gone"
                found = f"CRR {crr.crr_id} of {crr.owner}: now {owner}"
                yield _wrong(market.name, found, "every CRR of the auction as it was posted")
        ids = {crr.crr_id for crr in self.made}
        rows = tx.rows(tables.base_loading)
        for later in sorted({row["market"] for row in rows if row["crr_id"] in ids}):
            yield _wrong(market.name, f"its CRRs load {later}", "no later market rests on it")

    def undone(self, world: World, market: Market, at: int) -> Change:
        """The change that takes everything back, told in the life of each CRR."""
        day = inventory.local_day(world, at)
        events = [
            LifeEvent(day, LifeKind.RERUN, crr.crr_id, crr.owner, left, market.name)
            for crrs, left_of in ((self.made, lambda _: Decimal(0)), (self.ended, lambda c: c.mw))
            for crr in crrs
            for left in (left_of(crr),)
        ]
        return Change(tuple(crr.crr_id for crr in self.made), self.ended, tuple(events))


def _remember(
    tx: Transaction, market: Market, awards: Sequence[Award], at: int, asked: Mapping[str, Any]
) -> int:
    """Keep the results that go: their downloads, and the awards as they settled; the run's number.

    Runs are counted over all auctions, so that a statement knows which came before it.
    """
    posted = downloads.PostedResults.read(tx, market)
    files = {
        file_name(market.name, kind, FileFormat.CSV): render(
            kind, posted.public(kind), FileFormat.CSV
        )
        for kind in posted.kinds
    }
    run = len(tx.rows(tables.auction_rerun)) + 1
    row = {
        "run": run,
        "market": market.name,
        "at": at,
        "asked": canonical_json(dict(asked)),
        "awards": canonical_json(
            [list(settled_as_money(award)) for award in awards if award.awarded_mw > 0]
        ),
        "files": canonical_json(files),
    }
    tx.insert(tables.auction_rerun, [row])
    return run


def _correct(tx: Transaction, market: Market, correction: Correction, reason: str) -> None:
    for portfolio in submitted(tx, market.name):
        if portfolio.participant in correction.exclude:
            text = f"{market.name} was run again without it: {reason or 'corrected'}"
            books.set_portfolio_status(tx, portfolio, PortfolioStatus.VALID, text)
    if correction.limit_scale is not None:
        tx.update(tables.market, {"name": market.name}, {"limit_scale": correction.limit_scale})


def _findings(tx: Transaction, state: MarketState, correction: Correction) -> Iterator[Finding]:
    market = state.market
    if market.kind != MarketKind.AUCTION or state.status != MarketStatus.POSTED:
        found = f"{market.kind.value} {state.status.value}"
        raise Refused([_wrong(market.name, found, "an auction whose results are posted")])
    takers = {portfolio.participant for portfolio in submitted(tx, market.name)}
    for participant in correction.exclude:
        if participant not in takers:
            yield _wrong("exclude", participant, ", ".join(sorted(takers)))
    scale = correction.limit_scale
    if scale is not None and not 0 < scale <= 1:
        yield _wrong("limit_scale", str(scale), "above 0, at most 1")
    if correction == Correction():
        yield _wrong("correction", "none", "exclude or limit_scale: what was wrong")


def _wrong(where: str, found: str, allowed: str) -> Finding:
    return Finding(
        "SET0007",
        "the auction cannot be run again so",
        where,
        found,
        allowed,
        "correct the request; what rests on its results is settled by them",
        "rulebook 8.3",
    )
