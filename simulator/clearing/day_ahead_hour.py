"""One hour of the day-ahead market as published: rounded once, and from there on exact.

Everything is defined from the rounded figures, so that anybody who holds them gets the same
numbers: with shadow prices mu (1e-5 USD/MWh) and shift factors SF (1e-6) of the hour's binding
constraints k, MCC at location n is -sum_k mu_k SF_k,n, and the congestion revenue of k is mu_k
times the flow of its schedules (0.001 MW), in cents (rulebook 6.1, 6.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.clearing.dispatch import Dispatch, DispatchConstraint
from simulator.clearing.dispatch_flows import Array
from simulator.domain import Direction, Tou, mw, usd

PRICE_STEP = Decimal("0.00001")  # of shadow prices and MCC, USD/MWh
PRICE_DECIMALS = 5
FACTOR_DECIMALS = 6  # of shift factors


class MarketHour(Protocol):
    """What the market needs to know of an hour; `start` is in epoch seconds."""

    @property
    def start(self) -> int:
        """First second."""

    @property
    def hour_ending(self) -> int:
        """1 to 25."""

    @property
    def tou(self) -> Tou:
        """Which location factors hold."""


@dataclass(frozen=True)
class DayAheadConstraint:
    """A constraint that binds in an hour; MW and factors count in `direction`.

    `shift_factors` are by location, sorted, without zeros. Hours of a day that have the same
    factors share one mapping.
    """

    constraint: str
    name: str
    device_type: str
    from_bus: int
    to_bus: int
    circuit: str
    contingency: str
    direction: Direction
    flow_mw: Decimal
    limit_mw: Decimal
    shadow_price_usd_per_mwh: Decimal
    revenue_usd: Decimal
    shift_factors: Mapping[str, float]


@dataclass(frozen=True)
class DayAheadHour:
    """The price at a location is `energy_usd_per_mwh` + `mcc_usd_per_mwh`.

    `load_mw` is what was served; `shed_mw` and `spill_mw` are above 0 only where no dispatch could
    serve all load or take all must-take output, at the penalty price of the dispatch.
    """

    start: int
    hour_ending: int
    tou: Tou
    load_mw: Decimal
    shed_mw: Decimal
    spill_mw: Decimal
    energy_usd_per_mwh: Decimal
    mcc_usd_per_mwh: Mapping[str, Decimal]
    constraints: tuple[DayAheadConstraint, ...]

    @property
    def congestion_revenue_usd(self) -> Decimal:
        """The sum over the constraints, exact."""
        return sum((item.revenue_usd for item in self.constraints), start=Decimal("0.00"))


class Publisher:
    """Turns dispatches of one day into published hours."""

    def __init__(self, locations: tuple[str, ...], place_factors: Mapping[Tou, Array]) -> None:
        """`place_factors` (locations, nb) is the share of each bus in each location."""
        self._locations = locations
        self._place_factors = place_factors
        self._mappings: dict[tuple[str, bytes], Mapping[str, float]] = {}

    def publish(self, hour: MarketHour, outcome: Dispatch) -> DayAheadHour:
        """The hour, rounded. A constraint whose shadow price rounds to 0 is not published."""
        mcc = [0] * len(self._locations)
        constraints = []
        for item in outcome.constraints:
            price = _price(item.shadow_price_usd_per_mwh)
            if price == 0:
                continue
            factors = self._factors(item, hour.tou)
            ticks = int(price.scaleb(PRICE_DECIMALS))
            mcc = [sum_ - ticks * f for sum_, f in zip(mcc, factors.tolist(), strict=True)]
            constraints.append(self._constraint(item, price, factors))
        return DayAheadHour(
            start=hour.start,
            hour_ending=hour.hour_ending,
            tou=hour.tou,
            load_mw=mw(outcome.served_mw),
            shed_mw=mw(float(outcome.shed_mw.sum())),
            spill_mw=mw(float(outcome.spill_mw.sum())),
            energy_usd_per_mwh=_price(outcome.system_energy_usd_per_mwh),
            mcc_usd_per_mwh={
                name: _price(Decimal(value).scaleb(-PRICE_DECIMALS - FACTOR_DECIMALS))
                for name, value in zip(self._locations, mcc, strict=True)
            },
            constraints=tuple(constraints),
        )

    def _factors(self, item: DispatchConstraint, tou: Tou) -> NDArray[np.int64]:
        """(locations,) shift factors as whole numbers of 1e-6."""
        exact = self._place_factors[tou] @ item.shift_factor
        ticks: NDArray[np.int64] = np.rint(exact * 10**FACTOR_DECIMALS).astype(np.int64)
        return ticks

    def _constraint(
        self, item: DispatchConstraint, price: Decimal, factors: NDArray[np.int64]
    ) -> DayAheadConstraint:
        return DayAheadConstraint(
            constraint=item.constraint_id,
            name=item.name,
            device_type=item.device_type,
            from_bus=item.from_bus,
            to_bus=item.to_bus,
            circuit=item.circuit,
            contingency=item.contingency,
            direction=item.direction,
            flow_mw=mw(item.flow_mw),
            limit_mw=mw(item.limit_mw),
            shadow_price_usd_per_mwh=price,
            revenue_usd=usd(price * mw(item.scheduled_mw)),
            shift_factors=self._mapping(item.constraint_id, factors),
        )

    def _mapping(self, constraint: str, factors: NDArray[np.int64]) -> Mapping[str, float]:
        key = (constraint, factors.tobytes())
        if key not in self._mappings:
            self._mappings[key] = {
                name: value / 10**FACTOR_DECIMALS
                for name, value in zip(self._locations, factors.tolist(), strict=True)
                if value
            }
        return self._mappings[key]


def _price(value: Decimal | float) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    rounded = exact.quantize(PRICE_STEP, ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)  # no negative zero
