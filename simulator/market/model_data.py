"""The model of one product of a market: network, limits and locations as its version knows them.

A list of sources and sinks, and the model with it, comes out in versions: 0 before the allocation,
1 before the auction, updates inside the market period (rulebook 3.7 and 8.2). A market keeps the
version that was out when its window opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from simulator.domain import Market, MarketTerm, Product, refuse_if_any
from simulator.market.facilities import known_to
from simulator.market.outages import PlannedOutage, is_known
from simulator.market.retirements import replaced
from simulator.market.world import World
from simulator.network.amplified import Enforced, enforced
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.model import Location
from simulator.network.period_model import Derate, period_network
from simulator.network.remap import Replacement
from simulator.network.source_sink_list import SourceSinkList, source_sink_list
from simulator.store import Transaction, books, tables
from simulator.timeline.hours import hours_of_period, local


@dataclass(frozen=True, eq=False)
class PeriodModel:
    """`network` has `outages` out and the limits of what is out for part of the period lowered.

    `enforced` are the contingencies that count on it, with those that are left out. `listed` is the
    list before anybody's base loading; `replacements` says where retired locations went on this
    very model.
    """

    version: int
    network: DcNetwork
    outages: tuple[BranchKey, ...]
    enforced: Enforced
    listed: SourceSinkList
    replacements: tuple[Replacement, ...]

    @cached_property
    def locations(self) -> Mapping[str, Location]:
        """What may stand in a bid, an offer or the base loading, by name."""
        return {name: entry.location for name, entry in self.listed.entries.items()}

    @cached_property
    def replaced_by(self) -> Mapping[str, str]:
        """The replacement of every retired location."""
        return {item.retired: item.replacement for item in self.replacements}

    def here(self, location: str) -> str:
        """What stands for a location in this model."""
        return self.replaced_by.get(location, location)


def list_period(market: Market) -> str:
    """What the markets of one list sell: a month, or all seasons of a year."""
    first = min(product.period.name for product in market.products)
    return first.split("_")[0] if market.term == MarketTerm.ANNUAL else first


def released(tx: Transaction, market: Market) -> tuple[tuple[int, int], ...]:
    """(version, epoch second) of every list of the market's period that is out, in order."""
    rows = tx.rows(tables.source_sink_release, period=list_period(market))
    return tuple(sorted((row["version"], row["released_at"]) for row in rows))


def version_in_force(tx: Transaction, market: Market) -> int:
    """The version that was out when the market's window opened; 0 when none was."""
    state = books.market(tx, market.name)
    assert state is not None
    return max((version for version, at in released(tx, market) if at <= state.opens_at), default=0)


def model_in_force(tx: Transaction, world: World, market: Market, product: Product) -> PeriodModel:
    """The model that the market is cleared on."""
    return model_of_version(tx, world, market, product, version_in_force(tx, market))


def models_in_force(tx: Transaction, world: World, market: Market) -> dict[Product, PeriodModel]:
    """The same for every product of the market."""
    version = version_in_force(tx, market)
    return {
        product: model_of_version(tx, world, market, product, version)
        for product in market.products
    }


def model_of_version(
    tx: Transaction, world: World, market: Market, product: Product, version: int
) -> PeriodModel:
    """Any version of the market's model, as it was known at its own moment.

    Version 1 and the model that the auction is cleared on are made together, on the day of the
    latter, M-24: the list of M-33 that rulebook 8.2 has would name what that model has no longer.
    """
    settings, world = world.settings.clearing, known_to(tx, world, market.name)
    leads = (settings.source_sink_v0_days, settings.source_sink_v1_days)
    if version < len(leads):
        as_of = product.period.start - timedelta(days=leads[version])
    else:
        as_of = local(dict(released(tx, market))[version], world.settings.calendar.timezone).date()
    return period_model(world, market.term, product, version, as_of)


