"""The day-ahead market: the 23 to 25 hourly dispatches of each trading day.

Every day is computed on its own: hours start from the hour before, the first one from nothing.
Results therefore depend neither on which days were computed before nor on how many at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from multiprocessing import get_context

import numpy as np

from simulator.clearing.day_ahead_hour import DayAheadHour, MarketHour, Publisher
from simulator.clearing.day_ahead_inputs import DayAheadInputs, DayType
from simulator.clearing.dispatch import Dispatcher, DispatchModel
from simulator.clearing.dispatch_flows import Array
from simulator.domain import Tou
from simulator.network.amplified import Enforced, enforced
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.model import NetworkModel
from simulator.network.period_model import MINIMUM, Derate, period_network


@dataclass(frozen=True, eq=False)
class DaySpec:
    """One trading day.

    `deviation` (hours, areas) is how far load is from its shape, relative, areas in the order of
    the inputs; `outages` are the branches out of service that day in the day-ahead model,
    `limits_mw` those whose rating A is lowered, the others in proportion.
    """

    day: date
    day_type: DayType
    hours: Sequence[MarketHour]
    outages: tuple[BranchKey, ...] = ()
    deviation: Array | None = None
    limits_mw: tuple[tuple[BranchKey, float], ...] = ()


@dataclass(frozen=True, eq=False)
class DayAheadMarket:
    """The market over `model`, whose network has in service what is in service on most days.

    A contingency that takes a shift factor above `largest_shift_factor` is left out of the days on
    which it does (`network.amplified`).
    """

    model: NetworkModel
    inputs: DayAheadInputs
    rating_scale: float = 1.0
    base_rating: str = "A"
    contingency_rating: str = "B"
    largest_shift_factor: float = np.inf
    _enforced: dict[object, Enforced] = field(default_factory=dict, repr=False)
    _dispatch_models: dict[object, DispatchModel] = field(default_factory=dict, repr=False)

    def dispatch_model(
        self,
        outages: Sequence[BranchKey] = (),
        limits_mw: Sequence[tuple[BranchKey, float]] = (),
    ) -> DispatchModel:
        """The model without some branches and with lower limits on others; made once for each."""
        out = tuple(sorted({branch.undirected for branch in outages}))
        lowered = tuple(sorted(limits_mw))
        key = out, lowered
        if key not in self._dispatch_models:
            self._dispatch_models[key] = DispatchModel(
                network=self._network(out, lowered),
                contingencies=self.enforced(out).contingencies,
                monitored=self.model.monitored,
                interfaces=self.model.interfaces,
                base_rating=self.base_rating,
                contingency_rating=self.contingency_rating,
                rating_scale=self.rating_scale,
            )
        return self._dispatch_models[key]

    def enforced(self, outages: Sequence[BranchKey] = ()) -> Enforced:
        """Which contingencies count while some branches are out; worked out once for each."""
        out = tuple(sorted({branch.undirected for branch in outages}))
        if out not in self._enforced:
            self._enforced[out] = enforced(
                self._network(out, ()),
                self.model.contingencies,
                self.model.monitored,
                self.largest_shift_factor,
            )
        return self._enforced[out]

    def _network(
        self, out: tuple[BranchKey, ...], limits_mw: tuple[tuple[BranchKey, float], ...]
    ) -> DcNetwork:
        network = self.model.network
        if not out and not limits_mw:
            return network
        derates = [
            Derate(network.key[position], limit_mw, 1)
            for branch, limit_mw in limits_mw
            for position in network.sections(branch)
            if network.rating_mw[position, 0] > 0
        ]
        return period_network(network, out, derates, hours=1, rule=MINIMUM)

    @cached_property
    def locations(self) -> tuple[str, ...]:
        """Names in the order of publication; without a table every bus number is one."""
        if self.model.locations is None:
            return tuple(str(number) for number in sorted(self.model.network.bus.tolist()))
        return tuple(sorted(self.model.locations))

    @cached_property
    def place_factors(self) -> dict[Tou, Array]:
        """(locations, nb) for each time of use: the share of each bus in each location."""
        return {tou: self._place_factors(tou) for tou in Tou}

    def _place_factors(self, tou: Tou) -> Array:
        network, locations = self.model.network, self.model.locations
        matrix = np.zeros((len(self.locations), network.bus_count))
        for row, name in enumerate(self.locations):
            buses = ((int(name), 1.0),) if locations is None else locations[name].factors[tou]
            for bus, share in buses:
                matrix[row, network.bus_index(bus)] = share
        return matrix


def day_ahead_hours(market: DayAheadMarket, spec: DaySpec) -> tuple[DayAheadHour, ...]:
    """Every hour of one day, in order."""
    inputs = market.inputs
    dispatcher = Dispatcher(market.dispatch_model(spec.outages, spec.limits_mw), inputs.offers)
    publisher = Publisher(market.locations, market.place_factors)
    expected = np.zeros((len(spec.hours), len(inputs.areas)))
    deviations = expected if spec.deviation is None else spec.deviation
    published = []
    for hour, deviation in zip(spec.hours, deviations, strict=True):
        demand = inputs.demand_mw(spec.day.month, spec.day_type, hour.hour_ending, deviation)
        outcome = dispatcher.hour(
            load_mw=np.maximum(demand, 0.0),
            fixed_mw=np.maximum(-demand, 0.0),
            available_mw=inputs.available_mw(spec.day.month, hour.hour_ending),
        )
        published.append(publisher.publish(hour, outcome))
    return tuple(published)


def day_ahead_days(
    market: DayAheadMarket, specs: Sequence[DaySpec], workers: int = 1
) -> Iterator[tuple[DayAheadHour, ...]]:
    """`day_ahead_hours` of each day in order; `workers` processes give the same bytes as one."""
    if workers <= 1 or len(specs) <= 1:
        for spec in specs:
            yield day_ahead_hours(market, spec)
        return
    with ProcessPoolExecutor(
        max_workers=min(workers, len(specs)),
        mp_context=get_context("fork"),  # the market reaches the workers without being copied
        initializer=_install,
        initargs=(market,),
    ) as pool:
        yield from pool.map(_hours_of_installed, specs)


_installed: list[DayAheadMarket] = []


def _install(market: DayAheadMarket) -> None:
    _installed[:] = [market]


def _hours_of_installed(spec: DaySpec) -> tuple[DayAheadHour, ...]:
    return day_ahead_hours(_installed[0], spec)
