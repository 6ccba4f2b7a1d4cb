"""One hour of the day-ahead market: least-cost dispatch of a DC network with every outage (N-1).

Prices split as LMP = energy + congestion. The energy component is the LMP at the reference bus of
each island, so the congestion component (MCC) there is 0; only differences of MCC settle. For every
binding constraint k with shadow price mu_k >= 0 and shift factors SF_k, signed for the direction in
which it binds, MCC_n = -sum_k mu_k SF_k,n (rulebook 6.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.clearing.dispatch_flows import Array
from simulator.clearing.dispatch_limits import Limits, security_limits
from simulator.clearing.dispatch_program import Program, Solution
from simulator.domain import Direction
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.model import Contingency, Interface

PENALTY_USD_PER_MWH = 1_000.0  # load shed and must-take output spilled: the energy bid cap
BINDING_MW = 1e-3  # a limit with a shadow price is used up, within the solver's feasibility
IDENTITY_TOLERANCE = 1e-6  # relative, of the money identities asserted in every hour


@dataclass(frozen=True)
class DispatchModel:
    """The day-ahead network and its limits; on purpose not the model that CRRs are sold on."""

    network: DcNetwork
    contingencies: tuple[Contingency, ...] = ()
    monitored: tuple[BranchKey, ...] | None = None
    interfaces: tuple[Interface, ...] = ()
    base_rating: str = "A"
    contingency_rating: str = "B"
    rating_scale: float = 1.0
    penalty_usd_per_mwh: float = PENALTY_USD_PER_MWH

    @cached_property
    def limits(self) -> Limits:
        """Factors and limits, computed at first use."""
        return security_limits(
            self.network,
            self.contingencies,
            self.monitored,
            self.interfaces,
            self.base_rating,
            self.contingency_rating,
            self.rating_scale,
        )


@dataclass(frozen=True, order=True)
class Offer:
    """One block of a resource's offer: `min_mw` is taken at any price, up to `max_mw` at this."""

    bus: int
    resource: str
    block: int
    min_mw: float
    max_mw: float
    price_usd_per_mwh: float


@dataclass(frozen=True)
class DispatchConstraint:
    """A limit that binds in the hour. All MW and factors count in `direction`.

    `flow_mw` is `scheduled_mw`, what the hour's injections cause, and what phase shifters push
    through by themselves on top.
    """

    name: str
    device_type: str
    from_bus: int
    to_bus: int
    circuit: str
    contingency: str
    direction: Direction
    flow_mw: float
    scheduled_mw: float
    limit_mw: float
    shadow_price_usd_per_mwh: float
    shift_factor: Array

    @property
    def revenue_usd(self) -> float:
        """Congestion revenue: the shadow price times the flow of the settled schedules."""
        return self.shadow_price_usd_per_mwh * self.scheduled_mw

    @property
    def constraint_id(self) -> str:
        """Element, contingency and direction: the key of this constraint in every hour."""
        return "|".join((self.name, self.contingency, self.direction))


@dataclass(frozen=True)
class Dispatch:
    """The outcome of one hour; arrays over buses have the network's order, USD are for the hour.

    `generation_mw` follows the offers as they were given.
    """

    price_usd_per_mwh: Array
    energy_usd_per_mwh: Array
    mcc_usd_per_mwh: Array
    generation_mw: Array
    load_mw: Array
    shed_mw: Array
    spill_mw: Array
    injection_mw: Array
    constraints: tuple[DispatchConstraint, ...]
    cost_usd: float
    load_payment_usd: float
    generator_payment_usd: float
    rounds: int

    @property
    def served_mw(self) -> float:
        """Load less what was shed."""
        return float(self.load_mw.sum() - self.shed_mw.sum())

    @property
    def system_energy_usd_per_mwh(self) -> float:
        """The energy price of the bus with the most load: that of the main island."""
        return float(self.energy_usd_per_mwh[int(self.load_mw.argmax())])

    @property
    def congestion_revenue_usd(self) -> float:
        """What loads pay more than generators get."""
        return self.load_payment_usd - self.generator_payment_usd


