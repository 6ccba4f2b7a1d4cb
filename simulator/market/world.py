"""What never changes while a market runs: the scenario, the network, the people, their load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from simulator.clearing.day_ahead import DayAheadMarket
from simulator.clearing.workers import HERE, Workers
from simulator.domain import Market, MarketTerm, Participant, Period, Product
from simulator.domain.settings import Settings
from simulator.market.world_folder import WorldFolder
from simulator.network.model import Location
from simulator.participants.layer import Right
from simulator.participants.load import forecast_load_kw, hourly_load_kw
from simulator.participants.people import Person, population
from simulator.timeline.hours import hours_of_period
from simulator.timeline.scenario import Scenario

KW_PER_MW = Decimal(1000)


@dataclass(frozen=True)
class World:
    """A scenario with its seed on a network folder; everything else follows from these.

    `workers` are where markets are cleared: no answer depends on it.
    """

    scenario: Scenario
    seed: int
    folder: WorldFolder
    workers: Workers = field(default=HERE, compare=False)

    @property
    def settings(self) -> Settings:
        """The scenario's settings."""
        return self.scenario.settings

    @property
    def year(self) -> int:
        """The calendar year in which the scenario plays."""
        return self.scenario.first_monday.year

    @property
    def locations(self) -> Mapping[str, Location]:
        """Every source and sink by name."""
        assert self.folder.model.locations is not None
        return self.folder.model.locations

    @cached_property
    def zoned_locations(self) -> Mapping[str, Location]:
        """The same with the zone of each."""
        places = self.folder.layer.places
        return {
            name: replace(location, zone=places[name].zone if name in places else location.zone)
            for name, location in self.locations.items()
        }

    @cached_property
    def memo(self) -> dict[object, object]:
        """What follows from the world alone and was worked out already, by what it is."""
        return {}

    @property
    def rights(self) -> tuple[Right, ...]:
        """Ownership rights and existing contracts."""
        return self.folder.layer.rights

    @cached_property
    def day_ahead_market(self) -> DayAheadMarket:
        """The day-ahead market on this network, with ratings of its own (rulebook 6)."""
        return DayAheadMarket(
            self.folder.model,
            self.folder.day_ahead,
            rating_scale=self.settings.day_ahead.rating_scale,
            base_rating=self.settings.clearing.base_rating,
            contingency_rating=self.settings.clearing.contingency_rating,
            largest_shift_factor=self.settings.clearing.largest_shift_factor,
        )

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """The synthetic participants, the roster's first."""
        count = self.settings.population.participants
        return population(self.seed, count, self.folder.layer, self.settings.population)

    @cached_property
    def participants(self) -> Mapping[str, Participant]:
        """The same as participants, by id."""
        return {person.participant_id: person.participant for person in self.people}

    def load_servers(self) -> tuple[Person, ...]:
        """Those who may nominate, by id."""
        servers = (person for person in self.people if person.participant.role.serves_load)
        return tuple(sorted(servers, key=lambda person: person.participant_id))

    def rights_in(self, period: Period) -> tuple[Right, ...]:
        """Those that are not over yet when the period begins."""
        return tuple(right for right in self.rights if right.in_effect(period))

    def rights_mw(self, participant: Participant, period: Period, sink: str = "") -> Decimal:
        """MW of the participant's load that is served under its own transmission rights.

        At one sink, or at all of them.
        """
        sinks = (sink,) if sink else participant.sinks
        return sum(
            (
                right.mw
                for right in self.rights_in(period)
                if right.holder == participant.participant_id and right.sink in sinks
            ),
            Decimal(0),
        )

    def eligible_load_mw(
        self, person: Person, market: Market, product: Product, sink: str
    ) -> list[Decimal]:
        """The hourly load at a sink that eligibility is measured on (rulebook 2.1).

        Monthly markets take the forecast of their month, annual ones the historical load of the
        same season of the market's data year.
        """
        curve, layer = self.folder.load_curve, self.folder.layer
        if market.term == MarketTerm.MONTHLY:
            hours = hours_of_period(product.period, product.tou, self.settings.calendar)
            load_kw = forecast_load_kw(person, layer, curve, hours, self.seed, sink)
        else:
            year = self.scenario.market(market.name).data_year
            season = Period.parse(f"{year}_{product.period.name.split('_')[1]}")
            hours = hours_of_period(season, product.tou, self.settings.calendar)
            load_kw = hourly_load_kw(person, layer, curve, hours, self.seed, sink)
        return [Decimal(int(kw)) / KW_PER_MW for kw in load_kw]
