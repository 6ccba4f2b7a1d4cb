"""What participants download, as rows: read from the books once, for a run's files and the service.

One function for each family of download types (wire contract 6): general, market, results, caps.
Rows of no file are "no data" to the service and no file to a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from simulator.domain import (
    Award,
    Crr,
    CrrType,
    Direction,
    Hedge,
    Market,
    MarketKind,
    MarketTerm,
    Period,
    Tou,
)
from simulator.market import hub_rights, model_publication, results
from simulator.market.caps import crr_type_of
from simulator.market.portfolios import submitted
from simulator.market.posting import market_awards
from simulator.market.world import World
from simulator.publish import market_data, tables
from simulator.publish.download import DownloadType, Rows
from simulator.publish.market_data import Category
from simulator.store import Transaction, books
from simulator.store import tables as stored
from simulator.store.transaction import Row

CURRENT_YEARS = 3  # load-migration CRRs of this year and so many more stand apart from later ones
ALLOCATION_PREFIX, CALCULATION_PREFIX = "ALLOC_", "NOMCAP_"

_OF_CATEGORY = {
    Category.ALLOCATION: DownloadType.PRIVATE_EXISTING_CRR_ALLOCATION,
    Category.AUCTION: DownloadType.PRIVATE_EXISTING_CRR_AUCTION,
    Category.SECONDARY_MARKET: DownloadType.PRIVATE_EXISTING_CRR_SECONDARY_MARKET,
    Category.SYSTEM: DownloadType.PRIVATE_EXISTING_CRR_SYSTEM,
}
MARKET_DATA = (
    DownloadType.SOURCE_SINK,
    DownloadType.SOURCE_SINK_REPLACEMENT,
    DownloadType.GROUPED_BASE_LOADING,
    DownloadType.SET_ASIDE,
)
CAPS = (DownloadType.SEQ, DownloadType.MEQ, DownloadType.UPPER_BOUND, DownloadType.SIGNATURE)
AUCTION_RESULTS = (
    DownloadType.BINDING_CONSTRAINT,
    DownloadType.CLEARING_PRICE,
    DownloadType.PUBLIC_AUCTION_RESULT,
)
ALLOCATION_RESULTS = (DownloadType.BINDING_CONSTRAINT, DownloadType.PUBLIC_ALLOCATION_RESULT)


def existing_crrs(tx: Transaction) -> Rows:
    """Everybody's CRRs."""
    return market_data.existing_crrs(books.crrs(tx))


def own_crrs(tx: Transaction, world: World, owner: str) -> dict[DownloadType, Rows]:
    """The CRRs of one owner by where they came from; no type without rows."""
    last = date(world.year + CURRENT_YEARS + 1, 1, 1)
    lists: dict[DownloadType, list[Crr]] = {}
    for crr in books.crrs(tx, owner=owner):
        lists.setdefault(_list_of(crr, last), []).append(crr)
    return {kind: market_data.existing_crrs(own) for kind, own in sorted(lists.items())}


def market_rows(tx: Transaction, world: World, market: Market, kind: DownloadType) -> Rows:
    """One of MARKET_DATA: what a market is made of, before it is cleared."""
    if kind is DownloadType.SOURCE_SINK:
        return model_publication.source_sinks(tx, world, market)
    if kind is DownloadType.SOURCE_SINK_REPLACEMENT:
        return model_publication.replacement_rows(tx, world, market)
    if kind is DownloadType.GROUPED_BASE_LOADING:
        periods = sorted({product.period for product in market.products})
        loading = _base_loading(tx, market)
        return market_data.grouped_base_loading(market.name, periods, loading)
    assert kind is DownloadType.SET_ASIDE, kind
    return market_data.set_asides(market.name, _set_asides(tx, market))


def all_replacements(tx: Transaction, world: World) -> Rows:
    """Where retired locations went, in every market."""
    return tuple(
        row
        for state in books.markets(tx)
        for row in model_publication.replacement_rows(tx, world, state.market)
    )