def period_model(
    world: World, term: MarketTerm, product: Product, version: int, as_of: date
) -> PeriodModel:
    """The model from what was known on `as_of`; made once for each world."""
    key = ("period model", term, product, version, as_of)
    if key not in world.memo:
        world.memo[key] = _period_model(world, term, product, version, as_of)
    made = world.memo[key]
    assert isinstance(made, PeriodModel)
    return made


def _period_model(
    world: World, term: MarketTerm, product: Product, version: int, as_of: date
) -> PeriodModel:
    """Raises Refused when a retired location has no replacement."""
    period, intact = product.period, world.folder.model.network
    network = _network(world, term, product, as_of)
    gone = [
        item
        for item in world.folder.retirements
        if item.announced <= as_of and item.retired < period.end
    ]
    moved, faults = replaced(gone, network, intact, world.locations)
    refuse_if_any(faults)
    listed = source_sink_list(
        "", version, world.zoned_locations, network, retired=moved, intact=intact
    )
    out = intact.in_service & ~network.in_service
    outages = tuple(sorted(intact.key[k] for k in out.nonzero()[0].tolist()))
    return PeriodModel(version, network, outages, _enforced(world, network), listed, moved)


def _enforced(world: World, network: DcNetwork) -> Enforced:
    """Worked out once for what is out: a limit moves no factor."""
    key = "enforced", network.in_service.tobytes()
    if key not in world.memo:
        model, settings = world.folder.model, world.settings.clearing
        world.memo[key] = enforced(
            network, model.contingencies, model.monitored, settings.largest_shift_factor
        )
    made = world.memo[key]
    assert isinstance(made, Enforced)
    return made


def _network(world: World, term: MarketTerm, product: Product, as_of: date) -> DcNetwork:
    """The released network with what is known of the period's outages (rulebook 3.5).

    What lasts long counts for the whole period; what is shorter lowers the limits of a month by
    its hours, and an annual model has nothing of it.
    """
    period, settings = product.period, world.settings.clearing
    known = [
        outage for outage in world.folder.outages if is_known(outage, period, term, as_of, settings)
    ]
    least = min(settings.outage_long_days, (period.end - period.start).days)
    long = [outage for outage in known if outage.days_within(period) >= least]
    short = [outage for outage in known if outage not in long and term == MarketTerm.MONTHLY]
    intact = world.folder.model.network
    hours = hours_of_period(period, product.tou, world.settings.calendar)
    return period_network(
        intact,
        [outage.branch for outage in long if outage.limit_mw is None],
        _derates(
            intact,
            [outage for outage in long if outage.limit_mw is not None],
            short,
            Counter(hour.day for hour in hours),
        ),
        hours=len(hours),
        rule=settings.partial_outage_derate,
    )


def _derates(
    network: DcNetwork,
    always: Iterable[PlannedOutage],
    on_its_days: Iterable[PlannedOutage],
    hours_of_day: Counter[date],
) -> list[Derate]:
    """Hours of each lowered limit of each branch; 0 MW while it is out, the least of several.

    A branch without a limit has none to lower and stays as it is.
    """
    limits: dict[int, dict[date, float]] = {}
    for outage, day in (
        *((outage, day) for outage in always for day in hours_of_day),
        *((outage, day) for outage in on_its_days for day in hours_of_day if outage.covers(day)),
    ):
        limit_mw = 0.0 if outage.limit_mw is None else outage.limit_mw
        for position in network.sections(outage.branch):
            if network.rating_mw[position, 0] > 0:
                of_branch = limits.setdefault(position, {})
                of_branch[day] = min(limit_mw, of_branch.get(day, limit_mw))
    return [
        Derate(network.key[position], limit_mw, sum(hours_of_day[day] for day in days))
        for position, of_branch in sorted(limits.items())
        for limit_mw in sorted(set(of_branch.values()))
        for days in [[day for day, mw in of_branch.items() if mw == limit_mw]]
    ]