class Dispatcher:
    """Solves a chain of hours of one model and one set of offers, each starting from the last."""

    def __init__(self, model: DispatchModel, offers: Sequence[Offer]) -> None:
        self._model = model
        # canonical order: equal offers in another order give the same bytes
        self._order = np.array(sorted(range(len(offers)), key=lambda i: offers[i]), dtype=np.int64)
        ranked = [offers[i] for i in self._order]
        self._bus = np.array([model.network.bus_index(o.bus) for o in ranked], dtype=np.int64)
        self._price = np.array([offer.price_usd_per_mwh for offer in ranked])
        self._min_mw = np.array([offer.min_mw for offer in ranked])
        self._max_mw = np.array([offer.max_mw for offer in ranked])
        island = np.asarray(model.network.island)
        self._program = Program(model.limits, island, self._bus, self._price)

    def hour(
        self, load_mw: Array, fixed_mw: Array | None = None, available_mw: Array | None = None
    ) -> Dispatch:
        """Dispatch for loads (nb,), must-take output (nb,) and what each offer has available.

        `available_mw` follows the offers as given and caps their `max_mw` (and `min_mw`).
        """
        fixed = np.zeros_like(load_mw) if fixed_mw is None else fixed_mw
        upper = self._max_mw
        if available_mw is not None:
            upper = np.minimum(upper, available_mw[self._order])
        solution = self._program.solve(
            np.minimum(self._min_mw, upper), upper, load_mw, fixed, self._model.penalty_usd_per_mwh
        )
        return self._outcome(solution, load_mw, fixed)

    def _outcome(self, solution: Solution, load_mw: Array, fixed_mw: Array) -> Dispatch:
        buses = len(load_mw)
        produced = fixed_mw - solution.spill_mw
        np.add.at(produced, self._bus, solution.block_mw)
        served = load_mw - solution.shed_mw
        injection = produced - served
        constraints = _binding(self._model.limits, solution, injection)
        mcc = np.zeros(buses)
        for constraint in constraints:
            mcc -= constraint.shadow_price_usd_per_mwh * constraint.shift_factor
        energy = solution.balance_usd_per_mwh[np.asarray(self._model.network.island)]
        price = energy + mcc
        generation = np.empty_like(solution.block_mw)
        generation[self._order] = solution.block_mw
        outcome = Dispatch(
            price_usd_per_mwh=price,
            energy_usd_per_mwh=energy,
            mcc_usd_per_mwh=mcc,
            generation_mw=generation,
            load_mw=load_mw,
            shed_mw=solution.shed_mw,
            spill_mw=solution.spill_mw,
            injection_mw=injection,
            constraints=constraints,
            cost_usd=solution.cost_usd,
            load_payment_usd=float(price @ served),
            generator_payment_usd=float(price @ produced),
            rounds=solution.rounds,
        )
        _assert_identities(outcome)
        return outcome


def dispatch(
    model: DispatchModel,
    offers: Sequence[Offer],
    load_mw: Array,
    fixed_mw: Array | None = None,
    available_mw: Array | None = None,
) -> Dispatch:
    """One hour on its own: see `Dispatcher.hour`."""
    return Dispatcher(model, offers).hour(load_mw, fixed_mw, available_mw)


def _binding(
    limits: Limits, solution: Solution, injection_mw: Array
) -> tuple[DispatchConstraint, ...]:
    """The limits with a shadow price, in the order of elements and cases."""
    found = []
    for (element, case), dual in sorted(
        zip(solution.enforced, solution.limit_dual.tolist(), strict=True)
    ):
        if dual == 0.0:
            continue
        sign = 1.0 if dual > 0 else -1.0
        bound = limits.forward_mw if dual > 0 else limits.reverse_mw
        factors, offset_mw = limits.response.row(element, case)
        scheduled_mw = sign * float(factors @ injection_mw)
        watched = limits.elements[element]
        found.append(
            DispatchConstraint(
                name=watched.name,
                device_type=watched.device_type,
                from_bus=watched.key.from_bus,
                to_bus=watched.key.to_bus,
                circuit=watched.key.circuit,
                contingency=limits.case_names[case],
                direction=Direction.FROM_TO if dual > 0 else Direction.TO_FROM,
                flow_mw=scheduled_mw + sign * offset_mw,
                scheduled_mw=scheduled_mw,
                limit_mw=float(bound[element, case]),
                shadow_price_usd_per_mwh=abs(dual),
                shift_factor=sign * factors,
            )
        )
    return tuple(found)


def _assert_identities(outcome: Dispatch) -> None:
    """MCC is minus the sum of mu x SF; revenue by constraint is what loads pay above generators."""
    scale = max(1.0, abs(outcome.load_payment_usd), abs(outcome.generator_payment_usd))
    by_constraint = sum(constraint.revenue_usd for constraint in outcome.constraints)
    gap = abs(outcome.congestion_revenue_usd - by_constraint)
    assert gap <= IDENTITY_TOLERANCE * scale, f"congestion revenue differs by {gap} USD"
    mcc = -sum(
        (c.shadow_price_usd_per_mwh * c.shift_factor for c in outcome.constraints),
        start=np.zeros_like(outcome.mcc_usd_per_mwh),
    )
    spread = np.abs(outcome.price_usd_per_mwh - outcome.energy_usd_per_mwh - mcc).max()
    price_scale = max(1.0, float(np.abs(outcome.price_usd_per_mwh).max()))
    assert spread <= IDENTITY_TOLERANCE * price_scale, f"MCC differs by {spread} USD/MWh"
    for constraint in outcome.constraints:
        slack = abs(constraint.limit_mw - constraint.flow_mw)
        assert slack <= BINDING_MW, f"{constraint.constraint_id} binds {slack} MW off its limit"