@dataclass(frozen=True)
class PostedResults:
    """A cleared market's results; of an allocation, as the rights that the holders get."""

    tx: Transaction
    market: Market
    awards: tuple[Award, ...]
    new_crr_ids: Mapping[str, str]

    @classmethod
    def read(cls, tx: Transaction, market: Market) -> PostedResults:
        """The awards of every submission."""
        awards = market_awards(tx, market.name)
        ids = {award.bid_id: award.crr_id for award in awards}
        if market.kind == MarketKind.ALLOCATION:
            awards = hub_rights.as_rights(tx, market.name, awards)
        return cls(tx, market, awards, ids)

    @property
    def kinds(self) -> tuple[DownloadType, ...]:
        """The public types of this kind of market."""
        auction = self.market.kind == MarketKind.AUCTION
        return AUCTION_RESULTS if auction else ALLOCATION_RESULTS

    @property
    def private_kind(self) -> DownloadType:
        """The private type of this kind of market."""
        auction = self.market.kind == MarketKind.AUCTION
        return (
            DownloadType.PRIVATE_AUCTION_RESULT
            if auction
            else DownloadType.PRIVATE_ALLOCATION_RESULT
        )

    def public(self, kind: DownloadType) -> Rows:
        """The rows of one of `kinds`."""
        tx, name = self.tx, self.market.name
        if kind is DownloadType.BINDING_CONSTRAINT:
            return tables.binding_constraints(name, results.binding(tx, market=name))
        if kind is DownloadType.CLEARING_PRICE:
            return tables.clearing_prices(name, results.prices(tx, market=name))
        if kind is DownloadType.PUBLIC_AUCTION_RESULT:
            return tables.public_auction_results(name, self.awards, self.new_crr_ids)
        assert kind is DownloadType.PUBLIC_ALLOCATION_RESULT, kind
        return tables.public_allocation_results(name, self.awards, self.new_crr_ids)

    def owners(self) -> list[str]:
        """Those who submitted."""
        return sorted({award.participant for award in self.awards})

    def private(self, owner: str) -> Rows:
        """What became of each submission of one participant, in its own words."""
        own = [award for award in self.awards if award.participant == owner]
        portfolios = submitted(self.tx, self.market.name, participant=owner)
        if self.market.kind == MarketKind.AUCTION:
            names = {bid.bid_id: item.name for item in portfolios for bid in item.bids}
            words = {bid.bid_id: bid.description for item in portfolios for bid in item.bids}
            return tables.private_auction_results(
                self.market.name, own, self.new_crr_ids, names, words
            )
        names = {line.nomination_id: item.name for item in portfolios for line in item.nominations}
        return tables.private_allocation_results(self.market.name, own, self.new_crr_ids, names)


def calculation_of(market: Market) -> str:
    """The name of the calculation of an allocation's nomination caps."""
    return CALCULATION_PREFIX + market.name.removeprefix(ALLOCATION_PREFIX)


def cap_kinds(market: Market) -> tuple[DownloadType, ...]:
    """The types that an allocation's calculation has; none of an auction."""
    if market.kind != MarketKind.ALLOCATION:
        return ()
    monthly = market.term == MarketTerm.MONTHLY
    quantity = DownloadType.MEQ if monthly else DownloadType.SEQ
    signed = (DownloadType.SIGNATURE,) if market.tier.by_pair else ()
    return (quantity, DownloadType.UPPER_BOUND, *signed)


def caps_posted(tx: Transaction, market: Market) -> list[str]:
    """Whose caps are out; nobody's before the calculation."""
    posted = tx.rows(stored.nomination_cap, market=market.name)
    return sorted({row["participant"] for row in posted})


def cap_rows(tx: Transaction, world: World, market: Market, kind: DownloadType, owner: str) -> Rows:
    """One of `cap_kinds` for one load-serving entity."""
    name = calculation_of(market)
    known = world.participants.get(owner)
    crr_type = crr_type_of(known.role if known else None)
    if kind is DownloadType.SIGNATURE:
        pairs = tx.rows(stored.signature, market=market.name, participant=owner)
        signed = (_cap(row, owner, crr_type, row["source"]) for row in pairs)
        return tables.signatures(name, signed)
    posted = tx.rows(stored.nomination_cap, market=market.name, participant=owner, kind=kind.value)
    return tables.nomination_caps(name, (_cap(row, owner, crr_type) for row in posted))


def _cap(row: Row, owner: str, crr_type: CrrType, source: str = "") -> tables.NominationCap:
    return tables.NominationCap(
        owner, crr_type, row["sink"], row["period"], Tou(row["tou"]), row["mw"], source
    )


def _list_of(crr: Crr, last: date) -> DownloadType:
    category = market_data.category(crr)
    if category in _OF_CATEGORY:
        return _OF_CATEGORY[category]
    if crr.start < last:
        return DownloadType.PRIVATE_EXISTING_CRR_LM_CURRENT_PLUS_3
    return DownloadType.PRIVATE_EXISTING_CRR_LM_BEYOND_3


def _base_loading(tx: Transaction, market: Market) -> Iterator[Crr]:
    for row in tx.rows(stored.base_loading, market=market.name):
        period = Period.parse(row["period"])
        yield Crr(
            "", "", CrrType.LSE, Hedge(row["hedge"]), row["source"], row["sink"],
            Tou(row["tou"]), period.start, period.end, row["mw"], market.name,
        )  # fmt: skip


def _set_asides(tx: Transaction, market: Market) -> Iterator[market_data.SetAsideRow]:
    for row in tx.rows(stored.set_aside, market=market.name):
        yield market_data.SetAsideRow(
            row["interface"], Direction.FROM_TO, row["period"], Tou(row["tou"]),
            row["set_aside_mw"],
        )  # fmt: skip
